"""The rows of each term: what resembles a text is found through its own terms only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from recsys.kernels.neighbours import DECIMALS, EXACT_UP_TO
from recsys.signals.common import BAND, Common
from recsys.signals.postings import Postings, products
from recsys.text.vectoriser import Vector
from recsys.topk import at_most_kth, kth

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

_LEAST = 4e-7  # what is less is rounded to 0
_TIMES = 8

POSTINGS = 300_000
"""Postings that are followed for a text where there are too many rows for all, rare terms first;

more until what is left of the text is at most `LEFT` of its squared length, but at most `MOST`.
"""
LEFT = 0.08
MOST = 4_000_000

POOL = 1000
"""Rows whose cosine is then worked out in full."""


@dataclass(frozen=True, eq=False)
class Inverted:
    """A sparse matrix by column: the postings of each term. Never changes, may be mapped.

    Attributes
    ----------
    ends
        int64, shape (n_listed + 1,): the listed term ``t`` has the postings
        ``ends[t] <= p < ends[t + 1]``.
    rows, weights
        int32 and float32, shape (nnz,): rows ascend within a term.
    n
        Rows of the matrix.
    first
        What is added to a row to make it one of the space.
    terms
        int32, shape (n_listed,), ascending: the terms that are listed; None for all.
    matrix
        The matrix by row; without it all rows are looked at, however many there are.
    """

    ends: npt.NDArray[np.int64]
    rows: Rows
    weights: npt.NDArray[np.float32]
    n: int
    first: int = 0
    terms: Rows | None = None
    matrix: csr_array | None = None

    @classmethod
    def of(cls, rows: csr_array) -> "Inverted":
        """Return the postings of float32, shape (n, n_terms), every term listed."""
        turned = csr_array(rows.T.tocsr())
        ends, owners = turned.indptr.astype(np.int64), turned.indices.astype(np.int32, copy=False)
        return cls(ends, owners, turned.data, rows.shape[0], matrix=rows)

    @classmethod
    def of_few(cls, rows: csr_array, start: int, first: int) -> "Inverted":
        """Return the postings of the rows from ``start`` on; the number of terms costs nothing."""
        begin, n = int(rows.indptr[start]), rows.shape[0] - start
        owners = np.repeat(np.arange(n, dtype=np.int32), np.diff(rows.indptr[start:]))
        order = np.argsort(rows.indices[begin:], kind="stable")
        columns = rows.indices[begin:][order]
        starts = np.flatnonzero(np.diff(columns, prepend=-1))
        ends = np.append(starts, columns.size).astype(np.int64)
        terms = columns[starts].astype(np.int32, copy=False)
        return cls(ends, owners[order], rows.data[begin:][order], n, first, terms)

    @property
    def span(self) -> slice:
        """The rows of the space."""
        return slice(self.first, self.first + self.n)

    def sums(self, vector: Vector) -> Floats:
        """Return float64, shape (n,): the product of each row with a vector, summed in term order.

        Notes
        -----
        Cost O(n + postings of the vector's terms).
        """
        terms, values = self._listed(vector)
        return self._postings.added(terms, values.astype(np.float64))

    def similar(self, vector: Vector) -> tuple[Rows, Floats]:
        """Return the rows of the space that share a term with a vector, ascending, and cosines."""
        sums = self.sums(vector)
        rows = np.flatnonzero(sums).astype(np.int32)
        return rows + np.int32(self.first), np.round(sums[rows], DECIMALS)

    def nearest(
        self,
        vector: Vector,
        k: int,
        fit: npt.NDArray[np.bool_] | None = None,
        enough: Floats | None = None,
    ) -> tuple[Rows, Floats]:
        """Return all rows of the space that may be among the ``k`` nearest, and their cosines.

        Parameters
        ----------
        vector
            Of length 1, nothing under 0.
        k
            At least 1.
        fit
            bool, shape (n,): which rows count; None for all.
        enough
            float64, shape (n,): cosine from which a row is wanted in any case.

        Returns
        -------
        rows, cosines
            int32 and float64, shape (m,): the k nearest and some more, ascending by row; cosines
            over 0, summed in term order and rounded.

        Notes
        -----
        Of more than `EXACT_UP_TO` rows those are looked at that share rare terms with the vector
        (`POSTINGS`); what is found has its true cosine, but some may be missed. Of fewer none is:
        the postings of common terms are left alone where a bound proves that few rows need them.
        """
        if self.matrix is not None and self.n > EXACT_UP_TO:
            rows, sums = self._pool(vector, max(POOL, 2 * k), fit)
        elif enough is None and (within := self._within_reach(vector, k, fit)) is not None:
            rows, sums = within, self._true(vector, within)
        else:
            whole = self.sums(vector) if fit is None else self.sums(vector) * fit
            least = max(_LEAST, at_most_kth(whole, k) - BAND)
            if enough is None:
                rows = np.flatnonzero(whole >= least)
            else:
                rows = np.flatnonzero(whole >= np.maximum(np.minimum(enough - BAND, least), _LEAST))
            sums = whole[rows]
        cosines = np.round(sums, DECIMALS)
        rows = rows[cosines > 0].astype(np.int32)
        return rows + np.int32(self.first), cosines[cosines > 0]

    def _pool(
        self, vector: Vector, size: int, fit: npt.NDArray[np.bool_] | None
    ) -> tuple[npt.NDArray[np.int64], Floats]:
        """Return the ``size`` rows, or some more, that share most by rare terms; and their sums."""
        assert self.matrix is not None
        terms, values = vector
        rare = rarest(self._postings.lengths(terms), values)
        sums = self._postings.added(terms[rare], values[rare])
        if fit is not None:
            sums *= fit
        rows = np.flatnonzero(sums >= max(_LEAST, at_most_kth(sums, size)))
        if rows.size > size:
            found = sums[rows]
            rows = rows[found >= kth(found, size)]
        return rows, self._true(vector, rows)

    def _within_reach(
        self, vector: Vector, k: int, fit: npt.NDArray[np.bool_] | None = None
    ) -> npt.NDArray[np.int64] | None:
        return None if self.matrix is None else self._common.within_reach(vector, k, fit)

    @cached_property
    def _common(self) -> Common:
        return Common.of(self._postings)

    @cached_property
    def _postings(self) -> Postings:
        return Postings(self.ends, self.rows, self.weights, self.n)

    def _true(self, vector: Vector, rows: npt.NDArray[np.int64]) -> Floats:
        """Return float64: the products of some rows with a vector, summed in term order."""
        assert self.matrix is not None
        return products(self.matrix, rows, vector)

    def _listed(self, vector: Vector) -> tuple[npt.NDArray[Any], npt.NDArray[np.float32]]:
        """Return the places of a vector's terms, and the values of those that have one."""
        terms, values = vector
        if self.terms is None:
            return terms, values
        places = np.searchsorted(self.terms, terms)
        places[places == self.terms.size] = 0
        listed = self.terms[places] == terms if self.terms.size else np.zeros(terms.size, bool)
        return places[listed], values[listed]


def rarest(lengths: npt.NDArray[np.int64], values: npt.NDArray[np.float32]) -> Any:
    """Return the places, ascending, of the terms that are followed: see `POSTINGS`.

    Parameters
    ----------
    lengths
        int64, shape (n_terms,): postings of each of a vector's terms.
    values
        float32, same shape: the vector.
    """
    order = np.argsort(lengths, kind="stable")
    walked = np.cumsum(lengths[order])
    left = 1 - np.cumsum(values[order].astype(np.float64) ** 2)
    enough = ((walked >= POSTINGS) & (left <= LEFT)) | (walked >= MOST)
    return np.sort(order[: int(enough.argmax()) + 1 if enough.any() else order.size])


def grown(
    parts: Sequence[Inverted], tail: csr_array, n_new: int, first: int
) -> tuple[Inverted, ...]:
    """Return the postings of rows appended to a space, the last ``n_new`` of them being new.

    Parameters
    ----------
    parts
        Of the rows before, in order.
    tail
        float32, shape (n, n_terms): all rows that were appended.
    first
        Row of the space at which the tail begins.

    Notes
    -----
    A part is joined with what came since when it has at most `_TIMES` as many rows, so that n rows
    lie in no more than ``1 + log n / log _TIMES`` parts.
    """
    kept, start = list(parts), tail.shape[0] - n_new
    while kept and kept[-1].n <= _TIMES * (tail.shape[0] - start):
        start = kept.pop().first - first
    return (*kept, Inverted.of_few(tail, start, first + start))


def together(found: Iterator[tuple[Rows, Floats]]) -> tuple[Rows, Floats]:
    """Return (rows, cosines) of several parts as one."""
    rows, cosines = zip(*found, strict=True)
    return np.concatenate(rows), np.concatenate(cosines)
