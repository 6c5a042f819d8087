"""Pairs of articles that were read in one session, in the order in which they were read."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from recsys.data.views import RowLookup
from recsys.records import Event
from recsys.times import MINUTE

Int64 = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Places = npt.NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Reads:
    """What was read, in any order.

    Attributes
    ----------
    time
        int64, shape (n,): milliseconds since 1970.
    row
        int32, shape (n,): the article, -1 for one that the corpus does not hold.
    session
        int64, shape (n,): number of the session, -1 where it is not known.
    from_row
        int32, shape (n,): the article that led there, -1 where it is not known.
    """

    time: Int64
    row: Rows
    session: Int64
    from_row: Rows

    @classmethod
    def of(cls, events: Iterable[Event], corpus: RowLookup) -> "Reads":
        """Return the views among ``events`` that have a time, by row of a corpus.

        Each event is looked at once and let go; a session is known by its site and id.
        """
        sessions = Sessions()
        sessions.take(events)
        return sessions.reads(corpus)


class Sessions:
    """Views that are taken in as they come and let go as they age, by key.

    What is kept of a view is four numbers; articles need not be known yet, and may change rows.
    """

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], int] = {}
        self._columns = np.zeros((4, 0), dtype=np.int64)  # time, article, session, what led there

    def take(self, events: Iterable[Event]) -> None:
        """Take in the views among ``events`` that have a time and an article."""
        place, found = self._keys.setdefault, []
        for event in events:
            if event.event_type != "view" or event.timestamp is None or not event.article_id:
                continue
            read = place((event.site, event.article_id), len(self._keys))
            origin = -1
            if event.from_article_id:
                origin = place((event.site, event.from_article_id), len(self._keys))
            found.append((event.timestamp, read, _number(event), origin))
        taken = np.array(found, dtype=np.int64).reshape(-1, 4).T
        self._columns = np.concatenate([self._columns, taken], axis=1)

    def let_go(self, before: int) -> None:
        """Let go of views before a moment, in milliseconds since 1970."""
        if self._columns.size and self._columns[0].min() < before:
            self._columns = self._columns[:, self._columns[0] >= before]

    def reads(self, corpus: RowLookup) -> Reads:
        """Return what is kept, by row of a corpus."""
        time, key, session, origin = self._columns
        rows = np.append(corpus.rows_of(list(self._keys)), -1).astype(np.int32)  # -1: of nobody
        return Reads(time, rows[key], session, rows[origin])


def _number(event: Event) -> int:
    """Return 63 bits that stand for an event's session, -1 if it has none."""
    if not event.session_id:
        return -1
    name = f"{event.site}\0{event.session_id}".encode("utf-8", "backslashreplace")
    return int.from_bytes(blake2b(name, digest_size=8).digest(), "little") >> 1


@dataclass(frozen=True, eq=False)
class Pairs:
    """Articles of one session, one read after the other, in order of the later read.

    Attributes
    ----------
    first, then
        int32, shape (n,): the earlier article and the later one, never the same.
    time
        int64, shape (n,), ascending: when the later one was read, in milliseconds since 1970.
    lag
        int8, shape (n,): how many reads later, from 1.
    """

    first: Rows
    then: Rows
    time: Int64
    lag: Places

    @classmethod
    def of(
        cls, reads: Reads, now: int, *, reach_reads: int = 8, max_gap_minutes: float = 120.0
    ) -> "Pairs":
        """Return the pairs that were known at ``now``.

        An article that is read again in a session counts where it was read first, so that no pair
        comes twice. A read without a session makes a pair with the article that led to it.

        Parameters
        ----------
        now
            Milliseconds since 1970; reads after it do not count.
        reach_reads
            How many reads of a session lie between the two at most, plus one; at least 1.
        max_gap_minutes
            A reader who was away for longer begins another session.

        Notes
        -----
        O(n log n + reach_reads * n), in arrays throughout.
        """
        known = (reads.time <= now) & (reads.row >= 0)
        inside = np.flatnonzero(known & (reads.session >= 0))
        order = inside[np.lexsort((reads.row[inside], reads.time[inside], reads.session[inside]))]
        time, row = reads.time[order], reads.row[order]
        visit = _visits(reads.session[order], time, max_gap_minutes)
        fresh = _first_of_each(visit, row)
        time, row, visit = time[fresh], row[fresh], visit[fresh]
        found = [_led(reads, known)]
        for lag in range(1, reach_reads + 1):
            same = np.flatnonzero(visit[lag:] == visit[:-lag])
            lags = np.full(same.size, lag, dtype=np.int8)
            found.append((row[same], row[same + lag], time[same + lag], lags))
        first, then, times, lags = (np.concatenate(column) for column in zip(*found, strict=True))
        in_time = np.lexsort((lags, then, first, times))
        return cls(first[in_time], then[in_time], times[in_time], lags[in_time])


def _visits(session: Int64, time: Int64, max_gap_minutes: float) -> Int64:
    """Return the number of the visit of each read: a session, up to where its reader was away.

    Reads are sorted by session and time.
    """
    begins = np.ones(session.size, dtype=np.bool_)
    away = np.diff(time) > max_gap_minutes * MINUTE * 1000
    begins[1:] = (session[1:] != session[:-1]) | away
    return np.cumsum(begins)


def _first_of_each(visit: Int64, row: Rows) -> Int64:
    """Return the places, ascending, at which a row stands first in its visit."""
    pairs = visit.astype(np.int64) << 32 | row.astype(np.int64)
    _, first = np.unique(pairs, return_index=True)
    return np.sort(first)


def _led(reads: Reads, known: npt.NDArray[np.bool_]) -> tuple[Rows, Rows, Int64, Places]:
    """Return the pairs of reads that have no session but say what led to them."""
    led = known & (reads.session < 0) & (reads.from_row >= 0) & (reads.from_row != reads.row)
    return reads.from_row[led], reads.row[led], reads.time[led], np.ones(led.sum(), dtype=np.int8)
