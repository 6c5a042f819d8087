"""The compiled part of exact neighbours; imported by training only, for numba takes its time."""

import numpy as np
from numba import njit

_BAND = 1.5e-6  # more than rounding to 6 decimals can move two cosines towards each other
_LEAST = 4e-7  # what is less is rounded to 0


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def walk(indptr, terms, values, first, last, ends, rows, weights, place, dense, n, best, scores):  # type: ignore[no-untyped-def]
    """Write the best rows of the queries ``first <= q < last``, each the sum in term order.

    Parameters
    ----------
    indptr, terms, values
        Queries by row: int64, int32, float.
    ends, rows, weights
        Rows by term: int64, uint32 (no test for negative places), float.
    place, dense
        int32, shape (n_terms,): which line of ``dense`` (float, shape (m, n)) a term has; -1: none.
    n
        Number of rows.
    best, scores
        int32 and float64, shape (last - first, k), filled with -1 and 0.
    """
    k = best.shape[1]
    sums = np.empty(n, dtype=np.float64)
    near = np.empty(n, dtype=np.int32)
    cosines = np.empty(n, dtype=np.float64)
    spare = np.empty(n, dtype=np.float64)
    for query in range(first, last):
        sums[:] = 0.0
        for at in range(indptr[query], indptr[query + 1]):
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


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def gathered_best(sums, k, near, cosines, spare):  # type: ignore[no-untyped-def]
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


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def thinned(near, cosines, kept, k, spare, low):  # type: ignore[no-untyped-def]
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


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def kth_largest(values, n, k):  # type: ignore[no-untyped-def]
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
            return values[wanted]
    return values[wanted]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def order(near, cosines, kept, best, scores):  # type: ignore[no-untyped-def]
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
