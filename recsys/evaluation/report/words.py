"""Numbers and names as both reports write them."""

import re

MISSING = "–"
# What no page and no terminal should be given: controls, halves of characters, non-characters.
_UNSPEAKABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return text on one line, with controls and broken characters replaced by U+FFFD."""
    return _UNSPEAKABLE.sub("\ufffd", " ".join(text.split()))


def number(value: float | None) -> str:
    """Return a value with three decimals, fewer where it is large; a dash where it is none.

    >>> number(0.51349), number(132.46), number(-0.5), number(1234567.0)
    ('0.513', '132.5', '−0.500', '1,234,567')
    """
    if value is None:
        return MISSING
    size = abs(value)
    decimals = 3 if size < 10 else 1 if size < 10_000 else 0
    return f"{value:,.{decimals}f}".replace("-", "\u2212")


def signed(value: float | None) -> str:
    """Return a difference with its sign.

    >>> signed(0.0214), signed(-0.5)
    ('+0.021', '−0.500')
    """
    return f"+{number(value)}" if value is not None and value > 0 else number(value)


def interval(low: float | None, high: float | None) -> str:
    """Return the ends of an interval; the empty string where there is none.

    >>> interval(0.5, 0.625), interval(None, None)
    ('0.500 to 0.625', '')
    """
    return "" if low is None or high is None else f"{number(low)} to {number(high)}"


def probability(value: float | None) -> str:
    """Return a p-value; never a zero, which none is."""
    return "< 0.001" if value is not None and value < 0.001 else number(value)


def ordinal(place: int) -> str:
    """Return a place as one says it.

    >>> ordinal(1), ordinal(2), ordinal(3), ordinal(4), ordinal(11), ordinal(23)
    ('1st', '2nd', '3rd', '4th', '11th', '23rd')
    """
    ending = {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{'th' if 10 <= place % 100 <= 20 else ending}"


def count(value: int, one: str, many: str) -> str:
    """Return how many of something there are.

    >>> count(1, "article", "articles"), count(2500, "article", "articles")
    ('1 article', '2,500 articles')
    """
    return f"{value:,} {one if value == 1 else many}"
