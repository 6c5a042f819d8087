"""From words to TF-IDF rows: fitted by scikit-learn, applied without it.

Many documents are weighed as scikit-learn would, to the bit, by a compiled loop: to import
scikit-learn takes a second or two, which is half of what their words take.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from recsys.text.columns import Columns
from recsys.text.counting import Counted, Document, Merged, count_block
from recsys.text.tokens import Tokenizer

__all__ = ["FIELDS", "Document", "Progress", "Vector", "Vectoriser"]

Vector = tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]
Progress = Callable[[int, int], None]
FIELDS = ("title", "summary", "body", "tags", "section")

_BLOCK = 1024  # documents per task
_FEW_BLOCKS = 2
_ROWS = 16_384  # weighed at a time
# Documents from which on the compiled loops are taken. At 500 they need 1.4 s of a processor in a
# new process and 0.5 s in one that has loaded them; the pattern, NumPy and scikit-learn 4.4 s and
# 1.3 s (benchmarks.words --from). Fewer are done soon either way, and on a new installation without
# waiting for the loops to be compiled.
_MANY = 500


@dataclass
class Vectoriser:
    """TF-IDF over weighted fields.

    ``tf[d, t] = sum over fields f of weight[f] * count[d, f, t]``,
    ``w[d, t] = tf[d, t] ** tf_exponent * idf[t]``
    (with ``sublinear_tf``: ``(1 + ln tf[d, t]) * idf[t]``),
    ``idf[t] = ln((1 + n) / (1 + df[t])) + 1``, every row then divided by its length.

    Parameters
    ----------
    tokenizer
        From text to terms.
    title, summary, body, tags, section
        Weight of a word in that field: 0 leaves the field out, otherwise at least 0.5.
    tf_exponent
        How much a word gains by being repeated: 1 counts every occurrence alike, 0.5 needs four to
        count double. Over 0, at most 1.
    sublinear_tf
        Whether the logarithm takes the place of the power: four occurrences then count 2.4.
    min_df
        Terms in fewer documents are left out. At least 1.
    max_df
        Terms in a larger share of the documents are left out. In (0, 1].

    Attributes
    ----------
    vocabulary_
        Terms in code point order: place -> term.
    surfaces_
        Place -> the commonest written form of the term, for people.
    idf_
        float64, shape (n_terms,).

    References
    ----------
    Manning, Raghavan, Schütze, *Introduction to Information Retrieval*, 2008, chapter 6; the idf
    is scikit-learn's ``TfidfTransformer(smooth_idf=True)``.
    """

    tokenizer: Tokenizer = field(default_factory=Tokenizer)
    title: float = 2.0
    summary: float = 1.0
    body: float = 1.0
    tags: float = 1.0
    section: float = 1.0
    tf_exponent: float = 0.8
    sublinear_tf: bool = False
    min_df: int = 1
    max_df: float = 1.0

    def fit(
        self,
        documents: Sequence[Document],
        jobs: int = 1,
        backend: str | None = None,
        progress: Progress | None = None,
    ) -> "Vectoriser":
        """Learn vocabulary and idf. See `fit_transform`."""
        self.fit_transform(documents, jobs, backend, progress)
        return self

    def fit_transform(
        self,
        documents: Sequence[Document],
        jobs: int = 1,
        backend: str | None = None,
        progress: Progress | None = None,
    ) -> csr_array:
        """Learn vocabulary and idf, and return the rows of ``documents``.

        Parameters
        ----------
        documents
            May be empty.
        jobs, backend
            Of joblib. The result does not depend on them.
        progress
            Called with (documents done, documents in all).

        Returns
        -------
        rows
            float32, shape (n_documents, n_terms), sorted indices; length 1, or 0 without terms.

        Raises
        ------
        ValueError
            If a parameter is out of range.
        """
        self.check()
        self.vocabulary_: Sequence[str]
        self.surfaces_: Sequence[str]
        counts, self.vocabulary_, self.surfaces_ = self._pruned(
            *self._counted(documents, jobs, backend, progress)
        )
        if counts.shape[0] == 0 or counts.shape[1] == 0:
            self.idf_ = np.zeros(counts.shape[1])
            return counts.astype(np.float32)
        if _are_many(documents, backend):
            from recsys.text.streamed import idf_of, weigh  # loads numba

            self.idf_ = idf_of(counts)
            return self._weighed(counts, partial(weigh, self.idf_))
        from sklearn.feature_extraction.text import TfidfTransformer

        weigher = TfidfTransformer().fit(counts)
        self.idf_ = np.asarray(weigher.idf_, dtype=np.float64)
        return self._weighed(counts, lambda block: weigher.transform(block, copy=False).data)

    def transform(self, document: Document, place: Callable[[str], int]) -> Vector:
        """Return the row of one document, without scikit-learn.

        Parameters
        ----------
        document
            Words that are not in the vocabulary do not count, not even for the length.
        place
            Term -> place in the vocabulary, -1 if it has none.

        Returns
        -------
        indices, values
            int32 and float32, shape (n_different_terms,), sorted by index. The values' squares
            sum to 1, or the arrays are empty.
        """
        block = count_block(self.tokenizer, self.weights, [document])
        columns = np.array([place(term) for term in block.names], dtype=np.int32)[block.columns]
        known = np.flatnonzero(columns >= 0)
        known = known[np.argsort(columns[known], kind="stable")]
        return self.weighed(columns[known], block.counts[known])

    def vector(self, document: Document, columns: Columns) -> Vector:
        """Return what `transform` returns, words being looked up in ``columns``."""
        parts, worth = [np.zeros(0, dtype=np.int32)], [np.zeros(0)]
        for name, weight in self.weights.items():
            if text := document.fields.get(name):
                parts.append(columns.of(text, document.language))
                worth.append(np.full(parts[-1].size, weight, dtype=np.float64))
        found, inverse = np.unique(np.concatenate(parts), return_inverse=True)
        counts = np.bincount(inverse, weights=np.concatenate(worth), minlength=found.size)
        return self.weighed(found, counts.astype(np.float64, copy=False))

    def weighed(self, indices: npt.NDArray[np.int32], counts: npt.NDArray[np.float64]) -> Vector:
        """Return the row of one document.

        Parameters
        ----------
        indices, counts
            int32, ascending, and float64, shape (n_different_terms,): columns and counts.
        """
        values = self._dampened(counts) * self.idf_[indices]
        length = float(np.sqrt(values @ values))
        return indices, (values / (length or 1.0)).astype(np.float32)

    def counted(
        self, documents: Sequence[Document], jobs: int = 1, progress: Progress | None = None
    ) -> Counted:
        """Return the counts of documents over terms of their own, none left out."""
        return self._counted(documents, jobs, None, progress)

    @property
    def weights(self) -> dict[str, float]:
        """Field -> weight, for the fields that count."""
        return {name: getattr(self, name) for name in FIELDS if getattr(self, name)}

    def check(self) -> None:
        """Refuse parameters that are out of range; ValueError."""
        for name in FIELDS:
            weight = getattr(self, name)
            if weight and not 0.5 <= weight < float("inf"):
                raise ValueError(f"{name} must be 0 or at least 0.5, got {weight}")
        if not 0 < self.tf_exponent <= 1:
            raise ValueError(f"tf_exponent must be over 0 and at most 1, got {self.tf_exponent}")
        if self.min_df < 1:
            raise ValueError(f"min_df must be at least 1, got {self.min_df}")
        if not 0 < self.max_df <= 1:
            raise ValueError(f"max_df must be over 0 and at most 1, got {self.max_df}")

    def _dampened(self, counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return what counts are worth; float64, same shape."""
        worth = 1 + np.log(counts) if self.sublinear_tf else counts**self.tf_exponent
        return np.asarray(worth, dtype=np.float64)

    def _counted(
        self,
        documents: Sequence[Document],
        jobs: int,
        backend: str | None,
        progress: Progress | None,
    ) -> Counted:
        if _are_many(documents, backend):
            from recsys.text.streamed import counted  # loads numba

            return counted(self.tokenizer, self.weights, documents, jobs, progress)
        return self._counted_in_blocks(documents, jobs, backend, progress)

    def _counted_in_blocks(
        self,
        documents: Sequence[Document],
        jobs: int,
        backend: str | None,
        progress: Progress | None,
    ) -> Counted:
        from joblib import Parallel, delayed, parallel_config

        starts = range(0, len(documents), _BLOCK)
        if len(starts) <= _FEW_BLOCKS:  # sooner done than processes are started
            jobs = 1
        streamed = backend in (None, "loky", "threading")
        with parallel_config(backend=backend or "loky"):
            blocks = Parallel(n_jobs=jobs, return_as="generator" if streamed else "list")(
                delayed(count_block)(self.tokenizer, self.weights, documents[s : s + _BLOCK])
                for s in starts
            )
        merged = Merged()
        for start, block in zip(starts, blocks, strict=True):
            merged.add(block)
            if progress:
                progress(min(start + _BLOCK, len(documents)), len(documents))
        return merged.result()

    def _weighed(self, counts: csr_array, weigh: Callable[[csr_array], Any]) -> csr_array:
        """Return the rows of counts, made some thousand at a time: only those are held twice.

        ``weigh`` gives the weights of a block of what the counts are worth.
        """
        values = np.empty(counts.nnz, dtype=np.float32)
        for start in range(0, counts.shape[0], _ROWS):
            indptr = counts.indptr[start : start + _ROWS + 1]
            part = slice(int(indptr[0]), int(indptr[-1]))
            worth = self._dampened(counts.data[part]), counts.indices[part], indptr - indptr[0]
            block = csr_array(worth, shape=(indptr.size - 1, counts.shape[1]))
            values[part] = weigh(block)
        return csr_array((values, counts.indices, counts.indptr), shape=counts.shape)

    def _pruned(self, counts: csr_array, terms: list[str], surfaces: list[str]) -> Counted:
        df = np.bincount(counts.indices, minlength=len(terms))
        kept = np.flatnonzero((df >= self.min_df) & (df <= self.max_df * counts.shape[0]))
        if kept.size == len(terms):
            return counts, terms, surfaces
        pruned = csr_array(counts[:, kept])
        pruned.sort_indices()
        return pruned, [terms[i] for i in kept], [surfaces[i] for i in kept]


def _are_many(documents: Sequence[Document], backend: str | None) -> bool:
    """Say whether the compiled loops are to do the work."""
    return backend is None and len(documents) >= _MANY
