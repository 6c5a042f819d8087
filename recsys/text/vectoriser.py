"""From words to TF-IDF rows: fitted by scikit-learn, applied without it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from recsys.text.tokens import Tokenizer

Vector = tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]
Progress = Callable[[int, int], None]
FIELDS = ("title", "summary", "body", "tags", "section")

_Ints = npt.NDArray[np.int64]

_BLOCK = 1024  # documents per task
_FEW_BLOCKS = 2


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one article, field by field (`FIELDS`), and its language."""

    language: str | None
    fields: Mapping[str, str]


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
        from sklearn.feature_extraction.text import TfidfTransformer

        self.check()
        self.vocabulary_: Sequence[str]
        self.surfaces_: Sequence[str]
        counts, self.vocabulary_, self.surfaces_ = self._pruned(
            *self._counted(documents, jobs, backend, progress)
        )
        counts.data = self._dampened(counts.data)
        weigher = TfidfTransformer()
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
        block = _count_block(self.tokenizer, self.weights, [document])
        named = ((block.names[i], n) for i, n in zip(block.columns, block.counts, strict=True))
        found = sorted((place(term), count) for term, count in named)
        found = [(index, count) for index, count in found if index >= 0]
        indices = np.array([index for index, _ in found], dtype=np.int32)
        counts = np.array([count for _, count in found], dtype=np.float64)
        values = self._dampened(counts) * self.idf_[indices]
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
    ) -> tuple[csr_array, list[str], list[str]]:
        from joblib import Parallel, delayed, parallel_config

        starts = range(0, len(documents), _BLOCK)
        if len(starts) <= _FEW_BLOCKS:  # sooner done than processes are started
            jobs = 1
        streamed = backend in (None, "loky", "threading")
        with parallel_config(backend=backend or "loky"):
            blocks = Parallel(n_jobs=jobs, return_as="generator" if streamed else "list")(
                delayed(_count_block)(self.tokenizer, self.weights, documents[s : s + _BLOCK])
                for s in starts
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


@dataclass(frozen=True, eq=False)
class _Block:
    """The counts of a few documents over terms of their own.

    ``surfaces`` are (place of the term in ``names``, surface, documents it stands in).
    ``lengths``, ``columns`` and ``counts`` are a CSR matrix whose columns are places in ``names``.
    """

    names: list[str]
    surfaces: list[tuple[int, str, int]]
    lengths: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
    counts: npt.NDArray[np.float64]


class _Numbers(dict[str, int]):
    """Word -> a number, given when it is first met; words are numbered across languages."""

    def __init__(self, words: list[tuple[str | None, str]], language: str | None) -> None:
        super().__init__()
        self._words = words
        self._language = language

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self._words)
        self._words.append((self._language, word))
        return number


def _count_block(
    tokenizer: Tokenizer, weights: Mapping[str, float], documents: Sequence[Document]
) -> _Block:
    """Count the weighted terms of documents: words to numbers once, then only arrays."""
    words, flat, owners, worth = _numbered(tokenizer, weights, documents)
    pairs: dict[tuple[str, str], int] = {}
    entries = {document.language: tokenizer.entries(document.language) for document in documents}
    pairs_of = [
        [pairs.setdefault(pair, len(pairs)) for pair in entries[language][word]]
        for language, word in words
    ]
    owners, flat, worth = _expanded(pairs_of, owners, flat, worth)
    n = len(documents)
    places: dict[str, int] = {}
    term_of = np.array([places.setdefault(term, len(places)) for term, _ in pairs], dtype=np.int64)
    df = np.bincount(
        np.unique(owners * len(pairs) + flat) % max(1, len(pairs)), minlength=len(pairs)
    )
    cells, inverse = np.unique(owners * len(places) + term_of[flat], return_inverse=True)
    return _Block(
        list(places),
        [(int(term_of[i]), surface, int(df[i])) for i, (_, surface) in enumerate(pairs)],
        np.bincount(cells // max(1, len(places)), minlength=n).astype(np.int64),
        cells % max(1, len(places)),
        np.bincount(inverse, weights=worth, minlength=cells.size).astype(np.float64),
    )


def _numbered(
    tokenizer: Tokenizer, weights: Mapping[str, float], documents: Sequence[Document]
) -> tuple[list[tuple[str | None, str]], _Ints, _Ints, npt.NDArray[np.float64]]:
    """Return the distinct words, and for each word of each text its number, document and weight."""
    words: list[tuple[str | None, str]] = []
    numbers: dict[str | None, _Numbers] = {}
    parts: list[list[int]] = []
    owners: list[int] = []
    worth: list[float] = []
    for place, document in enumerate(documents):
        known = numbers.setdefault(document.language, _Numbers(words, document.language))
        for name, weight in weights.items():
            if text := document.fields.get(name):
                parts.append(list(map(known.__getitem__, tokenizer.words(text))))
                owners.append(place)
                worth.append(weight)
    lengths = np.array([len(part) for part in parts], dtype=np.int64)
    flat = np.fromiter(chain.from_iterable(parts), dtype=np.int64, count=int(lengths.sum()))
    return (
        words,
        flat,
        np.repeat(np.array(owners, dtype=np.int64), lengths),
        np.repeat(np.array(worth, dtype=np.float64), lengths),
    )


def _expanded(
    pairs_of: list[list[int]], owners: _Ints, flat: _Ints, worth: npt.NDArray[np.float64]
) -> tuple[_Ints, _Ints, npt.NDArray[np.float64]]:
    """Put the pairs of each word in its place: mostly one, none for stop words, or n-grams."""
    lengths = np.array([len(pairs) for pairs in pairs_of], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    joined = np.fromiter(chain.from_iterable(pairs_of), dtype=np.int64, count=int(starts[-1]))
    times = lengths[flat]
    ends = np.cumsum(times)
    within = np.arange(int(times.sum())) - np.repeat(ends - times, times)
    return (
        np.repeat(owners, times),
        joined[np.repeat(starts[:-1][flat], times) + within],
        np.repeat(worth, times),
    )


class _Merged:
    """Blocks of counts, gathered into one matrix over one sorted vocabulary."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self.surfaces: list[dict[str, int]] = []
        self.lengths: list[npt.NDArray[np.int64]] = []
        self.columns: list[npt.NDArray[np.int32]] = []
        self.counts: list[npt.NDArray[np.float64]] = []

    def add(self, block: _Block) -> None:
        places = [self.places.setdefault(term, len(self.places)) for term in block.names]
        self.surfaces += [{} for _ in range(len(self.places) - len(self.surfaces))]
        for term, surface, n in block.surfaces:
            seen = self.surfaces[places[term]]
            seen[surface] = seen.get(surface, 0) + n
        self.columns.append(np.array(places, dtype=np.int32)[block.columns])
        self.counts.append(block.counts)
        self.lengths.append(block.lengths)

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
