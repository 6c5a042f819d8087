"""Lists that were shown: from events that say so, or from logs that hold whole lists."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.evaluation.dataset import Impressions, Reads, Rows, Times
from recsys.evaluation.readers.columns import (
    CLICK,
    IMPRESSION,
    VIEW,
    EventColumns,
    numbered,
    paired,
)
from recsys.times import UNKNOWN

Mask = npt.NDArray[np.bool_]
_LATER = np.iinfo(np.int64).max


def impressions_from(columns: EventColumns, rows: Rows) -> Impressions:
    """Return the lists that ``impression`` and ``click`` events tell of.

    One list is what has one ``rec_id``, ``list`` and session (visitor where there is no session),
    on one site; of an article that is in it twice the first counts, clicked if it ever was. What
    has neither ``rec_id`` nor reader, is not among the articles, or was clicked in a list of which
    nothing is known to have been shown, is left out. Where no position of any list is 0, positions
    count from 1 and are moved.

    Parameters
    ----------
    rows
        int32, shape (n,): the article of each event.

    Returns
    -------
    Lists in order of time, those without a time first. A list's history is what its reader had
    viewed before, in this session; views without a time come before everything.
    """
    reader = _readers(columns)
    usable = (columns.kind != VIEW) & (rows >= 0) & ((reader >= 0) | (columns.codes["rec_id"] >= 0))
    where = np.flatnonzero(usable)
    group = _groups(columns.part(where), reader[where])
    told = np.bincount(group, weights=columns.kind[where] == IMPRESSION, minlength=1)[group] > 0
    where, group = where[told], numbered(group[told])
    if not where.size:
        return Impressions()
    shown = _Shown.of(columns, rows, where, group)
    clicks = np.zeros(len(columns), dtype=np.bool_)
    clicks[where] = columns.kind[where] == CLICK
    seen = np.flatnonzero(columns.is_view & ~clicks & (rows >= 0) & (reader >= 0))
    first = where[np.unique(group, return_index=True)[1]]
    indptr, places = _before(columns.time[seen], reader[seen], shown.time, reader[first])
    return shown.impressions(indptr, rows[seen][places])


def _readers(columns: EventColumns) -> Rows:
    """Return int32, shape (n,): number of the session, else visitor, on a site; -1 for none."""
    session, visitor = columns.codes["session_id"], columns.codes["visitor_id"]
    n_sessions = len(columns.names["session_id"])
    reader = np.where(session >= 0, session, np.where(visitor >= 0, visitor + n_sessions, -1))
    found = numbered(paired(columns.codes["site"], reader.astype(np.int32)))
    return np.where(reader >= 0, found, -1).astype(np.int32)


def _groups(columns: EventColumns, reader: Rows) -> Rows:
    """Return int32, shape (n,): number of the list that each event belongs to."""
    group = columns.codes["site"]
    for code in (columns.codes["rec_id"], columns.codes["list"], reader):
        group = numbered(paired(group, code))
    return group


@dataclass(frozen=True, eq=False)
class _Shown:
    """Lists, each article in each once, before they are put in order of time."""

    group: Rows
    row: Rows
    position: Rows
    clicked: Mask
    time: Times  # by list

    @classmethod
    def of(cls, columns: EventColumns, rows: Rows, where: Times, group: Rows) -> "_Shown":
        kind, time = columns.kind[where], columns.time[where]
        shown_at = np.full(int(group.max()) + 1, _LATER, dtype=np.int64)
        dated = (kind == IMPRESSION) & (time != UNKNOWN)
        np.minimum.at(shown_at, group[dated], time[dated])
        shown_at[shown_at == _LATER] = UNKNOWN
        order = np.argsort(kind, kind="stable")  # what was shown tells the place before a click
        pair = paired(group, rows[where])
        _, first, inverse = np.unique(pair[order], return_index=True, return_inverse=True)
        clicked = np.bincount(inverse, weights=kind[order] == CLICK) > 0
        once = order[first]
        position = columns.position[where[once]]
        given = position[position >= 0]
        if given.size and given.min() > 0:
            position = np.where(position > 0, position - 1, position)
        in_list = np.where(position >= 0, position, np.iinfo(np.int32).max)
        places = np.lexsort((once, in_list, group[once]))
        once = once[places]
        row = rows[where[once]]
        return cls(group[once], row, position[places].astype(np.int32), clicked[places], shown_at)

    def impressions(self, indptr: Times, history: Rows) -> Impressions:
        order = np.argsort(self.time, kind="stable")
        sizes = np.bincount(self.group, minlength=self.time.size)
        places = ranges((np.cumsum(sizes) - sizes)[order], sizes[order])
        lengths = np.diff(indptr)[order]
        return Impressions(
            shown=np.repeat(np.arange(order.size, dtype=np.int32), sizes[order]),
            row=self.row[places],
            position=self.position[places],
            clicked=self.clicked[places],
            propensity=np.full(places.size, np.nan),
            time=self.time[order],
            history_indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            history_rows=history[ranges(indptr[:-1][order], lengths)].astype(np.int32),
        )


def _before(time: Times, reader: Rows, at: Times, of: Rows) -> tuple[Times, Times]:
    """Return, for each list, the places of its reader's views before it, oldest first.

    Parameters
    ----------
    time, reader
        int64 and int32, shape (n,): the views.
    at, of
        int64 and int32, shape (n_lists,): when each list was shown and to whom, -1 for nobody.

    Returns
    -------
    indptr, places
        int64: those of list ``i`` are ``places[indptr[i]:indptr[i + 1]]``.
    """
    order = np.lexsort((time, reader))
    moments = np.unique(np.concatenate([[UNKNOWN, UNKNOWN + 1], time, at]))  # UNKNOWN is rank 0
    width = moments.size + 1
    key = reader[order].astype(np.int64) * width + np.searchsorted(moments, time[order])
    base = of.astype(np.int64) * width
    until = base + np.maximum(np.searchsorted(moments, at), 1)
    begin = np.searchsorted(key, base)
    end = np.where(of < 0, begin, np.searchsorted(key, until))
    indptr = np.concatenate([[0], np.cumsum(end - begin)]).astype(np.int64)
    return indptr, order[ranges(begin, end - begin)]


def ranges(starts: npt.NDArray[Any], lengths: npt.NDArray[Any]) -> Times:
    """Return ``starts[i], starts[i] + 1, ...``, ``lengths[i]`` of them, one behind the other."""
    ends = np.cumsum(lengths)
    offset = np.repeat(np.asarray(starts) - (ends - lengths), lengths)
    return np.asarray(np.arange(int(lengths.sum()), dtype=np.int64) + offset)


class WholeLists:
    """Lists as they are read from a log that has a row for each.

    Places are not known: logs that come so are shuffled.
    """

    def __init__(self) -> None:
        self._rows, self._clicked = array("i"), array("b")
        self._history = array("i")
        self._sizes, self._lengths, self._times = array("q"), array("q"), array("q")

    def add(
        self, time: int, rows: Sequence[int], clicked: Iterable[bool], history: Sequence[int]
    ) -> None:
        """Add a list: the rows in it, whether each was clicked, and what was read before."""
        self._rows.extend(rows)
        self._clicked.extend(clicked)
        self._history.extend(history)
        self._sizes.append(len(rows))
        self._lengths.append(len(history))
        self._times.append(time)

    def impressions(self) -> Impressions:
        """Return the lists in order of time."""
        times = np.array(self._times, dtype=np.int64)
        sizes, lengths = np.array(self._sizes, dtype=int), np.array(self._lengths, dtype=int)
        order = np.argsort(times, kind="stable")
        places = ranges((np.cumsum(sizes) - sizes)[order], sizes[order])
        history = ranges((np.cumsum(lengths) - lengths)[order], lengths[order])
        return Impressions(
            shown=np.repeat(np.arange(order.size, dtype=np.int32), sizes[order]),
            row=np.array(self._rows, dtype=np.int32)[places],
            position=np.full(places.size, -1, dtype=np.int32),
            clicked=np.array(self._clicked, dtype=np.bool_)[places],
            propensity=np.full(places.size, np.nan),
            time=times[order],
            history_indptr=np.concatenate([[0], np.cumsum(lengths[order])]).astype(np.int64),
            history_rows=np.array(self._history, dtype=np.int32)[history],
        )


class Clicks:
    """Clicks in lists as reads: at the time of the list, by whoever it was shown to."""

    def __init__(self) -> None:
        self._times, self._rows = array("q"), array("i")
        self._sessions, self._origins = array("q"), array("i")

    def add(
        self,
        time: int,
        rows: Iterable[int],
        clicked: Iterable[bool],
        session: int,
        origin: int = -1,
    ) -> None:
        """Add those of ``rows`` that were clicked; ``origin`` is the article they stood beside."""
        for row in compress(rows, clicked):
            self.add_read(time, row, session, origin)

    def add_read(self, time: int, row: int, session: int, origin: int = -1) -> None:
        """Add one read."""
        self._times.append(time)
        self._rows.append(row)
        self._sessions.append(session)
        self._origins.append(origin)

    def reads(self) -> Reads:
        """Return them in order of time; sessions numbered as they came."""
        sessions = np.array(self._sessions, dtype=np.int64)
        return Reads.of(
            np.array(self._times, dtype=np.int64),
            np.array(self._rows, dtype=np.int32),
            np.where(sessions < 0, -1, numbered(sessions)).astype(np.int32),
            np.array(self._origins, dtype=np.int32),
        )
