"""Most read counted anew from everything at each refresh: what the incremental counts are held to.

The slow twin of `recsys.data.views` with `recsys.lists.most_read`: one table of all counts that is
copied at each change, sums over all articles, one sort of all that is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from recsys.data.corpus import Corpus
from recsys.data.views import KeyedCounts
from recsys.lists.base import Query, eligible, in_force
from recsys.lists.windows import span
from recsys.signals.popularity import TRAFFIC_MINUTES, fitted_half_life
from recsys.snapshot import Snapshot

Int64 = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Answer = tuple[list[int], list[float], list[int]]  # rows, scores, views


@dataclass(frozen=True, eq=False)
class Table:
    """int64, shape (3, n): place of the article, bucket and count, by bucket and then place."""

    columns: Int64

    def replaced(self, changed: Int64) -> "Table":
        """Return the table with new absolute values for some pairs."""
        if not changed.size:
            return self
        key, bucket, count = np.concatenate([self.columns, changed], axis=1)
        pairs = bucket << 32 | key
        _, last = np.unique(pairs[::-1], return_index=True)
        kept = pairs.size - 1 - last
        kept = kept[count[kept] > 0]
        return Table(np.stack([key[kept], bucket[kept], count[kept]]))

    def sums(
        self, rows: Int64, n: int, first: int, last: int, worth: Floats | None = None
    ) -> Floats:
        """Return float64, shape (n,): the counts of a span, each times what its age is worth."""
        key, bucket, count = self.columns
        inside = slice(*np.searchsorted(bucket, [first, last + 1]).tolist())
        weights = count[inside].astype(np.float64)
        if worth is not None:
            weights *= worth[last - bucket[inside]]
        by_key = np.bincount(key[inside], weights, minlength=rows.size)
        sums = np.zeros(n)
        sums[rows[rows >= 0]] = by_key[rows >= 0]
        return sums


@dataclass(frozen=True, eq=False)
class Recounted:
    """All counts, by article."""

    keys: tuple[tuple[str, str], ...]
    rows: Int64
    views: Table
    readers: Table

    @classmethod
    def nothing(cls) -> "Recounted":
        """Return no counts at all."""
        none = Table(np.zeros((3, 0), dtype=np.int64))
        return cls((), np.zeros(0, dtype=np.int64), none, none)

    def updated(self, counts: KeyedCounts, corpus: Corpus) -> "Recounted":
        """Return the counts with what a store says has changed, or with all that it has."""
        if counts.whole and self.keys:
            return Recounted.nothing().updated(counts, corpus)
        place = {key: i for i, key in enumerate(self.keys)}
        new = [key for key in counts.keys if key not in place]
        place |= {key: len(self.keys) + i for i, key in enumerate(new)}
        own = np.array([place[key] for key in counts.keys], dtype=np.int64)
        return Recounted(
            (*self.keys, *new),
            np.concatenate([self.rows, corpus.rows_of(new)]),
            self.views.replaced(_stacked(own, counts.view_key, counts.view_minute, counts.views)),
            self.readers.replaced(
                _stacked(own, counts.reader_key, counts.reader_day, counts.readers)
            ),
        )

    def moved(self, corpus: Corpus) -> "Recounted":
        """Return the counts for another corpus."""
        return replace(self, rows=corpus.rows_of(self.keys).astype(np.int64))

    def decayed(self, snapshot: Snapshot, minute: int) -> Floats:
        """Return float32, shape (n_articles,): what orders the window ``now``."""
        n, given, corpus = len(snapshot.corpus), snapshot.parts.most_read, snapshot.corpus
        read = self.views.sums(self.rows, n, minute - TRAFFIC_MINUTES + 1, minute)
        scores = np.zeros(n)
        for code, name in enumerate(corpus.sites):
            own = corpus.site == code
            rate = float(read[own].sum()) / (TRAFFIC_MINUTES / 60)
            life = given.half_life_minutes
            life = life or fitted_half_life(rate, snapshot.half_life_factors.get(name, 1.0))
            worth = 2.0 ** (-np.arange(given.window_minutes) / life)
            first = minute - given.window_minutes + 1
            scores[own] = self.views.sums(self.rows, n, first, minute, worth)[own]
        return scores.astype(np.float32)

    def most_read(self, snapshot: Snapshot, query: Query, now: int, window: str) -> Answer:
        """Return what `recsys.lists.most_read.rank_read` returns, from all articles."""
        query, n = replace(query, sponsored=False, window=window), len(snapshot.corpus)
        time_zone = snapshot.settings.site(query.site).time_zone
        where = span("24h" if window == "now" else window, now, time_zone)
        if query.unit == "readers":
            shown = self.readers.sums(self.rows, n, where.first_day, where.last_day)
        else:
            shown = self.views.sums(self.rows, n, where.first_minute, where.last_minute)
        scores = shown.copy()
        if window == "now":
            scores = self.decayed(snapshot, now // 60).astype(np.float64)
        rows = np.flatnonzero(scores > 0).astype(np.int32)
        rows = rows[eligible(snapshot, query, rows, now)]
        force = in_force(snapshot, query, now)
        if force is not None:
            scores[force.weighted] *= force.weights
        best = rows[np.lexsort((rows, -scores[rows]))]
        _, first, story = np.unique(snapshot.leaders[best], return_index=True, return_inverse=True)
        views = np.bincount(story, shown[best], first.size).astype(np.int64)
        pooled = np.round(np.bincount(story, scores[best], first.size), 6)
        best = best[first]
        newest_first = -snapshot.corpus.published[best].astype(np.float64)
        order = np.lexsort((best, newest_first, -pooled))[: query.limit]
        return best[order].tolist(), pooled[order].tolist(), views[order].tolist()


def _stacked(own: Int64, *columns: Sequence[int] | npt.NDArray[np.int32]) -> Int64:
    key, *others = (np.asarray(column, dtype=np.int64) for column in columns)
    return np.stack([own[key], *others])
