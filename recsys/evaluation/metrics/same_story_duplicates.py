"""same_story_duplicates@k: how often a list tells a story again."""

import numpy as np

from recsys.evaluation.dataset import Floats
from recsys.evaluation.metrics.base import Run, common, first


def score(run: Run, k: int) -> Floats:
    """Return float64, shape (n,): listed rows whose story stands further up already.

    NaN for an empty list, and everywhere if stories are not known.
    """
    lists = first(run.lists, k)
    if run.leaders is None:
        return np.full(lists.shape[0], np.nan)
    stories = np.where(lists >= 0, run.leaders[lists], -1)
    again = np.zeros(lists.shape[0])
    for place in range(1, lists.shape[1]):
        again += common(stories[:, place : place + 1], stories[:, :place])[:, 0]
    return np.where((lists >= 0).any(axis=1), again, np.nan)
