"""gini@k: whether a few articles are listed all the time, or all alike."""

import numpy as np

from recsys.evaluation.metrics.base import Run, first
from recsys.evaluation.metrics.coverage import catalogue


def score(run: Run, k: int) -> float:
    """Return the Gini index of how often each article of the `catalogue` is listed.

    ``sum over i = 1 .. n of (2 i - n - 1) x_i / (n sum x)`` with ``x`` ascending: 0 if all are
    listed equally often, near 1 if one is and the others never; NaN if nothing is listed.
    """
    rows, lists = catalogue(run), first(run.lists, k)
    times = np.bincount(lists[lists >= 0], minlength=len(run.history.corpus))[rows]
    if not times.any():
        return float("nan")
    n, i = rows.size, np.arange(1, rows.size + 1)
    return float(((2 * i - n - 1) * np.sort(times)).sum() / (n * times.sum()))
