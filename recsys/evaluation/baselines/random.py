"""Any articles: what a list is worth that knows nothing."""

from zlib import crc32

import numpy as np

from recsys.evaluation.baselines.base import first_of
from recsys.evaluation.baselines.newest import published
from recsys.evaluation.dataset import Rows
from recsys.evaluation.history import History, Query

_SPARE = 16  # rows drawn beyond twice the list's length, for those that may not be listed


def rank(history: History, query: Query, now: int, k: int) -> Rows:
    """Return ``k`` of the rows that may be listed, each as probable as any other.

    The draw depends on the seed of ``history``, the moment, the site and the article being read,
    and on nothing that was asked before. Never padded: every row can be drawn.
    """
    entropy = [history.seed, now % 2**64, query.row + 1, crc32(query.site.encode("utf-8"))]
    draw = np.random.default_rng(entropy)
    if query.among is None:
        pool = published(history, query.site, query.section, now)
        some = draw.choice(pool, size=min(2 * k + _SPARE, pool.size), replace=False)
        rows = first_of(history, query, some, now, k)
        if rows.size == k:
            return rows
    everything = history.candidates(query, now)
    return draw.choice(everything, size=min(k, everything.size), replace=False)
