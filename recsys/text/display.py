"""How a title looks on the page: cleaned, cut to whole words, read from its proper side."""

import re
import unicodedata
from typing import Literal

from recsys.text.folding import TATWEEL, visible

Side = Literal["rtl", "ltr"]

_RIGHT_TO_LEFT = frozenset(
    ("ar", "fa", "ur", "he", "iw", "ps", "ckb", "sd", "ug", "yi", "dv", "syr", "azb", "lrc", "nqo")
)
_UNDETERMINED = ("", "und", "mul", "zxx")
_BREAKS = re.compile(
    "[\u00a0\u202f]*[^\\S\u00a0\u202f]\\s*"
)  # white space, but for no-break spaces alone
# Control characters, lone surrogates, line and paragraph separators: Cc, Cs, Zl, Zp.
_UNPRINTED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_LOOSE_ENDS = " ،؛,;:-–—|/·"


def clean_title(text: str) -> str:
    """Return ``text`` as one clean line for display.

    Unicode NFC; without control, bidi and other invisible characters (ZWNJ and ZWJ shape
    letters and stay) and without tatweel; each run of white space is one space, and no-break
    spaces stay.
    """
    shown = visible(unicodedata.normalize("NFC", text)).replace(chr(TATWEEL), "")
    return " ".join(_parts(_UNPRINTED.sub(" ", shown)))


def _parts(text: str) -> list[str]:
    """Return what stands between white space that may break a line."""
    return [part for part in _BREAKS.split(text.strip()) if part]


def shorten(title: str, words: int = 9) -> str:
    """Return at most ``words`` whole words of ``title``, and ``…`` if any are left out.

    Words are what stands between white space, so a language without spaces is not cut. White
    space is folded; commas, colons and dashes before the ``…`` go.

    Raises
    ------
    ValueError
        If ``words < 1``.
    """
    if words < 1:
        raise ValueError(f"words must be at least 1, got {words}")
    parts = _parts(title)
    if len(parts) <= words:
        return " ".join(parts)
    return " ".join(parts[:words]).rstrip(_LOOSE_ENDS + "….") + "…"


def direction(language: str | None, text: str | None = None) -> Side:
    """Return ``rtl`` or ``ltr``: the side the script of ``language`` is read from.

    Parameters
    ----------
    language
        ISO 639 code, with or without script and region (``ar-MA``, ``az-Arab``).
    text
        Where no language is known (None or ``und``), its first strong character decides; without
        any, ``ltr``.
    """
    tags = (language or "").lower().replace("_", "-").split("-")
    if _RIGHT_TO_LEFT.intersection(tags[:1]) or "arab" in tags or "hebr" in tags:
        return "rtl"
    return _first_strong(text or "") if tags[0] in _UNDETERMINED else "ltr"


def _first_strong(text: str) -> Side:
    for character in text:
        side = unicodedata.bidirectional(character)
        if side in ("L", "R", "AL"):
            return "ltr" if side == "L" else "rtl"
    return "ltr"
