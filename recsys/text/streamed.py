"""Counts of many documents in one pass: words are numbered in a compiled loop, looked up once.

Loads numba, for training only. `recsys.text.counting` counts the same, bit for bit, without it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
from joblib import effective_n_jobs

from recsys.kernels.words import WordTable, count_terms
from recsys.text.characters import classes
from recsys.text.counting import Counted, Document, assembled
from recsys.text.tokens import Tokenizer, base_language, without_addresses

_BLOCK = 512  # documents at a time: some megabytes of text

_Longs = npt.NDArray[np.int64]
_Key = TypeVar("_Key")


def counted(
    tokenizer: Tokenizer,
    weights: Mapping[str, float],
    documents: Sequence[Document],
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Counted:
    """Count the weighted terms of documents.

    Parameters
    ----------
    weights
        Field -> weight.
    documents
        Read once, in order, some hundred at a time: they may be made as they are read.
    jobs
        Of joblib. With more than 1 a thread runs the compiled loops while this one reads and looks
        words up; the result does not depend on it.
    progress
        Called with (documents done, documents in all).

    Raises
    ------
    ValueError
        If ``jobs`` is 0.
    """
    counter, done = _Counter(tokenizer), 0
    for n in counter.run(_blocks(weights, documents), effective_n_jobs(jobs) > 1):
        done += n
        if progress:
            progress(done, len(documents))
    return counter.result()


@dataclass(frozen=True, eq=False)
class _Block:
    """The texts of some documents: which weigh what, and before which each document ends."""

    texts: list[str]
    languages: list[str | None]
    weights: list[float]
    document_ends: list[int]


@dataclass(frozen=True, eq=False)
class _Numbered:
    """A block's words by number, and what is in the table since: words with their languages."""

    block: _Block
    numbers: npt.NDArray[np.int32]
    text_ends: _Longs
    words: list[str]
    languages: list[int]


def _blocks(weights: Mapping[str, float], documents: Sequence[Document]) -> Iterator[_Block]:
    for start in range(0, len(documents), _BLOCK):
        block = _Block([], [], [], [])
        for document in documents[start : start + _BLOCK]:
            for name, weight in weights.items():
                if text := document.fields.get(name):
                    block.texts.append(without_addresses(text))
                    block.languages.append(document.language)
                    block.weights.append(weight)
            block.document_ends.append(len(block.texts))
        yield block


