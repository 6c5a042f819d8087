"""From words to TF-IDF rows: fitted by scikit-learn, applied without it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from recsys.text.tokens import Tokenizer

Vector = tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]
Progress = Callable[[int, int], None]
FIELDS = ("title", "summary", "body", "tags", "section")

_BLOCK = 256  # documents per task


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one article, field by field (`FIELDS`), and its language."""

    language: str | None
    fields: Mapping[str, str]


@dataclass
class Vectoriser:
    """TF-IDF over weighted fields.

    ``tf[d, t] = sum over fields f of weight[f] * count[d, f, t]``,
    ``w[d, t] = (1 + ln tf[d, t]) * idf[t]`` (without ``sublinear_tf``: ``tf[d, t] * idf[t]``),
    ``idf[t] = ln((1 + n) / (1 + df[t])) + 1``, every row then divided by its length.

    Parameters
    ----------
    tokenizer
        From text to terms.
    title, summary, body, tags, section
        Weight of a word in that field: 0 leaves the field out, otherwise at least 0.5.
    sublinear_tf
        Whether a word's tenth occurrence is worth less than its first.
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
    sublinear_tf: bool = True
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
        from sklearn.feature_extraction.text import TfidfTransformer

        self.check()
        self.vocabulary_: Sequence[str]
        self.surfaces_: Sequence[str]
        counts, self.vocabulary_, self.surfaces_ = self._pruned(
            *self._counted(documents, jobs, backend, progress)
        )
        weigher = TfidfTransformer(sublinear_tf=self.sublinear_tf)
        if counts.shape[0] == 0 or counts.shape[1] == 0:
            self.idf_ = np.zeros(counts.shape[1])
            return counts.astype(np.float32)
        rows = csr_array(weigher.fit_transform(counts))
        self.idf_ = np.asarray(weigher.idf_, dtype=np.float64)
        return rows.astype(np.float32)

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
        tf = _weighted(self.tokenizer, self.weights, document)
        found = sorted((place(term), count) for term, count in _by_term(tf).items())
        found = [(index, count) for index, count in found if index >= 0]
        indices = np.array([index for index, _ in found], dtype=np.int32)
        counts = np.array([count for _, count in found], dtype=np.float64)
        values = (1 + np.log(counts) if self.sublinear_tf else counts) * self.idf_[indices]
        length = float(np.sqrt(values @ values))
        return indices, (values / (length or 1.0)).astype(np.float32)

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
        if self.min_df < 1:
            raise ValueError(f"min_df must be at least 1, got {self.min_df}")
        if not 0 < self.max_df <= 1:
            raise ValueError(f"max_df must be over 0 and at most 1, got {self.max_df}")

    def _counted(
        self,
        documents: Sequence[Document],
        jobs: int,
        backend: str | None,
        progress: Progress | None,
    ) -> tuple[csr_array, list[str], list[str]]:
        from joblib import Parallel, delayed

        starts = range(0, len(documents), _BLOCK)
        blocks = Parallel(n_jobs=jobs, backend=backend, return_as="generator")(
            delayed(_count_block)(self.tokenizer, self.weights, documents[start : start + _BLOCK])
            for start in starts
        )
        merged = _Merged()
        for start, block in zip(starts, blocks, strict=True):
            merged.add(block)
            if progress:
                progress(min(start + _BLOCK, len(documents)), len(documents))
        return merged.result()

    def _pruned(
        self, counts: csr_array, terms: list[str], surfaces: list[str]
    ) -> tuple[csr_array, list[str], list[str]]:
        df = np.bincount(counts.indices, minlength=len(terms))
        kept = np.flatnonzero((df >= self.min_df) & (df <= self.max_df * counts.shape[0]))
        if kept.size == len(terms):
            return counts, terms, surfaces
        pruned = csr_array(counts[:, kept])
        pruned.sort_indices()
        return pruned, [terms[i] for i in kept], [surfaces[i] for i in kept]


Block = tuple[list[tuple[str, str, int]], list[list[str]], list[list[float]]]


def _weighted(
    tokenizer: Tokenizer, weights: Mapping[str, float], document: Document
) -> Counter[tuple[str, str]]:
    """Return the weighted count of every (term, surface) of a document."""
    tf: Counter[tuple[str, str]] = Counter()
    for name, weight in weights.items():
        text = document.fields.get(name)
        if text:
            for pair, count in Counter(tokenizer.pairs(text, document.language)).items():
                tf[pair] += weight * count  # type: ignore[assignment]
    return tf


def _by_term(tf: Mapping[tuple[str, str], float]) -> dict[str, float]:
    """Add up the surfaces of each term."""
    sums: dict[str, float] = {}
    for (term, _), count in tf.items():
        sums[term] = sums.get(term, 0.0) + count
    return sums


def _count_block(
    tokenizer: Tokenizer, weights: Mapping[str, float], documents: Sequence[Document]
) -> Block:
    surfaces: Counter[tuple[str, str]] = Counter()
    terms: list[list[str]] = []
    counts: list[list[float]] = []
    for document in documents:
        tf = _weighted(tokenizer, weights, document)
        surfaces.update(tf.keys())
        summed = _by_term(tf)
        terms.append(list(summed))
        counts.append(list(summed.values()))
    return [(term, surface, n) for (term, surface), n in surfaces.items()], terms, counts


class _Merged:
    """Blocks of counts, gathered into one matrix over one sorted vocabulary."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self.surfaces: list[dict[str, int]] = []
        self.lengths: list[npt.NDArray[np.int64]] = []
        self.columns: list[npt.NDArray[np.int32]] = []
        self.counts: list[npt.NDArray[np.float64]] = []

    def add(self, block: Block) -> None:
        surfaces, terms, counts = block
        for term, surface, n in surfaces:
            place = self.places.setdefault(term, len(self.places))
            if place == len(self.surfaces):
                self.surfaces.append({})
            seen = self.surfaces[place]
            seen[surface] = seen.get(surface, 0) + n
        flat = [self.places[term] for line in terms for term in line]
        self.columns.append(np.array(flat, dtype=np.int32))
        self.counts.append(np.array([c for line in counts for c in line], dtype=np.float64))
        self.lengths.append(np.array([len(line) for line in terms], dtype=np.int64))

    def result(self) -> tuple[csr_array, list[str], list[str]]:
        terms = sorted(self.places)
        order = np.array([self.places[term] for term in terms], dtype=np.int64)
        new = np.empty(len(terms), dtype=np.int32)
        new[order] = np.arange(len(terms), dtype=np.int32)
        lengths = _joined(self.lengths, np.int64)
        indptr = np.concatenate([[0], np.cumsum(lengths)])
        shape = (lengths.size, len(terms))
        columns = new[_joined(self.columns, np.int32)]
        counts = csr_array(
            (_joined(self.counts, np.float64), columns, _narrow(indptr)), shape=shape
        )
        counts.sort_indices()
        return counts, terms, [_commonest(self.surfaces[place]) for place in order]


def _joined(parts: list[npt.NDArray[Any]], dtype: Any) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype=dtype), *parts])


def _narrow(indptr: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return int32 where it is wide enough: SciPy then copies nothing of a mapped matrix."""
    return indptr.astype(np.int32 if indptr[-1] < 2**31 else np.int64)


def _commonest(seen: Mapping[str, int]) -> str:
    return min(seen, key=lambda surface: (-seen[surface], len(surface), surface))
