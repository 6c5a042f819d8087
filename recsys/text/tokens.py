"""From text to words, and from words to the terms they are indexed under."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain

from recsys.text.characters import word_pattern
from recsys.text.folding import Folding, folder, visible
from recsys.text.stemming import STEMMINGS, stemmer, stems, without_elision
from recsys.text.stopwords import stop_words

Pair = tuple[str, str]

_CACHED_WORDS = 400_000  # distinct written words kept per tokenizer and language: 140 MB at most

# Han, kana, Thai, Lao, Myanmar and Khmer put no spaces between words.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f"
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
_ADDRESS_HINTS = ("://", "www.", "@", ".com/", ".net/", ".org/", ".co/", ".ly/", ".me/", ".be/")
_ADDRESS = (
    r"(?:\b[a-z]{3,6}://|\bwww\.)[^\s<>\"«»،؛]+"
    r"|(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+[\w-]+"
    r"|(?<![\w.-])(?:[a-z0-9-]+\.)+(?:com|net|org|co|ly|me|be)/[^\s<>\"«»،؛]*"
)
_STRAIGHT = str.maketrans("’＇׳״", "'''\"")
APART = re.compile(f"[{_SPACELESS}'’＇׳״]")
"""A character that makes a word one to be looked at by itself: parts of it may be words."""
_SHOWN = Folding(
    case=False, alef=False, hamza=False, final_ya=False, ta_marbuta=False, digits=False,
    look_alikes=False, accents=False, invisible=False,
)  # fmt: skip


@dataclass(frozen=True)
class Tokenizer:
    """Words as they are written, and the terms under which they are indexed.

    A word's term is its folded form, stemmed, folded again. Words that fold to the same form
    have the same term, accents apart: the stemmers of European languages are written on
    accented letters and see them (``sécurité``), the term does not (``secur``).

    Parameters
    ----------
    folding
        Which differences of spelling are ignored.
    stemming
        ``none``, ``light`` (light10 for Arabic, Snowball elsewhere) or ``snowball``.
    stop_words
        Whether function words of the text's language are left out.
    min_characters
        Shorter terms are left out; numbers and scripts without spaces are exempt. At least 1.
    spaceless_ngram
        Length of the character n-grams that stand for words in scripts without spaces (Han,
        kana, Thai, Lao, Khmer, Myanmar). A shorter run is one term. At least 1.
    """

    folding: Folding = field(default_factory=Folding)
    stemming: str = "snowball"
    stop_words: bool = True
    min_characters: int = 2
    spaceless_ngram: int = 2

    def check(self) -> None:
        """Refuse parameters that are out of range; ValueError."""
        if self.stemming not in STEMMINGS:
            allowed = ", ".join(STEMMINGS)
            raise ValueError(f"stemming must be one of {allowed}, got {self.stemming!r}")
        for name in ("min_characters", "spaceless_ngram"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)!r}")

    def words(self, text: str) -> list[str]:
        """Return the whole words of ``text`` as they are written, in order.

        A word keeps its combining marks, tatweel, joiners (ZWNJ inside Persian words), the
        apostrophes between its letters and the points and commas between its digits. Web and
        e-mail addresses yield nothing.
        """
        return _find_words(text)

    def terms(self, text: str, language: str | None) -> list[str]:
        """Return the index forms of ``text`` in order: the first parts of `pairs`."""
        return [term for term, _ in self._all_pairs(text, language)]

    def pairs(self, text: str, language: str | None) -> list[Pair]:
        """Return (index form, form to show) of each word of ``text``, in order.

        The form to show is the word as a reader knows it: letters, accents and case as
        written; without tatweel, harakat and invisible characters (ZWNJ stays).

        Parameters
        ----------
        language
            ISO 639-1, with or without a region (``ar-MA``). None, or a language without stemmer
            and stop words, folds only.

        Raises
        ------
        ValueError
            If a field of the tokenizer is out of range.
        """
        return list(self._all_pairs(text, language))

    def entries(self, language: str | None) -> Mapping[str, tuple[Pair, ...]]:
        """Return what `pairs` looks words up in: any written word -> its pairs, kept once found."""
        return _entries(self, base_language(language))

    def steps(self, language: str | None) -> "Steps":
        """Return how words of a language become terms, step by step."""
        return _steps(self, base_language(language))

    def pairs_of_words(
        self, words: Sequence[str], language: str | None
    ) -> Sequence[tuple[Pair, ...]]:
        """Return the pairs of each of many written words: those of `entries`, and none is kept."""
        return _entries(self, base_language(language)).of_many(words)

    def terms_of_words(
        self, words: Sequence[str], language: str | None
    ) -> Sequence[tuple[str, ...]]:
        """Return the first parts of `pairs_of_words`, without working out the others."""
        return _entries(self, base_language(language)).terms_of_many(words)

    def _all_pairs(self, text: str, language: str | None) -> Iterator[Pair]:
        return chain.from_iterable(map(self.entries(language).__getitem__, _find_words(text)))


def base_language(language: str | None) -> str | None:
    """Return the language without its region, in lower case; None if it is not known."""
    return re.split("[-_]", language.lower(), maxsplit=1)[0] if language else None


def without_addresses(text: str) -> str:
    """Return ``text`` with a space for each web and e-mail address."""
    if not ("/" in text or "@" in text or "www." in text):  # one of these is in every hint
        return text
    if not any(hint in text for hint in _ADDRESS_HINTS):
        return text
    # No address has a space in it, and none looks over one.
    parts = text.split(" ")
    for place, part in enumerate(parts):
        if "/" in part or "@" in part or ("." in part and "www." in part.lower()):
            parts[place] = _addresses().sub(" ", part)
    return " ".join(parts)


def _find_words(text: str) -> list[str]:
    return word_pattern().findall(without_addresses(text))


@dataclass(frozen=True, eq=False)
class Steps:
    """From a written word of one language to its term and the form to show.

    Each step but the first two takes many words at once. A word is without a line break.

    Attributes
    ----------
    fold, seen
        The folding of terms, and that of the words that a stemmer sees.
    ignored
        Folded words that are left out.
    """

    fold: Callable[[str], str]
    seen: Callable[[str], str]
    ignored: frozenset[str]
    stemming: str
    language: str | None

    def shown(self, text: str) -> str:
        """Return the form to show: without tatweel, harakat and invisible characters."""
        return visible(folder(_SHOWN)(text))

    def stopped(self, seen: Sequence[str]) -> list[bool]:
        """Say which words, as a stemmer sees them, are left out."""
        if not self.ignored:
            return [False] * len(seen)
        folded = self._folded(seen) if self.seen != self.fold else seen
        return [word in self.ignored for word in folded]

    def stems(self, seen: Sequence[str]) -> list[str]:
        """Return the stems of words, not folded again."""
        return stems(self.stemming, self.language, seen)

    def terms(self, seen: Sequence[str]) -> list[str]:
        """Return the terms of words; a symbol that folds to several words stays one term."""
        terms = seen
        if stemmer(self.stemming, self.language) is not None:
            terms = self._folded(self.stems(seen))
        return [term.replace(" ", "") for term in terms]

    def _folded(self, words: Sequence[str]) -> list[str]:
        return self.fold("\n".join(words)).split("\n") if words else []


class _Entries(dict[str, tuple[Pair, ...]]):
    """Written word -> its pairs, worked out once; all are forgotten when there are too many."""

    def __init__(self, tokenizer: Tokenizer, language: str | None) -> None:
        super().__init__()
        self._tokenizer = tokenizer
        self._language = language
        self._steps = tokenizer.steps(language)
        self._fold, self._show = self._steps.fold, self._steps.shown
        self._stem = stemmer(tokenizer.stemming, language)

    def __missing__(self, word: str) -> tuple[Pair, ...]:
        if len(self) >= _CACHED_WORDS:
            self.clear()
        pairs = tuple(self._pairs(word))
        self[word] = pairs
        return pairs

    def of_many(self, words: Sequence[str]) -> list[tuple[Pair, ...]]:
        """Return what looking up each word would, folding and stemming all in one go."""
        found: list[tuple[Pair, ...]] = [()] * len(words)
        spaced, others = _apart(words)
        few = [words[i] for i in spaced]
        shown = self._show("\n".join(few)).split("\n")
        for i, word, term, show in zip(spaced, few, self._terms_of(few), shown, strict=False):
            if self._counts(term):
                found[i] = ((term, word if show == word else show),)
        for i in others:
            found[i] = tuple(self._pairs(words[i]))
        return found

    def terms_of_many(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the terms of `of_many`."""
        found: list[tuple[str, ...]] = [()] * len(words)
        spaced, others = _apart(words)
        for i, term in zip(spaced, self._terms_of([words[i] for i in spaced]), strict=True):
            found[i] = (term,) if self._counts(term) else ()
        for i in others:
            found[i] = tuple(term for term, _ in self._pairs(words[i]))
        return found

    def _counts(self, term: str) -> bool:
        return len(term) >= self._tokenizer.min_characters or term.isdecimal()

    def _terms_of(self, words: Sequence[str]) -> list[str]:
        """Return `_term` of each word: no character of a word stands for a line break."""
        if not words:
            return []
        text = "\n".join(words)
        if any(chr(mark) in text for mark in _STRAIGHT):
            text = text.translate(_STRAIGHT)
        seen = self._steps.seen(text).split("\n")
        if "'" in text:
            seen = [without_elision(word, self._language) for word in seen]
        terms = self._steps.terms(seen)
        return [
            "" if stopped else term
            for stopped, term in zip(self._steps.stopped(seen), terms, strict=True)
        ]

    def _pairs(self, word: str) -> list[Pair]:
        """Make one pair of a word, or n-grams where its script has no spaces."""
        if not _spaceless().search(word):
            return self._pair(word)
        parts = filter(None, _spaceless().split(word))
        return [
            pair
            for part in parts
            for pair in (self._ngrams(part) if _spaceless().match(part) else self._pair(part))
        ]

    def _pair(self, word: str) -> list[Pair]:
        term, shown = self._term(word), self._show(word)
        if not self._counts(term):
            return []
        if not shown:  # a mark alone, beside a script without spaces
            return []
        return [(term, word if shown == word else shown)]  # one string kept, not two

    def _ngrams(self, run: str) -> list[Pair]:
        folded, n = self._fold(run), self._tokenizer.spaceless_ngram
        grams = [folded[i : i + n] for i in range(max(1, len(folded) - n + 1))]
        return [(gram, gram) for gram in grams if gram]

    def _term(self, word: str) -> str:
        """Fold, look up, stem, fold; a symbol that folds to several words stays one term."""
        seen = self._steps.seen(word.translate(_STRAIGHT))
        seen = without_elision(seen, self._language)
        if self._steps.ignored and self._fold(seen) in self._steps.ignored:
            return ""
        term = seen if self._stem is None else self._fold(self._stem(seen))
        return term.replace(" ", "")


