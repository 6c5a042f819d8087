"""ndcg@k: whether the best of what was wanted is furthest up."""

import numpy as np

from recsys.evaluation.dataset import Floats
from recsys.evaluation.judged import Judged
from recsys.evaluation.metrics.base import first, ratio


def score(judged: Judged, k: int) -> Floats:
    """Return float64, shape (n,): discounted cumulated gain over the best possible.

    ``DCG = sum over places i = 1 .. k of grade_i / log2(i + 1)``; NaN if none is wanted.

    References
    ----------
    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4),
    2002, with grades as gains and the discount of trec_eval.
    """
    ideal = -np.sort(-judged.grades, axis=1)
    return ratio(_discounted(first(judged.gains, k)), _discounted(first(ideal, k)))


def _discounted(gains: Floats) -> Floats:
    places = np.arange(1, gains.shape[1] + 1)
    return np.asarray((gains / np.log2(places + 1)).sum(axis=1))
