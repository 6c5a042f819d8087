"""The postings of some terms, added up into a number for each row, in room that is kept."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array

from recsys.text.vectoriser import Vector

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

_FEW = 1 << 12  # postings that are sooner added up than a sparse matrix of them is made
_ROOM_KEPT = 1 << 20  # postings: 16 MiB a thread, or terms: 8 MiB


class Room(threading.local):
    """Room for a text and its postings, kept by each thread: asking for it takes longer than use.

    A service gives large pieces of memory back at once (`recsys.api.memory`), and the kernel clears
    every page of the next.
    """

    def __init__(self) -> None:
        self._rows = np.empty(0, dtype=np.int32)
        self._weights = np.empty(0, dtype=np.float32)
        self._wide = np.empty(0, dtype=np.float64)
        self._terms = np.zeros(0)  # 0 throughout between uses

    def for_postings(self, size: int) -> tuple[Rows, npt.NDArray[np.float32], Floats]:
        """Return int32, float32 and float64, shape (size,), not filled.

        The next call takes them away.
        """
        rows, weights, wide = self._rows, self._weights, self._wide
        if size > rows.size:
            room = size if size > _ROOM_KEPT else min(_ROOM_KEPT, 2 * size)
            rows, weights = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.float32)
            wide = np.empty(room, dtype=np.float64)
        if rows.size <= _ROOM_KEPT:
            self._rows, self._weights, self._wide = rows, weights, wide
        return rows[:size], weights[:size], wide[:size]

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


ROOM = Room()


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
            products = self.weights[spots] * np.repeat(values, lengths)
            sums = np.bincount(self.rows[spots], products, minlength=self.n)
            return sums.astype(values.dtype, copy=False)
        parts = list(zip(starts.tolist(), ends.tolist(), strict=True))
        rows, weights, wide = ROOM.for_postings(size)
        _gather(self.rows, parts, rows)
        _gather(self.weights, parts, weights)
        gathered = csc_array((self.n, len(parts)), dtype=values.dtype)
        # Set one by one: its constructor would copy what is only the beginning of an array.
        gathered.data, gathered.indices = weights, rows
        if values.dtype == np.float64:
            gathered.data = wide
            np.copyto(wide, weights)
        gathered.indptr = np.append(0, np.cumsum(lengths)).astype(np.int32)
        return np.asarray(gathered @ values)


def _gather(array: npt.NDArray[Any], parts: list[tuple[int, int]], room: npt.NDArray[Any]) -> None:
    """Copy parts of an array one behind the other; as views of memory they are sooner cut out."""
    whole, place, end = memoryview(array), memoryview(room), 0  # type: ignore[arg-type]
    for first, last in parts:
        begin, end = end, end + last - first
        place[begin:end] = whole[first:last]
