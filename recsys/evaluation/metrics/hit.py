"""hit@k: whether anything that was wanted is among the first k."""

import numpy as np

from recsys.evaluation.dataset import Floats
from recsys.evaluation.judged import Judged
from recsys.evaluation.metrics.base import first


def score(judged: Judged, k: int) -> Floats:
    """Return float64, shape (n,): 1 if any of the first ``k`` was wanted, else 0; NaN if none is.

    ir-measures calls it Success.
    """
    found = (first(judged.gains, k) > 0).any(axis=1)
    return np.where(judged.n_wanted > 0, found.astype(np.float64), np.nan)
