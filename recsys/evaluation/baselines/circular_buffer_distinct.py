"""The articles read last, each once."""

import numpy as np

from recsys.evaluation.baselines.base import filled, first_of, n_before, reads_of_site
from recsys.evaluation.baselines.newest import rank as rank_newest
from recsys.evaluation.dataset import Rows
from recsys.evaluation.history import History, Query

_FIRST_LOOK = 256  # reads
_GROWTH = 4


def rank(history: History, query: Query, now: int, k: int, *, size: int = 100) -> Rows:
    """Return what the readers of the site read last, the latest first, padded by the newest.

    A ring of the last ``size`` distinct articles read before ``now``; whatever is read comes to
    its front. No two reads have one place, so there are no ties: of two reads of one moment the
    later in the source is the later.
    """
    reads = reads_of_site(history, query.site)
    log = reads.row[: n_before(reads, now)]
    look = _FIRST_LOOK
    while True:
        ring = _distinct(log[-look:][::-1])[:size]
        rows = first_of(history, query, ring, now, k)
        if rows.size == k or ring.size == size or look >= log.size:
            break
        look *= _GROWTH
    return rows if rows.size >= k else filled(rows, rank_newest(history, query, now, k), k)


def _distinct(rows: Rows) -> Rows:
    """Return ``rows`` without repetitions, in the order in which they first appear."""
    _, places = np.unique(rows, return_index=True)
    return rows[np.sort(places)]
