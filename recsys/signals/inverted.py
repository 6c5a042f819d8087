"""The rows of each term: what resembles a text is found through its own terms only."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array

from recsys.kernels.neighbours import DECIMALS, EXACT_UP_TO
from recsys.signals.common import BAND, Common
from recsys.text.vectoriser import Vector
from recsys.topk import at_most_kth, kth

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

_LEAST = 4e-7  # what is less is rounded to 0
_TIMES = 8
_VERY_FEW = 1 << 12  # postings that are sooner added up than a sparse matrix of them is made
_FEW = 1 << 18  # postings that scipy gathers: it asks for room each time, but sees to many terms
_ROOM_KEPT = 1 << 20  # postings: 12 MiB a thread, or terms: 8 MiB

POSTINGS = 300_000
"""Postings that are followed for a text where there are too many rows for all, rare terms first;

more until what is left of the text is at most `LEFT` of its squared length, but at most `MOST`.
"""
LEFT = 0.08
MOST = 4_000_000

POOL = 1000
"""Rows whose cosine is then worked out in full."""


class _Room(threading.local):
    """Room for a text and its postings, kept by each thread: asking for it takes longer than use.

    ``terms`` is float64, 0 throughout between uses.
    """

    def __init__(self) -> None:
        self._rows = np.empty(0, dtype=np.int32)
        self._weights = np.empty(0, dtype=np.float64)
        self._terms = np.zeros(0)

    def for_postings(self, size: int, dtype: npt.DTypeLike) -> tuple[Rows, npt.NDArray[Any]]:
        """Return int32 and ``dtype``, shape (size,), not filled; the next call takes them away."""
        if size > _ROOM_KEPT:
            return np.empty(size, dtype=np.int32), np.empty(size, dtype=dtype)
        if size > self._rows.size:
            room = min(_ROOM_KEPT, 2 * size)
            self._rows = np.empty(room, dtype=np.int32)
            self._weights = np.empty(room, dtype=np.float64)
        return self._rows[:size], self._weights.view(dtype)[:size]

    @contextmanager
    def spread(self, vector: Vector, n_terms: int) -> Iterator[Floats]:
        """Give float64, shape (n_terms,): the vector, 0 where it has no term; then take it back."""
        room = self._terms if n_terms <= _ROOM_KEPT else np.zeros(n_terms)
        if room.size < n_terms:
            room = self._terms = np.zeros(n_terms)
        room[vector[0]] = vector[1]
        try:
            yield room[:n_terms]
        finally:
            room[vector[0]] = 0


_ROOM = _Room()


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
        return self._added(terms, values.astype(np.float64))

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
        rare = rarest(self.ends[terms + 1] - self.ends[terms], values)
        sums = self._added(terms[rare], values[rare])
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
    def _postings(self) -> csr_array:
        """float32, shape (n_listed, n)."""
        ends = self.ends.astype(np.int32) if self.ends[-1] < 2**31 else self.ends
        return csr_array((self.weights, self.rows, ends), shape=(ends.size - 1, self.n))

    def _true(self, vector: Vector, rows: npt.NDArray[np.int64]) -> Floats:
        """Return float64: the products of some rows with a vector, summed in term order."""
        assert self.matrix is not None
        with _ROOM.spread(vector, self.matrix.shape[1]) as values:
            return np.asarray(self.matrix[rows] @ values)

    def _listed(self, vector: Vector) -> tuple[npt.NDArray[Any], npt.NDArray[np.float32]]:
        """Return the places of a vector's terms, and the values of those that have one."""
        terms, values = vector
        if self.terms is None:
            return terms, values
        places = np.searchsorted(self.terms, terms)
        places[places == self.terms.size] = 0
        listed = self.terms[places] == terms if self.terms.size else np.zeros(terms.size, bool)
        return places[listed], values[listed]

    def _added(self, places: npt.NDArray[Any], values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Add up postings, term after term: a sparse matrix by column times a vector does that.

        In the precision of ``values``; shape (n,).
        """
        starts, ends = self.ends[places], self.ends[places + 1]
        lengths = ends - starts
        size = int(lengths.sum())
        if size <= _VERY_FEW:
            spots = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths) + np.arange(size)
            products = self.weights[spots] * np.repeat(values, lengths)
            sums = np.bincount(self.rows[spots], products, minlength=self.n)
            return sums.astype(values.dtype, copy=False)
        if size <= _FEW:
            return np.asarray(values @ self._postings[places])
        parts = [slice(a, b) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
        indptr = np.zeros(len(parts) + 1, dtype=np.int32)
        np.cumsum(lengths, out=indptr[1:])
        rows, weights = _ROOM.for_postings(size, values.dtype)
        np.concatenate([self.rows[part] for part in parts], out=rows)
        np.concatenate([self.weights[part] for part in parts], out=weights)
        postings = csc_array((weights, rows, indptr), shape=(self.n, len(parts)))
        return np.asarray(postings @ values)


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
