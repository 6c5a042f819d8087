"""Terms that many rows share: they carry most products and decide little, so few rows need them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array

from recsys.text.vectoriser import Vector
from recsys.topk import at_most_kth, kth

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SHARE = 0.1
"""Of the rows, from which on a term is common."""

_BAND = 1.5e-6  # more than rounding to 6 decimals can move two cosines towards each other


@dataclass(frozen=True, eq=False)
class Common:
    """The part of every row in the common terms.

    Attributes
    ----------
    terms
        int32, ascending: the common terms.
    rows
        float32, shape (n, n_common).
    lengths
        float64, shape (n,): of each row's part.
    """

    terms: npt.NDArray[np.int32]
    rows: csr_array
    lengths: Floats

    @classmethod
    def of(cls, ends: npt.NDArray[np.int64], rows: Any, weights: Any, n: int) -> "Common":
        """Return the common part of n rows, given by their postings."""
        sizes = np.diff(ends)
        terms = np.flatnonzero(sizes > SHARE * n).astype(np.int32)
        parts = [slice(int(ends[term]), int(ends[term + 1])) for term in terms]
        indptr = np.concatenate([[0], np.cumsum(sizes[terms])]).astype(np.int32)
        postings = (
            np.concatenate([weights[:0], *(weights[part] for part in parts)]),
            np.concatenate([rows[:0], *(rows[part] for part in parts)]),
            indptr,
        )
        columns = csc_array(postings, shape=(n, terms.size))
        squares = csc_array((postings[0].astype(np.float64) ** 2, *postings[1:]), columns.shape)
        return cls(terms, csr_array(columns.tocsr()), np.sqrt(squares @ np.ones(terms.size)))

    def within_reach(
        self,
        sums: npt.NDArray[np.float32],
        vector: Vector,
        k: int,
        off: float,
        fit: npt.NDArray[np.bool_] | None,
    ) -> Rows | None:
        """Return the rows, ascending, that may be among the ``k`` nearest; few others.

        A row gains from the common terms at most the product of both lengths (Cauchy and
        Schwarz); what it gains is added up only where that might be enough.

        Parameters
        ----------
        sums
            float32, shape (n,): products with the terms that are not common; 0 where ``fit`` says
            that a row does not count.
        vector
            The common terms of the vector asked for.
        off
            The share of itself by which a sum in float32 may be off. Adding up in float64 is off
            by less than what `_BAND` has to spare.

        Returns
        -------
        rows
            None where fewer than ``k`` are known to be near enough to say.
        """
        known = np.flatnonzero(sums >= max(2 * _BAND, at_most_kth(sums, 2 * k)))
        if known.size < k:
            return None
        values = np.zeros(self.terms.size, dtype=np.float32)
        values[np.searchsorted(self.terms, vector[0])] = vector[1]
        least = kth(self._rough(sums, known, values), k) * (1 - off) - _BAND
        reach = self.lengths * np.linalg.norm(vector[1].astype(np.float64))
        reach += sums * np.float32(1 + off)
        rows = np.flatnonzero(reach >= least if fit is None else (reach >= least) & fit)
        rough = self._rough(sums, rows, values)
        least = kth(rough, k) * (1 - off) - _BAND
        return rows[rough * (1 + off) >= least]

    def _rough(
        self, sums: npt.NDArray[np.float32], rows: Rows, values: npt.NDArray[np.float32]
    ) -> Floats:
        return np.asarray(sums[rows] + self.rows[rows] @ values, dtype=np.float64)
