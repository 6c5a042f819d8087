"""Exact neighbours: every query meets every tile of rows; for training."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack

import numpy as np
from joblib import effective_n_jobs
from scipy.sparse import csr_array

from recsys.kernels.best import LEAST, Floats, Rows, write_all
from recsys.kernels.neighbours import Progress
from recsys.kernels.tiles import Between, Matrix, Tile, invert, meet

TILE = 2048
"""Rows of a tile: their sums stay in a core's nearest cache."""

_QUERIES = 256  # that meet a tile before another thread may bring its own
_SPARE = 32  # keys beside twice as many as are wanted
_TELL = 0.25  # seconds from one report to the next


def nearest(
    queries: csr_array,
    rows: csr_array,
    k: int,
    n_threads: int = 1,
    block: int = 2048,
    progress: Progress | None = None,
    tile: int = TILE,
) -> Iterator[tuple[int, Rows, Floats]]:
    """Yield what `recsys.kernels.neighbours.nearest_rows` yields.

    Where ``queries`` is ``rows`` itself, each pair is added up once and both are told. Two threads
    never write to one list: each holds the locks of the queries and of the tile. What is found does
    not depend on who comes first, for no two entries of a list are equal.
    """
    mutual = queries is rows
    tiles = _parts(rows.shape[0], tile)
    asked = tiles if mutual else _parts(queries.shape[0], _QUERIES)
    room = k, 2 * k + _SPARE
    kept = (
        np.empty(queries.shape[0] * room[1], dtype=np.int64),
        np.zeros(queries.shape[0], dtype=np.int32),
        np.full(queries.shape[0], LEAST),
    )
    ours, theirs = matrix_of(queries), matrix_of(rows)
    locks = [threading.Lock() for _ in asked]
    space = _Space(theirs, rows.shape[1], tiles)
    met: list[int] = []  # pairs, by part of the queries and tile

    def task(number: int, parts: range) -> None:
        between = tiles[number]
        invert(theirs, between, space.tile)
        for part in parts:
            both = mutual and part < number
            with ExitStack() as held:
                for lock in (part, number) if both else (part,):
                    held.enter_context(locks[lock])
                meet(ours, asked[part], space.tile, between, both, kept, room)
            met.append(_size(asked[part]) * _size(between) * (1 + both))

    numbers = range(len(tiles))[::-1]
    rounds = [[(number, range(len(asked))) for number in numbers]]
    if mutual:  # the first round tells what is enough: hardly anything is kept in vain afterwards
        rounds = [[(n, range(n, n + 1)) for n in numbers], [(n, range(n)) for n in numbers]]
    with ThreadPoolExecutor(effective_n_jobs(n_threads)) as threads:
        for tasks in rounds:
            undone = {threads.submit(task, *each) for each in tasks}
            while undone:
                done, undone = wait(undone, _TELL)
                for finished in done:
                    finished.result()
                if progress:
                    progress(sum(met) // rows.shape[0], queries.shape[0])
    for first, last in _parts(queries.shape[0], block):
        best = np.full((last - first, k), -1, dtype=np.int32)
        scores = np.zeros((last - first, k))
        write_all(kept[0], kept[1], room[1], first, best, scores)
        yield first, best, scores


def matrix_of(rows: csr_array) -> Matrix:
    """Return sparse rows as compiled code takes them."""
    return rows.indptr.astype(np.int64), rows.indices.astype(np.int32, copy=False), rows.data


class _Space(threading.local):
    """Each thread's room for a tile."""

    def __init__(self, matrix: Matrix, n_terms: int, tiles: list[Between]) -> None:
        starts, _, values = matrix
        most = max((int(starts[last] - starts[first]) for first, last in tiles), default=0)
        self.tile: Tile = (
            np.empty(n_terms + 1, dtype=np.int32),
            np.empty(most, dtype=np.uint32),
            np.empty(most, dtype=values.dtype),
        )


def _parts(n: int, size: int) -> list[Between]:
    return [(first, min(first + size, n)) for first in range(0, n, size)]


def _size(between: Between) -> int:
    return between[1] - between[0]
