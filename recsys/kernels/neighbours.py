"""The most similar rows of every row of a sparse matrix, never the whole n x n product."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, csr_matrix

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

DECIMALS = 6
"""Cosines are rounded to this many decimals before they are ordered, so that ties are ties."""

_SPARE = 16  # more than asked are kept before rounding, so that rounding can reorder the last


def nearest_rows(
    queries: csr_array, rows: csr_array, k: int, n_threads: int = 1, block: int = 2048
) -> Iterator[tuple[int, Rows, Floats]]:
    """Yield, block by block, the ``k`` rows nearest to each query by dot product.

    Parameters
    ----------
    queries, rows
        float, shapes (m, n_terms) and (n, n_terms), lengths 1 or 0, column indices sorted.
    k
        At least 1.
    n_threads
        Threads; the result does not depend on it, each pair being summed in term order.
    block
        Queries per yield.

    Yields
    ------
    start
        First query of the block.
    rows
        int32, shape (b, k): best first, ties to the lower row, -1 where there are fewer.
    cosines
        float64, shape (b, k), over 0, rounded to `DECIMALS`; 0 where ``rows`` is -1.

    Notes
    -----
    Gustavson's row-wise product with a heap per row (the library sparse_dot_topn). Time is the
    number of pairs of equal terms; memory O(nnz + block * k). The heap keeps any of the rows that
    tie at its end; such a query is worked out anew over all rows, so that ties are settled.
    """
    from sparse_dot_topn import sp_matmul_topn

    left = csr_matrix(queries, dtype=np.float64)  # the library knows no csr_array
    right = csr_matrix(csr_matrix(rows, dtype=np.float64).T)
    wanted = min(k + _SPARE, rows.shape[0])
    for start in range(0, queries.shape[0], block):
        part = left[start : start + block]
        found, cosines = _padded(sp_matmul_topn(part, right, wanted, n_threads=n_threads), wanted)
        best, scores = _best(found, cosines, k)
        for line in _tied_at_the_end(cosines, scores, rows.shape[0]):
            every, exact = _padded(part[[line]] @ right, rows.shape[0])
            best[[line]], scores[[line]] = _best(every, exact, k)
        yield start, best, scores


def nearest_rows_slow(queries: csr_array, rows: csr_array, k: int) -> tuple[Rows, Floats]:
    """Return the same for all queries from the dense product: the twin, for small matrices."""
    cosines = queries.astype(np.float64).toarray() @ rows.astype(np.float64).toarray().T
    every = np.broadcast_to(np.arange(rows.shape[0], dtype=np.int32), cosines.shape)
    return _best(every, np.round(cosines, DECIMALS), k)


def _tied_at_the_end(kept: Floats, best: Floats, n_rows: int) -> list[int]:
    """Return the queries whose last best row may tie with one that was not kept."""
    if kept.shape[1] == n_rows:
        return []
    least = kept.min(axis=1)
    return np.flatnonzero((least > 0) & (least >= best[:, -1])).tolist()


def _padded(found: csr_matrix, width: int) -> tuple[Rows, Floats]:
    counts = np.diff(found.indptr)
    place = np.arange(found.indices.size) - np.repeat(found.indptr[:-1], counts)
    line = np.repeat(np.arange(counts.size), counts)
    rows = np.full((counts.size, width), -1, dtype=np.int32)
    cosines = np.zeros((counts.size, width))
    rows[line, place] = found.indices
    cosines[line, place] = np.round(found.data, DECIMALS)
    return rows, cosines


def _best(rows: Rows, cosines: Floats, k: int) -> tuple[Rows, Floats]:
    cosines = np.where(rows >= 0, cosines, 0.0)
    rows = np.where(cosines > 0, rows, -1)
    order = np.lexsort((rows, -cosines), axis=1)[:, :k]
    lines = np.arange(rows.shape[0])[:, None]
    best, scores = rows[lines, order].astype(np.int32), cosines[lines, order]
    missing = max(0, k - best.shape[1])
    return (
        np.pad(best, ((0, 0), (0, missing)), constant_values=-1),
        np.pad(scores, ((0, 0), (0, missing))),
    )
