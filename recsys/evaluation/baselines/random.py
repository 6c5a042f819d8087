"""Any articles: what a list is worth that knows nothing."""

from zlib import crc32

import numpy as np

from recsys.evaluation.dataset import Rows
from recsys.evaluation.history import History, Query


def rank(history: History, query: Query, now: int, k: int) -> Rows:
    """Return ``k`` of the rows that may be listed, each as probable as any other.

    The draw depends on the seed of ``history``, the moment, the site and the article being read,
    and on nothing that was asked before. Never padded: every row can be drawn. O(n) a question.
    """
    rows = history.candidates(query, now)
    entropy = [history.seed, now % 2**64, query.row + 1, crc32(query.site.encode("utf-8"))]
    draw = np.random.default_rng(entropy)
    return draw.choice(rows, size=min(k, rows.size), replace=False, shuffle=True)
