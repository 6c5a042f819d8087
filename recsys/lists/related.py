"""What is related to an article: near in words, fresh, and read."""

from dataclasses import replace

import numpy as np

from recsys.kernels.neighbours import DECIMALS
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
    in_force,
    same_stories,
)
from recsys.overrides import InForce
from recsys.ranking.blend import Factors
from recsys.ranking.diversity import maximal_marginal_relevance
from recsys.signals.short_items import Lent, lent
from recsys.signals.space import Space
from recsys.snapshot import Snapshot
from recsys.text.vectoriser import Vector
from recsys.times import MINUTE
from recsys.topk import best_places


def rank(snapshot: Snapshot, query: Query, now: int) -> Ranking:
    """Return the most related first.

    ``score = similarity * freshness ** f * popularity ** p * boost``, where ``boost`` is what
    editors boost or bury the article by, else 1, and ``similarity`` the cosine of the texts, for
    very short items drawn towards that of their neighbours (`recsys.signals.short_items`), or,
    where the recipe says so, its mix with co-reading. The article itself and other reports of its
    story are left out. When too few are similar enough, what is read now in the same section fills
    the list, then what is read on the whole site, then the latest.
    """
    if snapshot.space is None:
        return _filled(snapshot, query, now, _nothing(), "no_model")
    ranking = _similar(snapshot, snapshot.space, query, now)
    if ranking.rows.size >= query.limit:
        return ranking
    return _filled(snapshot, query, now, ranking, "few_similar")


def factors(snapshot: Snapshot, query: Query, rows: Rows, cosines: Floats, now: int) -> Factors:
    """Return the factors whose product is the score of each of ``rows``; ages in whole minutes."""
    parts, force = snapshot.parts, in_force(snapshot, query, now)
    minute = now - now % MINUTE
    borrowed = _lent(snapshot, query, rows, cosines)
    found = parts.blend.factors(
        cosines if borrowed is None else borrowed.similarity,
        snapshot.freshness(query.site).factors(snapshot.corpus.published[rows], minute),
        snapshot.popularity(now).factors(rows),
        None if force is None else force.factors(rows),
        co_reading(snapshot, query, rows),
    )
    if borrowed is None:
        return found
    return replace(found, cosine=cosines, lenders=borrowed.lenders, lent=borrowed.cosines)


def _lent(snapshot: Snapshot, query: Query, rows: Rows, cosines: Floats) -> Lent | None:
    """Return what very short items gain by their neighbours; None if there is none that does."""
    space = snapshot.space
    if space is None:
        return None
    similarity, published = snapshot.parts.similarity, snapshot.corpus.published
    return lent(similarity, space, published, anchor_vector(space, query), rows, cosines)


def co_reading(snapshot: Snapshot, query: Query, rows: Rows) -> Floats | None:
    """Return how strongly ``rows`` are read with the query's; None where that does not count."""
    if snapshot.co_reading is None or not snapshot.parts.blend.co_reading:
        return None
    return snapshot.co_reading.scores(query.row, rows)


def own(snapshot: Snapshot, query: Query, rows: Rows, now: int) -> tuple[Floats, None]:
    """Return what ``rows`` score by themselves, 0 for what is not similar enough."""
    space = snapshot.space
    if space is None:
        return np.zeros(rows.size), None
    anchor = space.dense(anchor_vector(space, query))
    cosines = np.array([_cosine(space.vector(row), anchor) for row in rows.tolist()])
    scores = factors(snapshot, query, rows, cosines, now)
    near = (cosines >= _least(snapshot)) & (scores.similarity > 0)
    if scores.co_reading is not None:
        near |= scores.co_reading >= _least(snapshot)
    return np.where(near, scores.scores, 0.0), None


def _similar(snapshot: Snapshot, space: Space, query: Query, now: int) -> Ranking:
    found = candidates(snapshot, space, query, now)
    rows, cosines = _with_co_read(snapshot, space, query, now, found)
    if not rows.size:
        return _nothing()
    made_of = factors(snapshot, query, rows, cosines, now)
    scores = made_of.scores
    order = best_places(rows, scores)
    told = snapshot.leaders[[query.row]].tolist() if query.row >= 0 else []
    order = order[first_of_each_story(snapshot, rows[order], told)]
    order = order[: max(snapshot.parts.blend.depth, query.limit)]
    chosen = order[_diverse(snapshot, space, rows[order], scores[order], query.limit)]
    return Ranking(
        rows[chosen],
        scores[chosen],
        ("related",) * chosen.size,
        factors=made_of.at(chosen),
    )


