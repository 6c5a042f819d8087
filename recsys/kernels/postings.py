"""Rows by term, and the exact neighbours that one walk over them finds; for training."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import effective_n_jobs
from scipy.sparse import csr_array

from recsys.kernels.walk import walk

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Task = Callable[[int, int, Rows, Floats], None]
"""Writes the best rows of the queries first <= q < last and their cosines."""

COMMON = 0.3
"""Share of the rows from which adding a whole line is quicker than following postings."""

_TASK = 64  # queries


@dataclass(frozen=True, eq=False)
class Postings:
    """A sparse matrix by column, the common terms written out as lines.

    Attributes
    ----------
    ends
        int64, shape (n_terms + 1,): term t has the postings ends[t] <= p < ends[t + 1].
    rows, weights
        uint32 and float, shape (nnz,): rows ascend within a term.
    place
        int32, shape (n_terms,): the term's line in ``dense``, -1 if it has none.
    dense
        float, shape (n_common, n).
    """

    ends: npt.NDArray[np.int64]
    rows: npt.NDArray[np.uint32]
    weights: npt.NDArray[Any]
    place: Rows
    dense: npt.NDArray[Any]

    @classmethod
    def of(cls, rows: csr_array) -> "Postings":
        """Return the postings of ``rows``, float, shape (n, n_terms)."""
        turned = csr_array(rows.T.tocsr())
        common = np.flatnonzero(np.diff(turned.indptr) > COMMON * rows.shape[0])
        place = np.full(rows.shape[1], -1, dtype=np.int32)
        place[common] = np.arange(common.size)
        return cls(
            turned.indptr.astype(np.int64),
            turned.indices.astype(np.int32, copy=False).view(np.uint32),
            turned.data,
            place,
            np.ascontiguousarray(turned[common].toarray()),
        )

    def nearest(
        self, queries: csr_array, k: int, n_threads: int, block: int
    ) -> Iterator[tuple[int, Rows, Floats]]:
        """Yield what `recsys.kernels.neighbours.nearest_rows` yields."""
        starts, terms = queries.indptr.astype(np.int64), queries.indices.astype(np.int32)

        def task(first: int, last: int, best: Rows, scores: Floats) -> None:
            walk(
                (starts, terms, queries.data),
                (first, last),
                (self.ends, self.rows, self.weights),
                (self.place, self.dense),
                (best, scores),
            )

        return in_threads(task, queries.shape[0], k, n_threads, block)


def in_threads(
    task: Task, n: int, k: int, n_threads: int, block: int, size: int = _TASK
) -> Iterator[tuple[int, Rows, Floats]]:
    """Yield (start, rows, cosines) of ``block`` queries at a time, each worked out by a thread.

    Parameters
    ----------
    task
        Gets its lines of the two results, filled with -1 and 0; should not hold the GIL.
    n, k
        How many queries there are, and how many rows each gets.
    n_threads
        -1 for one a core.
    size
        Queries of one task.
    """
    with ThreadPoolExecutor(effective_n_jobs(n_threads)) as threads:
        for start in range(0, n, block):
            end = min(start + block, n)
            best = np.full((end - start, k), -1, dtype=np.int32)
            scores = np.zeros((end - start, k))
            done = [
                threads.submit(
                    task,
                    first,
                    min(first + size, end),
                    best[first - start : first - start + size],
                    scores[first - start : first - start + size],
                )
                for first in range(start, end, size)
            ]
            for each in done:
                each.result()
            yield start, best, scores
