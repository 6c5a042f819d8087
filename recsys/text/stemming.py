"""A word's inflections to one stem: Snowball by language, or light10 for Arabic."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

Stem = Callable[[str], str]

STEMMINGS = ("none", "light", "snowball")

_SNOWBALL = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "cs": "czech",
    "da": "danish", "nl": "dutch", "en": "english", "eo": "esperanto", "et": "estonian",
    "fi": "finnish", "fr": "french", "de": "german", "el": "greek", "hi": "hindi",
    "hu": "hungarian", "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian",
    "ne": "nepali", "nb": "norwegian", "nn": "norwegian", "no": "norwegian", "fa": "persian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "st": "sesotho", "es": "spanish", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "yi": "yiddish",
}  # fmt: skip

_ELISIONS = frozenset((
    "c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "all",
    "coll", "dall", "dell", "nell", "quell", "sull", "un",
))  # fmt: skip
_ARTICLES = ("ال", "وال", "بال", "كال", "فال", "لل")
_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ية", "ه", "ة", "ي")


def stemmer(stemming: str, language: str | None) -> Stem | None:
    """Return the function from folded word to stem, or None where words stay as they are.

    Parameters
    ----------
    stemming
        One of ``none``, ``light`` (light10 for Arabic, Snowball elsewhere), ``snowball``.
    language
        ISO 639-1, lower case. None and languages without a stemmer give None.
    """
    if stemming == "none" or language is None:
        return None
    if stemming == "light" and language == "ar":
        return light10
    return _snowball(language)


def stems(stemming: str, language: str | None, words: Sequence[str]) -> list[str]:
    """Return what `stemmer` makes of each word; the words themselves where it is None."""
    stem = stemmer(stemming, language)
    if stem is None or language is None:
        return list(words)
    if stem is light10:
        return list(map(light10, words))
    if language == "ar":
        words = list(map(_with_ta_marbuta, words))
    stemmed: list[str] = _stemmer(language).stemWords(words)
    return stemmed


@lru_cache(maxsize=64)
def _snowball(language: str) -> Stem | None:
    found = _stemmer(language)
    if found is None:
        return None
    stem: Stem = found.stemWord
    if language == "ar":
        return lambda word: stem(_with_ta_marbuta(word))
    return stem


@lru_cache(maxsize=64)
def _stemmer(language: str) -> Any:
    import Stemmer  # a compiled library: loaded when first asked for

    name = _SNOWBALL.get(language)
    return Stemmer.Stemmer(name, 0) if name in Stemmer.algorithms() else None


def _with_ta_marbuta(word: str) -> str:
    """Give Snowball the ``ة`` that folding took: it takes both off, ``ه`` not after an article.

    So that ``الاتفاقية`` has the stem of ``اتفاقية``.
    """
    return word[:-1] + "ة" if word.endswith("ه") else word


def light10(word: str) -> str:
    """Return the light10 stem of a folded Arabic word.

    A leading ``و`` goes if three letters remain; then one article if two remain; then each
    suffix of the list once, in its order, if two remain.

    References
    ----------
    Larkey, Ballesteros and Connell, "Light Stemming for Arabic Information Retrieval", 2007.
    """
    if word.startswith("و") and len(word) >= 4:
        word = word[1:]
    for article in _ARTICLES:
        if word.startswith(article) and len(word) >= len(article) + 2:
            word = word[len(article) :]
            break
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) >= len(suffix) + 2:
            word = word[: -len(suffix)]
    return word


def without_elision(word: str, language: str | None) -> str:
    """Return the word without its elided article (``l'eau``) or possessive (``London's``).

    Only in French, Italian, Catalan and English; the apostrophe must be the straight one.
    """
    if "'" not in word:
        return word
    if language in ("fr", "it", "ca"):
        head, _, tail = word.partition("'")
        return tail if head in _ELISIONS and tail else word
    return word.removesuffix("'s") if language == "en" else word
