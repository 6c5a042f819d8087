"""What rises: read now more than its past and its section's would have it."""

import numpy as np

from recsys.lists import latest, most_read
from recsys.lists.base import (
    Counts,
    Filling,
    Floats,
    Query,
    Ranking,
    Rows,
    eligible,
    first_of_each_story,
    in_force,
)
from recsys.snapshot import Snapshot
from recsys.topk import best_first


def rank(snapshot: Snapshot, query: Query, now: int) -> Ranking:
    """Return the steepest rise first (`recsys.signals.trend.Trend`), then what is most read.

    The views shown are those of the recent span that the rise is measured over. What editors boost
    or bury is ordered by so many times its rise; whether it rises at all they do not decide.
    """
    trend = snapshot.trend(now)
    rows = np.flatnonzero(trend.scores_ > 1).astype(np.int32)
    rows = rows[eligible(snapshot, query, rows, now)]
    rows = best_first(rows, _rises(snapshot, query, rows, now))
    rows = rows[first_of_each_story(snapshot, rows)][: query.limit]
    scores = _rises(snapshot, query, rows, now)
    first = Ranking(rows, scores, ("trending",) * rows.size, trend.recent_[rows])
    if rows.size >= query.limit:
        return first
    filling = Filling(first)
    filling.add(snapshot, query, now, most_read.rank_read, window="now", unit="views")
    filling.add(snapshot, query, now, latest.rank)
    reason = "thin_window" if trend.recent_.any() else "no_views"
    return filling.ranking(degraded=True, reason=reason)


def own(snapshot: Snapshot, query: Query, rows: Rows, now: int) -> tuple[Floats, Counts]:
    """Return what ``rows`` score by themselves, 0 where nothing rises, and their recent views."""
    rising = snapshot.trend(now).scores_[rows] > 1
    scores = np.where(rising, _rises(snapshot, query, rows, now), 0.0)
    return scores, snapshot.trend(now).recent_[rows]


def _rises(snapshot: Snapshot, query: Query, rows: Rows, now: int) -> Floats:
    scores, force = snapshot.trend(now).scores_[rows], in_force(snapshot, query, now)
    return scores if force is None else np.round(scores * force.factors(rows), 6)
