"""Views per article and minute, readers per article and day."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer[Any]]
Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]

Key = tuple[str, str]  # (site, article_id)

_LEAST, _MOST = np.iinfo(np.int32).min, np.iinfo(np.int32).max


def _none() -> Int32:
    return np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class KeyedCounts:
    """Counts as a store keeps them: by article id, each (article, bucket) once.

    Attributes
    ----------
    keys
        The articles that were read, as (site, article_id), each once.
    view_key, view_minute, views
        int32, shape (n,): place in ``keys``, minute since 1970, views in that minute.
    reader_key, reader_day, readers
        int32, shape (m,): place in ``keys``, day since 1970 in the site's time zone, readers.
    revision
        Revision of the store that these counts are of.
    whole
        Whether these are all counts, and not only those that changed; a count that changed may be
        0 by now.
    """

    keys: Sequence[Key] = ()
    view_key: Int32 = field(default_factory=_none)
    view_minute: Int32 = field(default_factory=_none)
    views: Int32 = field(default_factory=_none)
    reader_key: Int32 = field(default_factory=_none)
    reader_day: Int32 = field(default_factory=_none)
    readers: Int32 = field(default_factory=_none)
    revision: int = 0
    whole: bool = False


class RowLookup(Protocol):
    """Whatever knows the row of an article: `recsys.data.corpus.Corpus`."""

    def rows_of(self, keys: Sequence[Key]) -> Int32:
        """Return the row of each key, -1 where there is none."""


@dataclass(frozen=True, eq=False)
class _Buckets:
    """(key, bucket) -> count, sorted by bucket and then key."""

    key: Int32
    bucket: Int32
    count: Int32

    @classmethod
    def of(cls, key: Int32, bucket: Int32, count: Int32) -> "_Buckets":
        pairs = _packed(key, bucket)
        if (pairs[1:] >= pairs[:-1]).all():  # as a store gives them
            return cls(key, bucket, count)
        order = np.argsort(pairs, kind="stable")
        return cls(key[order], bucket[order], count[order])

    def replaced(self, key: Int32, bucket: Int32, count: Int32) -> "_Buckets":
        """Return these buckets with new absolute values for some of them."""
        if not key.size:
            return self
        start = int(np.searchsorted(self.bucket, bucket.min()))  # older ones stay untouched
        pairs = np.concatenate(
            [_packed(self.key[start:], self.bucket[start:]), _packed(key, bucket)]
        )
        counts = np.concatenate([self.count[start:], count])
        _, last = np.unique(pairs[::-1], return_index=True)  # the newest value of a pair wins
        kept = pairs.size - 1 - last
        kept = kept[counts[kept] > 0]
        parts = _Buckets.of(
            (pairs[kept] & 0xFFFFFFFF).astype(np.int32),
            (pairs[kept] >> 32).astype(np.int32),
            counts[kept],
        )
        return _Buckets(
            np.concatenate([self.key[:start], parts.key]),
            np.concatenate([self.bucket[:start], parts.bucket]),
            np.concatenate([self.count[:start], parts.count]),
        )

    def part(self, where: slice) -> "_Buckets":
        return _Buckets(self.key[where], self.bucket[where], self.count[where])

    def between(self, first: int, last: int) -> slice:
        """Return where the buckets ``first <= bucket <= last`` lie."""
        bounds = np.clip([first, last + 1], _LEAST, _MOST).astype(np.int32)  # or all are converted
        ends = np.searchsorted(self.bucket, bounds)
        return slice(int(ends[0]), int(ends[1]))


def _packed(key: Int32, bucket: Int32) -> Int64:
    return (bucket.astype(np.int64) << 32) | key.astype(np.int64)


@dataclass(frozen=True, eq=False)
class ViewCounts:
    """Views and readers of a corpus, by row.

    Reads of articles that the corpus does not hold are kept: they count as soon as the article
    arrives. An instance never changes; `updated` and `moved` return another one that shares what
    stayed the same.

    Attributes
    ----------
    n_rows
        Number of rows of the corpus.
    key_rows
        int32, shape (n_keys,): row of each key, -1 where the corpus has none.
    """

    n_rows: int
    keys: tuple[Key, ...]
    key_rows: Int32
    _views: _Buckets
    _readers: _Buckets
    revision: int = 0

    @classmethod
    def of(cls, counts: KeyedCounts, corpus: RowLookup, n_rows: int) -> "ViewCounts":
        """Return the counts of a store, by row of a corpus."""
        return cls(
            n_rows,
            tuple(counts.keys),
            corpus.rows_of(counts.keys),
            _Buckets.of(counts.view_key, counts.view_minute, counts.views),
            _Buckets.of(counts.reader_key, counts.reader_day, counts.readers),
            counts.revision,
        )

    @classmethod
    def from_rows(
        cls, n_rows: int, views: Sequence[Int32], readers: Sequence[Int32]
    ) -> "ViewCounts":
        """Return counts that are known by row already.

        Parameters
        ----------
        views, readers
            Three int32 arrays each: row, minute (or day) since 1970, count.
        """
        rows = np.arange(n_rows, dtype=np.int32)
        return cls(n_rows, (), rows, _Buckets.of(*views), _Buckets.of(*readers))

    def updated(self, counts: KeyedCounts, corpus: RowLookup) -> "ViewCounts":
        """Return these counts with what a store says has changed."""
        if counts.whole:
            return ViewCounts.of(counts, corpus, self.n_rows)
        place = {key: i for i, key in enumerate(self.keys)}
        new = [key for key in counts.keys if key not in place]
        place |= {key: len(self.keys) + i for i, key in enumerate(new)}
        own = np.fromiter(
            (place[key] for key in counts.keys), dtype=np.int32, count=len(counts.keys)
        )
        return replace(
            self,
            keys=(*self.keys, *new),
            key_rows=np.concatenate([self.key_rows, corpus.rows_of(new)]),
            _views=self._views.replaced(own[counts.view_key], counts.view_minute, counts.views),
            _readers=self._readers.replaced(
                own[counts.reader_key], counts.reader_day, counts.readers
            ),
            revision=counts.revision,
        )

    def moved(self, corpus: RowLookup, n_rows: int) -> "ViewCounts":
        """Return these counts for a corpus whose articles stand in other rows."""
        return replace(self, n_rows=n_rows, key_rows=corpus.rows_of(self.keys))

    def without(self, before: int) -> "ViewCounts":
        """Return the counts from minute ``before`` on, and from its day on."""
        views, readers = self._views, self._readers
        views = views.part(slice(int(np.searchsorted(views.bucket, before)), None))
        first_day = before * 60 // 86400 - 1
        readers = readers.part(slice(int(np.searchsorted(readers.bucket, first_day)), None))
        return replace(self, _views=views, _readers=readers)

    def since(self, first_minute: int, now: int) -> "ViewCounts":
        """Return the counts from ``first_minute`` up to the minute of ``now`` (in seconds)."""
        last, day = now // 60, 86400
        views = self._views.between(first_minute, last)
        readers = self._readers.between(first_minute * 60 // day - 1, now // day + 1)
        return replace(self, _views=self._views.part(views), _readers=self._readers.part(readers))

    def window(self, first_minute: int, last_minute: int) -> Int64:
        """Return int64, shape (n_rows,): views with ``first_minute <= minute <= last_minute``."""
        return self._sums(self._views, first_minute, last_minute, None).astype(np.int64)

    def reader_window(self, first_day: int, last_day: int) -> Int64:
        """Return int64, shape (n_rows,): daily readers, summed over both days and all between."""
        return self._sums(self._readers, first_day, last_day, None).astype(np.int64)

    def decayed(
        self,
        first_minute: int,
        last_minute: int,
        half_life_minutes: float | npt.NDArray[np.float64],
    ) -> npt.NDArray[np.float64]:
        """Return float64, shape (n_rows,): views, each worth half after every half-life.

        Parameters
        ----------
        first_minute, last_minute
            Both count.
        half_life_minutes
            One for all, or one for each row.
        """
        where = self._views.between(first_minute, last_minute)
        ages = last_minute - self._views.bucket[where].astype(np.float64)
        if isinstance(half_life_minutes, np.ndarray):
            half_life_minutes = half_life_minutes[self.key_rows[self._views.key[where]]]
        return self._sums(
            self._views, first_minute, last_minute, 2.0 ** (-ages / half_life_minutes)
        )

    def rows_minutes_views(self) -> tuple[Int32, Int32, Int32]:
        """Return row, minute and views of every bucket whose article the corpus holds."""
        return self._by_row(self._views)

    def rows_days_readers(self) -> tuple[Int32, Int32, Int32]:
        """Return row, day and readers of every bucket whose article the corpus holds."""
        return self._by_row(self._readers)

    @property
    def oldest_minute(self) -> int | None:
        """The first minute in which something was read; None if nothing was."""
        return int(self._views.bucket[0]) if self._views.bucket.size else None

    @property
    def newest_minute(self) -> int | None:
        """The last minute in which something was read; None if nothing was."""
        return int(self._views.bucket[-1]) if self._views.bucket.size else None

    def _by_row(self, buckets: _Buckets) -> tuple[Int32, Int32, Int32]:
        rows = self.key_rows[buckets.key]
        known = rows >= 0
        kept = _Buckets.of(rows[known], buckets.bucket[known], buckets.count[known])
        return kept.key, kept.bucket, kept.count

    def _sums(
        self, buckets: _Buckets, first: int, last: int, worth: npt.NDArray[np.float64] | None
    ) -> npt.NDArray[np.float64]:
        where = buckets.between(first, last)
        weights = buckets.count[where].astype(np.float64)
        by_key = np.bincount(
            buckets.key[where],
            weights=weights if worth is None else weights * worth,
            minlength=self.key_rows.size,
        )
        known = self.key_rows >= 0
        sums = np.zeros(self.n_rows)
        sums[self.key_rows[known]] = by_key[known]
        return sums
