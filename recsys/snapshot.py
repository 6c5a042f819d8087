"""All that the lists need to know at one moment; never changes, so any thread may read it."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.data.corpus import Corpus
from recsys.data.views import KeyedCounts, ViewCounts
from recsys.overrides import Overrides
from recsys.ranking.blend import Blend
from recsys.ranking.stories import Stories
from recsys.records import ModelName
from recsys.settings import Settings
from recsys.signals.co_reading import CoReading
from recsys.signals.freshness import Freshness
from recsys.signals.popularity import Popularity
from recsys.signals.reading import Reading, Span, Standing
from recsys.signals.similarity import Similarity
from recsys.signals.space import Space
from recsys.signals.trend import Trend
from recsys.times import MINUTE

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

_OF_ARTICLES = ("latest_order", "section_groups", "newest_article", "_retold")  # and of no views
_ALL = (*_OF_ARTICLES, "_memo", "_standing")


@dataclass(frozen=True)
class Parts:
    """The parameters of the lists, as a recipe gives them; nothing here is learned."""

    similarity: Similarity = field(default_factory=Similarity)
    freshness: Freshness = field(default_factory=Freshness)
    popularity: Popularity = field(default_factory=Popularity)
    most_read: Popularity = field(default_factory=Popularity)
    trending: Trend = field(default_factory=Trend)
    co_reading: CoReading = field(default_factory=CoReading)
    blend: Blend = field(default_factory=Blend)
    stories: Stories = field(default_factory=Stories)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Articles, views and what was learned of them.

    Attributes
    ----------
    corpus
        The articles.
    views
        Views and readers, by row of the corpus.
    leaders
        int32, shape (n,): first article of each article's story.
    parts
        Parameters of the lists.
    space
        Vectors and neighbours; None where nothing was trained.
    model
        Name of what was trained; None where nothing was.
    settings
        What the sites are called.
    overrides
        What the editors decided.
    co_reading
        What is read with what, as of the training; None where the recipe does not want it.
    stale
        Whether the store cannot be read, so that what is newer than this is not known.
    half_life_factors
        By site: what training found a fitted half-life is to be multiplied by; 1 where it found
        nothing.
    freshness_days
        By site: the half-life of freshness that training found, in days.
    """

    corpus: Corpus
    views: ViewCounts
    leaders: Rows
    parts: Parts = field(default_factory=Parts)
    space: Space | None = None
    model: ModelName | None = None
    settings: Settings = field(default_factory=Settings)
    overrides: Overrides = field(default_factory=Overrides)
    stale: bool = False
    half_life_factors: Mapping[str, float] = field(default_factory=dict)
    freshness_days: Mapping[str, float] = field(default_factory=dict)
    co_reading: CoReading | None = None

    @classmethod
    def untrained(
        cls, corpus: Corpus, views: ViewCounts, settings: Settings | None = None
    ) -> "Snapshot":
        """Return a snapshot that can tell what is latest and most read, and no more."""
        return cls(corpus, views, corpus.same_page(), settings=settings or Settings())

    def with_views(self, views: ViewCounts) -> "Snapshot":
        """Return the snapshot with other counts; what was worked out of the articles is kept."""
        return self._carrying(_OF_ARTICLES, views=views)

    def counted(self, counts: KeyedCounts) -> "Snapshot":
        """Return the snapshot with what a store says was counted since; it costs what is new."""
        views, growth = self.views.grown(counts, self.corpus)
        changed = self.with_views(views)
        if growth is not None and "_standing" in self.__dict__:
            changed.__dict__["_standing"] = self._standing.after(growth, views, self.leaders)
        return changed

    def with_rows(self, added: Rows, **changes: Any) -> "Snapshot":
        """Return the snapshot with changes of articles, those in rows ``added`` being new."""
        changed = replace(self, **changes)
        if "_standing" in self.__dict__:
            standing = self._standing.with_rows(added, changed.views, changed.leaders)
            changed.__dict__["_standing"] = standing
        return changed

    def with_overrides(self, overrides: Overrides) -> "Snapshot":
        """Return the snapshot with other decisions; all that was worked out is kept."""
        return self._carrying(_ALL, overrides=overrides)

    def with_co_reading(self, co_reading: CoReading) -> "Snapshot":
        """Return the snapshot knowing more of sessions; all that was worked out is kept."""
        return self._carrying(_ALL, co_reading=co_reading)

    def with_stale(self, stale: bool) -> "Snapshot":
        """Return the snapshot, said to be out of date or not; all that was worked out is kept."""
        return self._carrying(_ALL, stale=stale)

    def _carrying(self, kept: Sequence[str], **changes: Any) -> "Snapshot":
        """Return the snapshot with changes; of what it had worked out, ``kept`` still holds."""
        changed = replace(self, **changes)
        for name in kept:
            if name in self.__dict__:
                changed.__dict__[name] = self.__dict__[name]
        return changed

    @cached_property
    def latest_order(self) -> Rows:
        """int32, shape (m,): every row that may be shown, newest first, undated ones last."""
        rows = np.flatnonzero(self.corpus.shown).astype(np.int32)
        newest_first = -self.corpus.published[rows].astype(np.float64)
        return np.asarray(rows[np.lexsort((rows, newest_first))])

    @cached_property
    def section_groups(self) -> Rows:
        """int32, shape (n,): a number for each pair of site and main section."""
        pairs = self.corpus.site.astype(np.int64) * (len(self.corpus.sections) + 1)
        _, groups = np.unique(pairs + self.corpus.main_section + 1, return_inverse=True)
        return np.asarray(groups, dtype=np.int32)

    @cached_property
    def newest_article(self) -> int | None:
        """Newest known time of publication, in seconds; None if no article has one."""
        dated = self.corpus.published[self.latest_order[:1]]
        return int(dated[0]) if dated.size and dated[0] > 0 else None

    @property
    def data_until(self) -> int | None:
        """The newest view or article known, in seconds since 1970."""
        viewed = self.views.newest_minute
        known = [self.newest_article, viewed * MINUTE if viewed is not None else None]
        return max((moment for moment in known if moment is not None), default=None)

    def popularity(self, now: int) -> Reading:
        """Return the popularity that counts in the blend, at ``now`` in seconds."""
        return self._popularity(self.parts.popularity, now // MINUTE)

    def most_read(self, now: int) -> Reading:
        """Return the popularity that orders what is read now, at ``now`` in seconds."""
        return self._popularity(self.parts.most_read, now // MINUTE)

    def reading(self, span: Span) -> Reading:
        """Return what is read in a span of time."""
        sites, _ = self._sites
        ceilings = self._standing.ceilings(span, self.views, self.leaders)
        telling = partial(_telling, self.leaders, self._retold)  # not our method: no cycle
        return Reading(span, self.views, sites, ceilings, telling)

    def telling(self, stories: Rows) -> Rows:
        """Return int32, ascending: every row that tells one of ``stories`` (leaders, each once)."""
        return _telling(self.leaders, self._retold, stories)

    @cached_property
    def _retold(self) -> tuple[Rows, Rows]:
        """Leader, ascending, and row of every article that does not lead its story."""
        rows = np.flatnonzero(self.leaders != np.arange(self.leaders.size)).astype(np.int32)
        order = np.argsort(self.leaders[rows], kind="stable")
        return self.leaders[rows][order], rows[order]

    def freshness(self, site: str) -> Freshness:
        """Return what age takes from the articles of a site: the recipe's, else as calibrated."""
        given = self.parts.freshness
        if given.half_life_days is not None:
            return given
        return replace(given, half_life_days=self.freshness_days.get(site))

    def trend(self, now: int) -> Trend:
        """Return what rises, at ``now`` in seconds."""
        minute = now // MINUTE
        made = self._memo.get("trending")
        if made is None or made[0] != minute:
            given = self.parts.trending
            trend = Trend(**given.__dict__).fit(self.views, self.section_groups, minute)
            made = self._memo["trending"] = (minute, trend)
        learned: Trend = made[1]
        return learned

    def _popularity(self, given: Popularity, minute: int) -> Reading:
        """Return what is worked out once for all that have the same parameters."""
        parameters = given.window_minutes, given.half_life_minutes
        made = self._memo.get(parameters)
        if made is None or made[0] != minute:
            given.check()
            half_lives = given.half_lives(self.views, minute, *self._sites)
            first = minute - given.window_minutes + 1
            span = Span(parameters, "views", first, minute, half_lives=half_lives)
            made = self._memo[parameters] = (minute, self.reading(span))
        reading: Reading = made[1]
        return reading

    @property
    def _sites(self) -> tuple[npt.NDArray[np.int16] | None, Sequence[float]]:
        """Each article's site, and each site's factor."""
        names = self.corpus.sites
        factors = [self.half_life_factors.get(name, 1.0) for name in names]
        return (self.corpus.site, factors) if len(names) > 1 else (None, factors or [1.0])

    @cached_property
    def _memo(self) -> dict[Hashable, Any]:
        """What was computed for the running minute; a race computes it twice, to the same end."""
        return {}

    @cached_property
    def _standing(self) -> Standing:
        """What no story exceeds, by span; taken over by the snapshots after this one."""
        return Standing()


def _telling(leaders: Rows, retold: tuple[Rows, Rows], stories: Rows) -> Rows:
    led, rows = retold
    begin, end = (np.searchsorted(led, stories, side) for side in ("left", "right"))
    sizes = end - begin
    spots = np.arange(sizes.sum()) + np.repeat(end - np.cumsum(sizes), sizes)
    own = stories[leaders[stories] == stories]
    return np.sort(np.concatenate([own, rows[spots]]).astype(np.int32))
