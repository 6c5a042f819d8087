"""The words of many texts, numbered, and their terms, counted: one pass over code points.

Compiled by numba, for training only; importing this module loads it. The twins are
`Tokenizer.words` for `WordTable.number_words` and `count_block` of `recsys.text.counting` for
`count_terms`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from recsys.kernels.runs import HEAD, Codes, Ints, Longs, RunTable, Slots, mixed, placed, seed_of

Floats = npt.NDArray[np.float64]

# The bits of a character's class: recsys.text.characters says what they mean.
_LETTER, _INNER, _SPOKEN, _HEBREW, _DIGIT, _APOSTROPHE, _GERSHAYIM, _POINT = (
    np.uint8(1 << i) for i in range(8)
)


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
        numbers = np.empty(codes.size // 2 + ends.size, dtype=np.int32)
        lengths = np.zeros(ends.size, dtype=np.int64)
        text = found = 0
        while text < ends.size:
            n_codes = int(ends[text] - (ends[text - 1] if text else 0))
            self._make_room(n_codes // 2 + 1, n_codes)
            text, self.n_runs, found = _number(
                codes, ends, languages, self._classes, self._slots, self._starts, self._store,
                self.n_runs, text, numbers, found, lengths,
            )  # fmt: skip
        return numbers[:found].copy(), lengths


@njit(cache=True, nogil=True)
def _number(
    codes: Codes, text_ends: Longs, text_languages: Longs, classes: npt.NDArray[np.uint8],
    slots: Slots, starts: Longs, store: Codes, n_words: int,
    text: int, numbers: Ints, found: int, lengths: Longs,
) -> Any:  # fmt: skip
    """Find and number words from ``text`` on, as far as the arrays have room for another text.

    Text by text: a word begins with a letter and goes on with what may stand inside of one; a mark
    joins another part to it where what stands before and behind the mark allows it.

    Returns
    -------
    text, n_words, found
        The first text that was not done, words in the table, numbers written.
    """
    while text < text_ends.size:
        i = text_ends[text - 1] if text else 0
        end = text_ends[text]
        most = (end - i) // 2 + 1
        if n_words + most >= starts.size or 2 * (n_words + most) > slots.size:
            break
        if starts[n_words] + end - i + HEAD * most > store.size:
            break
        language, before = text_languages[text], found
        while i < end:
            if not classes[codes[i]] & _LETTER:
                i += 1
                continue
            start, value = i, seed_of(language)
            while True:
                while i < end and classes[codes[i]] & _INNER:
                    value = mixed(value, codes[i])
                    i += 1
                if i + 1 >= end or not _joins(
                    classes[codes[i - 1]], classes[codes[i]], classes[codes[i + 1]]
                ):
                    break
                value = mixed(value, codes[i])
                i += 1
            number = placed(codes, start, i, language, value, slots, starts, store, n_words)
            n_words += number == n_words
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
