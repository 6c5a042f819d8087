"""Neighbours for so many rows that not every pair can be looked at; for training."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from joblib import effective_n_jobs
from scipy.sparse import csr_array

from recsys.kernels.best import Floats, Ints, Rows
from recsys.kernels.exact import matrix_of
from recsys.kernels.heaviest import sort_by_weight, walk_heaviest
from recsys.kernels.neighbours import Progress
from recsys.kernels.tiles import Places, Weights

BUDGET = 20_000
"""Postings that are followed for a query."""

POOL = 400
"""Rows whose cosine with the query is worked out exactly.

With both, 0.989 of the ten nearest of 1,000 among 1,000,000 generated rows are found, in 1.6 ms of
a core each; with 30,000 and 400, 0.995 in 2.4; with 60,000 and 500, 0.9995 in 4.8
(``python -m benchmarks.neighbours --generated 1000000 --queries 1000``).
"""

_TERMS = 4096  # sorted by one task
_TASK = 256  # queries: a task clears n sums


@dataclass(frozen=True, eq=False)
class Heaviest:
    """Rows, and their postings with the heaviest of each term first.

    For a query the products of weights are added up from the greatest down to where the budget
    is spent; the rows with the largest sums are the pool, and the best of the pool by their exact
    cosines are the answer. What is listed has the cosine it has anywhere; rows may be missed.

    Attributes
    ----------
    rows
        float, shape (n, n_terms).
    postings
        By term: where each ends, int64, shape (n_terms + 1,); its rows, uint32 (unsigned: no test
        for negative places), and their weights, shape (nnz,).
    budget, pool
        `BUDGET` and `POOL`.

    References
    ----------
    Lin, Trotman, "Anytime Ranking for Impact-Ordered Indexes", ICTIR 2015.
    """

    rows: csr_array
    postings: tuple[Ints, Places, Weights]
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
        turned = csr_array(rows.T.tocsr())
        places = turned.indices.astype(np.int32, copy=False).view(np.uint32)
        postings = turned.indptr.astype(np.int64), places, turned.data
        with ThreadPoolExecutor(effective_n_jobs(n_threads)) as threads:
            tasks = [
                threads.submit(sort_by_weight, *postings, first, min(first + _TERMS, rows.shape[1]))
                for first in range(0, rows.shape[1], _TERMS)
            ]
            for task in tasks:
                task.result()
        return cls(rows, postings, budget, pool)

    def nearest(
        self,
        queries: csr_array,
        k: int,
        n_threads: int,
        block: int,
        progress: Progress | None = None,
    ) -> Iterator[tuple[int, Rows, Floats]]:
        """Yield what `recsys.kernels.neighbours.nearest_rows` yields, some rows missing."""
        asked, matrix = matrix_of(queries), matrix_of(self.rows)
        limits = self.budget, max(self.pool, 2 * k)

        def task(first: int, last: int, best: Rows, scores: Floats) -> None:
            walk_heaviest(asked, (first, last), self.postings, matrix, limits, (best, scores))

        with ThreadPoolExecutor(effective_n_jobs(n_threads)) as threads:
            for start in range(0, queries.shape[0], block):
                end = min(start + block, queries.shape[0])
                best = np.full((end - start, k), -1, dtype=np.int32)
                scores = np.zeros((end - start, k))
                tasks = []
                for first in range(start, end, _TASK):
                    lines = slice(first - start, min(first + _TASK, end) - start)
                    last = start + lines.stop
                    tasks.append(threads.submit(task, first, last, best[lines], scores[lines]))
                for each in tasks:
                    each.result()
                if progress:
                    progress(end, queries.shape[0])
                yield start, best, scores


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
