"""Neighbours for so many rows that not every pair can be looked at; for training."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from joblib import effective_n_jobs
from scipy.sparse import csr_array

from recsys.kernels.heaviest import Matrix, sort_by_weight, walk_heaviest
from recsys.kernels.postings import Floats, Postings, Rows, in_threads

BUDGET = 60_000
"""Postings that are followed for a query."""

POOL = 500
"""Rows whose cosine with the query is worked out exactly."""

_TERMS = 4096  # sorted by one task
_TASK = 256  # queries: a task clears n sums


@dataclass(frozen=True, eq=False)
class Heaviest:
    """Rows, and their postings with the heaviest of each term first.

    For a query the products of weights are added up from the greatest down to where the budget
    is spent; the rows with the largest sums are the pool, and the best of the pool by their exact
    cosines are the answer. What is listed has the cosine it has anywhere; rows may be missed.

    References
    ----------
    Lin, Trotman, "Anytime Ranking for Impact-Ordered Indexes", ICTIR 2015.
    """

    rows: csr_array
    postings: Postings
    budget: int
    pool: int

    @classmethod
    def of(
        cls, rows: csr_array, n_threads: int = 1, limits: tuple[int, int] | None = None
    ) -> "Heaviest":
        """Return the postings of ``rows``, float, shape (n, n_terms), nothing under 0.

        ``limits`` are the budget and the pool, otherwise `BUDGET` and `POOL`.
        """
        budget, pool = limits or (BUDGET, POOL)
        postings = Postings.of(rows)
        written = postings.ends, postings.rows, postings.weights
        with ThreadPoolExecutor(effective_n_jobs(n_threads)) as threads:
            tasks = [
                threads.submit(sort_by_weight, *written, first, min(first + _TERMS, rows.shape[1]))
                for first in range(0, rows.shape[1], _TERMS)
            ]
            for task in tasks:
                task.result()
        return cls(rows, postings, budget, pool)

    def nearest(
        self, queries: csr_array, k: int, n_threads: int, block: int
    ) -> Iterator[tuple[int, Rows, Floats]]:
        """Yield what `recsys.kernels.neighbours.nearest_rows` yields, some rows missing."""
        asked, matrix = _matrix(queries), _matrix(self.rows)
        written = self.postings.ends, self.postings.rows, self.postings.weights
        limits = self.budget, max(self.pool, 2 * k)

        def task(first: int, last: int, best: Rows, scores: Floats) -> None:
            walk_heaviest(asked, (first, last), written, matrix, limits, (best, scores))

        return in_threads(task, queries.shape[0], k, n_threads, block, _TASK)


def _matrix(rows: csr_array) -> Matrix:
    return rows.indptr.astype(np.int64), rows.indices.astype(np.int32, copy=False), rows.data


def recall(found: Rows, exact: Rows) -> float:
    """Return the share of the ``exact`` rows that are among those ``found``, 1 of none.

    Parameters
    ----------
    found, exact
        int32, shapes (m, a) and (m, b), padded with -1.
    """
    wanted = exact >= 0
    hit = (exact[:, :, None] == found[:, None, :]).any(axis=2) & wanted
    return float(hit.sum() / wanted.sum()) if wanted.any() else 1.0
