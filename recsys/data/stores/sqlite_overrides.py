"""How the SQLite store keeps what editors decided."""

from typing import TYPE_CHECKING

from recsys.data.stores.sqlite_keys import key_of, revision_of, set_revision
from recsys.records import Override

if TYPE_CHECKING:
    from sqlite3 import Connection

_PUT = "INSERT OR REPLACE INTO overrides VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_ALL = """
    SELECT article_id, action, nullif(list, ''), factor, slot, expires_at, note, created_at, site
    FROM overrides JOIN keys USING (key) ORDER BY created_at, site, article_id, action, list
"""


def put(connection: "Connection", override: Override) -> bool:
    """Store a decision in the place of an earlier one; True if there was none."""
    key = key_of(connection, override.site, override.article_id)
    name = (key, override.action, override.list or "")
    query = "SELECT 1 FROM overrides WHERE key = ? AND action = ? AND list = ?"
    new = connection.execute(query, name).fetchone() is None
    facts = (override.factor, override.slot, override.expires_at, override.note)
    connection.execute(_PUT, (*name, *facts, override.created_at))
    _changed(connection)
    return new


def delete(
    connection: "Connection", site: str, article_id: str, action: str | None, name: str | None
) -> int:
    """Delete the decisions about an article, all or those of an action or list; how many."""
    query = """DELETE FROM overrides WHERE key = ?
        AND ifnull(action = ?, 1) AND ifnull(list = ?, 1)"""
    values = (key_of(connection, site, article_id), action, name)
    deleted = connection.execute(query, values).rowcount
    if deleted:
        _changed(connection)
    return deleted


def revision(connection: "Connection") -> int:
    """Return the revision at which something was last decided."""
    return int(connection.execute("SELECT decided FROM state").fetchone()[0])


def read(connection: "Connection") -> list[Override]:
    """Return all decisions, the oldest first."""
    return [Override(*row) for row in connection.execute(_ALL)]


def _changed(connection: "Connection") -> None:
    set_revision(connection, revision_of(connection) + 1)
    connection.execute("UPDATE state SET decided = revision")
