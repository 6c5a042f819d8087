"""The compiled part of budgeted neighbours: the heaviest postings first, to a budget."""

import numpy as np

from recsys.kernels.best import Floats, Ints, Rows, key_of, row_of, to_front, write_best
from recsys.kernels.compiled import njit
from recsys.kernels.tiles import Matrix, Places, Weights

_SLOTS = 8192  # of a table of the query's terms that stays in the nearest cache; a power of two
_STEP = 0.7  # each round takes what is at least this share of the round before


@njit(nogil=True, cache=True)
def sort_by_weight(ends: Ints, rows: Places, weights: Weights, first: int, last: int) -> None:
    """Sort the postings of the terms ``first <= t < last``: heaviest first, ties by row."""
    for term in range(first, last):
        part = slice(ends[term], ends[term + 1])
        heaviest = np.argsort(-weights[part], kind="mergesort")
        rows[part] = rows[part][heaviest]
        weights[part] = weights[part][heaviest]


@njit(nogil=True, cache=True)
def walk_heaviest(
    queries: Matrix,
    between: tuple[int, int],
    postings: tuple[Ints, Places, Weights],
    matrix: Matrix,
    limits: tuple[int, int],
    results: tuple[Rows, Floats],
) -> None:
    """Write the best of a pool of rows for the queries ``between[0] <= q < between[1]``.

    Parameters
    ----------
    queries, matrix
        By row: where each ends, its terms, ascending, and their weights.
    postings
        By term: where each ends, its rows and weights, heaviest first.
    limits
        Postings that may be followed for a query; rows whose cosine is then worked out.
    results
        Rows and cosines, shape (between[1] - between[0], k), filled with -1 and 0. Each cosine is
        exact: the sum in term order.
    """
    starts, terms, values = queries
    row_starts, row_terms, row_values = matrix
    budget, pool = limits
    best, scores = results
    n = row_starts.size - 1
    sums = np.zeros(n, dtype=np.float32)
    touched = np.empty(budget, dtype=np.int32)
    keys = np.empty(budget, dtype=np.int64)
    weight_of = np.zeros(postings[0].size - 1, dtype=values.dtype)
    may_share = np.zeros(_SLOTS, dtype=np.uint8)
    for query in range(between[0], between[1]):
        part = slice(starts[query], starts[query + 1])
        n_touched = spend(terms[part], values[part], postings, budget, sums, touched)
        kept = pooled(sums, touched[:n_touched], pool, keys)
        weight_of[terms[part]] = values[part]
        may_share[terms[part] & (_SLOTS - 1)] = 1
        for i in range(kept):
            row, cosine = row_of(keys[i]), 0.0
            for at in range(row_starts[row], row_starts[row + 1]):
                term = row_terms[at]
                if may_share[term & (_SLOTS - 1)]:
                    cosine += np.float64(weight_of[term]) * np.float64(row_values[at])
            keys[i] = key_of(cosine, row)
        weight_of[terms[part]] = 0
        may_share[terms[part] & (_SLOTS - 1)] = 0
        write_best(keys, kept, best[query - between[0]], scores[query - between[0]])


@njit(nogil=True, cache=True)
def spend(
    terms: Rows,
    values: Weights,
    postings: tuple[Ints, Places, Weights],
    budget: int,
    sums: Weights,
    touched: Rows,
) -> int:
    """Add the heaviest products to ``sums``, a round for each step down; return how many rows."""
    ends, rows, weights = postings
    reached = ends[terms]
    bar, left, n_touched = 0.0, 0, 0
    for i in range(terms.size):
        left += ends[terms[i] + 1] - reached[i]
        if reached[i] < ends[terms[i] + 1]:
            bar = max(bar, np.float64(values[i]) * np.float64(weights[reached[i]]))
    left = min(left, budget)
    while left > 0:
        bar *= _STEP
        for i in range(terms.size):
            at, value = reached[i], values[i]
            end = min(ends[terms[i] + 1], at + left)
            while at < end and value * weights[at] >= bar:
                row = rows[at]
                if sums[row] == 0:
                    touched[n_touched] = row
                    n_touched += 1
                sums[row] += value * weights[at]
                at += 1
            left -= at - reached[i]
            reached[i] = at
    return n_touched


@njit(nogil=True, cache=True)
def pooled(sums: Weights, touched: Rows, pool: int, keys: Ints) -> int:
    """Move the keys of the ``pool`` rows with the largest sums to the front; clear the sums.

    Each sum is looked up once: far apart as they are, that is what takes the time.
    """
    for i in range(touched.size):
        keys[i] = key_of(sums[touched[i]], touched[i])
        sums[touched[i]] = 0
    kept = min(pool, touched.size)
    if kept:
        to_front(keys, touched.size, kept)
    return kept
