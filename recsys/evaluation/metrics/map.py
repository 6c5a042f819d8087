"""map@k: precision at each place where something wanted stands, averaged."""

import numpy as np

from recsys.evaluation.dataset import Floats
from recsys.evaluation.judged import Judged
from recsys.evaluation.metrics.base import first, ratio


def score(judged: Judged, k: int) -> Floats:
    """Return float64, shape (n,): average precision, NaN if none is wanted.

    ``sum over places i <= k with a wanted row of (wanted among the first i / i) / wanted``. As in
    trec_eval the divisor is all that was wanted, so that where it is more than ``k`` no list
    reaches 1. The mean over questions is the mean average precision.
    """
    found = first(judged.gains, k) > 0
    places = np.arange(1, found.shape[1] + 1)
    precision = np.cumsum(found, axis=1) / places
    return ratio((precision * found).sum(axis=1), judged.n_wanted)
