"""Which characters make words: one set for the pattern, one table for the compiled loop."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from recsys.text.folding import INVISIBLE, TATWEEL

LETTER, INNER, SPOKEN, HEBREW, DIGIT, APOSTROPHE, GERSHAYIM, POINT = (1 << i for i in range(8))
"""What a character may do, as bits of `classes`: begin a word; stand inside of one; follow an
apostrophe; stand on both sides of a Hebrew mark, of a point between digits; and join two parts of a
word as one of these three."""

_BEYOND_THE_BMP = "\U00010000-\U0001efff\U00020000-\U0003ffff"
_LAST = 0x3FFFF  # no word has a character behind it
_JOINED = {
    APOSTROPHE: ("'’＇", "", r"[^\W\d_\u0600-\u06ff]"),  # l'eau, O’Brien; no quotation in Arabic
    GERSHAYIM: ("'\"׳״", "[א-ת]", "[א-ת]"),
    POINT: (".,٫٬", r"\d", r"\d"),
}
"""The marks that join two parts of a word, and what must stand before and behind them."""


@lru_cache(maxsize=1)
def word_pattern() -> re.Pattern[str]:
    """Return the pattern of a word: one set for all of it, so that a character is one look-up.

    No mark stands inside of a word, so that nothing is gained by giving characters back; and what
    follows most words is found at one look not to be a mark.
    """
    letters, inner = _letters(), _inner()
    any_mark = "".join(marks for marks, _, _ in _JOINED.values())
    links = "|".join(
        (f"(?<={before})" if before else "") + f"[{marks}](?={behind})"
        for marks, before, behind in _JOINED.values()
    )
    return re.compile(f"[{letters}][{inner}]*+(?:(?=[{any_mark}])(?:{links})[{inner}]++)*+")


@lru_cache(maxsize=1)
def classes() -> npt.NDArray[np.uint8]:
    """Return uint8, shape (0x110000,): what each code point may do, as bits."""
    sets = {
        LETTER: f"[{_letters()}]",
        INNER: f"[{_inner()}]",
        SPOKEN: _JOINED[APOSTROPHE][2],
        HEBREW: _JOINED[GERSHAYIM][2],
        DIGIT: _JOINED[POINT][2],
        **{bit: f"[{marks}]" for bit, (marks, _, _) in _JOINED.items()},
    }
    every = "".join(map(chr, range(_LAST + 1)))
    table = np.zeros(0x110000, dtype=np.uint8)
    for bit, characters in sets.items():
        for run in re.finditer(f"{characters}+", every):
            table[run.start() : run.end()] |= bit
    return table


@lru_cache(maxsize=1)
def _letters() -> str:
    return _set(chr(c) for c in range(0x10000) if c != TATWEEL and chr(c).isalnum()) + (
        _BEYOND_THE_BMP
    )


@lru_cache(maxsize=1)
def _inner() -> str:
    hidden = {chr(code) for code in INVISIBLE if code < 0x10000}
    characters = map(chr, range(0x10000))
    rest = _set(c for c in characters if c in hidden or unicodedata.category(c)[0] == "M")
    return _letters() + rest + chr(TATWEEL)


def _set(characters: Iterable[str]) -> str:
    """Write the inside of a character class, as ranges."""
    codes = set(map(ord, characters))
    starts = sorted(code for code in codes if code - 1 not in codes)
    ends = sorted(code for code in codes if code + 1 not in codes)
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(starts, ends, strict=True))
