"""precision@k: how much of the first k was wanted."""

import numpy as np

from recsys.evaluation.dataset import Floats
from recsys.evaluation.judged import Judged
from recsys.evaluation.metrics.base import first


def score(judged: Judged, k: int) -> Floats:
    """Return float64, shape (n,): ``wanted among the first k / k``; NaN if none is wanted.

    Places that a short list leaves empty count as wrong; where fewer than ``k`` are wanted no list
    reaches 1.
    """
    found = (first(judged.gains, k) > 0).sum(axis=1) / k
    return np.where(judged.n_wanted > 0, found, np.nan)
