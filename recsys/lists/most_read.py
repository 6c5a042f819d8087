"""What is read most: decayed views now, or a plain count over a window."""

from dataclasses import replace

import numpy as np

from recsys.lists import latest
from recsys.lists.base import (
    Counts,
    Filling,
    Floats,
    Places,
    Query,
    Ranking,
    Rows,
    eligible,
    in_force,
)
from recsys.lists.windows import check_window, span, wider
from recsys.signals.reading import Reading, Span
from recsys.snapshot import Snapshot

_ROUNDED = 1e-6  # scores are, to six places


def rank(snapshot: Snapshot, query: Query, now: int) -> Ranking:
    """Return the most read first.

    ``window=now`` orders by decayed views and shows the views of the last 24 hours; any other
    window orders by the count it shows, ties to the newer article. Reports of one story are
    counted together and stand as the one most read. A window with too few read articles is
    widened, and said so; what is still missing comes from the latest.

    What editors boost or bury scores so many times what it is read, and is ordered by that. The
    views shown are true nevertheless: the order need no longer be theirs.
    """
    check_window(query.window)
    query = replace(query, sponsored=False)
    ranking, used = _read(snapshot, query, now, query.window), query.window
    for window in wider(query.window):
        if ranking.rows.size >= query.limit:
            break
        found = _read(snapshot, query, now, window)
        if found.rows.size > ranking.rows.size:
            ranking, used = found, window
    return _filled(snapshot, query, now, ranking, used)


def rank_read(snapshot: Snapshot, query: Query, now: int) -> Ranking:
    """Return what was read in the window, neither widened nor filled up."""
    return _read(snapshot, replace(query, sponsored=False), now, query.window)


def _read(snapshot: Snapshot, query: Query, now: int, window: str) -> Ranking:
    """Return the best; of stories that cannot be among them nothing is looked at."""
    shown, ordered = _readings(snapshot, query, now, window)
    force = in_force(snapshot, query, now)
    boosted = snapshot.leaders[force.boosted if force is not None else []]  # over any bound
    for stories, bound in ordered.leading(2 * query.limit):
        rows = snapshot.telling(np.union1d(stories, boosted) if boosted.size else stories)
        rows, scores = _scored(snapshot, query, ordered, rows, now)
        best, rank, scores = _pooled(snapshot, rows, scores, query.limit)
        if best.size == query.limit and scores[-1] > bound + _ROUNDED:
            break
    counts = _pooled_counts(shown, rows, rank, best.size)
    return Ranking(rows[best], scores, ("most_read",) * best.size, counts)


def own(snapshot: Snapshot, query: Query, rows: Rows, now: int) -> tuple[Floats, Counts]:
    """Return what ``rows`` score in the window by themselves, and their views: their stories'."""
    query = replace(query, sponsored=False)
    shown, ordered = _readings(snapshot, query, now, query.window)
    stories = snapshot.leaders[rows]
    read = snapshot.telling(np.unique(stories))
    read, scores = _scored(snapshot, query, ordered, read, now)
    told = snapshot.leaders[read][:, None] == stories
    pooled = np.where(told, scores[:, None], 0.0).sum(axis=0)
    return np.round(pooled, 6), np.where(told, shown.counts(read)[:, None], 0).sum(axis=0)


def _scored(
    snapshot: Snapshot, query: Query, reading: Reading, rows: Rows, now: int
) -> tuple[Rows, Floats]:
    """Return those of ``rows`` that are read and fit for the list, and their scores.

    What editors boost and bury is multiplied by what they do so by.
    """
    rows = rows[eligible(snapshot, query, rows, now)]
    scores = reading.scores(rows)
    rows, scores = rows[scores > 0], scores[scores > 0]
    force = in_force(snapshot, query, now)
    return rows, scores if force is None else scores * force.factors(rows)


def _readings(snapshot: Snapshot, query: Query, now: int, window: str) -> tuple[Reading, Reading]:
    """Return what is shown and what is ordered by."""
    time_zone = snapshot.settings.site(query.site).time_zone
    name = "24h" if window == "now" else window
    where = span(name, now, time_zone)
    first, last = where.first_minute, where.last_minute
    if query.unit == "readers":
        first, last = where.first_day, where.last_day
    key = (name, query.unit, time_zone)
    counted = Span(key, query.unit, first, last, running=name != "yesterday")
    if window == "now":
        ordered = snapshot.most_read(now)
        return replace(ordered, span=counted), ordered
    reading = snapshot.reading(counted)
    return reading, reading


def _pooled(
    snapshot: Snapshot, rows: Rows, scores: Floats, k: int
) -> tuple[Places, Places, Floats]:
    """Add up each story; the most read of its articles stands for it.

    Returns
    -------
    best
        Places in ``rows`` of the ``k`` best, best first.
    rank
        For each of ``rows`` the place of its story among the best, -1 if it is none of them.
    scores
        Of the best.
    """
    by_score = np.lexsort((rows, -scores))
    leaders = snapshot.leaders[rows[by_score]]
    _, first, story = np.unique(leaders, return_index=True, return_inverse=True)
    pooled = np.round(np.bincount(story, weights=scores[by_score]), 6).astype(np.float64)
    places = by_score[first]
    newest_first = -snapshot.corpus.published[rows[places]].astype(np.float64)
    order = np.lexsort((rows[places], newest_first, -pooled))[:k]
    ranks = np.full(first.size, -1, dtype=np.int64)
    ranks[order] = np.arange(order.size)
    rank = np.empty(rows.size, dtype=np.int64)
    rank[by_score] = ranks[story]
    return places[order], rank, pooled[order]


def _pooled_counts(shown: Reading, rows: Rows, rank: Places, n: int) -> Counts:
    """Return int64, shape (n,): what the best stories were counted."""
    told = np.flatnonzero(rank >= 0)
    counts = shown.counts(rows[told])
    return np.bincount(rank[told], counts, minlength=n).astype(np.int64)


def _filled(snapshot: Snapshot, query: Query, now: int, ranking: Ranking, used: str) -> Ranking:
    filling = Filling(ranking)
    filling.add(snapshot, query, now, latest.rank)
    n_read = ranking.rows.size
    reason = None
    if used != query.window or len(filling.rows) > n_read:
        reason = "thin_window" if n_read else "no_views"
    return filling.ranking(
        degraded=reason is not None, reason=reason, window_used=used if n_read else None
    )
