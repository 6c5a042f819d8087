"""Why an article is, or is not, in a list."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from recsys.lists import related
from recsys.lists.base import Query, Ranking, eligible, in_force
from recsys.lists.pinned import PINNED, obeyed
from recsys.ranking.blend import Factors
from recsys.records import Explanation, Lender, TermShare
from recsys.signals.similarity import term_products
from recsys.signals.space import Space
from recsys.snapshot import Snapshot
from recsys.text.vectoriser import Vector

_TERMS = 5  # words that are named; the others are one sum
_DEPTH = 100  # places down to which a pair's rank is looked for


def explanations(snapshot: Snapshot, query: Query, ranking: Ranking) -> list[Explanation | None]:
    """Return why each article of a related list has its score; None for what only fills up."""
    found: list[Explanation | None] = [None] * ranking.rows.size
    factors, space = ranking.factors, snapshot.space
    if factors is None or space is None:
        return found
    anchor = related.anchor_vector(space, query)
    places = [i for i, source in enumerate(ranking.sources) if source == "related"]
    for i, place in zip(range(factors.similarity.size), places, strict=False):
        row = int(ranking.rows[place])
        found[place] = Explanation(
            similarity=round(float(factors.similarity[i]), 9),
            freshness=round(float(factors.freshness[i]), 9),
            popularity=round(float(factors.popularity[i]), 9),
            boost=round(float(factors.boost[i]), 9),
            cosine=round(float(factors.text[i]), 9),
            terms=term_shares(space, anchor, row, float(factors.text[i])),
            co_reading=(
                None if factors.co_reading is None else round(float(factors.co_reading[i]), 9)
            ),
            lent=_lender(snapshot, factors, i),
        )
    return found


def _lender(snapshot: Snapshot, factors: Factors, i: int) -> Lender | None:
    """Return the article that item ``i`` was drawn towards; None where its cosine stands."""
    if factors.lenders is None or factors.lent is None or factors.lenders[i] < 0:
        return None
    weight = snapshot.parts.similarity.lent
    name = snapshot.corpus.id_of(int(factors.lenders[i]))
    return Lender(name, round(float(factors.lent[i]), 9), weight)


def term_shares(space: Space, anchor: Vector, row: int, cosine: float) -> tuple[TermShare, ...]:
    """Return the words that make two articles alike, as they are written, and their shares.

    Returns
    -------
    shares
        The five words that add most, most first, then all others as ``None``; they sum to
        ``cosine`` within 1e-9.
    """
    terms, products = term_products(anchor, space.vector(row))
    best = np.lexsort((terms, -products))[:_TERMS]
    named = [
        TermShare(space.vectoriser.surfaces_[int(terms[i])], round(float(products[i]), 9))
        for i in best
    ]
    rest = round(cosine - sum(t.share for t in named), 9)
    if terms.size > len(named):
        return (*named, TermShare(None, rest))
    if named:  # what rounding left over belongs to the first
        named[0] = TermShare(named[0].term, round(named[0].share + rest, 9))
    return tuple(named)


@dataclass(frozen=True)
class Verdict:
    """Whether an article is in the related list of another, and why.

    ``rank`` is its place in that list, None if it is not among the first hundred; ``reasons``
    says in words what keeps it out or down.
    """

    article_id: str
    related_article_id: str
    rank: int | None
    score: float
    reasons: tuple[str, ...]
    explain: Explanation | None

    def document(self) -> dict[str, Any]:
        """Return the JSON object that ``recsys explain --json`` prints."""
        return {
            "article_id": self.article_id,
            "related_article_id": self.related_article_id,
            "rank": self.rank,
            "score": self.score,
            "reasons": list(self.reasons),
            "explain": self.explain.document() if self.explain else None,
        }


def verdict(snapshot: Snapshot, query: Query, other: int, now: int) -> Verdict:
    """Say why row ``other`` is, or is not, related to the query's row."""
    corpus, query = snapshot.corpus, replace(query, list="related")
    ranking = obeyed(snapshot, related.rank, replace(query, limit=_DEPTH), now)
    listed = {
        row: (place, source)
        for place, (row, source) in enumerate(
            zip(ranking.rows.tolist(), ranking.sources, strict=True), 1
        )
        if source in ("related", PINNED)
    }
    rank, source = listed.get(other, (None, ""))
    pair = np.array([other], dtype=np.int32)
    explain, score = None, 0.0
    if snapshot.space is not None:
        products = term_products(snapshot.space.vector(query.row), snapshot.space.vector(other))[1]
        cosine = np.array([round(float(products.sum()), 6)])
        factors = related.factors(snapshot, query, pair, cosine, now)
        score = float(factors.scores[0])
        alone = Ranking(pair, factors.scores, ("related",), factors=factors)
        explain = explanations(snapshot, query, alone)[0]
    reasons = _reasons(snapshot, query, other, now, explain)
    if source == PINNED:
        reasons = ["an editor pinned it"]
    if rank is None and not reasons:
        reasons = [f"{len(listed)} articles have a higher score"]
    return Verdict(
        corpus.id_of(query.row), corpus.id_of(other), rank, score, tuple(reasons), explain
    )


def _reasons(
    snapshot: Snapshot, query: Query, other: int, now: int, explain: Explanation | None
) -> list[str]:
    corpus, rows = snapshot.corpus, np.array([other], dtype=np.int32)
    least = snapshot.parts.similarity.min_similarity
    cosine = explain.cosine if explain else 0.0
    apart = explain is None or (explain.co_reading or 0.0) < max(least, 1e-6)
    force = in_force(snapshot, query, now)
    told = snapshot.leaders[other] == snapshot.leaders[query.row]
    causes = [
        (other == query.row, "it is the same article"),
        (corpus.site[other] != corpus.site[query.row], "it belongs to another site"),
        (not corpus.shown[other], "it has no text, or was deleted or replaced"),
        (corpus.published[other] > now, "it is not published yet"),
        (corpus.sponsored[other] and not query.sponsored, "it is sponsored"),
        (force is not None and force.hides(rows, True)[0], "an editor excluded it"),
        (corpus.language[other] != corpus.language[query.row], "it is in another language"),
        (told and other != query.row, "it tells the same story"),
        (snapshot.space is None, "no model was trained"),
        (cosine < least and apart, f"the cosine {cosine:.3f} is under min_similarity {least:g}"),
    ]
    reasons = [text for holds, text in causes if holds]
    if not reasons and not eligible(snapshot, query, rows, now)[0]:
        reasons.append("a filter of the request leaves it out")
    return reasons
