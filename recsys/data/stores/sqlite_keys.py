"""The narrow names of articles in the SQLite store, and its revision."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite3 import Connection


def revision_of(connection: "Connection") -> int:
    """Return the revision of the last change."""
    return int(connection.execute("SELECT revision FROM state").fetchone()[0])


def set_revision(connection: "Connection", revision: int) -> None:
    """Let ``revision`` be that of the last change."""
    connection.execute("UPDATE state SET revision = ?", (revision,))


def key_of(connection: "Connection", site: str, article_id: str) -> int:
    """Return the key of an article, a new one if it has none."""
    names = (site, article_id)
    query = "SELECT key FROM keys WHERE site = ? AND article_id = ?"
    row = connection.execute(query, names).fetchone()
    if row is None:
        added = "INSERT INTO keys (site, article_id) VALUES (?, ?) RETURNING key"
        row = connection.execute(added, names).fetchone()
    return int(row[0])