def candidates(snapshot: Snapshot, space: Space, query: Query, now: int) -> tuple[Rows, Floats]:
    """Return the rows that are similar enough and fit for the list, and their cosines.

    The neighbours that training kept are enough as long as the filters leave plenty of them;
    otherwise every article is looked at. What editors boost is looked at in any case, and what
    they bury does not count as plenty.
    """
    if query.row >= 0 and query.vector is None:
        rows, cosines = space.neighbours(query.row)
        found = _fit(snapshot, query, now, rows, cosines)
        if not _may_be_cut(space, rows, query, snapshot):
            return found
        force = in_force(snapshot, query, now)
        buried = 0 if force is None else np.count_nonzero(force.factors(found[0]) < 1)
        if found[0].size - buried >= query.limit + 10:
            return found if force is None else _with_boosted(snapshot, query, now, force, found)
    vector = anchor_vector(space, query)
    return _fit(snapshot, query, now, *space.all_similar(vector))


def anchor_vector(space: Space, query: Query) -> Vector:
    """Return the vector of the article being read."""
    if query.vector is not None:
        return query.vector
    if query.row >= 0:
        return space.vector(query.row)
    return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)


def _may_be_cut(space: Space, rows: Rows, query: Query, snapshot: Snapshot) -> bool:
    """Whether there may be similar articles beyond the kept neighbours of the query's row."""
    own = snapshot.corpus.language_of(query.row)
    return rows.size >= space.kept or (query.language is not None and query.language != own)


def _fit(
    snapshot: Snapshot, query: Query, now: int, rows: Rows, cosines: Floats
) -> tuple[Rows, Floats]:
    similar = cosines >= _least(snapshot)
    rows, cosines = rows[similar], cosines[similar]
    fit = eligible(snapshot, query, rows, now)
    return rows[fit], cosines[fit]


def _least(snapshot: Snapshot) -> float:
    return max(snapshot.parts.similarity.min_similarity, 1e-6)


def _with_boosted(
    snapshot: Snapshot, query: Query, now: int, force: InForce, found: tuple[Rows, Floats]
) -> tuple[Rows, Floats]:
    """Add what editors boost and training did not keep as neighbours."""
    space, rows = snapshot.space, force.boosted
    if space is None or not rows.size:
        return found
    kept = force.memo.get("texts")
    if kept is None or kept[0] is not space.rows:
        kept = force.memo["texts"] = (space.rows, space.texts(rows))
    cosines = np.round(kept[1] @ space.dense(anchor_vector(space, query)), DECIMALS)
    new = ~np.isin(rows, found[0])
    more = _fit(snapshot, query, now, rows[new], cosines[new])
    return np.concatenate([found[0], more[0]]), np.concatenate([found[1], more[1]])


def _with_co_read(
    snapshot: Snapshot, space: Space, query: Query, now: int, found: tuple[Rows, Floats]
) -> tuple[Rows, Floats]:
    """Add what is read with the article, however little its text is like it.

    Where the text counts for nothing, what is only alike is left out.
    """
    weight = snapshot.parts.blend.co_reading
    if snapshot.co_reading is None or not weight:
        return found
    if weight == 1:
        read = snapshot.co_reading.scores(query.row, found[0]) >= _least(snapshot)
        found = found[0][read], found[1][read]
    rows, values = snapshot.co_reading.of(query.row)
    rows = rows[(values >= _least(snapshot)) & ~np.isin(rows, found[0])]
    rows = rows[eligible(snapshot, query, rows, now)]
    cosines = space.cosines(rows, anchor_vector(space, query))
    return np.concatenate([found[0], rows]), np.concatenate([found[1], cosines])


def _cosine(vector: Vector, dense: Floats) -> float:
    """Return the cosine of two vectors, summed in term order and rounded as all are."""
    terms, values = vector
    sums = np.cumsum(dense[terms] * values)
    return round(float(sums[-1]), DECIMALS) if sums.size else 0.0


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
