"""The most similar rows of every row of a sparse matrix, never the whole n x n product."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Found = Iterator[tuple[int, Rows, Floats]]
Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""

DECIMALS = 6
"""Cosines are rounded to this many decimals before they are ordered, so that ties are ties."""

LONGEST = 40.0
"""Length of a row up to which products are told apart in millionths (`recsys.kernels.best`)."""

EXACT_UP_TO = 100_000
"""Rows of a group up to which training looks at every pair even if nobody insists."""

PLAIN_UP_TO = 2000 * 2000
"""Pairs of query and row that scipy's product has done before numba is even imported."""


def nearest_rows(
    queries: csr_array,
    rows: csr_array,
    k: int,
    n_threads: int = 1,
    block: int = 2048,
    progress: Progress | None = None,
) -> Found:
    """Yield, block by block, the ``k`` rows nearest to each query by dot product.

    Parameters
    ----------
    queries, rows
        float of one dtype, shapes (m, n_terms) and (n, n_terms), nothing under 0, column indices
        sorted, no row longer than `LONGEST`. One object for both is half the work.
    k
        At least 1.
    n_threads
        Threads, -1 for one a core; the result does not depend on it, each pair being summed in
        float64 and in term order.
    block
        Queries per yield.
    progress
        Called with (queries done, queries in all).

    Yields
    ------
    start
        First query of the block.
    rows
        int32, shape (b, k): best first, ties to the lower row, -1 where there are fewer.
    cosines
        float64, shape (b, k), over 0, rounded to `DECIMALS`; 0 where ``rows`` is -1.

    Raises
    ------
    ValueError
        If a value is under 0 or a row is too long.

    Notes
    -----
    Few pairs are multiplied by scipy, many by `recsys.kernels.exact`: both sum alike, so which it
    was cannot be seen. Time is the number of pairs of equal terms; memory 16 k bytes a query.
    """
    for matrix in (rows,) if queries is rows else (queries, rows):
        if matrix.data.min(initial=0) < 0:
            raise ValueError("nearest_rows wants no value under 0")
        squares = csr_array((matrix.data**2, matrix.indices, matrix.indptr), shape=matrix.shape)
        if squares.sum(axis=1).max(initial=0) > LONGEST**2:
            raise ValueError(f"nearest_rows wants no row longer than {LONGEST:g}")
    if queries.shape[0] * rows.shape[0] <= PLAIN_UP_TO:
        return _multiplied(queries, rows, k, block, progress)
    from recsys.kernels.exact import nearest

    return nearest(queries, rows, k, n_threads, block, progress)


def nearest_rows_slow(queries: csr_array, rows: csr_array, k: int) -> tuple[Rows, Floats]:
    """Return the same for all queries, pair by pair in term order: the twin, for small matrices."""
    left, right = queries.astype(np.float64).toarray(), rows.astype(np.float64).toarray()
    cosines = np.zeros((left.shape[0], right.shape[0]))
    for term in range(left.shape[1]):
        cosines += np.outer(left[:, term], right[:, term])
    best = np.full((left.shape[0], k), -1, dtype=np.int32)
    scores = np.zeros((left.shape[0], k))
    for query, line in enumerate(np.round(cosines, DECIMALS)):
        order = sorted(np.flatnonzero(line).tolist(), key=lambda row: (-line[row], row))[:k]
        best[query, : len(order)], scores[query, : len(order)] = order, line[order]
    return best, scores


def _multiplied(
    queries: csr_array,
    rows: csr_array,
    k: int,
    block: int,
    progress: Progress | None,
) -> Found:
    """Yield the same from scipy's product, which sums in term order as well."""
    n, kept = rows.shape[0], min(k, rows.shape[0])
    turned = csr_array(rows.astype(np.float64).T)
    for start in range(0, queries.shape[0], block):
        part = queries[start : start + block].astype(np.float64)
        cosines = np.round((part @ turned).toarray(), DECIMALS)
        places = np.rint(cosines * 10**DECIMALS).astype(np.int64) * n + np.arange(n)[::-1]
        order = np.argpartition(-places, kept - 1)[:, :kept] if kept else places.astype(np.int64)
        order = np.take_along_axis(
            order, np.argsort(-np.take_along_axis(places, order, 1), axis=1), 1
        )
        scores = np.take_along_axis(cosines, order, 1)
        best = np.where(scores > 0, order, -1).astype(np.int32)
        missing = ((0, 0), (0, k - kept))
        if progress:
            progress(start + part.shape[0], queries.shape[0])
        yield start, np.pad(best, missing, constant_values=-1), np.pad(scores, missing)
