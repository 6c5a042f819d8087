"""Events whose article arrived after them."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from recsys.data.stores.sqlite_batch import Batch, Passage
from recsys.records import Event
from recsys.times import MINUTE

if TYPE_CHECKING:
    from sqlite3 import Connection

_WAITING = """
    SELECT stray, day, reader, twin_reader, network, event FROM strays
    WHERE site = ? AND (article_id = ? OR address IN (?, ?)) ORDER BY stray
"""


def are_waiting(connection: "Connection") -> bool:
    """Return whether any event waits for its article."""
    return connection.execute("SELECT 1 FROM strays LIMIT 1").fetchone() is not None


def names(connection: "Connection") -> list[tuple[str, str | None, str | None]]:
    """Return site, article id and canonical address of what events wait for, each once."""
    query = "SELECT DISTINCT site, article_id, address FROM strays"
    return connection.execute(query).fetchall()


def admit(
    batch: Batch,
    connection: "Connection",
    site: str,
    article_id: str,
    key: int,
    addresses: Sequence[str | None],
) -> None:
    """Count the events that waited for an article, as of when they happened."""
    first, second = (*addresses, None, None)[:2]
    rows = connection.execute(_WAITING, (site, article_id, first, second)).fetchall()
    for stray, day, reader, twin_reader, network, packed in rows:
        event = Event(*json.loads(packed))
        minute = (event.timestamp or 0) // (MINUTE * 1000)
        twin = batch.days_of(site, minute)[1]
        passage = Passage(event, False, key, day, minute, twin, reader, twin_reader, network)
        passage.shown_in = event.list
        connection.execute("DELETE FROM strays WHERE stray = ?", (stray,))
        batch.readmit(passage)