class _Counter:
    """What is known of words, pairs and terms, and the counts of the documents so far.

    `_number` and `_count` run in one thread in the order of the blocks, `_look_up` in another: each
    writes only what the others do not.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._table = WordTable(classes())
        self._languages: dict[str | None, int] = {}
        self._pair_numbers: _Numbers[tuple[str, str]] = _Numbers()
        self._terms: _Numbers[str] = _Numbers()
        self._pairs, self._term_of = _Growing(np.int32), _Growing(np.int32)
        self._pair_ends = _Growing(np.int64)
        self._pair_ends.extend([0])
        self._df, self._seen, self._cell_of = (_Growing(np.int64) for _ in range(3))
        self._documents = self._cells = 0
        self._lengths: list[_Longs] = []
        self._columns: list[npt.NDArray[np.int32]] = []
        self._counts: list[npt.NDArray[np.float64]] = []

    def run(self, blocks: Iterator[_Block], threaded: bool) -> Iterator[int]:
        """Count blocks, and yield the number of documents of each."""
        if not threaded:
            for block in blocks:
                numbered = self._number(block)
                self._count(numbered, *self._look_up(numbered))
                yield len(block.document_ends)
            return
        with ThreadPoolExecutor(1) as pool:
            before: Future[_Numbered] | None = None
            counting: list[Future[None]] = []
            for block in blocks:
                numbering = pool.submit(self._number, block)
                if before:
                    yield self._counting(before.result(), pool, counting)
                before = numbering
            if before:
                yield self._counting(before.result(), pool, counting)
            for each in counting:
                each.result()

    def _counting(
        self, numbered: _Numbered, pool: ThreadPoolExecutor, counting: list[Future[None]]
    ) -> int:
        """Look a block's words up and have it counted."""
        while len(counting) > 1:  # done: the pool has numbered a later block since
            counting.pop(0).result()
        counting.append(pool.submit(self._count, numbered, *self._look_up(numbered)))
        return len(numbered.block.document_ends)

    def result(self) -> Counted:
        """Return the counts, terms and surfaces; the counts are given away."""
        counts, terms, order = assembled(self._terms, self._lengths, self._columns, self._counts)
        best: list[tuple[int, int, str]] = [(0, 0, "")] * len(terms)  # any pair has a document
        df, term_of = self._df.array.tolist(), self._term_of.array.tolist()
        for (_, surface), n, term in zip(self._pair_numbers, df, term_of, strict=True):
            best[term] = min(best[term], (-n, len(surface), surface))
        return counts, terms, [best[place][2] for place in order]

    def _number(self, block: _Block) -> _Numbered:
        """Find a block's words and give them numbers."""
        bases = {language: base_language(language) for language in set(block.languages)}
        code_of = {
            language: self._languages.setdefault(base, len(self._languages))
            for language, base in bases.items()
        }
        ends = np.cumsum(np.array(list(map(len, block.texts)), dtype=np.int64))
        text = "".join(block.texts).encode("utf-32-le", "surrogatepass")
        known = self._table.n_words
        numbers, lengths = self._table.number(
            np.frombuffer(text, dtype=np.uint32),
            ends,
            np.array([code_of[language] for language in block.languages], dtype=np.int64),
        )
        new = known, self._table.n_words
        words, languages = self._table.words(*new), self._table.languages(*new).tolist()
        return _Numbered(block, numbers, np.cumsum(lengths), words, languages)

    def _look_up(self, numbered: _Numbered) -> tuple[_Longs, Any, Any]:
        """Give pairs and terms of a block's new words their numbers; return what to count with."""
        found: list[Sequence[tuple[str, str]]] = [()] * len(numbered.words)
        names = list(self._languages)
        for code in sorted(set(numbered.languages)):
            places = [i for i, other in enumerate(numbered.languages) if other == code]
            words = [numbered.words[i] for i in places]
            looked_up = self._tokenizer.pairs_of_words(words, names[code])
            for place, pairs in zip(places, looked_up, strict=True):
                found[place] = pairs
        self._pairs.extend([self._pair_numbers[pair] for pairs in found for pair in pairs])
        lengths = np.array(list(map(len, found)), dtype=np.int64)
        self._pair_ends.extend(self._pair_ends.array[-1] + np.cumsum(lengths))
        self._term_of.extend([self._terms[term] for term, _ in self._pair_numbers.news()])
        return self._pair_ends.array, self._pairs.array, self._term_of.array

    def _count(self, numbered: _Numbered, pair_ends: _Longs, pairs: Any, term_of: Any) -> None:
        """Count a block's terms."""
        missing = term_of.size - self._df.array.size
        self._df.extend(np.zeros(missing))
        self._seen.extend(np.full(missing, -1))
        self._cell_of.extend(np.full(missing, -1))
        room = int((pair_ends[numbered.numbers + 1] - pair_ends[numbered.numbers]).sum())
        columns, counts = np.empty(room, dtype=np.int32), np.empty(room)
        block = numbered.block
        lengths = np.zeros(len(block.document_ends), dtype=np.int64)
        count_terms(
            numbered.numbers, np.array(block.document_ends, dtype=np.int64), numbered.text_ends,
            np.array(block.weights, dtype=np.float64), pair_ends, pairs, term_of,
            self._df.array, self._seen.array, self._cell_of.array, self._documents, self._cells,
            columns, counts, lengths,
        )  # fmt: skip
        n_cells = int(lengths.sum())
        self._documents += lengths.size
        self._cells += n_cells
        self._lengths.append(lengths)
        self._columns.append(columns[:n_cells].copy())
        self._counts.append(counts[:n_cells].copy())


class _Numbers(dict[_Key, int], Generic[_Key]):
    """Keys and their numbers, given when they are first met."""

    def __init__(self) -> None:
        super().__init__()
        self._news: list[_Key] = []

    def __missing__(self, key: _Key) -> int:
        self[key] = number = len(self)
        self._news.append(key)
        return number

    def news(self) -> list[_Key]:
        """Return the keys that are new since the last call, in order."""
        news, self._news = self._news, []
        return news


class _Growing:
    """An array that is appended to; what was read of it before stays as it was."""

    def __init__(self, dtype: Any) -> None:
        self._room = np.zeros(1024, dtype=dtype)
        self._size = 0

    @property
    def array(self) -> npt.NDArray[Any]:
        return self._room[: self._size]

    def extend(self, values: Any) -> None:
        end = self._size + len(values)
        if end > self._room.size:
            larger = np.zeros(max(end, 2 * self._room.size), dtype=self._room.dtype)
            larger[: self._size] = self.array
            self._room = larger
        self._room[self._size : end] = values
        self._size = end
