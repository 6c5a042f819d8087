"""What rises: read now more than its past and its section's would have it."""

import numpy as np

from recsys.lists import latest, most_read
from recsys.lists.base import Filling, Query, Ranking, eligible, first_of_each_story
from recsys.snapshot import Snapshot
from recsys.topk import best_first


def rank(snapshot: Snapshot, query: Query, now: int) -> Ranking:
    """Return the steepest rise first (`recsys.signals.trend.Trend`), then what is most read.

    The views shown are those of the recent span that the rise is measured over.
    """
    trend = snapshot.trend(now)
    rows = np.flatnonzero(trend.scores_ > 1).astype(np.int32)
    rows = rows[eligible(snapshot, query, rows, now)]
    rows = best_first(rows, trend.scores_[rows])
    rows = rows[first_of_each_story(snapshot, rows)][: query.limit]
    scores = trend.scores_[rows]
    first = Ranking(rows, scores, ("trending",) * rows.size, trend.recent_[rows])
    if rows.size >= query.limit:
        return first
    filling = Filling(first)
    filling.add(snapshot, query, now, most_read.rank_read, window="now", unit="views")
    filling.add(snapshot, query, now, latest.rank)
    reason = "thin_window" if trend.recent_.any() else "no_views"
    return filling.ranking(degraded=True, reason=reason)
