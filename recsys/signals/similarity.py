"""The articles nearest to each article, and to one that was never seen before."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from recsys.kernels.neighbours import EXACT_UP_TO, Found, Progress, nearest_rows
from recsys.text.vectoriser import Vector

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

SAMPLE = 1000
"""Rows of a budgeted group whose neighbours are also found by looking at all."""

_JUDGED = 10  # nearest neighbours of which recall tells how many were found
_BLOCK = 2048  # rows


@dataclass
class Similarity:
    """Cosine between TF-IDF rows, and the nearest rows of each row.

    ``cosine(a, b) = sum over terms t of w[a, t] * w[b, t]``, rows being of length 1.

    Parameters
    ----------
    neighbours
        How many are kept for each article; at least 1.
    min_similarity
        Cosine from which an article is worth recommending, from 0 to 1.
    short_terms
        An article of fewer different terms is short; at least 0.
    lent
        How far the similarity of a short article is drawn from its cosine to that of what lies near
        it (`recsys.signals.short_items`), from 0 to 1; 0 leaves it alone.

    Attributes
    ----------
    neighbour_rows_
        int32, shape (n_articles, neighbours): nearest first, ties to the lower row, -1 where
        there are fewer. Only within a group.
    neighbour_cosines_
        float32, same shape, rounded to 6 decimals, 0 where there is no neighbour.
    engine_
        ``exact``, or ``budgeted`` if a group was too large to look at every pair
        (`recsys.kernels.budgeted`).
    recall_
        Share of the ten nearest neighbours that were found, over `SAMPLE` rows of each such group;
        None if the engine was exact.
    """

    neighbours: int = 100
    min_similarity: float = 0.05
    short_terms: int = 30
    lent: float = 0.3

    def check(self) -> None:
        """Refuse parameters that are out of range; ValueError."""
        if self.neighbours < 1:
            raise ValueError(f"neighbours must be at least 1, got {self.neighbours}")
        if not 0 <= self.min_similarity <= 1:
            raise ValueError(f"min_similarity must be from 0 to 1, got {self.min_similarity}")
        if self.short_terms < 0:
            raise ValueError(f"short_terms must be at least 0, got {self.short_terms}")
        if not 0 <= self.lent <= 1:
            raise ValueError(f"lent must be from 0 to 1, got {self.lent}")

    def fit(
        self,
        rows: csr_array,
        groups: Rows,
        jobs: int = 1,
        progress: Progress | None = None,
        exact: bool = False,
    ) -> Self:
        """Find the neighbours of every row.

        Parameters
        ----------
        rows
            float32, shape (n, n_terms), lengths 1 or 0, sorted indices.
        groups
            int32, shape (n,): only rows of the same group (site and language) are neighbours.
        jobs
            Threads; the result does not depend on it.
        progress
            Called with (rows done, rows in all).
        exact
            Look at every pair, however many rows a group has.
        """
        self.check()
        shape = (rows.shape[0], self.neighbours)
        self.neighbour_rows_ = np.full(shape, -1, dtype=np.int32)
        self.neighbour_cosines_ = np.zeros(shape, dtype=np.float32)
        recalls, done = [], 0
        for group in np.unique(groups):
            members = np.flatnonzero(groups == group).astype(np.int32)
            part = rows if members.size == rows.shape[0] else gathered(rows, members)
            budgeted = members.size > EXACT_UP_TO and not exact
            tell = partial(_told, progress, done, rows.shape[0]) if progress else None
            for start, near, cosines in self._nearest(part, part, jobs, budgeted, tell):
                block = members[start : start + near.shape[0]]
                found = np.where(near >= 0, members[near], -1)
                self.neighbour_rows_[block], self.neighbour_cosines_[block] = _without(
                    block, found, cosines
                )
            done += members.size
            if budgeted:
                recalls.append(self._recall(part, members, jobs))
        self.engine_ = "budgeted" if recalls else "exact"
        self.recall_ = sum(recalls) / len(recalls) if recalls else None
        return self

    def find_anew(
        self, rows: csr_array, groups: Rows, wanted: Rows, jobs: int = 1, exact: bool = False
    ) -> None:
        """Find the neighbours of some rows again; parameters as for `fit`.

        ``wanted`` is int32, ascending.
        """
        for group in np.unique(groups[wanted]):
            members = np.flatnonzero(groups == group).astype(np.int32)
            part = rows if members.size == rows.shape[0] else gathered(rows, members)
            budgeted = members.size > EXACT_UP_TO and not exact
            asked = wanted[groups[wanted] == group]
            found = self._nearest(part, gathered(rows, asked), jobs, budgeted)
            for start, near, cosines in found:
                block = asked[start : start + near.shape[0]]
                near = np.where(near >= 0, members[near], -1)
                self.neighbour_rows_[block], self.neighbour_cosines_[block] = _without(
                    block, near, cosines
                )

    def engine(self, groups: Rows, exact: bool = False) -> str:
        """Return how the neighbours within ``groups`` are found: see ``engine_``."""
        sizes = np.unique(groups, return_counts=True)[1]
        return "budgeted" if sizes.max(initial=0) > EXACT_UP_TO and not exact else "exact"

    def _nearest(
        self,
        part: csr_array,
        asked: csr_array,
        jobs: int,
        budgeted: bool,
        progress: Progress | None = None,
    ) -> Found:
        wanted = self.neighbours + 1
        if not budgeted:
            return nearest_rows(asked, part, wanted, jobs, _BLOCK, progress)
        from recsys.kernels.budgeted import Heaviest

        return Heaviest.of(part, jobs).nearest(asked, wanted, jobs, _BLOCK, progress)

    def _recall(self, part: csr_array, members: Rows, jobs: int) -> float:
        """Return the recall of what was found for a sample of a group's rows."""
        from recsys.kernels.budgeted import recall

        wanted = min(_JUDGED, self.neighbours)
        drawn = np.random.default_rng(0).permutation(members.size)[:SAMPLE]
        sample = np.sort(drawn).astype(np.int32)
        blocks = nearest_rows(gathered(part, sample), part, wanted + 1, jobs)
        near, cosines = (
            np.concatenate(c) for c in zip(*((r, c) for _, r, c in blocks), strict=True)
        )
        nearest, _ = _without(sample, near, cosines)
        nearest = np.where(nearest >= 0, members[nearest], -1)
        return recall(self.neighbour_rows_[members[sample], :wanted], nearest)


