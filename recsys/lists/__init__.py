"""The lists, by name: each one file with a function ``rank(snapshot, query, now)``."""

from collections.abc import Mapping
from dataclasses import replace

from recsys.lists import inline, latest, most_read, related, trending
from recsys.lists.base import Query, Ranker, Ranking
from recsys.lists.pinned import obeyed
from recsys.lists.present import present
from recsys.records import RecommendationList
from recsys.snapshot import Snapshot

LISTS: Mapping[str, Ranker] = {
    "related": related.rank,
    "most_read": most_read.rank,
    "trending": trending.rank,
    "latest": latest.rank,
    "section": latest.rank_section,
    "inline": inline.rank,
}

DEFAULT_LIMITS = {
    "related": 5,
    "most_read": 5,
    "trending": 5,
    "latest": 4,
    "section": 4,
    "inline": 2,
}
"""As on the founding page."""


def recommend(snapshot: Snapshot, name: str, query: Query, now: int) -> RecommendationList:
    """Return one list.

    Parameters
    ----------
    name
        A key of `LISTS`.
    query
        What is asked.
    now
        In seconds since 1970.
    """
    return present(snapshot, name, query, _ranked(snapshot, name, query, now), now)


def _ranked(snapshot: Snapshot, name: str, query: Query, now: int) -> Ranking:
    if not snapshot.overrides.decisions:
        return LISTS[name](snapshot, query, now)
    return obeyed(snapshot, LISTS[name], replace(query, list=name), now)


__all__ = ["DEFAULT_LIMITS", "LISTS", "Query", "recommend"]
