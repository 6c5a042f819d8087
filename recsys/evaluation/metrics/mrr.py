"""mrr@k: how far up the first that was wanted stands."""

import numpy as np

from recsys.evaluation.dataset import Floats
from recsys.evaluation.judged import Judged
from recsys.evaluation.metrics.base import first


def score(judged: Judged, k: int) -> Floats:
    """Return float64, shape (n,): ``1 / place`` of the first wanted, places from 1.

    0 if none is among the first ``k``, NaN if none is wanted. The mean over questions is the mean
    reciprocal rank.
    """
    found = first(judged.gains, k) > 0
    places = np.arange(1, found.shape[1] + 1)
    reciprocal = np.max(found / places, axis=1, initial=0.0)
    return np.where(judged.n_wanted > 0, reciprocal, np.nan)
