"""Spellings that mean the same word become one: letters, marks, digits, invisible characters."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

_MAX_ROUNDS = 8  # the longest chain seen over all of Unicode takes 3

TATWEEL = 0x0640
ZWNJ, ZWJ = 0x200C, 0x200D
_ZERO_WIDTH_SPACE = 0x200B


def _codes(*spans: tuple[int, int]) -> frozenset[int]:
    return frozenset(code for first, last in spans for code in range(first, last + 1))


_DIACRITICS = _codes(
    (0x0610, 0x061A),  # honorifics and small Quranic letters
    (0x064B, 0x065F),  # harakat, shadda, sukun, maddah and hamza as marks
    (0x0670, 0x0670),  # dagger alef
    (0x06D6, 0x06DC),  # Quranic pauses
    (0x06DF, 0x06E8),
    (0x06EA, 0x06ED),
    (0x0898, 0x089F),
    (0x08CA, 0x08E1),
    (0x08E3, 0x08FF),
    (0x0591, 0x05BD),  # Hebrew cantillation and points
    (0x05BF, 0x05BF),
    (0x05C1, 0x05C2),
    (0x05C4, 0x05C5),
    (0x05C7, 0x05C7),
)
_ACCENTS = _codes(
    (0x0300, 0x036F), (0x0483, 0x0487), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0xFE20, 0xFE2F)
)  # fmt: skip
INVISIBLE = _codes(
    (0x00AD, 0x00AD),  # soft hyphen
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x061C, 0x061C),  # Arabic letter mark
    (0x180B, 0x180F),
    (0x200C, 0x200F),  # ZWNJ, ZWJ, left-to-right and right-to-left marks
    (0x202A, 0x202E),  # bidi embeddings and overrides
    (0x2060, 0x206F),  # word joiner, invisible operators, bidi isolates
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),  # byte-order mark
    (0xFFF9, 0xFFFB),
    (0xE0001, 0xE01EF),  # tags, further variation selectors
)

_HIDDEN = dict.fromkeys(INVISIBLE - {ZWNJ, ZWJ}) | {_ZERO_WIDTH_SPACE: " "}

_ALEF = str.maketrans("أإآٱٲٳ", "اااااا")
_HAMZA = str.maketrans("ؤئ", "وي")
_LOOK_ALIKES = str.maketrans("کڪڭݣیېۍےۓہھەۀۂۃۆڤڨں", "ككككيييييهههههةوفقن")
_PLAIN_LETTERS = str.maketrans(
    {
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O",
        "ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th",
        "Þ": "TH", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "ŋ": "n", "Ŋ": "N",
    }
)  # fmt: skip

Step = Callable[[str], str]


@dataclass(frozen=True)
class Folding:
    """Which differences of spelling are ignored; each switch is one difference.

    ``fold(fold(x)) == fold(x)`` for every string and every choice of switches.

    Parameters
    ----------
    presentation_forms
        Unicode NFKC: Arabic presentation forms and ligatures, full-width letters, letters
        stored as base and mark.
    case
        Unicode case folding.
    diacritics
        Arabic harakat, shadda, tanwin, dagger alef, Quranic marks; Hebrew points are dropped.
    tatweel
        The stretching line ``ـ`` is dropped.
    alef
        ``أ إ آ ٱ`` become ``ا``.
    hamza
        ``ؤ`` becomes ``و``, ``ئ`` becomes ``ي``. A bare ``ء`` is kept: without it ``ماء`` (water)
        would be ``ما`` (what) and ``علماء`` (scholars) ``علما`` (a science).
    final_ya
        ``ى`` becomes ``ي``.
    ta_marbuta
        ``ة`` becomes ``ه``.
    digits
        Decimal digits of every script become ``0``-``9``; ``٫`` becomes ``.`` and ``٬`` ``,``.
    look_alikes
        Persian, Urdu, Kurdish and Maghreb letters become the Arabic letter they stand for:
        ``ک ڪ ڭ`` to ``ك``, ``ی ے ې`` to ``ي``, ``ہ ھ ە ۀ`` to ``ه``, ``ۃ`` to ``ة``,
        ``ۆ`` to ``و``, ``ڤ`` to ``ف``, ``ڨ`` to ``ق``, ``ں`` to ``ن``. ``پ چ ژ گ`` are letters
        of their own and stay.
    accents
        Combining accents go (``é`` to ``e``, ``й`` to ``и``); ``ß æ œ ø ı ł đ`` become plain.
    invisible
        Bidi controls, joiners, soft hyphens, byte-order marks, variation selectors are dropped;
        a zero-width space becomes a space.
    """

    presentation_forms: bool = True
    case: bool = True
    diacritics: bool = True
    tatweel: bool = True
    alef: bool = True
    hamza: bool = True
    final_ya: bool = True
    ta_marbuta: bool = True
    digits: bool = True
    look_alikes: bool = True
    accents: bool = True
    invisible: bool = True

    def fold(self, text: str) -> str:
        """Return ``text`` with the switched differences removed; total on every string."""
        return folder(self)(text)


class _Table(dict[int, int | str | None]):
    """A table for `str.translate` that works out a character when it first meets it."""

    def __init__(self, folding: Folding) -> None:
        super().__init__()
        self._composes = folding.presentation_forms
        self._lowers = folding.case
        self._steps = [step for switch, step in _STEPS if getattr(folding, switch)]

    def __missing__(self, code: int) -> int | str | None:
        before, after = "", chr(code)
        while after != before:
            before = after
            after = self._composed(self._through_steps(self._composed(before)))
        self[code] = ord(after) if len(after) == 1 else after or None  # code points are fastest
        return self[code]

    def fold(self, text: str) -> str:
        if text.isascii():
            return text.lower() if self._lowers else text
        for _ in range(_MAX_ROUNDS):  # letters that come together may compose anew
            text = self._composed(text).translate(self)
            if not self._composes or unicodedata.is_normalized("NFKC", text):
                break
        return text

    def _composed(self, text: str) -> str:
        return unicodedata.normalize("NFKC", text) if self._composes else text

    def _through_steps(self, text: str) -> str:
        for step in self._steps:
            text = "".join(map(step, text))
        return text


@lru_cache(maxsize=64)
def folder(folding: Folding) -> Step:
    """Return ``folding.fold`` with its table at hand, for folding many short strings."""
    return _Table(folding).fold


def _drop(codes: Iterable[int]) -> Step:
    gone = dict.fromkeys(codes)
    return lambda character: character.translate(gone)


def _replace(table: Mapping[int, int] | Mapping[int, str]) -> Step:
    return lambda character: character.translate(table)


def _digit(character: str) -> str:
    value = unicodedata.decimal(character, None)
    return str(value) if value is not None else {"٫": ".", "٬": ","}.get(character, character)


def _unaccented(character: str) -> str:
    parts = unicodedata.normalize("NFD", character)
    bare = "".join(part for part in parts if ord(part) not in _ACCENTS)
    kept = character if bare == parts else unicodedata.normalize("NFC", bare)
    return kept.translate(_PLAIN_LETTERS)


def _visible(character: str) -> str:
    if ord(character) == _ZERO_WIDTH_SPACE:
        return " "
    return "" if ord(character) in INVISIBLE else character


_STEPS: tuple[tuple[str, Step], ...] = (
    ("case", str.casefold),
    ("invisible", _visible),
    ("tatweel", _drop([TATWEEL])),
    ("diacritics", _drop(_DIACRITICS)),
    ("look_alikes", _replace(_LOOK_ALIKES)),
    ("alef", _replace(_ALEF)),
    ("hamza", _replace(_HAMZA)),
    ("ta_marbuta", _replace(str.maketrans("ة", "ه"))),
    ("final_ya", _replace(str.maketrans("ى", "ي"))),
    ("digits", _digit),
    ("accents", _unaccented),
)


def visible(text: str) -> str:
    """Return ``text`` without invisible characters; ZWNJ and ZWJ shape letters and stay."""
    return text if text.isascii() else text.translate(_HIDDEN)
