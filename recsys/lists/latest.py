"""The newest articles, of a site or of one of its sections."""

import numpy as np

from recsys.lists.base import Query, Ranking, Rows, eligible, first_of_each_story
from recsys.snapshot import Snapshot

_CHUNK = 256


def rank(snapshot: Snapshot, query: Query, now: int) -> Ranking:
    """Return the newest first; articles of unknown date last, future ones not at all.

    The score is the time of publication in seconds since 1970, 0 where it is not known. Of two
    reports of one story the newer stands. A section is never filled from other sections.
    """
    return _ranking(snapshot, newest(snapshot, query, now, query.limit), "latest")


def rank_section(snapshot: Snapshot, query: Query, now: int) -> Ranking:
    """Return the same under the name of a section block."""
    return _ranking(snapshot, newest(snapshot, query, now, query.limit), "section")


def newest(snapshot: Snapshot, query: Query, now: int, k: int) -> Rows:
    """Return the ``k`` newest rows that are fit for the list, stories apart."""
    found = np.zeros(0, dtype=np.int32)
    start, size = 0, _CHUNK
    order = snapshot.latest_order
    while found.size < k and start < order.size:
        rows = order[start : start + size]
        rows = rows[eligible(snapshot, query, rows, now)]
        found = np.concatenate([found, rows])
        found = found[first_of_each_story(snapshot, found)]
        start, size = start + size, size * 4
    return found[:k]


def _ranking(snapshot: Snapshot, rows: Rows, source: str) -> Ranking:
    published = np.maximum(snapshot.corpus.published[rows], 0).astype(np.float64)
    return Ranking(rows, published, (source,) * rows.size)
