"""Terms that many rows share: they carry most products and decide little, so few rows need them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array

from recsys.text.vectoriser import Vector
from recsys.topk import at_most_kth, kth

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Rough = npt.NDArray[np.float32]

SHARE = 0.1
"""Of the rows, over which a term is common."""

SPARED = 100_000
"""Postings of common terms from which on a bound spares more than it costs."""

_BAND = 1.5e-6  # more than rounding to 6 decimals can move two cosines towards each other


@dataclass(frozen=True, eq=False)
class Common:
    """Postings, and the part of every row in the common terms.

    Attributes
    ----------
    postings
        float32, shape (n_terms, n).
    terms
        int32, ascending: the common terms.
    rows
        float32, shape (n, n_common).
    lengths
        float64, shape (n,): of each row's part.
    """

    postings: csr_array
    terms: npt.NDArray[np.int32]
    rows: csr_array
    lengths: Floats

    @classmethod
    def of(cls, postings: csr_array) -> "Common":
        """Return the common part of rows that are given by their postings."""
        n = postings.shape[1]
        terms = np.flatnonzero(np.diff(postings.indptr) > SHARE * n).astype(np.int32)
        rows = csr_array(csr_array(postings[terms]).T.tocsr())
        squares = csr_array((rows.data.astype(np.float64) ** 2, rows.indices, rows.indptr))
        squares.resize(rows.shape)
        return cls(postings, terms, rows, np.sqrt(squares @ np.ones(terms.size)))

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
        The terms that are not common are added up for all rows. From the others a row gains at
        most the product of its own and the vector's length in them (Cauchy and Schwarz); that is
        added up only where it might be enough. All of it is in float32: as no product is negative,
        a sum of m of them is off by less than m * 2^-23 of itself. Adding up in float64 is off by
        less than what `_BAND` has to spare.
        """
        terms, values = vector
        sizes = self.postings.indptr[terms + 1] - self.postings.indptr[terms]
        common = sizes > SHARE * self.postings.shape[1]
        if int(sizes[common].sum()) < SPARED:
            return None
        sums = np.asarray(values[~common] @ self.postings[terms[~common]])
        if fit is not None:
            sums *= fit
        spread = np.zeros(self.terms.size, dtype=np.float32)
        spread[np.searchsorted(self.terms, terms[common])] = values[common]
        off = (terms.size + 4) * 2.0**-23
        known = np.flatnonzero(sums >= max(2 * _BAND, at_most_kth(sums, 2 * k)))
        if known.size < k:
            return None
        reach = self.lengths * np.linalg.norm(spread.astype(np.float64))
        reach += sums * np.float32(1 + off)
        least = kth(self._rough(sums, known, spread), k) * (1 - off) - _BAND
        rows = np.flatnonzero(reach >= least if fit is None else (reach >= least) & fit)
        rough = self._rough(sums, rows, spread)
        return rows[rough * (1 + off) >= kth(rough, k) * (1 - off) - _BAND]

    def _rough(self, sums: Rough, rows: Rows, spread: Rough) -> Floats:
        """Return the sums of some rows with the common terms."""
        return np.asarray(sums[rows] + self.rows[rows] @ spread, dtype=np.float64)
