"""How the SQLite store counts a batch of events, and how it reads its counts."""

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from recsys.data.stores import schema
from recsys.data.views import KeyedCounts
from recsys.records import Event
from recsys.settings import Settings
from recsys.times import MINUTE, day_number

if TYPE_CHECKING:
    from sqlite3 import Connection

HALF_HOUR = 30  # minutes

_COUNTABLE = range(2**31 * MINUTE * 1000)  # milliseconds whose minute is an int32
_NEWEST_AT = """
    SELECT key FROM articles JOIN keys USING (key)
    WHERE (address = ?1 OR canonical_address = ?1) AND site = ?2
    ORDER BY published_at DESC, key DESC LIMIT 1
"""
_SAW = "SELECT 1 FROM seen WHERE half_hours & ? AND day = ? AND key = ? AND visitor = ?"
_SEE_FIRST = "INSERT OR IGNORE INTO seen (half_hours, day, key, visitor) VALUES (?, ?, ?, ?)"
_SEE_AGAIN = """
    UPDATE seen SET half_hours = half_hours | ?1
    WHERE day = ? AND key = ? AND visitor = ? AND NOT half_hours & ?1
"""
_ADD_VIEWS = """
    INSERT INTO counts (minute, key, views, revision) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET views = views + excluded.views, revision = excluded.revision
"""
_ADD_READERS = """
    INSERT INTO readers (day, key, readers, revision) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET readers = readers + excluded.readers, revision = excluded.revision
"""


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


