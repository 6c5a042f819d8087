"""Counts of terms, worked out block by block with arrays, and gathered into one matrix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from recsys.text.tokens import Tokenizer

_Ints = npt.NDArray[np.int64]

Counted = tuple[csr_array, list[str], list[str]]
"""Counts (float64, documents by terms, indices sorted), terms in order, a surface for each."""


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one article, field by field (`FIELDS`), and its language."""

    language: str | None
    fields: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Block:
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


def count_block(
    tokenizer: Tokenizer, weights: Mapping[str, float], documents: Sequence[Document]
) -> Block:
    """Count the weighted terms of documents: words to numbers once, then only arrays."""
    documents = list(documents)  # read once: they may be made as they are read
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
    return Block(
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


class Merged:
    """Blocks of counts, gathered into one matrix over one sorted vocabulary."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}
        self.surfaces: list[dict[str, int]] = []
        self.lengths: list[npt.NDArray[np.int64]] = []
        self.columns: list[npt.NDArray[np.int32]] = []
        self.counts: list[npt.NDArray[np.float64]] = []

    def add(self, block: Block) -> None:
        """Take in the next documents."""
        places = [self.places.setdefault(term, len(self.places)) for term in block.names]
        self.surfaces += [{} for _ in range(len(self.places) - len(self.surfaces))]
        for term, surface, n in block.surfaces:
            seen = self.surfaces[places[term]]
            seen[surface] = seen.get(surface, 0) + n
        self.columns.append(np.array(places, dtype=np.int32)[block.columns])
        self.counts.append(block.counts)
        self.lengths.append(block.lengths)

    def result(self) -> Counted:
        """Return the counts, terms and surfaces; the counts are given away."""
        terms = sorted(self.places)
        order = [self.places[term] for term in terms]
        counts = assembled(np.array(order, dtype=np.int32), self.lengths, self.columns, self.counts)
        return counts, terms, [_commonest(self.surfaces[place]) for place in order]


def assembled(
    order: npt.NDArray[np.int32],
    lengths: Sequence[npt.NDArray[np.int64]],
    columns: list[npt.NDArray[np.int32]],
    counts: list[npt.NDArray[np.float64]],
) -> csr_array:
    """Make one matrix over a sorted vocabulary of parts whose columns are other places.

    ``columns`` and ``counts`` are emptied as they are read: nothing is held twice.

    Parameters
    ----------
    order
        int32, shape (n_terms,): the place of each term in ``columns``.

    Returns
    -------
    counts
        float64, indices sorted.
    """
    new = np.empty(int(order.max(initial=-1)) + 1, dtype=np.int32)
    new[order] = np.arange(order.size, dtype=np.int32)
    indptr = np.concatenate([[0], np.cumsum(np.concatenate([np.zeros(0, np.int64), *lengths]))])
    values = _drained(counts, np.zeros(int(indptr[-1]), dtype=np.float64))
    indices = _drained(columns, np.zeros(int(indptr[-1]), dtype=np.int32), new)
    matrix = csr_array(
        (values, indices, _narrow(indptr)), shape=(indptr.size - 1, order.size), copy=False
    )
    matrix.sort_indices()
    return matrix


def _drained(
    parts: list[npt.NDArray[Any]], whole: npt.NDArray[Any], new: npt.NDArray[Any] | None = None
) -> npt.NDArray[Any]:
    """Fill ``whole`` with the parts, one behind the other, renamed by ``new`` if it is given."""
    start = 0
    parts.reverse()
    while parts:
        part = parts.pop()
        whole[start : start + part.size] = part if new is None else new[part]
        start += part.size
    return whole


def _narrow(indptr: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return int32 where it is wide enough: SciPy then copies nothing of a mapped matrix."""
    return indptr.astype(np.int32 if indptr[-1] < 2**31 else np.int64)


def _commonest(seen: Mapping[str, int]) -> str:
    return min(seen, key=lambda surface: (-seen[surface], len(surface), surface))
