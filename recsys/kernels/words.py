"""The words of many texts, numbered, and their terms, counted: one pass over code points.

Compiled by numba, for training only; importing this module loads it. The twins are
`Tokenizer.words` for `WordTable.number` and `recsys.text.counting.count_block` for `count_terms`.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Codes = npt.NDArray[np.uint32]
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

# The bits of a character's class: recsys.text.characters says what they mean.
_LETTER, _INNER, _SPOKEN, _HEBREW, _DIGIT, _APOSTROPHE, _GERSHAYIM, _POINT = (
    np.uint8(1 << i) for i in range(8)
)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, 2 ** 64 over the golden ratio
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_ONE = np.uint64(1)

_FIRST_WORDS = 1 << 12


class WordTable:
    """Numbers for words, given in the order in which they are first met.

    A word is a language's code and a run of code points; a hash finds it, its code points and
    language are compared.

    Parameters
    ----------
    classes
        uint8, shape (0x110000,): what each code point may do in a word.
    """

    def __init__(self, classes: npt.NDArray[np.uint8]) -> None:
        self._classes = classes
        self._slots = np.zeros(2 * _FIRST_WORDS, dtype=np.uint64)
        self._ends = np.zeros(_FIRST_WORDS + 1, dtype=np.int64)
        self._languages = np.zeros(_FIRST_WORDS, dtype=np.int64)
        self._store = np.zeros(8 * _FIRST_WORDS, dtype=np.uint32)
        self.n_words = 0

    def number(self, codes: Codes, ends: Longs, languages: Longs) -> tuple[Ints, Longs]:
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
        numbers = np.empty(codes.size // 2 + ends.size, dtype=np.int32)
        lengths = np.zeros(ends.size, dtype=np.int64)
        text = found = 0
        while text < ends.size:
            text, self.n_words, found = _number(
                codes, ends, languages, self._classes, self._slots, self._ends, self._languages,
                self._store, self.n_words, text, numbers, found, lengths,
            )  # fmt: skip
            if text < ends.size:
                self._grow(int(ends[text] - (ends[text - 1] if text else 0)))
        return numbers[:found].copy(), lengths

    def words(self, first: int, end: int) -> list[str]:
        """Return the words numbered from ``first`` to before ``end``, as they are written."""
        ends = self._ends[first : end + 1]
        text = self._store[ends[0] : ends[-1]].tobytes().decode("utf-32-le")
        places = (ends - ends[0]).tolist()
        return [text[a:b] for a, b in pairwise(places)]

    def languages(self, first: int, end: int) -> Longs:
        """Return int64, shape (end - first,): the languages of those words."""
        return self._languages[first:end]

    def _grow(self, n_codes: int) -> None:
        """Make room for one more text, at least by doubling what is full."""
        words = self.n_words + n_codes // 2 + 1
        if words >= self._languages.size:
            self._ends = _longer(self._ends, words + 1)
            self._languages = _longer(self._languages, words)
        if self._ends[self.n_words] + n_codes > self._store.size:
            self._store = _longer(self._store, int(self._ends[self.n_words]) + n_codes)
        if 2 * words > self._slots.size:
            size = 1 << (2 * words - 1).bit_length()
            self._slots = _moved(self._slots, np.zeros(size, dtype=np.uint64))


def _longer(array: npt.NDArray[Any], least: int) -> npt.NDArray[Any]:
    longer = np.zeros(max(least + 1, 2 * array.size), dtype=array.dtype)
    longer[: array.size] = array
    return longer


@njit(cache=True, nogil=True)
def _moved(slots: npt.NDArray[np.uint64], larger: npt.NDArray[np.uint64]) -> Any:
    mask = np.uint64(larger.size - 1)
    for slot in slots:
        if slot:
            at = (slot >> _HALF) & mask
            while larger[at]:
                at = (at + _ONE) & mask
            larger[at] = slot
    return larger


@njit(cache=True, nogil=True)
def _number(
    codes: Codes, text_ends: Longs, text_languages: Longs, classes: npt.NDArray[np.uint8],
    slots: npt.NDArray[np.uint64], ends: Longs, languages: Longs, store: Codes, n_words: int,
    text: int, numbers: Ints, found: int, lengths: Longs,
) -> Any:  # fmt: skip
    """Find and number words from ``text`` on, as far as the arrays have room for another text.

    A slot holds the upper half of a word's hash and, in the lower half, its number plus 1. Text by
    text: a word begins with a letter and goes on with what may stand inside of one; a mark joins
    another part to it where what stands before and behind the mark allows it.

    Returns
    -------
    text, n_words, found
        The first text that was not done, words in the table, numbers written.
    """
    mask = np.uint64(slots.size - 1)
    while text < text_ends.size:
        i = text_ends[text - 1] if text else 0
        end = text_ends[text]
        most = n_words + (end - i) // 2 + 1
        if most >= languages.size or 2 * most > slots.size:
            break
        if ends[n_words] + end - i > store.size:
            break
        language, before = text_languages[text], found
        seed = np.uint64(language + 1) * _MULTIPLIER
        while i < end:
            if not classes[codes[i]] & _LETTER:
                i += 1
                continue
            start, value = i, seed
            while True:
                while i < end and classes[codes[i]] & _INNER:
                    value = (value ^ np.uint64(codes[i])) * _MULTIPLIER
                    i += 1
                if i + 1 >= end or not _joins(
                    classes[codes[i - 1]], classes[codes[i]], classes[codes[i + 1]]
                ):
                    break
                value = (value ^ np.uint64(codes[i])) * _MULTIPLIER
                i += 1
            value = (value ^ (value >> _HALF)) * _MULTIPLIER
            upper = value >> _HALF
            at = upper & mask
            while True:
                slot = slots[at]
                number: Any = np.int64(slot & _LOW) - 1
                if number < 0:
                    number = n_words
                    n_words += 1
                    slots[at] = (upper << _HALF) | np.uint64(n_words)
                    languages[number] = language
                    begin = ends[number]
                    ends[n_words] = begin + i - start
                    for k in range(i - start):
                        store[begin + k] = codes[start + k]
                    break
                if slot >> _HALF == upper and languages[number] == language:
                    begin = ends[number]
                    k = i - start
                    if ends[number + 1] - begin == k:
                        while k and store[begin + k - 1] == codes[start + k - 1]:
                            k -= 1
                        if k == 0:
                            break
                at = (at + _ONE) & mask
            numbers[found] = number
            found += 1
        lengths[text] = found - before
        text += 1
    return text, n_words, found


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
    df: Longs, seen: Longs, cell_of: Longs, document: int, cell: int,
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
    df, seen, cell_of
        int64, written to: documents of each pair, the last of them, and the last cell of each term;
        the latter two -1 at first and kept from call to call.
    document, cell
        Documents and cells of the calls before.
    columns, counts, lengths
        Written to: int32 and float64, room for every pair of every word; int64, one a document.
        What a CSR matrix is made of, columns in the order in which terms are met.
    """
    before, text, word = cell, 0, 0
    for place in range(document_ends.size):
        begun = cell
        while text < document_ends[place]:
            weight = weights[text]
            while word < text_ends[text]:
                number = numbers[word]
                for p in range(pair_ends[number], pair_ends[number + 1]):
                    pair = pairs[p]
                    if seen[pair] != document + place:
                        seen[pair] = document + place
                        df[pair] += 1
                    term = term_of[pair]
                    if cell_of[term] < begun:
                        cell_of[term] = cell
                        columns[cell - before] = term
                        counts[cell - before] = weight
                        cell += 1
                    else:
                        counts[cell_of[term] - before] += weight
                word += 1
            text += 1
        lengths[place] = cell - begun