class Batch:
    """Events on their way into the store, inside of one transaction.

    A view counts unless its visitor has had one counted for the article in the same half hour;
    the first that counts on a day makes a reader of the visitor. Who does not say who he is
    always counts, and is a reader of his own.
    """

    def __init__(self, connection: "Connection", settings: Settings) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._settings = settings
        self._rows: list[tuple[Any, ...]] = []
        self._keys: dict[tuple[str, str | None, str | None], int | None] = {}
        self._days: dict[tuple[str, int], tuple[int, int | None]] = {}
        self._ids: set[tuple[str, str]] = set()
        self._views: Counter[tuple[int, int]] = Counter()  # (minute, key)
        self._readers: Counter[tuple[int, int]] = Counter()  # (day, key)

    def add(self, event: Event) -> None:
        """Take an event in, unless its id has come before."""
        if event.event_id is not None and self._repeated(event.site, event.event_id):
            return
        key = self._key(event)
        self._rows.append(schema.event_values(event, key))
        at = event.timestamp
        if event.event_type == "view" and key is not None and at is not None and at in _COUNTABLE:
            self._view(event, key, at // (MINUTE * 1000))

    def written(self) -> int:
        """Write what was taken in and return how many views counted."""
        self._put_rows()
        if self._views:
            revision = revision_of(self._connection) + 1
            set_revision(self._connection, revision)
            for query, counts in ((_ADD_VIEWS, self._views), (_ADD_READERS, self._readers)):
                rows = ((*pair, count, revision) for pair, count in sorted(counts.items()))
                self._cursor.executemany(query, rows)
        self._remember_newest()
        return self._views.total()

    def _repeated(self, site: str, event_id: str) -> bool:
        pair = (site, event_id)
        query = "SELECT 1 FROM events WHERE site = ? AND event_id = ?"
        if pair in self._ids or self._cursor.execute(query, pair).fetchone():
            return True
        self._ids.add(pair)
        return False

    def _key(self, event: Event) -> int | None:
        """Return the key of the article an event is about, None if its url leads nowhere."""
        about = (event.site, event.article_id, None if event.article_id else event.url)
        if about not in self._keys:
            self._keys[about] = self._found(event)
        return self._keys[about]

    def _found(self, event: Event) -> int | None:
        if event.article_id is not None:
            return key_of(self._connection, event.site, event.article_id)
        values = (schema.address(event.url), event.site)
        row = self._cursor.execute(_NEWEST_AT, values).fetchone()
        return row and int(row[0])

    def _view(self, event: Event, key: int, minute: int) -> None:
        day, twin = self._days_of(event.site, minute)
        if event.visitor_id is None:
            self._views[minute, key] += 1
            self._readers[day, key] += 1
            return
        bit = 1 << minute // HALF_HOUR % schema.MASK_BITS
        who = (key, schema.visitor_hash(event.visitor_id))
        if twin is not None and self._cursor.execute(_SAW, (bit, twin, *who)).fetchone():
            return
        if self._changed(_SEE_FIRST, bit, day, *who):
            self._views[minute, key] += 1
            self._readers[day, key] += 1
        elif self._changed(_SEE_AGAIN, bit, day, *who):
            self._views[minute, key] += 1

    def _changed(self, query: str, *values: int) -> bool:
        return self._cursor.execute(query, values).rowcount == 1

    def _days_of(self, site: str, minute: int) -> tuple[int, int | None]:
        """Return the day of a minute, and the other day of its half hour if that has two.

        Midnight parts a half hour only where clocks are a quarter of an hour off, as in Nepal.
        """
        if (site, minute) not in self._days:
            time_zone = self._settings.site(site).time_zone
            begin = minute - minute % HALF_HOUR
            day, first, last = (
                day_number(m * MINUTE, time_zone) for m in (minute, begin, begin + HALF_HOUR - 1)
            )
            twin = None if first == last else first + last - day
            self._days[site, minute] = day, twin
        return self._days[site, minute]

    def _put_rows(self) -> None:
        """Write the events, without columns that none of them fills: sqlite3 is slow at None."""
        if not self._rows:
            return
        by_name = zip(schema.EVENT_COLUMNS, zip(*self._rows, strict=True), strict=True)
        columns = {name: column for name, column in by_name if column.count(None) < len(column)}
        marks = ", ".join("?" * len(columns))
        query = f"INSERT INTO events ({', '.join(columns)}) VALUES ({marks})"
        self._cursor.executemany(query, zip(*columns.values(), strict=True))

    def _remember_newest(self) -> None:
        newest = max((row[0] for row in self._rows if row[0] is not None), default=None)
        if newest is not None:
            self._cursor.execute(
                "UPDATE state SET newest_event = max(ifnull(newest_event, ?1), ?1)", (newest,)
            )


def read_counts(connection: "Connection", since: int, site: str | None = None) -> KeyedCounts:
    """Return the counts that changed after revision ``since``, of one site or of all."""
    views = _buckets(connection, "counts", "minute", "views", since)
    readers = _buckets(connection, "readers", "day", "readers", since)
    ids, names = _names(connection, np.union1d(views[0], readers[0]), site)
    if site is not None:
        views, readers = (each[:, np.isin(each[0], ids)] for each in (views, readers))
    for each in (views, readers):
        each[0] = np.searchsorted(ids, each[0])
    view_key, minute, seen = views.astype(np.int32)
    reader_key, day, read = readers.astype(np.int32)
    revision = revision_of(connection)
    return KeyedCounts(names, view_key, minute, seen, reader_key, day, read, revision)


def _buckets(
    connection: "Connection", table: str, bucket: str, count: str, since: int
) -> npt.NDArray[np.int64]:
    """Return int64, shape (3, n): key, bucket and count.

    A bucket comes as two lists in text: a third of the time that a Python row per count takes.
    """
    rows = connection.execute(
        f"""SELECT {bucket}, count(*), group_concat(key), group_concat({count}) FROM {table}
        {"WHERE revision > ?1" if since > 0 else "WHERE ?1 = ?1"} GROUP BY {bucket}""",
        (since,),
    ).fetchall()
    if not rows:
        return np.zeros((3, 0), dtype=np.int64)
    buckets, sizes, keys, counts = zip(*rows, strict=True)
    return np.stack([_numbers(keys), np.repeat(buckets, sizes), _numbers(counts)])


def _numbers(lists: tuple[str, ...]) -> npt.NDArray[np.int64]:
    return np.fromstring(",".join(lists), dtype=np.int64, sep=",")


def _names(
    connection: "Connection", ids: npt.NDArray[np.int64], site: str | None
) -> tuple[npt.NDArray[np.int64], list[tuple[str, str]]]:
    """Return those of ``ids`` that belong to the site, ascending, and the name of each."""
    query = "SELECT key, site, article_id FROM keys WHERE key IN (SELECT value FROM json_each(?))"
    rows = connection.execute(f"{query} ORDER BY key", (json.dumps(ids.tolist()),))
    kept = [row for row in rows if site is None or row[1] == site]
    return np.array([row[0] for row in kept], np.int64), [(row[1], row[2]) for row in kept]
