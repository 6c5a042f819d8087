"""What is asked of a list, what every list obeys, and what a list answers with."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.overrides import InForce
from recsys.ranking.blend import Factors
from recsys.records import DEFAULT_SITE
from recsys.snapshot import Snapshot
from recsys.text.vectoriser import Vector
from recsys.times import UNKNOWN

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Query:
    """What is asked of a list.

    Parameters
    ----------
    site
        Lists never cross sites.
    row
        Row of the article being read, which is never listed; -1 for none.
    vector
        Its TF-IDF vector, where the article is not stored or is asked with another text; every
        article is then compared with it.
    limit
        How many articles at most, from 1 to 100.
    section
        Only articles filed under it.
    language
        Only articles in it; None means that of the article being read, or any.
    exclude
        Rows that are not to be listed.
    told
        Stories, by their leader, of which nothing is to be listed.
    max_age
        Only articles published at most so many seconds ago.
    sponsored
        Whether sponsored articles may be listed.
    explain
        Whether to say why.
    window
        Span of most-read: ``now``, ``1h`` … ``30d``, ``today``, ``yesterday``.
    unit
        ``views`` or ``readers``.
    links
        Ids and addresses that the editors linked to, of an article that is not stored.
    list
        Whose overrides hold, as `recsys.lists.LISTS` names it; what is asked for may come from
        another ranker. ``recommend`` sets it; "" has only those for every list.
    last
        Whether what editors bury at 0 may be listed.
    """

    site: str = DEFAULT_SITE
    row: int = -1
    vector: Vector | None = None
    limit: int = 5
    section: str | None = None
    language: str | None = None
    exclude: frozenset[int] = frozenset()
    told: frozenset[int] = frozenset()
    max_age: int | None = None
    sponsored: bool = False
    explain: bool = False
    window: str = "now"
    unit: str = "views"
    links: tuple[str, ...] = ()
    list: str = ""
    last: bool = True


@dataclass(frozen=True, eq=False)
class Ranking:
    """Rows in order, and where they come from.

    Attributes
    ----------
    rows, scores
        int32 and float64, shape (m,), best first.
    sources
        For each row the list it comes from; rows that only fill up name another one.
    views
        int64, shape (m,), where the list counts.
    factors
        What the scores are products of, shape (l,): of the first ``l`` rows whose source is
        ``related``, in their order.
    degraded, reason, window_used
        As in the answer.
    """

    rows: Rows
    scores: Floats
    sources: tuple[str, ...]
    views: Counts | None = None
    factors: Factors | None = None
    degraded: bool = False
    reason: str | None = None
    window_used: str | None = None


Ranker = Callable[[Snapshot, Query, int], Ranking]


def language_code(snapshot: Snapshot, query: Query) -> int | None:
    """Return the code of the language the list is in; -1 for one no article has, None for any."""
    corpus = snapshot.corpus
    language = query.language
    if language is None and query.row >= 0:
        language = corpus.language_of(query.row)
    if language is None:
        return None
    return corpus.languages.index(language) if language in corpus.languages else -1


def in_force(snapshot: Snapshot, query: Query, now: int) -> InForce | None:
    """Return what editors decided about the list that is asked for; None if nothing."""
    return snapshot.overrides.in_force(query.site, query.list, now)


def eligible(snapshot: Snapshot, query: Query, rows: Rows, now: int) -> Mask:
    """Return which of ``rows`` may stand in the list; bool, shape of ``rows``."""
    corpus = snapshot.corpus
    if query.site not in corpus.sites:
        return np.zeros(rows.size, dtype=np.bool_)
    published = corpus.published[rows]
    mask: Mask = corpus.shown[rows] & (corpus.site[rows] == corpus.sites.index(query.site))
    mask &= (published <= now) & (rows != query.row)
    if not query.sponsored:
        mask &= ~corpus.sponsored[rows]
    if query.exclude:
        mask &= ~among(rows, query.exclude)
    if query.told:
        mask &= ~among(snapshot.leaders[rows], query.told)
    code = language_code(snapshot, query)
    if code is not None:
        mask &= corpus.language[rows] == code
    if query.section is not None:
        mask &= corpus.in_section(rows, query.section)
    if query.max_age is not None:
        mask &= (published != UNKNOWN) & (published >= now - query.max_age)
    force = in_force(snapshot, query, now)
    if force is not None:
        mask &= ~force.hides(rows, query.last)
    return mask


def among(rows: Rows, members: Collection[int]) -> Mask:
    """Return bool, shape of ``rows``: which are members, of which there is one at least."""
    ascending = np.sort(np.fromiter(members, dtype=np.int32, count=len(members)))
    places = np.minimum(np.searchsorted(ascending, rows), ascending.size - 1)
    return np.asarray(ascending[places] == rows)


def first_of_each_story(snapshot: Snapshot, rows: Rows, told: Collection[int] = ()) -> Places:
    """Return the places in ``rows`` where a story stands first and is not in ``told`` (leaders)."""
    leaders = snapshot.leaders[rows]
    _, first = np.unique(leaders, return_index=True)
    first = np.sort(first)
    return first[~among(leaders[first], told)] if told else first


def same_stories(snapshot: Snapshot, rows: Rows) -> frozenset[int]:
    """Return every row that tells the story of one of ``rows``."""
    told = np.isin(snapshot.leaders, snapshot.leaders[rows])
    return frozenset(np.flatnonzero(told).tolist()) if rows.size else frozenset()


class Filling:
    """A list that is being filled up from other lists, each article labelled by its source.

    Parameters
    ----------
    ranking
        What the list begins with, and keeps in front.
    """

    def __init__(self, ranking: Ranking) -> None:
        self.first = ranking
        self.rows: list[int] = ranking.rows.tolist()
        self.scores: list[float] = []  # of what is added
        self.sources = list(ranking.sources)
        self.views: list[int] = [] if ranking.views is None else ranking.views.tolist()

    def add(
        self,
        snapshot: Snapshot,
        query: Query,
        now: int,
        ranker: Ranker,
        scored: bool = False,
        **changes: Any,
    ) -> None:
        """Take what is missing from another list; it scores 0 unless ``scored``."""
        if len(self.rows) >= query.limit:
            return
        told = set(snapshot.leaders[self.rows].tolist())
        exclude = query.exclude | frozenset(self.rows)
        asked = replace(query, exclude=exclude, limit=query.limit + len(told), **changes)
        found = ranker(snapshot, asked, now)
        for i, row in enumerate(found.rows.tolist()):
            if len(self.rows) < query.limit and int(snapshot.leaders[row]) not in told:
                told.add(int(snapshot.leaders[row]))
                self.rows.append(row)
                self.scores.append(float(found.scores[i]) if scored else 0.0)
                self.sources.append(found.sources[i])
                self.views.append(int(found.views[i]) if found.views is not None else 0)

    def ranking(self, **labels: Any) -> Ranking:
        """Return the list as filled so far; ``labels`` replace those of the first ranking."""
        return replace(
            self.first,
            rows=np.array(self.rows, dtype=np.int32),
            scores=np.concatenate([self.first.scores, self.scores]),
            sources=tuple(self.sources),
            views=None if self.first.views is None else np.array(self.views, dtype=np.int64),
            **labels,
        )
