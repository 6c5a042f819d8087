"""What the SQLite store forgets, and what it keeps in less detail, as time goes by.

Nothing of this touches what was imported.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recsys.data.stores.sqlite_keys import revision_of, set_revision
from recsys.data.stores.sqlite_packs import pack
from recsys.settings import Settings
from recsys.times import DAY, HOUR, MINUTE, day_begin

if TYPE_CHECKING:
    from sqlite3 import Connection

EVERY_SECONDS = 60
REMEMBERED_SECONDS = 48 * HOUR
MINUTES_KEPT_SECONDS, QUARTERS_KEPT_SECONDS = 6 * HOUR, 3 * DAY
QUARTER, FULL_HOUR = 15, 60  # minutes

_EMPTIED_FOR_SECONDS = 10 * MINUTE  # how long other processes have to learn that a count is empty
_AT_ONCE = 5000  # rows deleted of one table in one transaction
_MERGE = """
    INSERT INTO counts (minute, key, views, imported, revision)
    SELECT minute - minute % :width, key, sum(views - imported), 0, :revision FROM counts
    WHERE minute >= :begin AND minute < :end AND minute % :width AND views > imported GROUP BY 1, 2
    ON CONFLICT DO UPDATE SET views = views + excluded.views, revision = excluded.revision
"""
_EMPTY = """
    UPDATE counts SET views = imported, revision = :revision
    WHERE minute >= :begin AND minute < :end AND minute % :width AND views > imported
"""
_FORGET_SEEN = f"""
    DELETE FROM seen WHERE (day, key, reader, half_hour) IN (
        SELECT day, key, reader, half_hour FROM seen
        WHERE day >= ? AND day < ? AND NOT imported LIMIT {_AT_ONCE})
"""
_TABLES = {  # table -> its order, and what is too old in it
    "events": ("event", "received < :raw"),
    "event_ids": ("name", "received < :known"),
    "strays": ("stray", "received < :known"),
    "clicks": ("(reader, key)", "timestamp < 1000 * :known"),
    "ranges": ("(hour, key, network)", "hour < :known / 3600"),
    "held": ("(hour, key, network, minute, day, reader)", "hour < :known / 3600"),
}


@dataclass(frozen=True)
class Tidied:
    """What a round has done: whether there is more of it, and whether a salt is gone."""

    more: bool = False
    secrets: bool = False


def tidy(connection: "Connection", settings: Settings, now: int) -> Tidied:
    """Do a part of what is due, small enough to hold up nobody; all within one transaction.

    Parameters
    ----------
    now
        In seconds since 1970. Within `EVERY_SECONDS` of the last finished round nothing is done,
        whoever did that round.
    """
    (last,) = connection.execute("SELECT tidied FROM state").fetchone()
    if last is not None and 0 <= now - last < EVERY_SECONDS:
        return Tidied()
    secrets = _forget_salts(connection, settings, now)
    more = _forget_rows(connection, settings, now)
    more = _forget_readers(connection, now) or more
    more = _merge(connection, "quarters_until", QUARTER, now - MINUTES_KEPT_SECONDS) or more
    more = _merge(connection, "hours_until", FULL_HOUR, now - QUARTERS_KEPT_SECONDS) or more
    more = more or pack(connection, now)
    if not more:
        _purge_emptied(connection, now)
        connection.execute("UPDATE state SET tidied = ?", (now,))
    return Tidied(more, secrets)


def _forget_salts(connection: "Connection", settings: Settings, now: int) -> bool:
    """Delete the salts of days that began 48 hours ago; without them hashes lead nowhere."""
    rows = connection.execute("SELECT site, day FROM salts").fetchall()
    old = [
        (site, day)
        for site, day in rows
        if now - day_begin(day, settings.site(site).time_zone) >= REMEMBERED_SECONDS
    ]
    connection.executemany("DELETE FROM salts WHERE site = ? AND day = ?", old)
    return bool(old)


def _forget_rows(connection: "Connection", settings: Settings, now: int) -> bool:
    more = False
    since = {"raw": now - settings.counting.retention * DAY, "known": now - REMEMBERED_SECONDS}
    for table, (name, old) in _TABLES.items():
        columns = name.strip("()")
        query = f"""DELETE FROM {table} WHERE {name} IN
            (SELECT {columns} FROM {table} WHERE {old} LIMIT {_AT_ONCE})"""
        deleted = connection.execute(query, since).rowcount
        more = more or deleted == _AT_ONCE
    return more


def _forget_readers(connection: "Connection", now: int) -> bool:
    """Delete who had what counted on days that ended 48 hours ago, wherever on Earth."""
    until = (now - REMEMBERED_SECONDS - 14 * HOUR) // DAY
    (done,) = connection.execute("SELECT forgotten_until FROM state").fetchone()
    values = (done or 0, until)
    if connection.execute(_FORGET_SEEN, values).rowcount == _AT_ONCE:
        return True
    connection.execute("UPDATE state SET forgotten_until = ?", (until,))
    return False


def _merge(connection: "Connection", mark: str, width: int, until: int) -> bool:
    """Merge counts that are older than ``until`` into buckets of ``width`` minutes, an hour each.

    Returns
    -------
    more
        Whether there is more to merge.
    """
    end = until // HOUR * FULL_HOUR
    (done,) = connection.execute(f"SELECT {mark} FROM state").fetchone()
    query = "SELECT min(minute) FROM counts WHERE minute >= ? AND minute < ? AND views > imported"
    (first,) = connection.execute(query, (done or 0, end)).fetchone()
    if first is None:
        connection.execute(f"UPDATE state SET {mark} = max(ifnull({mark}, 0), ?)", (end,))
        return False
    begin = first - first % FULL_HOUR
    revision = revision_of(connection) + 1
    end_of_hour = begin + FULL_HOUR
    values = {"width": width, "revision": revision, "begin": begin, "end": end_of_hour}
    connection.execute(_MERGE, values)
    if connection.execute(_EMPTY, values).rowcount:
        set_revision(connection, revision)
    connection.execute(f"UPDATE state SET {mark} = ?", (end_of_hour,))
    return bool(end_of_hour < end)


def _purge_emptied(connection: "Connection", now: int) -> None:
    """Delete counts that were emptied long enough ago for every process to know it."""
    query = "SELECT to_purge, to_purge_at FROM state"
    to_purge, marked = connection.execute(query).fetchone()
    if marked is not None and 0 <= now - marked < _EMPTIED_FOR_SECONDS:
        return
    query = "DELETE FROM counts WHERE views = 0 AND revision <= ?"
    if connection.execute(query, (to_purge,)).rowcount:
        connection.execute("UPDATE state SET purged = to_purge")
    connection.execute("UPDATE state SET to_purge = revision, to_purge_at = ?", (now,))
