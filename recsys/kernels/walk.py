"""The compiled part of exact neighbours; imported by training only, for numba takes its time."""

from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.kernels.compiled import njit

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Places = npt.NDArray[np.uint32]
Floats = npt.NDArray[np.float64]
Weights = npt.NDArray[Any]

_BAND = 1.5e-6  # more than rounding to 6 decimals can move two cosines towards each other
_LEAST = 4e-7  # what is less is rounded to 0


@njit(nogil=True, cache=True)
def walk(
    queries: tuple[Ints, Rows, Weights],
    between: tuple[int, int],
    postings: tuple[Ints, Places, Weights],
    common: tuple[Rows, Weights],
    results: tuple[Rows, Floats],
) -> None:
    """Write the best rows of the queries ``between[0] <= q < between[1]``, summed in term order.

    Parameters
    ----------
    queries
        By row: where each ends, its terms and their weights.
    postings
        By term: where each ends, its rows (unsigned: no test for negative places) and weights.
    common
        int32, shape (n_terms,): which line of float, shape (m, n), a term has; -1: none.
    results
        Rows and cosines, shape (between[1] - between[0], k), filled with -1 and 0.
    """
    starts, terms, values = queries
    ends, rows, weights = postings
    place, dense = common
    best, scores = results
    first, last = between
    k, n = best.shape[1], dense.shape[1]
    sums = np.empty(n, dtype=np.float64)
    near = np.empty(n, dtype=np.int32)
    cosines = np.empty(n, dtype=np.float64)
    spare = np.empty(n, dtype=np.float64)
    for query in range(first, last):
        sums[:] = 0.0
        for at in range(starts[query], starts[query + 1]):
            term = terms[at]
            value = np.float64(values[at])
            if place[term] >= 0:
                line = dense[place[term]]
                for row in range(n):
                    sums[row] += value * np.float64(line[row])
            else:
                for at_row in range(ends[term], ends[term + 1]):
                    sums[rows[at_row]] += value * np.float64(weights[at_row])
        kept = gathered_best(sums, k, near, cosines, spare)
        order(near, cosines, kept, best[query - first], scores[query - first])


@njit(nogil=True, cache=True)
def gathered_best(sums: Floats, k: int, near: Rows, cosines: Floats, spare: Floats) -> int:
    """Gather every row that can be among the best ``k`` once rounded; return how many.

    ``near`` and ``cosines`` take the rows, ascending, and their sums; ``spare`` is overwritten.
    """
    low = _LEAST
    kept = 0
    limit = 4 * k + 64
    for row in range(sums.size):
        if sums[row] >= low:
            near[kept] = row
            cosines[kept] = sums[row]
            kept += 1
            if kept == limit:
                kept, low = thinned(near, cosines, kept, k, spare, low)
                limit = 2 * kept + 2 * k + 64
    return thinned(near, cosines, kept, k, spare, low)[0]


@njit(nogil=True, cache=True)
def thinned(
    near: Rows, cosines: Floats, kept: int, k: int, spare: Floats, low: float
) -> tuple[int, float]:
    """Drop what lies below the ``k``-th by more than the band; return (kept, what is enough)."""
    if kept <= k:
        return kept, low
    spare[:kept] = cosines[:kept]
    low = max(low, kth_largest(spare, kept, k) - _BAND)
    still = 0
    for i in range(kept):
        if cosines[i] >= low:
            near[still] = near[i]
            cosines[still] = cosines[i]
            still += 1
    return still, low


@njit(nogil=True, cache=True)
def kth_largest(values: Floats, n: int, k: int) -> float:
    """Return the ``k``-th largest of the first ``n`` values, which are moved (quickselect)."""
    left, right, wanted = 0, n - 1, k - 1
    while left < right:
        pivot = values[(left + right) // 2]
        i, j = left, right
        while i <= j:
            while values[i] > pivot:
                i += 1
            while values[j] < pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if wanted <= j:
            right = j
        elif wanted >= i:
            left = i
        else:
            break
    return float(values[wanted])


@njit(nogil=True, cache=True)
def order(near: Rows, cosines: Floats, kept: int, best: Rows, scores: Floats) -> None:
    """Write the best of rows that ascend: cosines rounded, best first, ties to the lower row."""
    filled = 0
    for i in range(kept):
        cosine = np.rint(cosines[i] * 1e6) / 1e6
        if cosine <= 0 or (filled == best.size and cosine <= scores[filled - 1]):
            continue
        if filled < best.size:
            filled += 1
        at = filled - 1
        while at > 0 and scores[at - 1] < cosine:
            scores[at] = scores[at - 1]
            best[at] = best[at - 1]
            at -= 1
        scores[at] = cosine
        best[at] = near[i]
