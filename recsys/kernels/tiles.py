"""The compiled part of exact neighbours: a tile of rows, and the queries that meet it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.kernels.best import SHARES, Floats, Ints, Kept, Rows, bar_of, key_of, thin
from recsys.kernels.compiled import njit

Places = npt.NDArray[np.uint32]
Weights = npt.NDArray[Any]
Matrix = tuple[Ints, Rows, Weights]
"""By row: where each ends, its terms, ascending, and their weights."""
Between = tuple[int, int]
Tile = tuple[Rows, Places, Weights]
"""By term: where each ends; the rows of the tile it is in, counted from the first, and weights."""

_STEP = 32  # sums that are looked at together: hardly ever is one of them enough


@njit(nogil=True, cache=True)
def invert(matrix: Matrix, rows: Between, tile: Tile) -> None:
    """Write the rows ``rows[0] <= row < rows[1]`` by term."""
    starts, terms, values = matrix
    ends, places, weights = tile
    first, last = rows
    ends[:] = 0
    for at in range(starts[first], starts[last]):
        ends[terms[at]] += 1
    for term in range(1, ends.size):
        ends[term] += ends[term - 1]
    for row in range(last - 1, first - 1, -1):
        for at in range(starts[row], starts[row + 1]):
            ends[terms[at]] -= 1
            places[ends[terms[at]]] = row - first
            weights[ends[terms[at]]] = values[at]


@njit(nogil=True, cache=True)
def meet(
    matrix: Matrix,
    queries: Between,
    tile: Tile,
    rows: Between,
    mutual: bool,
    kept: Kept,
    room: tuple[int, int],
) -> None:
    """Add up the products of every query and every row of a tile, in term order; keep the best.

    Parameters
    ----------
    matrix, queries
        The queries ``queries[0] <= q < queries[1]``.
    tile, rows
        What `invert` wrote of ``rows``.
    mutual
        Whether the queries are rows of the same matrix, before those of the tile, and are kept for
        them as well.
    kept
        Of the queries' matrix; its keys flat.
    room
        How many keys are wanted of each row, and for how many there is room: more.
    """
    starts, terms, values = matrix
    ends, places, weights = tile
    keys, filled, enough = kept
    size = rows[1] - rows[0]
    sums = np.empty(size, dtype=np.float64)
    counts = np.empty(SHARES, dtype=np.int32)
    theirs = enough[rows[0] : rows[1]] if mutual else np.full(size, np.inf)
    for query in range(queries[0], queries[1]):
        sums[:] = 0.0
        for at in range(starts[query], starts[query + 1]):
            value = np.float64(values[at])
            part = slice(ends[terms[at]], ends[terms[at] + 1])
            in_rows, their_weights = places[part], weights[part]
            for i in range(in_rows.size):
                sums[in_rows[i]] += value * np.float64(their_weights[i])
        if filled[query] == 0:
            enough[query] = max(enough[query], bar_of(sums, room[0], counts))
        for first in range(0, size, _STEP):
            last = min(first + _STEP, size)
            if not any_enough(sums[first:last], theirs[first:last], enough[query]):
                continue
            for i in range(first, last):
                if sums[i] >= enough[query]:
                    keep(query, key_of(sums[i], rows[0] + i), keys, filled, enough, room, counts)
                if sums[i] >= theirs[i]:
                    keep(rows[0] + i, key_of(sums[i], query), keys, filled, enough, room, counts)


@njit(nogil=True, cache=True, inline="always")
def any_enough(sums: Floats, theirs: Floats, ours: float) -> bool:
    """Return whether one of ``sums`` is enough; without a branch, several at a time."""
    some = 0
    for i in range(sums.size):
        some += (sums[i] >= ours) + (sums[i] >= theirs[i])
    return some > 0


@njit(nogil=True, cache=True, inline="always")
def keep(
    row: int,
    key: int,
    keys: Ints,
    filled: Rows,
    enough: Floats,
    room: tuple[int, int],
    counts: Rows,
) -> None:
    """Add a key to those of a row."""
    wanted, most = room
    at = row * most
    keys[at + filled[row]] = key
    filled[row] += 1
    if filled[row] == most:
        filled[row], enough[row] = thin(keys[at : at + most], wanted, counts)