def _apart(words: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the places of words in scripts that put spaces between them, and of the others."""
    if not _spaceless().search("\n".join(words)):
        return list(range(len(words))), []
    others = [i for i, word in enumerate(words) if _spaceless().search(word)]
    return sorted(set(range(len(words))).difference(others)), others


@lru_cache(maxsize=32)
def _steps(tokenizer: Tokenizer, language: str | None) -> Steps:
    tokenizer.check()
    fold = folder(tokenizer.folding)
    sees_accents = language != "ar" and stemmer(tokenizer.stemming, language) is not None
    seen = replace(tokenizer.folding, accents=False) if sees_accents else tokenizer.folding
    ignored = stop_words(language) if tokenizer.stop_words else ()
    ignored = frozenset(map(fold, ignored))
    return Steps(fold, folder(seen), ignored, tokenizer.stemming, language)


@lru_cache(maxsize=32)
def _entries(tokenizer: Tokenizer, language: str | None) -> _Entries:
    tokenizer.check()
    return _Entries(tokenizer, language)


@lru_cache(maxsize=1)
def _addresses() -> re.Pattern[str]:
    return re.compile(_ADDRESS, re.IGNORECASE)


@lru_cache(maxsize=1)
def _spaceless() -> re.Pattern[str]:
    return re.compile(f"([{_SPACELESS}]+)")
