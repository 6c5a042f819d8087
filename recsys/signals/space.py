"""Every article as a vector, and what lies near it: trained rows, and those that came since."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, vstack

from recsys.data.keys import KeyIndex
from recsys.data.strings import Strings
from recsys.kernels.neighbours import DECIMALS
from recsys.signals.foldin import folded
from recsys.signals.inverted import Inverted, grown, together
from recsys.signals.similarity import gathered, row_vector
from recsys.text.columns import Columns
from recsys.text.vectoriser import Document, Vector, Vectoriser

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
    words
        Written word -> columns.
    rows
        float32, shape (n_trained, n_terms): the rows of the model, often mapped from its files.
    near, near_cosines
        int32 and float32, shape (n_trained, k): `recsys.signals.similarity.Similarity`.
    inverted
        The postings of ``rows``, often mapped as well.
    tail
        float32, shape (n_since, n_terms): articles that came after training, in corpus order.
    newer
        The postings of ``tail``, in some parts (`recsys.signals.inverted.grown`).
    tail_near, tail_near_cosines
        Their neighbours among all rows that were there when they came.
    """

    vectoriser: Vectoriser
    places: KeyIndex
    words: Columns
    rows: csr_array
    near: Rows
    near_cosines: npt.NDArray[np.float32]
    inverted: Inverted
    tail: csr_array
    newer: tuple[Inverted, ...]
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
        inverted: Inverted | None = None,
    ) -> "Space":
        """Return the space of a trained model, nothing having come since."""
        k = near.shape[1]
        named = partial(_columns, places, vectoriser.vocabulary_)
        return cls(
            vectoriser,
            places,
            Columns(vectoriser.tokenizer, named),
            rows,
            near,
            near_cosines,
            inverted or Inverted.of(rows),
            csr_array(np.zeros((0, rows.shape[1]), dtype=np.float32)),
            (),
            np.zeros((0, k), dtype=np.int32),
            np.zeros((0, k), dtype=np.float32),
        )

    def columns(self, terms: Sequence[str]) -> Rows:
        """Return int32, shape (len(terms),): the column of each term, -1 if it has none."""
        return _columns(self.places, self.vectoriser.vocabulary_, terms)

    def vector_of(self, document: Document) -> Vector:
        """Return the vector of a text that need not be in the corpus."""
        return self.vectoriser.vector(document, self.words)

    def vector(self, row: int) -> Vector:
        """Return the vector of an article."""
        n = self.rows.shape[0]
        return row_vector(self.rows, row) if row < n else row_vector(self.tail, row - n)

    def lengths(self, rows: Rows) -> npt.NDArray[np.int64]:
        """Return int64, shape of ``rows``: how many different terms each row has; 0 for -1."""
        n = self.rows.shape[0]
        old, new = self.rows.indptr, self.tail.indptr
        lengths = np.zeros(rows.shape, dtype=np.int64)
        trained, since = (rows >= 0) & (rows < n), rows >= n
        lengths[trained] = old[rows[trained] + 1] - old[rows[trained]]
        lengths[since] = new[rows[since] - n + 1] - new[rows[since] - n]
        return lengths

    def kept_neighbours(self, rows: Rows) -> Rows:
        """Return int32, shape (m, kept): what training, or coming, found nearest to each row."""
        n = self.rows.shape[0]
        near = np.empty((rows.size, self.kept), dtype=np.int32)
        near[rows < n] = self.near[rows[rows < n]]
        near[rows >= n] = self.tail_near[rows[rows >= n] - n]
        return near

    def texts(self, rows: Rows) -> csr_array:
        """Return float64, shape (m, n_terms): the vectors of ascending rows."""
        old = rows < self.rows.shape[0]
        parts = []
        if old.any():
            parts.append(gathered(self.rows, rows[old]))
        if not old.all() or not parts:
            parts.append(gathered(self.tail, rows[~old] - self.rows.shape[0]))
        texts = parts[0] if len(parts) == 1 else vstack(parts, format="csr")
        return csr_array(texts.astype(np.float64))

    def dense(self, vector: Vector) -> Floats:
        """Return float64, shape (n_terms,): a vector with all its zeros."""
        terms, values = vector
        dense = np.zeros(self.rows.shape[1])
        dense[terms] = values
        return dense

    def cosines(self, rows: Rows, vector: Vector) -> Floats:
        """Return float64, shape (m,): the cosines of ascending rows with a vector, rounded."""
        return np.asarray(np.round(self.texts(rows) @ self.dense(vector), DECIMALS))

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
        if not self.newer:
            return known
        vector = self.vector(row)
        newer, newer_cosines = together(part.similar(vector) for part in self.newer)
        new = ~np.isin(newer, known[0]) & (newer != row)
        return np.concatenate([known[0], newer[new]]), np.concatenate(
            [known[1], newer_cosines[new]]
        )

    @property
    def kept(self) -> int:
        """How many neighbours are kept for a row: with as many, a list may have been cut."""
        return int(self.near.shape[1])

    def all_similar(self, vector: Vector) -> tuple[Rows, Floats]:
        """Return every row that shares a term with ``vector``, and the cosines; in no order."""
        return together(part.similar(vector) for part in (self.inverted, *self.newer))

    def pairwise(self, rows: Rows) -> Floats:
        """Return float64, shape (m, m): the cosines among rows."""
        ascending = np.argsort(rows, kind="stable")
        few, place = self.texts(rows[ascending]), np.argsort(ascending)
        return np.asarray((few @ few.T).toarray())[np.ix_(place, place)]

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
        first, n_new = self.rows.shape[0] + self.tail.shape[0], len(documents)
        vectors = [self.vector_of(document) for document in documents]
        tail = _stacked(self.tail, vectors)
        newer = grown(self.newer, tail, n_new, self.rows.shape[0])
        rows = np.arange(first, first + n_new, dtype=np.int32)
        came = folded((self.inverted, *newer), vectors, rows, self.kept, groups)
        return replace(
            self,
            tail=tail,
            newer=newer,
            tail_near=np.concatenate([self.tail_near, came.near]),
            tail_near_cosines=np.concatenate([self.tail_near_cosines, came.near_cosines]),
        )


def _columns(places: KeyIndex, names: Sequence[str], terms: Sequence[str]) -> Rows:
    columns, several = places.find_all(terms)
    found = np.flatnonzero(columns >= 0)
    asked = [terms[i] for i in found.tolist()]
    if isinstance(names, Strings):
        equal = names.equal(columns[found], asked)
    else:
        own = zip(columns[found].tolist(), asked, strict=True)
        equal = np.array([names[column] == term for column, term in own], dtype=np.bool_)
    columns[found[~equal]] = -1
    for i in several:
        columns[i] = next((c for c in places.find(terms[i]) if names[c] == terms[i]), -1)
    return columns


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
