"""The newest articles, of a site or of one of its sections."""

from collections.abc import Iterator

import numpy as np

from recsys.lists.base import (
    Floats,
    Query,
    Ranking,
    Rows,
    eligible,
    first_of_each_story,
    in_force,
)
from recsys.snapshot import Snapshot

_CHUNK = 256


def rank(snapshot: Snapshot, query: Query, now: int) -> Ranking:
    """Return the newest first; articles of unknown date last, future ones not at all.

    The score is the time of publication in seconds since 1970, 0 where it is not known. Of two
    reports of one story the newer stands. A section is never filled from other sections. What
    editors boost stands before all others and what they bury after them, the newest first each.
    """
    return _ranking(snapshot, newest(snapshot, query, now, query.limit), "latest")


def rank_section(snapshot: Snapshot, query: Query, now: int) -> Ranking:
    """Return the same under the name of a section block."""
    return _ranking(snapshot, newest(snapshot, query, now, query.limit), "section")


def newest(snapshot: Snapshot, query: Query, now: int, k: int) -> Rows:
    """Return the ``k`` newest rows that are fit for the list, stories apart."""
    found = np.zeros(0, dtype=np.int32)
    for rows in _stretches(snapshot, query, now):
        fit = rows[eligible(snapshot, query, rows, now)]
        found = np.concatenate([found, fit])
        found = found[first_of_each_story(snapshot, found)]
        if found.size >= k:
            break
    return found[:k]


def own(snapshot: Snapshot, query: Query, rows: Rows, now: int) -> tuple[Floats, None]:
    """Return what ``rows`` score by themselves."""
    return np.maximum(snapshot.corpus.published[rows], 0).astype(np.float64), None


def _stretches(snapshot: Snapshot, query: Query, now: int) -> Iterator[Rows]:
    """Yield all rows that may be shown in the order of the list, ever more at a time."""
    force, order = in_force(snapshot, query, now), snapshot.latest_order
    start, size = 0, _CHUNK
    while start < order.size:
        rows = order[start : start + size]
        if force is not None:
            rows = rows[force.factors(rows) == 1]
        if force is not None and start == 0:
            rows = np.concatenate([_newest_first(snapshot, force.boosted), rows])
        yield rows
        start, size = start + size, size * 4
    if force is not None:
        yield _newest_first(snapshot, force.buried)


def _newest_first(snapshot: Snapshot, rows: Rows) -> Rows:
    return rows[np.lexsort((rows, -snapshot.corpus.published[rows].astype(np.float64)))]


def _ranking(snapshot: Snapshot, rows: Rows, source: str) -> Ranking:
    published = np.maximum(snapshot.corpus.published[rows], 0).astype(np.float64)
    return Ranking(rows, published, (source,) * rows.size)
