"""What is related to an article: near in words, fresh, and read."""

from dataclasses import replace

import numpy as np

from recsys.lists import latest, most_read
from recsys.lists.base import (
    Filling,
    Floats,
    Places,
    Query,
    Ranking,
    Rows,
    eligible,
    first_of_each_story,
    same_stories,
)
from recsys.ranking.blend import Factors
from recsys.ranking.diversity import maximal_marginal_relevance
from recsys.signals.space import Space
from recsys.snapshot import Snapshot
from recsys.text.vectoriser import Vector
from recsys.topk import best_places


def rank(snapshot: Snapshot, query: Query, now: int) -> Ranking:
    """Return the most related first.

    ``score = similarity * freshness ** f * popularity ** p * boost``. The article itself and other
    reports of its story are left out. When too few are similar enough, what is read now in the
    same section fills the list, then what is read on the whole site, then the latest.
    """
    if snapshot.space is None:
        return _filled(snapshot, query, now, _nothing(), "no_model")
    ranking = _similar(snapshot, snapshot.space, query, now)
    if ranking.rows.size >= query.limit:
        return ranking
    return _filled(snapshot, query, now, ranking, "few_similar")


def factors(snapshot: Snapshot, rows: Rows, cosines: Floats, now: int) -> Factors:
    """Return the factors whose product is the score of each of ``rows``."""
    parts = snapshot.parts
    return parts.blend.factors(
        cosines,
        parts.freshness.factors(snapshot.corpus.published[rows], now),
        snapshot.popularity(now).factors(rows),
    )


def _similar(snapshot: Snapshot, space: Space, query: Query, now: int) -> Ranking:
    rows, cosines = candidates(snapshot, space, query, now)
    scores = factors(snapshot, rows, cosines, now).scores
    order = best_places(rows, scores)
    told = snapshot.leaders[[query.row]].tolist() if query.row >= 0 else []
    order = order[first_of_each_story(snapshot, rows[order], told)]
    order = order[: max(snapshot.parts.blend.depth, query.limit)]
    chosen = order[_diverse(snapshot, space, rows[order], scores[order], query.limit)]
    return Ranking(
        rows[chosen],
        scores[chosen],
        ("related",) * chosen.size,
        factors=factors(snapshot, rows[chosen], cosines[chosen], now),
    )


def candidates(snapshot: Snapshot, space: Space, query: Query, now: int) -> tuple[Rows, Floats]:
    """Return the rows that are similar enough and fit for the list, and their cosines.

    The neighbours that training kept are enough as long as the filters leave plenty of them;
    otherwise every article is looked at.
    """
    if query.row >= 0:
        rows, cosines = space.neighbours(query.row)
        found = _fit(snapshot, query, now, rows, cosines)
        if found[0].size >= query.limit + 10 or not _may_be_cut(space, rows, query, snapshot):
            return found
    vector = anchor_vector(space, query)
    return _fit(snapshot, query, now, *space.all_similar(vector))


def anchor_vector(space: Space, query: Query) -> Vector:
    """Return the vector of the article being read."""
    if query.row >= 0:
        return space.vector(query.row)
    return query.vector or (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))


def _may_be_cut(space: Space, rows: Rows, query: Query, snapshot: Snapshot) -> bool:
    """Whether there may be similar articles beyond the kept neighbours of the query's row."""
    own = snapshot.corpus.language_of(query.row)
    return rows.size >= space.kept or (query.language is not None and query.language != own)


def _fit(
    snapshot: Snapshot, query: Query, now: int, rows: Rows, cosines: Floats
) -> tuple[Rows, Floats]:
    similar = cosines >= max(snapshot.parts.similarity.min_similarity, 1e-6)
    rows, cosines = rows[similar], cosines[similar]
    fit = eligible(snapshot, query, rows, now)
    return rows[fit], cosines[fit]


def _diverse(snapshot: Snapshot, space: Space, rows: Rows, scores: Floats, k: int) -> Places:
    diversity = snapshot.parts.blend.diversity
    alike = space.pairwise(rows) if diversity > 0 and rows.size > k else np.zeros((0, 0))
    return maximal_marginal_relevance(scores, alike, k, diversity)


def _nothing() -> Ranking:
    return Ranking(np.zeros(0, dtype=np.int32), np.zeros(0), ())


def _filled(snapshot: Snapshot, query: Query, now: int, ranking: Ranking, reason: str) -> Ranking:
    filling = Filling(ranking)
    section = None
    if query.row >= 0:
        own = same_stories(snapshot, np.array([query.row], dtype=np.int32))
        query = replace(query, exclude=query.exclude | own)
        section = snapshot.corpus.section_of(query.row)
    if query.section is None and section is not None:
        filling.add(snapshot, query, now, most_read.rank_read, section=section, window="now")
    filling.add(snapshot, query, now, most_read.rank_read, window="now")
    filling.add(snapshot, query, now, latest.rank)
    return filling.ranking(degraded=True, reason=reason)
