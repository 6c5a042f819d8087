"""Words that look like Arabic and mean nothing: roots of three letters, poured into patterns."""

import numpy as np

_LETTERS = "بتثجحخدذرزسشصضطظعغفقكلمنه"
_PATTERNS = (
    "{}{}ا{}",
    "{}ا{}{}",
    "{}{}ي{}",
    "{}{}و{}",
    "م{}{}و{}",
    "م{}ا{}{}ة",
    "ت{}{}ي{}",
    "ا{}ت{}ا{}",
    "{}{}ا{}ة",
    "است{}{}ا{}",
)
LARGEST = len(_LETTERS) ** 3 * len(_PATTERNS)
"""How many words there are."""


def words(rng: np.random.Generator, n: int) -> list[str]:
    """Return ``n`` different words; ValueError if there are not so many.

    ``n`` places are drawn without replacement from all pairs of root and pattern. Two pairs may
    give one word (a letter of the root can look like one of the pattern): such a word comes once.
    """
    drawn = min(LARGEST, n + n // 10 + 100)
    made = dict.fromkeys(map(_word, rng.choice(LARGEST, drawn, replace=False).tolist()))
    if len(made) < n:
        raise ValueError(f"n must be at most {len(made)}, got {n}")
    return list(made)[:n]


def _word(number: int) -> str:
    root, pattern = divmod(number, len(_PATTERNS))
    rest, last = divmod(root, len(_LETTERS))
    first, middle = divmod(rest, len(_LETTERS))
    return _PATTERNS[pattern].format(_LETTERS[first], _LETTERS[middle], _LETTERS[last])
