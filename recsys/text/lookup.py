"""The terms and shown forms of many new words: folded, stemmed and numbered as arrays.

Loads numba, for training only. `Tokenizer.entries` finds the same, a word at a time. Of most words
each character folds by itself; only what a stemmer must see becomes a string, once for all words
that fold alike.
"""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.kernels.runs import DROPPED, ODD, UNKNOWN, RunTable, runs_of, translated
from recsys.text.tokens import APART, Steps, Tokenizer

Codes = npt.NDArray[np.uint32]
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

_HARAKAT = range(27, 36)  # combining classes: Arabic marks that never compose with a letter
_JAMO = range(0x1160, 0x1200)  # vowels and finals that compose with what stands before them


class Growing:
    """An array that is appended to; what was read of it before stays as it was."""

    def __init__(self, dtype: Any) -> None:
        self._room = np.zeros(1024, dtype=dtype)
        self._size = 0

    @property
    def array(self) -> npt.NDArray[Any]:
        """What was appended so far."""
        return self._room[: self._size]

    def extend(self, values: Any) -> None:
        """Append values."""
        end = self._size + len(values)
        if end > self._room.size:
            larger = np.zeros(max(end, 2 * self._room.size), dtype=self._room.dtype)
            larger[: self._size] = self.array
            self._room = larger
        self._room[self._size : end] = values
        self._size = end


def stands_alone(character: str) -> bool:
    """Say whether Unicode's NFKC leaves a character as it is, whatever stands beside it."""
    return (
        unicodedata.normalize("NFKC", character) == character
        and unicodedata.category(character)[0] != "M"
        and ord(character) not in _JAMO
    )


class CharacterTable:
    """A folding as a table, for words of which each character folds by itself.

    Parameters
    ----------
    fold
        From a text to a text; a folding of `recsys.text.folding`.
    is_apart
        Whether a word with this character is not folded here, whatever the folding makes of it.
    """

    def __init__(
        self, fold: Callable[[str], str], is_apart: Callable[[str], object] = lambda _: False
    ) -> None:
        self._fold = fold
        self._is_apart = is_apart
        self._table = np.full(0x110000, UNKNOWN, dtype=np.int32)

    def translated(self, codes: Codes, ends: Longs, odd: Flags) -> tuple[Codes, Longs]:
        """Fold words; see `recsys.kernels.runs.translated`."""
        for code in np.unique(codes[self._table[codes] == UNKNOWN]).tolist():
            self._table[code] = self._value(chr(code))
        return translated(codes, ends, self._table, odd)

    def _value(self, character: str) -> int:
        """Return what a character becomes; `ODD` if its neighbours, or more than one, matter."""
        folded = self._fold(character)
        if self._is_apart(character) or len(folded) > 1 or folded == " ":
            return ODD
        if not folded:
            drops = unicodedata.combining(character) in _HARAKAT or stands_alone(character)
            return DROPPED if drops else ODD
        return ord(folded) if stands_alone(character) and stands_alone(folded) else ODD


class _Language:
    """The steps of a language, and tables for them."""

    def __init__(self, steps: Steps, shown: CharacterTable) -> None:
        self.steps = steps
        self.seen = CharacterTable(steps.seen, APART.match)
        self.fold = self.seen if steps.fold == steps.seen else CharacterTable(steps.fold)
        self.shown = shown


