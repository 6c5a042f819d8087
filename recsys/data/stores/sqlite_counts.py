"""How the SQLite store reads its counts."""

import json
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from recsys.data.stores import sqlite_packs
from recsys.data.stores.sqlite_keys import revision_of
from recsys.data.views import KeyedCounts
from recsys.times import DAY, MINUTE

if TYPE_CHECKING:
    from sqlite3 import Connection

Int32 = npt.NDArray[np.int32]

_MANY = 100_000  # counts, from which on a table of all keys is faster than a search


def read_counts(
    connection: "Connection", since: int, site: str | None = None, first_minute: int = 0
) -> KeyedCounts:
    """Return the counts that changed after revision ``since``, of one site or of all.

    All of them, where counts that were emptied since then are no longer told apart from those
    that never were; of those, none before ``first_minute`` and its day.
    """
    (purged,) = connection.execute("SELECT purged FROM state").fetchone()
    since = since if since >= purged else 0
    first_day = first_minute * MINUTE // DAY - 1
    if since:
        views = _changed(connection, "counts", "minute", "views", since, first_minute)
    else:
        views = sqlite_packs.read(connection, first_minute)
    readers = _changed(connection, "readers", "day", "readers", since, first_day)
    ids, names = _names(connection, _distinct(views[0], readers[0]), site)
    if site is not None:
        views, readers = (each[:, np.isin(each[0], ids)] for each in (views, readers))
    for each in (views, readers):
        each[0] = _places(ids, each[0])
    view_key, minute, seen = views
    reader_key, day, read = readers
    revision, whole = revision_of(connection), since == 0
    return KeyedCounts(names, view_key, minute, seen, reader_key, day, read, revision, whole)


def _changed(
    connection: "Connection", table: str, bucket: str, count: str, since: int, first: int
) -> Int32:
    """Return int32, shape (3, n): key, bucket and count of what changed after ``since``.

    All that is not 0 where that is 0; none before the bucket ``first``.
    """
    # Left to itself SQLite reads everything, in order, though few counts have changed.
    where = f"{bucket} >= :first AND {count} > :since"
    if since:
        where = f"revision > :since AND {bucket} >= :first"
        table = f"{table} INDEXED BY {table}_revision"
    rows = connection.execute(
        f"""SELECT count(*), {bucket}, group_concat(key), group_concat({count}) FROM {table}
        WHERE {where} GROUP BY {bucket}""",
        {"since": since, "first": first},
    )
    return sqlite_packs.columns(rows.fetchall())


def _distinct(*keys: Int32) -> npt.NDArray[np.int64]:
    """Return the keys that occur, ascending."""
    if sum(each.size for each in keys) < _MANY:
        return np.unique(np.concatenate(keys)).astype(np.int64)
    # Keys are small numbers, so they need no sorting.
    occurs = np.zeros(max((int(each.max()) + 1 for each in keys if each.size), default=0), np.bool_)
    for each in keys:
        occurs[each] = True
    return np.flatnonzero(occurs)


def _places(ids: npt.NDArray[np.int64], keys: Int32) -> npt.NDArray[np.int64]:
    """Return where each of ``keys`` stands in ``ids``, which are ascending and hold all of them."""
    if keys.size < _MANY:
        return np.searchsorted(ids, keys)
    places = np.full(int(ids[-1]) + 1, -1)
    places[ids] = np.arange(ids.size)
    return np.asarray(places[keys])


def _names(
    connection: "Connection", ids: npt.NDArray[np.int64], site: str | None
) -> tuple[npt.NDArray[np.int64], list[tuple[str, str]]]:
    """Return those of ``ids`` that belong to the site, ascending, and the name of each."""
    query = "SELECT key, site, article_id FROM keys WHERE key IN (SELECT value FROM json_each(?))"
    rows = connection.execute(f"{query} ORDER BY key", (json.dumps(ids.tolist()),))
    kept = [row for row in rows if site is None or row[1] == site]
    return np.array([row[0] for row in kept], np.int64), [(row[1], row[2]) for row in kept]