def _told(progress: Progress, before: int, n: int, done: int, _: int) -> None:
    progress(before + done, n)


def _without(own: Rows, found: Rows, cosines: Floats) -> tuple[Rows, Floats]:
    """Take each row out of its own list, or the last of the list where it is not in it."""
    place = np.where((found == own[:, None]).any(1), (found == own[:, None]).argmax(1), -1)
    kept = np.arange(found.shape[1] - 1)
    kept = kept + (kept >= (place % found.shape[1])[:, None])
    lines = np.arange(own.size)[:, None]
    return found[lines, kept], cosines[lines, kept]


def row_vector(rows: csr_array, row: int) -> Vector:
    """Return (indices, values) of one row, without copying."""
    where = slice(int(rows.indptr[row]), int(rows.indptr[row + 1]))
    return rows.indices[where], rows.data[where]


def gathered(rows: csr_array, wanted: npt.NDArray[Any]) -> csr_array:
    """Return the rows ``wanted``, in that order; cost in proportion to their terms."""
    starts, ends = rows.indptr[wanted].astype(np.int64), rows.indptr[wanted + 1].astype(np.int64)
    lengths = ends - starts
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    place = np.arange(indptr[-1]) + np.repeat(starts - indptr[:-1], lengths)
    parts = (rows.data[place], rows.indices[place], indptr.astype(rows.indptr.dtype))
    return csr_array(parts, shape=(wanted.size, rows.shape[1]))


def pairwise(rows: csr_array, wanted: Rows) -> Floats:
    """Return float64, shape (m, m): the cosines among the rows ``wanted``."""
    few = gathered(rows, wanted).astype(np.float64)
    return np.asarray((few @ few.T).toarray(), dtype=np.float64)


def term_products(a: Vector, b: Vector) -> tuple[npt.NDArray[np.int32], Floats]:
    """Return the terms two rows share and what each adds to their cosine.

    Returns
    -------
    terms
        int32, shape (m,), sorted.
    products
        float64, shape (m,); they sum to the cosine.
    """
    terms, in_a, in_b = np.intersect1d(a[0], b[0], assume_unique=True, return_indices=True)
    products = a[1][in_a].astype(np.float64) * b[1][in_b].astype(np.float64)
    return terms, products
