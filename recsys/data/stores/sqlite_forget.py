"""How the SQLite store forgets a reader."""

from typing import TYPE_CHECKING

from recsys.counting.base import Arrival, Client
from recsys.data.stores import schema
from recsys.data.stores.sqlite_batch import hashed
from recsys.records import Event

if TYPE_CHECKING:
    from sqlite3 import Connection

_OF_READER = ("clicks", "held", "seen")


def forget(
    connection: "Connection",
    site: str,
    visitor_id: str | None,
    address: str | None,
    agent: str | None,
) -> int:
    """Delete every row of a reader that can still be found; return how many there were.

    A reader who came over HTTP is found by the salts there are: after 48 hours nothing leads to
    him any more, and there is nothing to delete. A visitor of imported events is found by name.
    """
    client = None if address is None else Client(address, agent or "")
    identity = Arrival(Event(0, visitor_id=visitor_id, site=site), client).identity
    if identity is None:
        return 0
    query = "SELECT salt FROM salts WHERE site = ?"
    readers = [hashed(identity, salt) for (salt,) in connection.execute(query, (site,)).fetchall()]
    names = [f"{schema.unsigned(reader):016x}" for reader in readers]
    if visitor_id is not None and client is None:
        readers.append(hashed(visitor_id, b""))
        names.append(visitor_id)
    deleted = 0
    for reader in readers:
        for table in _OF_READER:
            query = f"""DELETE FROM {table} WHERE reader = ?
                AND key IN (SELECT key FROM keys WHERE site = ?)"""
            deleted += connection.execute(query, (reader, site)).rowcount
        query = "DELETE FROM strays WHERE site = ? AND ? IN (reader, twin_reader)"
        deleted += connection.execute(query, (site, reader)).rowcount
    for name in names:
        query = "DELETE FROM events WHERE site = ? AND visitor_id = ?"
        deleted += connection.execute(query, (site, name)).rowcount
    return deleted
