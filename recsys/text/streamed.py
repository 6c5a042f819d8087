"""Counts of many documents in one pass: words are numbered in a compiled loop, looked up once.

Loads numba, for training only. `recsys.text.counting` counts the same, bit for bit, without it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import effective_n_jobs
from scipy.sparse import csr_array

from recsys.kernels.words import WordTable, count_terms, weigh_rows
from recsys.text.characters import classes
from recsys.text.counting import Counted, Document, assembled
from recsys.text.lookup import Growing, Lookup
from recsys.text.tokens import Tokenizer, base_language, without_addresses

_BLOCK = 512  # documents at a time: some megabytes of text

_Longs = npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]


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
    new: tuple[npt.NDArray[np.uint32], _Longs, npt.NDArray[np.int32]]
    languages: list[str | None]


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
        self._table = WordTable(classes())
        self._languages: dict[str | None, int] = {}
        self._lookup = Lookup(tokenizer)
        self._pairs, self._pair_ends = Growing(np.int32), Growing(np.int64)
        self._pair_ends.extend([0])
        self._seen, self._cell_of = Growing(np.int32, 2), Growing(np.int64)
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
        terms, order = self._lookup.vocabulary()
        surfaces = self._lookup.surfaces(self._seen.array[:, 1])
        counts = assembled(order, self._lengths, self._columns, self._counts)
        return counts, terms, [surfaces[place] for place in order.tolist()]

    def _number(self, block: _Block) -> _Numbered:
        """Find a block's words and give them numbers."""
        bases = {language: base_language(language) for language in set(block.languages)}
        code_of = {
            language: self._languages.setdefault(base, len(self._languages))
            for language, base in bases.items()
        }
        ends = np.cumsum(np.fromiter(map(len, block.texts), np.int64, len(block.texts)))
        text = "".join(block.texts).encode("utf-32-le", "surrogatepass")
        known = self._table.n_runs
        numbers, lengths = self._table.number_words(
            np.frombuffer(text, dtype=np.uint32),
            ends,
            np.array([code_of[language] for language in block.languages], dtype=np.int64),
        )
        new = self._table.runs(known, self._table.n_runs)
        return _Numbered(block, numbers, np.cumsum(lengths), new, list(self._languages))

    def _look_up(self, numbered: _Numbered) -> tuple[_Longs, Any, Any, int]:
        """Give pairs and terms of a block's new words their numbers; return what to count with."""
        if numbered.new[1].size:
            lengths, pairs = self._lookup.pairs(*numbered.new, numbered.languages)
            self._pairs.extend(pairs)
            self._pair_ends.extend(self._pair_ends.array[-1] + np.cumsum(lengths))
        lookup = self._lookup
        return self._pair_ends.array, self._pairs.array, lookup.term_of, lookup.n_terms

    def _count(
        self, numbered: _Numbered, pair_ends: _Longs, pairs: Any, term_of: Any, n_terms: int
    ) -> None:
        """Count a block's terms."""
        missing = term_of.size - self._seen.array.shape[0]
        self._seen.extend(np.tile(np.array([-1, 0], dtype=np.int32), (missing, 1)))
        self._cell_of.extend(np.full(n_terms - self._cell_of.array.size, -1))
        room = int((pair_ends[numbered.numbers + 1] - pair_ends[numbered.numbers]).sum())
        columns, counts = np.empty(room, dtype=np.int32), np.empty(room)
        block = numbered.block
        lengths = np.zeros(len(block.document_ends), dtype=np.int64)
        count_terms(
            numbered.numbers, np.array(block.document_ends, dtype=np.int64), numbered.text_ends,
            np.array(block.weights, dtype=np.float64), pair_ends, pairs, term_of,
            self._seen.array, self._cell_of.array, self._documents, self._cells,
            columns, counts, lengths,
        )  # fmt: skip
        n_cells = int(lengths.sum())
        self._documents += lengths.size
        self._cells += n_cells
        self._lengths.append(lengths)
        self._columns.append(columns[:n_cells].copy())
        self._counts.append(counts[:n_cells].copy())


def idf_of(counts: csr_array) -> _Floats:
    """Return the idf that scikit-learn's ``TfidfTransformer`` learns of counts, to the bit.

    Returns
    -------
    idf
        float64, shape (n_terms,).
    """
    df = np.bincount(counts.indices, minlength=counts.shape[1]).astype(np.float64) + 1
    return np.asarray(np.log((counts.shape[0] + 1) / df) + 1)


def weigh(idf: _Floats, block: csr_array) -> npt.NDArray[np.float32]:
    """Return the weights that scikit-learn's ``TfidfTransformer`` gives rows, to the bit.

    Parameters
    ----------
    idf
        float64, shape (n_terms,).
    block
        float64, some documents by terms: what their counts are worth.

    Returns
    -------
    weights
        float32, shape (nnz,): times idf, every row then divided by its length.
    """
    weights = np.empty(block.nnz, dtype=np.float32)
    weigh_rows(block.data, block.indices, block.indptr, idf, weights)
    return weights
