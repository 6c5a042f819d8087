"""The best rows found so far, each as one number; compiled, and imported by training only.

A row and its cosine are a key: the cosine in millionths, then the row counted down, so that a
larger key is a better row, ties to the lower row.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.kernels.compiled import njit

Keys = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Kept = tuple[Keys, Rows, Floats]
"""Of each row: its keys, shape (n, room); how many there are; the cosine from which one counts."""

LEAST = 5e-7  # what is less is rounded to 0
_LOWEST = 0xFFFF_FFFF
SHARES = 256  # of a thousandth of 4.096 each: fine enough to tell most keys from the rest
_SHIFT = 44


@njit(nogil=True, cache=True)
def key_of(cosine: float, row: int) -> Any:
    """Return the key of a row; under 2 ** 32 if the cosine is rounded to 0."""
    return (np.int64(np.rint(cosine * 1e6)) << 32) | (np.int64(_LOWEST) - np.int64(row))


@njit(nogil=True, cache=True)
def row_of(key: Any) -> Any:
    """Return the row of a key."""
    return np.int64(_LOWEST) - (key & np.int64(_LOWEST))


@njit(nogil=True, cache=True)
def enough_for(key: Any) -> float:
    """Return a cosine that no row with this or a larger key falls short of."""
    return float(((key >> 32) - 0.5) / 1e6 - 1e-12)


@njit(nogil=True, cache=True)
def to_front(values: npt.NDArray[Any], n: int, k: int) -> Any:
    """Move the ``k`` largest of the first ``n`` values to the front; return the least of them."""
    left, right, wanted = 0, n - 1, k - 1
    while left < right:
        pivot = values[(left + right) // 2]
        i, j = left, right
        while i <= j:
            while values[i] > pivot:
                i += 1
            while values[j] < pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if wanted <= j:
            right = j
        elif wanted >= i:
            left = i
        else:
            break
    return values[wanted]


@njit(nogil=True, cache=True)
def share_of(k: int, counts: Rows) -> tuple[int, int]:
    """Return the share of the ``k``-th best, the lowest if too few are, and how many reach it."""
    share, above = SHARES, 0
    while above < k and share > 0:
        share -= 1
        above += counts[share]
    return share, above


@njit(nogil=True, cache=True)
def thin(keys: Keys, k: int, counts: Rows) -> tuple[int, float]:
    """Keep the ``k`` largest keys, and most often a few more, in front; for the time being.

    Returns
    -------
    kept, enough
        How many are kept, fewer than there were; and the cosine from which another one counts.
    """
    counts[:] = 0
    for i in range(keys.size):
        counts[min(keys[i] >> _SHIFT, SHARES - 1)] += 1
    share, above = share_of(k, counts)
    if above > (k + keys.size) // 2:  # most are alike
        return k, enough_for(to_front(keys, keys.size, k))
    least, kept = np.int64(share) << _SHIFT, 0
    for i in range(keys.size):
        key = keys[i]
        keys[kept] = key
        kept += key >= least
    return kept, enough_for(least)


@njit(nogil=True, cache=True)
def bar_of(cosines: Floats, k: int, counts: Rows) -> float:
    """Return a cosine that ``k`` of ``cosines`` reach and hardly more; under 0 if too few do."""
    counts[:] = 0
    for i in range(cosines.size):
        counts[min(int(cosines[i] * 1e6) >> (_SHIFT - 32), SHARES - 1)] += 1
    share, _ = share_of(k, counts)
    return enough_for(np.int64(share) << _SHIFT)


@njit(nogil=True, cache=True)
def write_best(keys: Keys, n: int, best: Rows, scores: Floats) -> None:
    """Write the best of ``n`` keys, best first; what is rounded to 0 is left out.

    Parameters
    ----------
    keys
        Moved.
    best, scores
        int32 and float64, shape (k,), filled with -1 and 0: rows and rounded cosines.
    """
    kept = min(n, best.size)
    if n > kept:
        to_front(keys, n, kept)
    keys[:kept].sort()
    for i in range(kept):
        key = keys[kept - 1 - i]
        if key >> 32 == 0:
            break
        best[i] = row_of(key)
        scores[i] = (key >> 32) / 1e6


@njit(nogil=True, cache=True)
def write_all(keys: Keys, filled: Rows, room: int, first: int, best: Rows, scores: Floats) -> None:
    """Write the best of each row from ``first`` on, with ``room`` keys a row, as `write_best`."""
    for line in range(best.shape[0]):
        at = (first + line) * room
        write_best(keys[at : at + room], filled[first + line], best[line], scores[line])
