"""median_age@k: how old the listed articles are."""

import warnings

import numpy as np

from recsys.evaluation.dataset import Floats
from recsys.evaluation.metrics.base import Run, first
from recsys.times import UNKNOWN

_HOUR = 3_600_000  # milliseconds


def score(run: Run, k: int) -> Floats:
    """Return float64, shape (n,): median age of the listed rows at ``now``, in hours.

    Articles of unknown date are left out; NaN where nothing is left.
    """
    lists = first(run.lists, k)
    published = run.history.corpus.published[lists]
    dated = (lists >= 0) & (published != UNKNOWN)
    ages = (run.questions.now[:, None] - np.where(dated, published, 0) * 1000) / _HOUR
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice")
        return np.asarray(np.nanmedian(np.where(dated, ages, np.nan), axis=1))
