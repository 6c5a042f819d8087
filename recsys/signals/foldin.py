"""Articles that are new to a space: their own neighbours, and their place among others'."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.kernels.neighbours import DECIMALS, Progress
from recsys.signals.inverted import Inverted, together
from recsys.text.vectoriser import Vector
from recsys.topk import best_places

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Near = tuple[Rows, npt.NDArray[np.float32]]
"""Neighbours as training keeps them: rows, best first and -1 where there are fewer; cosines."""

_MANY = 4096  # lists that are merged at a time
_WHOLE = 10**DECIMALS
_NONE = np.iinfo(np.int64).max  # the key of no neighbour


@dataclass(frozen=True, eq=False)
class Folded:
    """What new articles bring.

    Attributes
    ----------
    near, near_cosines
        int32 and float32, shape (n_new, k): the neighbours of each, nearest first.
    others, newcomers, cosines
        int32, int32 and float64, shape (m,): the new row ``newcomers[i]`` has with the row
        ``others[i]`` a cosine that is enough for its list. In the order of the new rows.
    """

    near: Rows
    near_cosines: npt.NDArray[np.float32]
    others: Rows
    newcomers: Rows
    cosines: Floats


def folded(
    parts: Sequence[Inverted],
    vectors: Sequence[Vector],
    rows: Rows,
    k: int,
    groups: Rows,
    enough: Floats | None = None,
    progress: Progress | None = None,
) -> Folded:
    """Find where new articles belong, in one pass over the postings of their terms.

    Serving appends articles by it, and training with ``since`` adds them by it.

    Parameters
    ----------
    parts
        The postings of all rows of the space, the new ones included.
    vectors, rows
        Of each new article; int32, shape (n_new,).
    k
        Neighbours that are kept.
    groups
        int32, shape (n_rows,): only rows of one group are neighbours.
    enough
        float64, shape (n_rows,): cosine from which a new article belongs among a row's
        neighbours; infinite where it never does. None: nobody asks.
    progress
        Called with (articles done, articles in all).
    """
    near = np.full((rows.size, k), -1, dtype=np.int32)
    near_cosines = np.zeros(near.shape, dtype=np.float32)
    met: list[tuple[Rows, Rows, Floats]] = []
    for i, (vector, row) in enumerate(zip(vectors, rows.tolist(), strict=True)):
        found, cosines = together(
            part.nearest(vector, k + 1, groups[part.span] == groups[row], _of(enough, part))
            for part in parts
        )
        found, cosines = found[found != row], cosines[found != row]
        order = best_places(found, cosines)[:k]
        near[i, : order.size], near_cosines[i, : order.size] = found[order], cosines[order]
        if enough is not None:
            belongs = cosines >= enough[found]
            others = found[belongs]
            met.append((others, np.full(others.size, row, dtype=np.int32), cosines[belongs]))
        if progress:
            progress(i + 1, rows.size)
    places = (np.concatenate([np.zeros(0, dtype=np.int32), *p]) for p in zip(*met, strict=True))
    others, newcomers, shared = (*places,) if met else (near[:0, 0], near[:0, 0], np.zeros(0))
    return Folded(near, near_cosines, others, newcomers, shared)


def merged(near: Near, folding: Folded, ahead: npt.NDArray[np.bool_], n: int) -> Near:
    """Put new articles into lists that are already there.

    Parameters
    ----------
    near
        int32 and float32, shape (n, k), one line a row of the space: the neighbours that are left
        of each list, -1 anywhere among them for those that are not.
    folding
        Which new articles belong to which lists.
    ahead
        bool, shape (m,): which of those to put in.
    n
        Rows of the space.

    Returns
    -------
    rows, cosines
        Best first, ties to the lower row, -1 behind them; the first ``k``.
    """
    rows, cosines = near[0].copy(), near[1].copy()
    others, newcomers = folding.others[ahead], folding.newcomers[ahead]
    keys = _keys(newcomers, folding.cosines[ahead], n)
    order = np.argsort(others, kind="stable")
    others, keys = others[order], keys[order]
    some, starts, sizes = np.unique(others, return_index=True, return_counts=True)
    holes = ((rows[:, :-1] < 0) & (rows[:, 1:] >= 0)).any(axis=1)
    affected = np.union1d(some, np.flatnonzero(holes))
    starts_of, sizes_of = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    starts_of[some], sizes_of[some] = starts, sizes
    affected = affected[np.argsort(sizes_of[affected], kind="stable")]
    for first in range(0, affected.size, _MANY):
        lines = affected[first : first + _MANY]
        width = int(sizes_of[lines].max(initial=0))
        spots = starts_of[lines, None] + np.arange(width)
        more = np.full(spots.shape, _NONE)
        given = np.arange(width) < sizes_of[lines, None]
        more[given] = keys[spots[given]]
        every = np.concatenate([_keys(rows[lines], cosines[lines], n), more], axis=1)
        every.sort(axis=1, kind="stable")
        rows[lines], cosines[lines] = _read(every[:, : rows.shape[1]], n)
    return rows, cosines


def _keys(rows: Rows, cosines: npt.NDArray[np.floating], n: int) -> npt.NDArray[np.int64]:
    """Return numbers that order neighbours: by cosine, highest first, then by row; -1 last."""
    below = 2 * _WHOLE - np.rint(cosines.astype(np.float64) * _WHOLE).astype(np.int64)
    return np.where(rows >= 0, below * n + rows, _NONE)


def _read(keys: npt.NDArray[np.int64], n: int) -> Near:
    there = keys != _NONE
    cosines = (2 * _WHOLE - keys // max(1, n)) / _WHOLE
    rows = np.where(there, keys % max(1, n), -1).astype(np.int32)
    return rows, np.where(there, cosines, 0).astype(np.float32)


def _of(enough: Floats | None, part: Inverted) -> Floats | None:
    return None if enough is None else enough[part.span]
