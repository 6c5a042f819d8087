"""The words of many texts, numbered, and their terms, counted: one pass over code points.

Compiled by numba, for training only; importing this module loads it. The twins are
`Tokenizer.words` for `WordTable.number_words` and `count_block` of `recsys.text.counting` for
`count_terms`, scikit-learn's `TfidfTransformer` for `weigh_rows`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.kernels.compiled import njit
from recsys.kernels.runs import Codes, Found, Ints, Longs, RunTable, Slots, mixed, seed_of

Floats = npt.NDArray[np.float64]

# The bits of a character's class: recsys.text.characters says what they mean.
_LETTER, _INNER, _SPOKEN, _HEBREW, _DIGIT, _APOSTROPHE, _GERSHAYIM, _POINT = (
    np.uint8(1 << i) for i in range(8)
)
_MARK = _APOSTROPHE | _GERSHAYIM | _POINT
_ONE = np.uint64(1)
_AHEAD = 32  # words whose memory is read side by side


class WordTable(RunTable):
    """Numbers for words: their groups are languages.

    Parameters
    ----------
    classes
        uint8, shape (0x110000,): what each code point may do in a word.
    """

    def __init__(self, classes: npt.NDArray[np.uint8]) -> None:
        super().__init__()
        self._classes = classes

    def number_words(self, codes: Codes, ends: Longs, languages: Longs) -> tuple[Ints, Longs]:
        """Find the words of texts and number them.

        Parameters
        ----------
        codes
            uint32, shape (n,): the code points of all texts, one behind the other.
        ends
            int64, shape (n_texts,): where each text ends.
        languages
            int64, shape (n_texts,), from 0: equal words of two languages are two.

        Returns
        -------
        numbers
            int32, shape (n_found,): the words' numbers in the order of the texts.
        lengths
            int64, shape (n_texts,): how many words each text has.
        """
        n = codes.size // 2 + ends.size
        found = (
            np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int32),
            np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.int32),
        )  # fmt: skip
        lengths = np.zeros(ends.size, dtype=np.int64)
        n = _find(codes, ends, languages, self._classes, *found, lengths)
        begins, sizes, values, groups = found
        return self.number_found(
            codes, Found(begins[:n], sizes[:n], values[:n], groups[:n])
        ), lengths


@njit(cache=True, nogil=True)
def _find(
    codes: Codes, text_ends: Longs, languages: Longs, classes: npt.NDArray[np.uint8],
    begins: Longs, sizes: Ints, values: Slots, groups: Ints, lengths: Longs,
) -> Any:  # fmt: skip
    """Find the words of texts, and return how many there are.

    A word begins with a letter and goes on with what may stand inside of one; a mark joins another
    part to it where what stands before and behind the mark allows it.
    """
    found, i = 0, np.uint64(0)
    for text in range(text_ends.size):
        end, before = np.uint64(text_ends[text]), found
        while i < end:
            if not classes[codes[i]] & _LETTER:
                i += _ONE
                continue
            begin, value = i, seed_of(languages[text])
            while True:
                while i < end and classes[codes[i]] & _INNER:
                    value = mixed(value, codes[i])
                    i += _ONE
                if i + _ONE >= end or not classes[codes[i]] & _MARK:
                    break
                if not _joins(
                    classes[codes[i - _ONE]], classes[codes[i]], classes[codes[i + _ONE]]
                ):
                    break
                value = mixed(value, codes[i])
                i += _ONE
            begins[found], sizes[found], values[found] = begin, i - begin, value
            groups[found] = languages[text]
            found += 1
        lengths[text] = found - before
    return found


@njit(cache=True, nogil=True, inline="always")
def _joins(before: Any, mark: Any, behind: Any) -> Any:
    """Say whether a mark joins what stands behind it to the word before it."""
    if not behind & _INNER:
        return False
    if mark & _APOSTROPHE and behind & _SPOKEN:
        return True
    if mark & _GERSHAYIM and before & _HEBREW and behind & _HEBREW:
        return True
    return mark & _POINT and before & _DIGIT and behind & _DIGIT


@njit(cache=True, nogil=True)
def count_terms(
    numbers: Ints, document_ends: Longs, text_ends: Longs, weights: Floats,
    pair_ends: Longs, pairs: Ints, term_of: Ints,
    seen: Ints, cell_of: Longs, document: int, cell: int,
    columns: Ints, counts: Floats, lengths: Longs,
) -> None:  # fmt: skip
    """Count the terms of documents, and the documents each pair of term and surface stands in.

    Parameters
    ----------
    numbers
        int32: words, text by text.
    document_ends, text_ends
        int64: the text before which each document ends, the word before which each text does.
    weights
        float64, one a text: what a word of it counts.
    pair_ends, pairs
        The pairs of word ``w`` are ``pairs[pair_ends[w]:pair_ends[w + 1]]``.
    term_of
        int32: the term of each pair.
    seen
        int32, shape (n_pairs, 2), written to: the last document of each pair, -1 at first, and how
        many there are; kept from call to call.
    cell_of
        int64, written to: the last cell of each term, -1 at first; kept from call to call.
    document, cell
        Documents and cells of the calls before.
    columns, counts, lengths
        Written to: int32 and float64, room for every pair of every word; int64, one a document.
        What a CSR matrix is made of, columns in the order in which terms are met.
    """
    before, begun, text, place = cell, cell, 0, 0
    near = np.empty((2, _AHEAD), dtype=np.int32)
    for first in range(0, numbers.size, _AHEAD):
        end = min(numbers.size, first + _AHEAD)
        _read_ahead(numbers[first:end], pair_ends, pairs, term_of, seen, cell_of, near)
        for word in range(first, end):
            while word >= text_ends[text]:
                text += 1
            while text >= document_ends[place]:
                lengths[place] = cell - begun
                begun = cell
                place += 1
            weight = weights[text]
            for p in range(pair_ends[numbers[word]], pair_ends[numbers[word] + 1]):
                pair = pairs[p]
                if seen[pair, 0] != document + place:
                    seen[pair, 0] = document + place
                    seen[pair, 1] += 1
                term = term_of[pair]
                if cell_of[term] < begun:
                    cell_of[term] = cell
                    columns[cell - before] = term
                    counts[cell - before] = weight
                    cell += 1
                else:
                    counts[cell_of[term] - before] += weight
    while place < document_ends.size:
        lengths[place] = cell - begun
        begun = cell
        place += 1


@njit(cache=True, nogil=True)
def _read_ahead(
    numbers: Ints, pair_ends: Longs, pairs: Ints, term_of: Ints, seen: Ints, cell_of: Longs,
    near: Ints,
) -> None:  # fmt: skip
    """Read what counting some words will read, so that the memory's answers come side by side."""
    last = pairs.size - 1
    if last < 0:
        return
    for i in range(numbers.size):
        near[0, i] = min(last, pair_ends[numbers[i]])
    for i in range(numbers.size):
        near[0, i] = pairs[near[0, i]]
    for i in range(numbers.size):
        near[1, i] = seen[near[0, i], 0]  # never looked at: what is written must be read
        near[0, i] = term_of[near[0, i]]
    for i in range(numbers.size):
        near[0, i] = cell_of[near[0, i]]


@njit(cache=True, nogil=True)
def weigh_rows(
    worth: Floats, columns: Ints, ends: Ints, idf: Floats, weights: npt.NDArray[np.float32]
) -> None:
    """Multiply by the idf, and divide each row by its length.

    Parameters
    ----------
    worth, columns, ends
        float64, int32 and int32 or int64: a CSR matrix of what counts are worth.
    idf
        float64, one a column.
    weights
        float32, written to: as many as ``worth``.
    """
    for row in range(ends.size - 1):
        squares = 0.0
        for i in range(ends[row], ends[row + 1]):
            weight = worth[i] * idf[columns[i]]
            squares += weight * weight
        length = np.sqrt(squares)
        for i in range(ends[row], ends[row + 1]):
            weights[i] = worth[i] * idf[columns[i]] / length
