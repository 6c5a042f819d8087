"""What the baselines share: reads of a site, the first that may be listed, what fills up."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from recsys.evaluation.dataset import Floats, Reads, Rows
from recsys.evaluation.history import History, Query
from recsys.topk import top_k

_ALLOWANCE = 16  # rows looked at beyond twice the list's length, for those that may not be listed
_GROWTH = 4


def reads_of_site(history: History, site: str) -> Reads:
    """Return the reads of a site, later ones included: cut them at `n_before`.

    What was read is told as the article that stands for it. Kept by ``history``.
    """
    return history.once(("baselines.reads", site), lambda: _reads_of_site(history, site))


def _reads_of_site(history: History, site: str) -> Reads:
    corpus, reads, same = history.corpus, history.reads, history.dataset.same
    code = corpus.sites.index(site) if site in corpus.sites else -1
    part = reads.part(corpus.site[reads.row] == code)
    came_from = np.where(part.from_row >= 0, same[part.from_row], -1).astype(np.int32)
    return replace(part, row=same[part.row], from_row=came_from)


def n_before(reads: Reads, now: int) -> int:
    """Return how many of ``reads`` lie strictly before ``now``, in milliseconds."""
    return int(np.searchsorted(reads.time, now, side="left"))


def first_of(history: History, query: Query, ranked: Rows, now: int, k: int) -> Rows:
    """Return the first ``k`` of ``ranked`` that may be listed, looking no further than it must."""
    found = np.zeros(0, dtype=np.int32)
    start, size = 0, 2 * k + _ALLOWANCE
    while start < ranked.size and found.size < k:
        part = ranked[start : start + size]
        found = np.append(found, history.first_allowed(query, part, now, k - found.size))
        start, size = start + size, size * _GROWTH
    return found


def best_of(history: History, query: Query, rows: Rows, scores: Floats, now: int, k: int) -> Rows:
    """Return the ``k`` best of ``rows`` that may be listed, ties to the lower row.

    Parameters
    ----------
    rows
        int32, shape (m,), ascending.
    scores
        float64, shape (m,): ``scores[i]`` belongs to ``rows[i]``. No NaN.
    """
    size = 2 * k + _ALLOWANCE
    best, _ = top_k(scores, size)
    found = history.first_allowed(query, rows[best], now, k)
    if found.size == k or rows.size <= size:
        return found
    allowed = history.may_list(query, rows, now)
    best, _ = top_k(scores[allowed], k)
    return rows[allowed][best]


def filled(rows: Rows, others: Rows, k: int) -> Rows:
    """Return ``rows`` and, behind them, those of ``others`` that are not there yet: ``k`` at most.

    As ``others`` are the best ``k`` of a ranking, that is what the whole ranking would add.
    """
    if rows.size >= k:
        return rows[:k]
    return np.concatenate([rows, others[~np.isin(others, rows)]])[:k]


def counted(rows: Rows) -> tuple[Rows, npt.NDArray[np.int64]]:
    """Return the distinct ``rows``, most frequent first, ties to the lower row; and how often."""
    distinct, times = np.unique(rows, return_counts=True)
    order = np.lexsort((distinct, -times))
    return distinct[order].astype(np.int32), times[order]
