"""What is read in a span of time, worked out for the articles that are asked about."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.data.views import Grown, Growth, ViewCounts
from recsys.signals.ceilings import Ceilings
from recsys.signals.popularity import blended

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
Sites = npt.NDArray[np.integer[Any]]

_ROOM = 1.25  # of a half-life that ceilings hold for, over the one that was asked for
_TOO_HIGH = 2.5  # so many times too long a half-life makes ceilings of little use
_AGED = 8  # a share of the span, by which ceilings may reach back too far
_HELD = 6  # at most: each takes 8 bytes an article
_AT_ONCE = 64


@dataclass(frozen=True)
class Span:
    """What is counted, and of which stretch of time; decayed by its end where half-lives are given.

    Parameters
    ----------
    name
        Spans of one name move on with the clock.
    unit
        ``views``, in minutes, or ``readers``, in days.
    first, last
        Both are of the span.
    running
        Whether it ends with the running minute or day, as most do.
    half_lives
        One for each site, in minutes; empty where every view counts one.
    """

    name: object
    unit: str
    first: int
    last: int
    running: bool = True
    half_lives: tuple[float, ...] = ()

    @property
    def half_life(self) -> float:
        """The longest."""
        return max(self.half_lives, default=np.inf)


@dataclass(frozen=True, eq=False)
class _Held:
    """Ceilings of what was counted from ``first`` to ``until``, or to the end of time."""

    ceilings: Ceilings
    span: Span
    began_with: float

    def suits(self, span: Span) -> bool:
        made = self.span
        grown = self.ceilings.total > 3 * self.began_with + 10_000
        aged = (span.first - made.first) * _AGED > span.last - span.first
        far = span.last - self.ceilings.landmark > 256 * self.ceilings.half_life
        return not (aged or far or (grown and not span.half_lives)) and (
            (made.unit, made.running) == (span.unit, span.running)
            and made.first <= span.first
            and (span.running or made.last == span.last)
            and span.half_life <= self.ceilings.half_life <= _TOO_HIGH * span.half_life
        )

    def take(self, grown: Grown, stories: Rows) -> None:
        """Add growth; stories are -1 where there is none."""
        _, bucket, count = grown
        fit = (stories >= 0) & (bucket >= self.span.first)
        if not self.span.running:
            fit &= bucket <= self.span.last
        self.ceilings.add(stories[fit], bucket[fit], count[fit])


class Standing:
    """The ceilings of one snapshot; a later one takes them over with what has been counted since.

    Those that an earlier snapshot makes once it was succeeded stay its own: they would lack what
    its successor counts.
    """

    def __init__(self) -> None:
        self._held: dict[object, _Held] = {}

    def ceilings(self, span: Span, views: ViewCounts, leaders: Rows) -> Ceilings:
        """Return ceilings for a span, made anew where those that are held do not suit."""
        held = self._held.get(span.name)
        if held is None or not held.suits(span):
            held = self._held[span.name] = _made(span, views, leaders)
            for name in list(self._held)[:-_HELD]:
                self._held.pop(name, None)
        return held.ceilings

    def after(self, growth: Growth, views: ViewCounts, leaders: Rows) -> "Standing":
        """Return what holds once counts have grown."""
        later = Standing()
        later._held = dict(self._held)
        for held in later._held.values():
            grown = growth.readers if held.span.unit == "readers" else growth.views
            stories = views.slots.rows(grown[0])
            stories[stories >= 0] = leaders[stories[stories >= 0]]
            held.take(grown, stories)
        return later

    def with_rows(self, rows: Rows, views: ViewCounts, leaders: Rows) -> "Standing":
        """Return what holds once articles stand in new rows, with all they were counted."""
        later = Standing()
        later._held = dict(self._held)
        for held in later._held.values():
            far = np.iinfo(np.int32).max
            counted = views.of_rows(held.span.unit, rows, held.span.first, far)
            held.take((rows, *counted[1:]), leaders[rows[counted[0]]])
        return later


def _made(span: Span, views: ViewCounts, leaders: Rows) -> _Held:
    last = np.iinfo(np.int32).max if span.running else span.last
    row, bucket, count = views.counted(span.unit, span.first, last)
    ceilings = Ceilings(leaders.size, span.last, span.half_life * _ROOM)
    ceilings.add(leaders[row], bucket, count)
    return _Held(ceilings, span, ceilings.total)


@dataclass(frozen=True, eq=False)
class Reading:
    """What articles are counted in a span; never changes.

    Parameters
    ----------
    span
        Which.
    views
        Counts of the corpus.
    sites
        Each article's site; None where all are of one.
    ceilings
        Of the stories, for this span.
    telling
        Returns the rows that tell one of some stories.
    """

    span: Span
    views: ViewCounts
    sites: Sites | None
    ceilings: Ceilings
    telling: Callable[[Rows], Rows]

    def counts(self, rows: Rows) -> Counts:
        """Return int64, shape of ``rows``: what each was counted, not decayed."""
        return self.views.totals(self.span.unit, rows, self.span.first, self.span.last)

    def scores(self, rows: Rows) -> Floats:
        """Return float64, shape of ``rows``: decayed, to the precision of float32, or counted.

        As `recsys.signals.popularity.Popularity` says of all articles.
        """
        span = self.span
        if not span.half_lives:
            return self.counts(rows).astype(np.float64)
        place, minute, count = self.views.of_rows(span.unit, rows, span.first, span.last)
        lives: Floats | float = span.half_lives[0]
        if self.sites is not None and len(set(span.half_lives)) > 1:
            lives = np.array(span.half_lives)[self.sites[rows[place]]]
        worth = count * 2.0 ** (-(span.last - minute.astype(np.float64)) / lives)
        scores = np.bincount(place, worth, minlength=rows.size)
        return scores.astype(np.float32).astype(np.float64)

    def leading(self, k: int) -> Iterator[tuple[Rows, float]]:
        """Yield ever more stories, the highest first, and what no article of the others exceeds.

        See `recsys.signals.ceilings.Ceilings.leading`.
        """
        return self.ceilings.leading(k, self.span.last)

    @cached_property
    def highest(self) -> float:
        """The highest score of an article."""
        highest = 0.0
        for stories, bound in self.leading(_AT_ONCE):
            highest = float(self.scores(self.telling(stories)).max(initial=0.0))
            if highest >= bound:
                break
        return highest

    def factors(self, rows: Rows) -> Floats:
        """Return float64, shape of ``rows``: `recsys.signals.popularity.Popularity.factors`."""
        return blended(self.scores(rows), self.highest)
