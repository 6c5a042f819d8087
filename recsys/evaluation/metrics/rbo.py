"""rbo@k: whether list and wanted have the same order, most of all at the top."""

import numpy as np

from recsys.evaluation.dataset import Floats, Rows
from recsys.evaluation.judged import Judged
from recsys.evaluation.metrics.base import common, first

P = 0.9
"""Persistence: the first ten places carry some 86 % of the weight."""


def score(judged: Judged, k: int) -> Floats:
    """Return float64, shape (n,): `of_two` of the first ``k`` listed and the first ``k`` wanted.

    NaN if none is wanted, 0 for an empty list. Wanted rows of one grade are taken in the order in
    which they are given.
    """
    values = of_two(first(judged.lists, k), first(judged.wanted, k))
    return np.where(judged.n_wanted > 0, np.nan_to_num(values), np.nan)


def of_two(lists: Rows, others: Rows, p: float = P) -> Floats:
    """Return float64, shape (n,): extrapolated rank-biased overlap of two lists, from 0 to 1.

    With ``x(d)`` rows in common among the first ``d`` of both, lengths ``s <= l``::

        (1 - p) / p * (sum over d = 1 .. l of x(d) / d * p**d
                       + sum over d = s + 1 .. l of x(s) * (d - s) / (s * d) * p**d)
        + ((x(l) - x(s)) / l + x(s) / s) * p**l

    1 for equal lists, and where one begins with all of the other. NaN if both are empty, 0 if one
    is. Both are int32, shapes (n, k) and (n, m), -1 behind the last.

    References
    ----------
    Webber, Moffat and Zobel, "A similarity measure for indefinite rankings", ACM TOIS 28(4), 2010,
    equation 32.
    """
    lengths = [(rows >= 0).sum(axis=1) for rows in (lists, others)]
    short, long = np.minimum(*lengths), np.maximum(*lengths)
    depth = max(lists.shape[1], others.shape[1], 1)
    d = np.arange(1, depth + 1)
    x = _agreements(lists, others, depth)
    rows, s = np.arange(short.size), np.maximum(short, 1)[:, None]
    x_s = np.where(short > 0, x[rows, s[:, 0] - 1], 0)[:, None]
    x_l = x[rows, np.maximum(long, 1) - 1]
    beyond = np.where(d > short[:, None], x_s * (d - s) / (s * d), 0.0)
    inside = d <= long[:, None]
    total = (1 - p) / p * np.where(inside, (x / d + beyond) * p**d, 0.0).sum(axis=1)
    tail = ((x_l - x_s[:, 0]) / np.maximum(long, 1) + x_s[:, 0] / s[:, 0]) * p**long
    return np.where(long > 0, np.where(short > 0, total + tail, 0.0), np.nan)


def _agreements(lists: Rows, others: Rows, depth: int) -> Floats:
    """Return float64, shape (n, depth): rows in common among the first 1, 2, ... of both."""
    counts = np.zeros((lists.shape[0], depth))
    for d in range(1, depth + 1):
        counts[:, d - 1] = common(lists[:, :d], others[:, :d]).sum(axis=1)
    return counts
