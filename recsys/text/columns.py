"""Which columns of a vocabulary written words count in, remembered from text to text."""

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from recsys.text.tokens import Tokenizer, base_language

Places = Callable[[Sequence[str]], npt.NDArray[np.int32]]
"""From n different terms to int32, shape (n,): the column of each, -1 if it has none."""

_Found = dict[str, tuple[int, ...]]

_KEPT = 50_000  # written words of a language, and as many that came before: some 20 MB


class Columns:
    """Written word -> the columns of its terms: mostly one, none for stop words and unknown ones.

    A text of which most words have been seen costs a look into a dictionary for each. Threads may
    share it: at worst a word is worked out twice.
    """

    def __init__(self, tokenizer: Tokenizer, places: Places) -> None:
        self._tokenizer = tokenizer
        self._places = places
        self._known: dict[str | None, tuple[_Found, _Found]] = {}

    def of(self, text: str, language: str | None) -> npt.NDArray[np.int32]:
        """Return int32, shape (n_known_terms,): the columns of a text's terms, in its order."""
        words = self._tokenizer.words(text)
        known = self._all_known(words, base_language(language))
        return np.fromiter(chain.from_iterable(map(known.__getitem__, words)), dtype=np.int32)

    def _all_known(self, words: Sequence[str], language: str | None) -> _Found:
        """Return the columns of words, and of others; what was not asked for lately is let go."""
        newer, older = self._known.get(language, ({}, {}))
        new = set(words).difference(newer)
        if len(newer) + len(new) > _KEPT:
            newer, older = {}, newer  # whoever reads them has them still
            new = set(words)
        self._known[language] = newer, older
        newer.update({word: older[word] for word in new if word in older})
        if unknown := [word for word in new if word not in older]:
            newer.update(self._looked_up(unknown, language))
        return newer

    def _looked_up(self, words: Sequence[str], language: str | None) -> _Found:
        terms = self._tokenizer.terms_of_words(words, language)
        names = list(dict.fromkeys(chain.from_iterable(terms)))
        columns = dict(zip(names, self._places(names).tolist(), strict=True))
        return {
            word: tuple(columns[term] for term in own if columns[term] >= 0)
            for word, own in zip(words, terms, strict=True)
        }
