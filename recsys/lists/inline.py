"""Links inside the article: the editors' own choice first."""

from dataclasses import replace

import numpy as np

from recsys.lists import related
from recsys.lists.base import (
    Floats,
    Query,
    Ranking,
    Rows,
    eligible,
    first_of_each_story,
    same_stories,
)
from recsys.snapshot import Snapshot


def rank(snapshot: Snapshot, query: Query, now: int) -> Ranking:
    """Return what the editors linked to, in their order, then what is related.

    An editor's choice scores 1 and is kept in whatever language, section and age it is, as long
    as it exists on the site and is published; a sponsored one only where those are asked for, and
    one that is excluded not at all. Boosts and buries order what is related.
    """
    wanted = _wanted(snapshot, query, now)
    wanted = wanted[first_of_each_story(snapshot, wanted)][: query.limit]
    if wanted.size == query.limit:
        return Ranking(wanted, np.ones(wanted.size), ("editors",) * wanted.size)
    missing = replace(
        query,
        limit=query.limit - wanted.size,
        exclude=query.exclude | same_stories(snapshot, wanted),
    )
    rest = related.rank(snapshot, missing, now)
    return Ranking(
        np.concatenate([wanted, rest.rows]),
        np.concatenate([np.ones(wanted.size), rest.scores]),
        ("editors",) * wanted.size + rest.sources,
        factors=rest.factors,
        degraded=rest.degraded,
        reason=rest.reason,
    )


def own(snapshot: Snapshot, query: Query, rows: Rows, now: int) -> tuple[Floats, None]:
    """Return what ``rows`` score by themselves: 1 for what the editors linked to."""
    linked = np.isin(rows, _wanted(snapshot, query, now))
    return np.where(linked, 1.0, related.own(snapshot, query, rows, now)[0]), None


def _wanted(snapshot: Snapshot, query: Query, now: int) -> Rows:
    wanted = np.array(_linked(snapshot, query), dtype=np.int32)
    asked = replace(query, section=None, language=None, max_age=None, last=True)
    return wanted[eligible(snapshot, _any_language(snapshot, asked), wanted, now)]


def _linked(snapshot: Snapshot, query: Query) -> list[int]:
    corpus = snapshot.corpus
    links = query.links
    if query.row >= 0:
        links = tuple(corpus.texts["inline_links"][query.row].split("\n"))
    rows = []
    for link in dict.fromkeys(link for link in links if link):
        row = corpus.row_of(query.site, link)
        rows.append(row if row >= 0 else corpus.row_at(query.site, link))
    return [row for row in dict.fromkeys(rows) if row >= 0]


def _any_language(snapshot: Snapshot, query: Query) -> Query:
    """Return the query without an article whose language would bind it; the row stays excluded."""
    return replace(query, row=-1, exclude=query.exclude | {query.row})
