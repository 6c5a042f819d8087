"""Every article as a vector, and what lies near it: trained rows, and those that came since."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, vstack

from recsys.data.keys import KeyIndex
from recsys.kernels.neighbours import DECIMALS
from recsys.signals.similarity import gathered, row_vector
from recsys.text.vectoriser import Document, Vector, Vectoriser
from recsys.topk import best_places

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Space:
    """TF-IDF rows of a corpus with the neighbours that training found; never changes.

    Attributes
    ----------
    vectoriser
        Fitted; ``vocabulary_`` may be a mapped column.
    places
        Term -> column, by hash.
    rows
        float32, shape (n_trained, n_terms): the rows of the model, often mapped from its files.
    near, near_cosines
        int32 and float32, shape (n_trained, k): `recsys.signals.similarity.Similarity`.
    tail
        float32, shape (n_since, n_terms): articles that came after training, in corpus order.
    tail_near, tail_near_cosines
        Their neighbours among all rows that were there when they came.
    """

    vectoriser: Vectoriser
    places: KeyIndex
    rows: csr_array
    near: Rows
    near_cosines: npt.NDArray[np.float32]
    tail: csr_array
    tail_near: Rows
    tail_near_cosines: npt.NDArray[np.float32]

    @classmethod
    def of(
        cls,
        vectoriser: Vectoriser,
        places: KeyIndex,
        rows: csr_array,
        near: Rows,
        near_cosines: Any,
    ) -> "Space":
        """Return the space of a trained model, nothing having come since."""
        k = near.shape[1]
        return cls(
            vectoriser,
            places,
            rows,
            near,
            near_cosines,
            csr_array(np.zeros((0, rows.shape[1]), dtype=np.float32)),
            np.zeros((0, k), dtype=np.int32),
            np.zeros((0, k), dtype=np.float32),
        )

    def place(self, term: str) -> int:
        """Return the column of a term, -1 if it has none."""
        for column in self.places.find(term):
            if self.vectoriser.vocabulary_[column] == term:
                return column
        return -1

    def vector_of(self, document: Document) -> Vector:
        """Return the vector of a text that need not be in the corpus."""
        return self.vectoriser.transform(document, self.place)

    def vector(self, row: int) -> Vector:
        """Return the vector of an article."""
        n = self.rows.shape[0]
        return row_vector(self.rows, row) if row < n else row_vector(self.tail, row - n)

    def neighbours(self, row: int) -> tuple[Rows, Floats]:
        """Return the kept neighbours of a row, and whatever came since that resembles it.

        Returns
        -------
        rows, cosines
            int32 and float64, shape (m,), in no order, no row twice.
        """
        n = self.rows.shape[0]
        near, cosines = (
            (self.near[row], self.near_cosines[row])
            if row < n
            else (self.tail_near[row - n], self.tail_near_cosines[row - n])
        )
        kept = near >= 0
        known = near[kept], np.round(cosines[kept].astype(np.float64), DECIMALS)
        if not self.tail.shape[0]:
            return known
        newer, newer_cosines = _against(self.vector(row), self._inverted_tail)
        new = ~np.isin(newer + n, known[0]) & (newer + n != row)
        return (
            np.concatenate([known[0], (newer[new] + n).astype(np.int32)]),
            np.concatenate([known[1], newer_cosines[new]]),
        )

    @property
    def kept(self) -> int:
        """How many neighbours are kept for a row: with as many, a list may have been cut."""
        return int(self.near.shape[1])

    def all_similar(self, vector: Vector) -> tuple[Rows, Floats]:
        """Return every row that shares a term with ``vector``, and the cosines; in no order."""
        n = self.rows.shape[0]
        rows, cosines = _against(vector, self._inverted)
        newer, newer_cosines = _against(vector, self._inverted_tail)
        return (
            np.concatenate([rows, newer + n]).astype(np.int32),
            np.concatenate([cosines, newer_cosines]),
        )

    def pairwise(self, rows: Rows) -> Floats:
        """Return float64, shape (m, m): the cosines among rows."""
        n = self.rows.shape[0]
        old, new = rows[rows < n], rows[rows >= n] - n
        few = vstack([gathered(self.rows, old), gathered(self.tail, new)], format="csr")
        few = few.astype(np.float64)
        order = np.empty(rows.size, dtype=np.int64)
        order[np.concatenate([np.flatnonzero(rows < n), np.flatnonzero(rows >= n)])] = np.arange(
            rows.size
        )
        return np.asarray((few @ few.T).toarray())[np.ix_(order, order)]

    def extended(self, documents: Sequence[Document], groups: Rows) -> "Space":
        """Return the space with articles appended.

        Parameters
        ----------
        documents
            One for each article appended to the corpus.
        groups
            int32, shape (n_rows + n_documents,): site and language of every row; neighbours are
            looked for within the group.
        """
        tail = _stacked(self.tail, [self.vector_of(document) for document in documents])
        added = _carrying(self, ("_inverted",), tail=tail)
        first = self.rows.shape[0] + self.tail.shape[0]
        near = np.full((len(documents), self.kept), -1, dtype=np.int32)
        cosines = np.zeros(near.shape, dtype=np.float32)
        for i in range(len(documents)):
            rows, found = added.all_similar(added.vector(first + i))
            fit = (groups[rows] == groups[first + i]) & (rows != first + i)
            rows, found = rows[fit], found[fit]
            order = best_places(rows, found)[: self.kept]
            near[i, : order.size], cosines[i, : order.size] = rows[order], found[order]
        return _carrying(
            added,
            ("_inverted", "_inverted_tail"),
            tail_near=np.concatenate([self.tail_near, near]),
            tail_near_cosines=np.concatenate([self.tail_near_cosines, cosines]),
        )

    @cached_property
    def _inverted(self) -> csr_array:
        return csr_array(self.rows.T.tocsr())

    @cached_property
    def _inverted_tail(self) -> csr_array:
        return csr_array(self.tail.T.tocsr())


def _carrying(space: Space, kept: Sequence[str], **changes: Any) -> Space:
    """Return ``space`` with changes; of what it had worked out, ``kept`` still holds."""
    changed = replace(space, **changes)
    for name in kept:
        if name in space.__dict__:
            changed.__dict__[name] = space.__dict__[name]
    return changed


def _against(vector: Vector, inverted: csr_array) -> tuple[Rows, Floats]:
    """Return the rows that share a term with ``vector`` and their cosines, summed in term order."""
    terms, values = vector
    part = gathered(inverted, terms)
    weights = part.data.astype(np.float64) * np.repeat(
        values.astype(np.float64), np.diff(part.indptr)
    )
    sums = np.bincount(part.indices, weights=weights, minlength=inverted.shape[1])
    rows = np.flatnonzero(sums).astype(np.int32)
    return rows, np.round(sums[rows], DECIMALS)


def _stacked(tail: csr_array, vectors: Sequence[Vector]) -> csr_array:
    lengths = [indices.size for indices, _ in vectors]
    indptr = np.concatenate([tail.indptr, tail.indptr[-1] + np.cumsum(lengths, dtype=np.int64)])
    return csr_array(
        (
            np.concatenate([tail.data, *(values for _, values in vectors)]),
            np.concatenate([tail.indices, *(indices for indices, _ in vectors)]),
            indptr.astype(np.int32),
        ),
        shape=(indptr.size - 1, tail.shape[1]),
    )
