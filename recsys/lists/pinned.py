"""A list as its ranker would have it, with what the editors decided: articles put in their places.

Excluded articles no ranker takes (`recsys.lists.base.eligible`), and each multiplies its scores by
what an article is boosted or buried by. What is left is done here: pins, and what is worth nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from heapq import heappop, heappush

import numpy as np

from recsys.lists import inline, latest, most_read, related, trending
from recsys.lists.base import (
    Counts,
    Filling,
    Floats,
    Query,
    Ranker,
    Ranking,
    Rows,
    eligible,
    in_force,
)
from recsys.overrides import InForce
from recsys.snapshot import Snapshot

PINNED = "pinned"

_OWN: Mapping[str, Callable[[Snapshot, Query, Rows, int], tuple[Floats, Counts | None]]] = {
    "related": related.own,
    "most_read": most_read.own,
    "trending": trending.own,
    "latest": latest.own,
    "section": latest.own,
    "inline": inline.own,
}
_OF_AN_ARTICLE = ("related", "inline")  # lists without other reports of what is being read


def obeyed(snapshot: Snapshot, ranker: Ranker, query: Query, now: int) -> Ranking:
    """Return what ``ranker`` ranks for the list ``query.list``, with what editors decided.

    A pinned article takes its slot and the other reports of its story leave; where fewer articles
    are found it stands last. Of two pins of one slot the one decided later gets it and the other
    contends for the next; of two reports of one story only the first gets a place. Its score is
    what it has in that list by itself, else 0. An article that is buried at 0 stands behind all
    others, those that only fill the list up included.
    """
    force = in_force(snapshot, query, now)
    if force is None:
        return ranker(snapshot, query, now)
    places = _places(snapshot, force, query, now) if force.pinned.size else {}
    if not places:
        return _worth_nothing_last(snapshot, force, ranker, query, now)
    rows = np.array(list(places.values()), dtype=np.int32)
    asked = replace(
        query,
        limit=max(1, query.limit - rows.size),
        told=query.told | frozenset(snapshot.leaders[rows].tolist()),
    )
    others = _worth_nothing_last(snapshot, force, ranker, asked, now)
    asked = replace(query, window=others.window_used or query.window)
    own = _OWN[query.list](snapshot, asked, rows, now) if query.list in _OWN else None
    scores, views = own or (np.zeros(rows.size), None)
    return _merged(others, list(places), Ranking(rows, scores, (PINNED,) * rows.size, views), query)


def _worth_nothing_last(
    snapshot: Snapshot, force: InForce, ranker: Ranker, query: Query, now: int
) -> Ranking:
    """Rank; what is buried at 0 comes in where the list would otherwise be short."""
    if not force.last.size:
        return ranker(snapshot, query, now)
    ranking = ranker(snapshot, replace(query, last=False), now)
    if ranking.rows.size >= query.limit:
        return ranking
    filling = Filling(ranking)
    filling.add(snapshot, query, now, ranker, scored=True)
    return filling.ranking()


def _places(snapshot: Snapshot, force: InForce, query: Query, now: int) -> dict[int, int]:
    """Return place -> row for the pins that hold in the list, by place."""
    fit = _fit(snapshot, force, query, now)
    rows, slots, leaders = force.pinned[fit], force.slots[fit], snapshot.leaders[force.pinned[fit]]
    by_slot = np.argsort(-slots, kind="stable").tolist()  # the lowest is taken from the end
    places: dict[int, int] = {}
    waiting: list[int] = []  # those that contend for the place: the lower the later decided
    told: set[int] = set()
    for place in range(1, query.limit + 1):
        while by_slot and slots[by_slot[-1]] <= place:
            heappush(waiting, by_slot.pop())
        while waiting and place not in places:
            i = heappop(waiting)
            if int(leaders[i]) not in told:
                told.add(int(leaders[i]))
                places[place] = int(rows[i])
    return places


def _fit(snapshot: Snapshot, force: InForce, query: Query, now: int) -> Rows:
    """Return the places in ``force.pinned`` of what may stand in the list."""
    if query.list == "most_read":
        query = replace(query, sponsored=False)
    fit = eligible(snapshot, query, force.pinned, now) & (force.slots <= query.limit)
    if query.row >= 0 and query.list in _OF_AN_ARTICLE:
        fit &= snapshot.leaders[force.pinned] != snapshot.leaders[query.row]
    return np.flatnonzero(fit).astype(np.int32)


def _merged(others: Ranking, places: list[int], pins: Ranking, query: Query) -> Ranking:
    """Put pins among the others, each at its place or, where the list ends before, last."""
    n = min(others.rows.size, query.limit - pins.rows.size)
    order = list(range(n))
    for i, place in enumerate(places):
        order.insert(place - 1, n + i)
    sources = (*others.sources[:n], *pins.sources)
    views = None
    if others.views is not None:
        seen = np.zeros(pins.rows.size, dtype=np.int64) if pins.views is None else pins.views
        views = np.concatenate([others.views[:n], seen])[order]
    return replace(
        others,
        rows=np.concatenate([others.rows[:n], pins.rows])[order],
        scores=np.concatenate([others.scores[:n], pins.scores])[order],
        sources=tuple(sources[i] for i in order),
        views=views,
    )
