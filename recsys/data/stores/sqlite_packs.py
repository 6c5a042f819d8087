"""Counts of an hour in one piece, so that a start reads some hundred pieces and not every count.

A pack holds what `counts` holds of its hour, and is let go with the first change there: triggers
see to it (`schema.PACKS`), whoever writes.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from recsys.times import HOUR, MINUTE

if TYPE_CHECKING:
    from sqlite3 import Connection

Int32 = npt.NDArray[np.int32]

MINUTES = HOUR // MINUTE
SETTLED_SECONDS = 2 * HOUR  # after its end an hour is packed: what comes later is rare

_PAIR = np.dtype("<i4")
_BYTES = 2 * _PAIR.itemsize + 1  # of a count: key, views, minute of the hour
_COUNTS = """
    SELECT count(*), minute, group_concat(key), group_concat(views) FROM counts
    WHERE minute >= ? AND minute < ? AND views > 0 GROUP BY minute
"""


def read(connection: "Connection", first_minute: int = 0) -> Int32:
    """Return int32, shape (3, n): key, minute and views of every count that is not 0.

    Ordered by minute; nothing before ``first_minute``.
    """
    found = [np.zeros((3, 0), dtype=np.int32)]
    loose: list[int] = []
    for hour, content in connection.execute(
        "SELECT hour, content FROM packs WHERE hour >= ? ORDER BY hour", (first_minute // MINUTES,)
    ):
        if content is None:
            loose.append(hour)
            continue
        found += _loose(connection, loose)
        found.append(_unpacked(hour, content))
    found += _loose(connection, loose)
    counts = np.concatenate(found, axis=1)
    begin = int(np.searchsorted(counts[1], np.int32(first_minute)))
    return counts[:, begin:]


def pack(connection: "Connection", now: int) -> bool:
    """Pack the earliest hour that is settled by ``now`` (seconds) and loose; True if one was."""
    query = "SELECT min(hour) FROM packs WHERE content IS NULL AND hour < ?"
    settled = (now - SETTLED_SECONDS) // HOUR
    (hour,) = connection.execute(query, (settled,)).fetchone()
    if hour is None:
        return False
    if content := _packed(connection, hour):
        connection.execute("UPDATE packs SET content = ? WHERE hour = ?", (content, hour))
    else:
        connection.execute("DELETE FROM packs WHERE hour = ?", (hour,))
    return True


def wrong(connection: "Connection") -> list[int]:
    """Return the hours whose pack is not what `counts` holds of them."""
    packed = connection.execute("SELECT hour, content FROM packs WHERE content IS NOT NULL")
    return [hour for hour, content in packed if content != _packed(connection, hour)]


def _packed(connection: "Connection", hour: int) -> bytes:
    key, minute, views = _counted(connection, hour, hour + 1)
    minute_of_hour = (minute - hour * MINUTES).astype(np.uint8)
    columns = key.astype(_PAIR), views.astype(_PAIR), minute_of_hour
    return b"".join(column.tobytes() for column in columns)


def _unpacked(hour: int, content: bytes) -> Int32:
    n = len(content) // _BYTES
    pairs = np.frombuffer(content, dtype=_PAIR, count=2 * n).reshape(2, n)
    minutes = np.frombuffer(content, dtype=np.uint8, offset=pairs.nbytes) + np.int32(hour * MINUTES)
    return np.stack([pairs[0], minutes, pairs[1]]).astype(np.int32)


def _loose(connection: "Connection", hours: list[int]) -> Iterator[Int32]:
    """Yield the counts of ascending hours, neighbours together, and empty the list."""
    while hours:
        first = last = hours.pop(0)
        while hours and hours[0] == last + 1:
            last = hours.pop(0)
        yield _counted(connection, first, last + 1)


def _counted(connection: "Connection", first: int, end: int) -> Int32:
    """Return int32, shape (3, n): the counts of the hours ``first <= hour < end``."""
    return columns(connection.execute(_COUNTS, (first * MINUTES, end * MINUTES)).fetchall())


def columns(rows: Sequence[tuple[int, int, str, str]]) -> Int32:
    """Return int32, shape (3, n): key, bucket and count.

    A row is a bucket: its size, its number, and its keys and counts as lists in text. That takes a
    third of the time of a Python row per count.
    """
    if not rows:
        return np.zeros((3, 0), dtype=np.int32)
    sizes, buckets, keys, counts = zip(*rows, strict=True)
    return np.stack([_numbers(keys), np.repeat(buckets, sizes), _numbers(counts)]).astype(np.int32)


def _numbers(lists: tuple[str, ...]) -> npt.NDArray[np.int64]:
    return np.fromstring(",".join(lists), dtype=np.int64, sep=",")
