"""What is read most: decayed views now, or a plain count over a window."""

from dataclasses import replace

import numpy as np

from recsys.lists import latest
from recsys.lists.base import Counts, Filling, Floats, Query, Ranking, Rows, eligible, in_force
from recsys.lists.windows import check_window, span, wider
from recsys.snapshot import Snapshot


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
    counts, scores = _counts(snapshot, query, now, window)
    rows = np.flatnonzero(scores > 0).astype(np.int32)
    rows = rows[eligible(snapshot, query, rows, now)]
    scores = _weighted(snapshot, query, scores, now)
    rows, counts, scores = _pooled(snapshot, rows, counts, scores)
    newest_first = -snapshot.corpus.published[rows].astype(np.float64)
    order = np.lexsort((rows, newest_first, -scores))[: query.limit]
    return Ranking(rows[order], scores[order], ("most_read",) * order.size, counts[order])


def own(snapshot: Snapshot, query: Query, rows: Rows, now: int) -> tuple[Floats, Counts]:
    """Return what ``rows`` score in the window by themselves, and their views: their stories'."""
    query = replace(query, sponsored=False)
    counts, scores = _counts(snapshot, query, now, query.window)
    stories = snapshot.leaders[rows]
    read = np.flatnonzero((scores > 0) & np.isin(snapshot.leaders, stories)).astype(np.int32)
    read = read[eligible(snapshot, query, read, now)]
    scores = _weighted(snapshot, query, scores, now)
    told = snapshot.leaders[read][:, None] == stories
    pooled = np.where(told, scores[read][:, None], 0.0).sum(axis=0)
    return np.round(pooled, 6), np.where(told, counts[read][:, None], 0).sum(axis=0)


def _weighted(snapshot: Snapshot, query: Query, scores: Floats, now: int) -> Floats:
    """Multiply by what editors boost and bury by, in place."""
    force = in_force(snapshot, query, now)
    if force is not None:
        scores[force.weighted] *= force.weights
    return scores


def _counts(snapshot: Snapshot, query: Query, now: int, window: str) -> tuple[Counts, Floats]:
    """Return what is shown and what is ordered by, of shape (n_articles,), the latter new."""
    time_zone = snapshot.settings.site(query.site).time_zone
    where = span("24h" if window == "now" else window, now, time_zone)
    if query.unit == "readers":
        counts = snapshot.views.reader_window(where.first_day, where.last_day)
    else:
        counts = snapshot.viewed(where.first_minute, where.last_minute)
    if window == "now":
        return counts, snapshot.most_read(now).scores_.astype(np.float64)
    return counts, counts.astype(np.float64)


def _pooled(
    snapshot: Snapshot, rows: Rows, counts: Counts, scores: Floats
) -> tuple[Rows, Counts, Floats]:
    """Add up each story; the most read of its articles stands for it."""
    best = rows[np.lexsort((rows, -scores[rows]))]
    _, first, story = np.unique(snapshot.leaders[best], return_index=True, return_inverse=True)
    pooled_counts = np.zeros(first.size, dtype=np.int64)
    np.add.at(pooled_counts, story, counts[best])
    pooled_scores = np.round(np.bincount(story, weights=scores[best]), 6).astype(np.float64)
    return best[first], pooled_counts, pooled_scores


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
