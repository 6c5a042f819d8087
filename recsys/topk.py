"""The k best of an array, with ties settled the same way everywhere."""

from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int32]
Scores = npt.NDArray[np.floating[Any]]

_LANES = 64  # values of which the bound of the k-th largest looks at the best only


def top_k(scores: Scores, k: int) -> tuple[Rows, Scores]:
    """Return the ``k`` best rows, best first.

    Parameters
    ----------
    scores
        Any float dtype, shape (n,). NaN means "no opinion" and is never returned.
    k
        At least 1. Fewer rows come back when fewer scores are numbers; none are padded.

    Returns
    -------
    rows
        int32, shape (m,) with m <= k. Ties go to the lower row.
    scores
        As given, shape (m,), non-increasing.

    Raises
    ------
    ValueError
        If ``k < 1``.

    Notes
    -----
    O(n + m log m): a partition finds the k-th value, only what reaches it is sorted.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    rows = np.flatnonzero(~np.isnan(scores))
    if rows.size > k:
        values = scores[rows]
        bound = np.partition(values, rows.size - k)[rows.size - k]
        rows = rows[values >= bound]
    order = np.lexsort((rows, -scores[rows]))[:k]
    best = rows[order].astype(np.int32)
    return best, scores[best]


def best_places(rows: Rows, scores: Scores) -> npt.NDArray[np.int64]:
    """Return the places of ``rows`` ordered by ``scores``, highest first, ties to the lower row.

    Parameters
    ----------
    rows
        int32, shape (m,), no row twice, in any order.
    scores
        Floats, shape (m,): ``scores[i]`` belongs to ``rows[i]``. No NaN.

    Returns
    -------
    places
        int64, shape (m,): ``rows[places]`` is best first.
    """
    return np.lexsort((rows, -scores))


def best_first(rows: Rows, scores: Scores) -> Rows:
    """Return ``rows`` themselves in the order of `best_places`."""
    return rows[best_places(rows, scores)]


def kth(values: Scores, k: int) -> float:
    """Return the ``k``-th largest of at least ``k`` values."""
    return float(np.partition(values, values.size - k)[values.size - k])


def at_most_kth(values: Scores, k: int) -> float:
    """Return what the ``k``-th largest value reaches in any case; mostly it is not far below.

    The k-th largest of the maxima of disjoint parts is no more than the k-th largest of all.
    """
    width = values.size // _LANES
    if width < k:
        return 0.0
    return kth(values[: width * _LANES].reshape(_LANES, width).max(axis=0), k)