class Lookup:
    """Numbers for pairs of term and shown form, and the pairs of each new word.

    Attributes
    ----------
    n_terms
        How many numbers terms have; terms that no word has are among them.
    term_of
        int32, shape (n_pairs,): the number of each pair's term.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._languages: dict[int, _Language] = {}
        self._seen, self._terms, self._shown, self._pairs = (RunTable() for _ in range(4))
        self._term_of_seen = Growing(np.int32)  # -1: the word is left out
        self._names: list[str] = []
        self._kept = Growing(np.bool_)
        self._term_of, self._shown_of = Growing(np.int32), Growing(np.int32)

    @property
    def n_terms(self) -> int:
        """See the class."""
        return self._terms.n_runs

    @property
    def term_of(self) -> Ints:
        """See the class."""
        return self._term_of.array

    def pairs(
        self, codes: Codes, ends: Longs, groups: Ints, names: Sequence[str | None]
    ) -> tuple[Longs, Ints]:
        """Return the pairs of new words.

        Parameters
        ----------
        codes, ends
            uint32 and int64: the words' code points, one word behind the other, and their ends.
        groups
            int32, shape (n_words,): places in ``names`` of the words' languages.
        names
            Languages; more of them from call to call.

        Returns
        -------
        lengths
            int64, shape (n_words,): how many pairs each word has.
        pairs
            int32: the pairs' numbers, word by word.
        """
        parts = [
            self._of_language(codes, ends, groups == group, group, names[group])
            for group in np.unique(groups).tolist()
        ]
        words, terms, shown = (np.concatenate(part) for part in zip(*parts, strict=True))
        order = np.argsort(words, kind="stable")
        both = np.stack([terms[order], shown[order]], axis=1).astype(np.uint32)
        known = self._pairs.n_runs
        pairs = self._pairs.number(both.reshape(-1), np.arange(2, 2 * order.size + 1, 2))
        new = self._pairs.runs(known, self._pairs.n_runs)[0].reshape(-1, 2)
        self._term_of.extend(new[:, 0])
        self._shown_of.extend(new[:, 1])
        return np.bincount(words, minlength=ends.size), pairs

    def vocabulary(self) -> tuple[list[str], Ints]:
        """Return the terms in code point order, and the number of each."""
        names = self._names
        order = sorted(np.unique(self.term_of).tolist(), key=names.__getitem__)
        return [names[number] for number in order], np.array(order, dtype=np.int32)

    def surfaces(self, df: Longs) -> list[str]:
        """Return the form to show of each term, by number; of one left out, ``""``.

        It is the one that most documents have; of these the shortest; of these the first by code
        points.

        Parameters
        ----------
        df
            int64, shape (n_pairs,): the documents of each pair, at least 1.
        """
        shown = self._shown.strings(0, self._shown.n_runs)
        term_of, shown_of = self.term_of, self._shown_of.array
        lengths = np.fromiter(map(len, shown), dtype=np.int64, count=len(shown))[shown_of]
        order = np.lexsort((lengths, -df, term_of))
        term_of, shown_of = term_of[order], shown_of[order]
        lengths, df = lengths[order], df[order]
        firsts = np.flatnonzero(np.diff(term_of, prepend=-1))
        first_of = np.repeat(firsts, np.diff(firsts, append=term_of.size))
        ties = (df == df[first_of]) & (lengths == lengths[first_of])
        best = [""] * len(self._names)
        for term, place in zip(term_of[ties].tolist(), shown_of[ties].tolist(), strict=True):
            if not best[term] or shown[place] < best[term]:
                best[term] = shown[place]
        return best

    def _of_language(
        self, codes: Codes, ends: Longs, of_it: Flags, group: int, name: str | None
    ) -> tuple[Longs, Longs, Longs]:
        """Return the words of a language that have pairs, their terms and their shown forms."""
        if group not in self._languages:
            steps = self._tokenizer.steps(name)
            self._languages[group] = _Language(steps, CharacterTable(steps.shown))
        words = np.flatnonzero(of_it)
        if words.size < ends.size:
            lengths = np.diff(ends, prepend=0)
            codes, ends = codes[np.repeat(of_it, lengths)], np.cumsum(lengths[of_it])
        odd = np.zeros(words.size, dtype=np.bool_)
        language = self._languages[group]
        seen = language.seen.translated(codes, ends, odd)
        shown = self._shown.number(*language.shown.translated(codes, ends, odd))
        terms = self._terms_of(*seen, group, language)
        plain = np.flatnonzero(~odd & (terms >= 0))
        places, their_terms, their_shown = self._apart(codes, ends, np.flatnonzero(odd), name)
        return (
            words[np.concatenate([plain, places])],
            np.concatenate([terms[plain], their_terms]),
            np.concatenate([shown[plain], their_shown]),
        )

    def _terms_of(self, codes: Codes, ends: Longs, group: int, language: _Language) -> Ints:
        """Return the term of each folded word, -1 for one that is left out."""
        known = self._seen.n_runs
        seen = self._seen.number(codes, ends, group)
        words = self._seen.strings(known, self._seen.n_runs)
        if words:
            terms = np.full(len(words), -1, dtype=np.int32)
            stopped = language.steps.stopped(words)
            kept = [place for place, stop in enumerate(stopped) if not stop]
            terms[kept] = self._stemmed([words[place] for place in kept], language)
            self._term_of_seen.extend(terms)
        return np.asarray(self._term_of_seen.array[seen])

    def _stemmed(self, words: list[str], language: _Language) -> Ints:
        """Return the terms of words, as a stemmer sees them; -1 for one that is too short."""
        codes, ends = runs_of(language.steps.stems(words))
        odd = np.zeros(ends.size, dtype=np.bool_)
        terms = self._terms.number(*language.fold.translated(codes, ends, odd))
        places = np.flatnonzero(odd)
        if places.size:
            few = language.steps.terms([words[place] for place in places.tolist()])
            terms[places] = self._terms.number(*runs_of(few))
        self._name_terms()
        terms[~self._kept.array[terms]] = -1
        return terms

    def _apart(
        self, codes: Codes, ends: Longs, places: Longs, name: str | None
    ) -> tuple[Longs, Ints, Ints]:
        """Look words up one by one: return the word, the term and the shown form of each pair."""
        starts = (ends - np.diff(ends, prepend=0))[places].tolist()
        words = [
            codes[start:end].tobytes().decode("utf-32-le")
            for start, end in zip(starts, ends[places].tolist(), strict=True)
        ]
        found = self._tokenizer.pairs_of_words(words, name)
        pairs = [pair for each in found for pair in each]
        terms = self._terms.number(*runs_of([term for term, _ in pairs]))
        shown = self._shown.number(*runs_of([form for _, form in pairs]))
        self._name_terms()
        return np.repeat(places, list(map(len, found))), terms, shown

    def _name_terms(self) -> None:
        """Take note of new terms, and of those that are long enough."""
        new = self._terms.strings(len(self._names), self._terms.n_runs)
        least = self._tokenizer.min_characters
        self._names += new
        self._kept.extend([len(term) >= least or term.isdecimal() for term in new])
