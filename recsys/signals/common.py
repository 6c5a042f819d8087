"""Terms that many rows share: they carry most products and decide little, so few rows need them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array

from recsys.signals.postings import Postings
from recsys.text.vectoriser import Vector
from recsys.topk import at_most_kth, kth

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Rough = npt.NDArray[np.float32]

SHARE = 0.1
"""Of the rows, over which a term is common."""

SPARED = 200_000
"""Postings of common terms from which on a bound spares more than it costs."""

BAND = 1.5e-6
"""More than rounding to 6 decimals can move two cosines towards each other."""

MANY = 0.5
"""Postings of rows that are within reach, to one of a text's common terms, from which on those are
sooner added up for all rows.
"""

_GROUPS = 8  # of common terms, of which each has its own bound


@dataclass(frozen=True, eq=False)
class Common:
    """Postings, and the part of every row in the common terms.

    Attributes
    ----------
    postings
        Of all terms.
    terms
        int32, ascending: the common terms.
    rows
        float32, shape (n, n_common).
    groups
        int64, shape (n_common,): each common term belongs to one of `_GROUPS` groups.
    lengths
        float32, shape (n_groups, n): of each row's part in each group.
    """

    postings: Postings
    terms: npt.NDArray[np.int32]
    rows: csr_array
    groups: Rows
    lengths: Rough

    @classmethod
    def of(cls, postings: Postings) -> "Common":
        """Return the common part of rows that are given by their postings."""
        ends, n = postings.ends, postings.n
        ends = ends.astype(np.int32) if ends[-1] < 2**31 else ends  # of one kind with the rows
        terms = np.flatnonzero(np.diff(ends) > SHARE * n).astype(np.int32)
        by_term = (postings.weights, postings.rows, ends)
        common = csr_array(csr_array(by_term, shape=(ends.size - 1, n))[terms])
        groups = np.arange(terms.size) % _GROUPS
        squares = common.data.astype(np.float64) ** 2
        of_group = csc_array(
            (np.ones(terms.size), groups, np.arange(terms.size + 1)), shape=(_GROUPS, terms.size)
        )
        lengths = of_group @ csr_array((squares, common.indices, common.indptr), common.shape)
        rows = csr_array(common.T.tocsr())
        return cls(postings, terms, rows, groups, np.sqrt(lengths.toarray()).astype(np.float32))

    def within_reach(
        self, vector: Vector, k: int, fit: npt.NDArray[np.bool_] | None = None
    ) -> Rows | None:
        """Return the rows that may be among the ``k`` nearest to a vector, and few others.

        Parameters
        ----------
        vector
            Of length 1, nothing under 0.
        fit
            bool, shape (n,): which rows count; None for all.

        Returns
        -------
        rows
            Ascending. None where the common terms of the vector are not worth it, or where fewer
            than ``k`` rows are known to be near enough to say.

        Notes
        -----
        The terms that are not common are added up for all rows. From each group of the others a
        row gains at most the product of its own and the vector's length in it (Cauchy and
        Schwarz); what it does gain is added up only where that might be enough, or for all rows if
        that is sooner done (`MANY`). All is in float32: as no product is negative, a sum of m of
        them is off by less than m * 2^-23 of itself. Adding up in float64 is off by less than what
        `BAND` has to spare.
        """
        terms, values = vector
        sizes = self.postings.lengths(terms)
        common = sizes > SHARE * self.postings.n
        size = int(sizes[common].sum())
        if size < SPARED:
            return None
        sums = self.postings.added(terms[~common], values[~common])
        if fit is not None:
            sums *= fit
        spread = np.zeros(self.terms.size, dtype=np.float32)
        spread[np.searchsorted(self.terms, terms[common])] = values[common]
        known = np.flatnonzero(sums >= max(2 * BAND, at_most_kth(sums, 2 * k)))
        if known.size < k:
            return None
        off = (terms.size + 2 * _GROUPS) * 2.0**-23
        least = kth(self._rough(sums, known, spread), k) * (1 - off) - BAND
        reached = self._reach(sums, spread) * np.float32(1 + off) >= least
        rows = np.flatnonzero(reached if fit is None else reached & fit)
        if self.rows.nnz * rows.size > MANY * size * self.postings.n:
            sums += self.postings.added(terms[common], values[common])
            rough = sums[rows].astype(np.float64)
        else:
            rough = self._rough(sums, rows, spread)
        return rows[rough * (1 + off) >= kth(rough, k) * (1 - off) - BAND]

    def _rough(self, sums: Rough, rows: Rows, spread: Rough) -> Floats:
        """Return the sums of some rows with the common terms."""
        return np.asarray(sums[rows] + self.rows[rows] @ spread, dtype=np.float64)

    def _reach(self, sums: Rough, spread: Rough) -> Rough:
        """Return what the sums cannot exceed with the common terms."""
        squares = np.bincount(self.groups, spread.astype(np.float64) ** 2, minlength=_GROUPS)
        gains = np.einsum("g,gn->n", np.sqrt(squares).astype(np.float32), self.lengths)
        return np.asarray(np.add(gains, sums, out=gains))
