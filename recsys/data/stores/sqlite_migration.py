"""A store of an earlier version becomes one of today's; in one transaction, or not at all."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING

from recsys.data.stores import schema
from recsys.settings import Settings
from recsys.times import MINUTE, day_begin

if TYPE_CHECKING:
    from sqlite3 import Connection

_HALF_HOUR = 30  # minutes
_MASK_BITS = 60  # of version 1: bit h % 60 for each half hour h since 1970
_RENAMED = ("state", "events", "counts", "seen")
_COPIES = """
UPDATE state SET (revision, newest_event) = (SELECT revision, newest_event FROM old_state);
INSERT INTO events (event, site, key, timestamp, url, event_type, visitor_id, session_id,
        event_id, from_article_id, list, position, rec_id)
    SELECT event, site, key, timestamp, url, event_type, visitor_id, session_id,
        event_id, from_article_id, list, position, rec_id FROM old_events;
INSERT INTO counts (minute, key, views, imported, revision)
    SELECT minute, key, views, views, revision FROM old_counts;
"""


def migrate(connection: "Connection", version: int, settings: Settings) -> None:
    """Bring a store of version 1 or 2 to today's; what version 1 holds counts as imported.

    The connection is in no transaction. Takes some seconds for every million events of version 1.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        if version == 1:
            _to_second(connection, settings)
        _to_third(connection)
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _to_second(connection: "Connection", settings: Settings) -> None:
    for index in ("events_event_id", "counts_revision"):
        connection.execute(f"DROP INDEX {index}")
    for table in _RENAMED:
        connection.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    for statement in (*_statements(schema.COUNTING), *_statements(_COPIES)):
        connection.execute(statement)
    ids = connection.execute(
        "SELECT DISTINCT site, event_id FROM old_events WHERE event_id IS NOT NULL"
    )
    names = ((event_name(*pair), None) for pair in ids.fetchall())
    connection.executemany("INSERT INTO event_ids VALUES (?, ?)", names)
    connection.executemany(
        "INSERT INTO seen VALUES (?, ?, ?, ?, ?, 1, 0)", _seen(connection, settings)
    )
    for table in _RENAMED:
        connection.execute(f"DROP TABLE old_{table}")


def _to_third(connection: "Connection") -> None:
    for statement in schema.PACKS:
        connection.execute(statement)
    connection.execute("INSERT INTO packs (hour) SELECT DISTINCT minute / 60 FROM counts")


def event_name(site: str, event_id: str) -> bytes:
    """Return the 16 bytes under which an event's id is remembered."""
    text = f"{site}\n{event_id}"
    return blake2b(text.encode("utf-8", "backslashreplace"), digest_size=16).digest()


def _seen(connection: "Connection", settings: Settings) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield the half hours of version 1's bit masks; the minute is the first one of each."""
    query = "SELECT day, site, key, visitor, half_hours FROM old_seen JOIN keys USING (key)"
    for day, site, key, visitor, mask in connection.execute(query).fetchall():
        begin = day_begin(day, settings.site(site).time_zone) // (MINUTE * _HALF_HOUR)
        for half_hour in range(begin, begin + _MASK_BITS - 8):
            if mask >> half_hour % _MASK_BITS & 1:
                yield day, key, visitor, half_hour, half_hour * _HALF_HOUR


def _statements(script: str) -> list[str]:
    """Return the statements of a script; `executescript` would end the transaction."""
    lines = (line.partition("--")[0] for line in script.splitlines())
    return [text for part in "\n".join(lines).split(";") if (text := part.strip())]
