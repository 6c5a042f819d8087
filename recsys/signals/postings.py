"""The postings of some terms, added up into a number for each row, in room that is kept."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array

from recsys.text.vectoriser import Vector

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

_FEW = 1 << 12  # postings that are sooner added up than a sparse matrix of them is made
_ROOM_KEPT = 1 << 20  # postings: 16 MiB each, or terms: 8 MiB


class _Room:
    """Room for a text and its postings.

    Asking for it takes longer than using it: a service gives large pieces of memory back at once
    (`recsys.api.memory`), and the kernel clears every page of the next.
    """

    def __init__(self) -> None:
        self._lines = _empty(0)
        self._terms = np.zeros(0)  # 0 throughout between uses

    def gathered(
        self,
        sparse: tuple[npt.NDArray[np.float32], Rows],
        starts: npt.NDArray[np.integer[Any]],
        ends: npt.NDArray[np.integer[Any]],
        dtype: npt.DTypeLike,
    ) -> tuple[npt.NDArray[Any], Rows, Rows]:
        """Return some lines of a sparse array one behind the other, until the next call.

        As `recsys.signals.similarity.gathered`, which asks for memory of its own.

        Parameters
        ----------
        sparse
            Its data and indices, float32 and int32.
        starts, ends
            Integers, shape (m,): of the lines.
        dtype
            float32 or float64, which the data are to be.

        Returns
        -------
        data, indices, indptr
            Of a sparse array; ``dtype``, int32 and int32.
        """
        lengths = ends - starts
        indptr = np.append(0, np.cumsum(lengths)).astype(np.int32)
        size, parts = int(indptr[-1]), list(zip(starts.tolist(), ends.tolist(), strict=True))
        data, indices, wide = self._for(size)
        _gather(sparse[0], parts, data)
        _gather(sparse[1], parts, indices)
        if dtype == np.float32:
            return data, indices, indptr
        np.copyto(wide, data)
        return wide, indices, indptr

    def _for(self, size: int) -> tuple[npt.NDArray[np.float32], Rows, Floats]:
        """Return what `_empty` does, kept unless it is very large."""
        if size > _ROOM_KEPT:
            return _empty(size)
        if size > self._lines[0].size:
            self._lines = _empty(min(_ROOM_KEPT, 2 * size))
        data, indices, wide = self._lines
        return data[:size], indices[:size], wide[:size]

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


def _empty(size: int) -> tuple[npt.NDArray[np.float32], Rows, Floats]:
    """Return data, indices and data in float64, shape (size,), not filled."""
    return (
        np.empty(size, dtype=np.float32),
        np.empty(size, dtype=np.int32),
        np.empty(size, dtype=np.float64),
    )


_FREE: deque[_Room] = deque(maxlen=2)  # as many texts are seldom looked at at once


@contextmanager
def _room() -> Iterator[_Room]:
    """Lend a room to one thread."""
    try:
        room = _FREE.pop()
    except IndexError:
        room = _Room()
    try:
        yield room
    finally:
        _FREE.append(room)


@dataclass(frozen=True, eq=False)
class Postings:
    """The rows of each term and their weights; may be mapped.

    Attributes
    ----------
    ends
        int64, shape (n_terms + 1,): term ``t`` has the postings ``ends[t] <= p < ends[t + 1]``.
    rows, weights
        int32 and float32, shape (nnz,): rows ascend within a term.
    n
        Rows there are.
    """

    ends: npt.NDArray[np.int64]
    rows: Rows
    weights: npt.NDArray[np.float32]
    n: int

    def lengths(self, terms: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Return int64, shape of ``terms``: the postings of each."""
        return np.asarray(self.ends[terms + 1] - self.ends[terms])

    def added(self, terms: npt.NDArray[Any], values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the product of each row with a vector, added up term after term.

        Parameters
        ----------
        terms
            Integers, shape (m,), ascending.
        values
            float32 or float64, shape (m,): their part of the vector.

        Returns
        -------
        sums
            dtype of ``values``, shape (n,). A sparse matrix by column times a vector is just that.
        """
        starts, ends = self.ends[terms], self.ends[terms + 1]
        lengths = ends - starts
        size = int(lengths.sum())
        if size <= _FEW:
            spots = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths) + np.arange(size)
            worth = self.weights[spots] * np.repeat(values, lengths)
            sums = np.bincount(self.rows[spots], worth, minlength=self.n)
            return sums.astype(values.dtype, copy=False)
        by_term = csc_array((self.n, terms.size), dtype=values.dtype)
        with _room() as room:
            _fill(by_term, room.gathered((self.weights, self.rows), starts, ends, values.dtype))
            return np.asarray(by_term @ values)


def products(matrix: csr_array, rows: npt.NDArray[np.integer[Any]], vector: Vector) -> Floats:
    """Return float64: the products of some rows of a matrix with a vector, summed in term order.

    Parameters
    ----------
    matrix
        float32, shape (n, n_terms).
    rows
        Integers, shape (m,).
    """
    starts, ends = matrix.indptr[rows], matrix.indptr[rows + 1]
    some = csr_array((rows.size, matrix.shape[1]), dtype=np.float64)
    with _room() as room, room.spread(vector, matrix.shape[1]) as values:
        _fill(some, room.gathered((matrix.data, matrix.indices), starts, ends, np.float64))
        return np.asarray(some @ values)


def _fill(empty: Any, parts: tuple[npt.NDArray[Any], Rows, Rows]) -> None:
    """Give a sparse array its parts; its constructor would copy what begins a longer array."""
    empty.data, empty.indices, empty.indptr = parts


def _gather(array: npt.NDArray[Any], parts: list[tuple[int, int]], room: npt.NDArray[Any]) -> None:
    """Copy parts of an array one behind the other; as views of memory they are sooner cut out."""
    whole: Any = array
    place: Any = room
    if array.dtype == room.dtype:  # the indices of more than 2 ** 31 values are int64
        whole, place = memoryview(whole), memoryview(place)
    end = 0
    for first, last in parts:
        begin, end = end, end + last - first
        place[begin:end] = whole[first:last]
