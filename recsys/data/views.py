"""Views per article and minute, readers per article and day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from recsys.data.buckets import Buckets
from recsys.data.slots import Key, RowLookup, Slots

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]

__all__ = ["Growth", "Key", "KeyedCounts", "RowLookup", "ViewCounts"]


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


Grown = tuple[Int32, Int32, Int32]  # slot, bucket, by how much


@dataclass(frozen=True, eq=False)
class Growth:
    """Where counts of views and of readers have grown between one moment and a later one."""

    views: Grown
    readers: Grown


@dataclass(frozen=True, eq=False)
class ViewCounts:
    """Views and readers of a corpus, by row.

    Reads of articles that the corpus does not hold are kept: they count as soon as the article
    arrives. An instance never changes; `updated` and `moved` return another one that shares what
    stayed the same, and cost what has changed.

    Attributes
    ----------
    n_rows
        Number of rows of the corpus.
    slots
        Where the counts of each article are kept.
    """

    n_rows: int
    slots: Slots
    _views: Buckets
    _readers: Buckets
    revision: int = 0

    @classmethod
    def of(cls, counts: KeyedCounts, corpus: RowLookup, n_rows: int) -> "ViewCounts":
        """Return the counts of a store, by row of a corpus."""
        own, slots = Slots().of_keys(counts.keys, corpus)
        return cls(
            n_rows,
            slots,
            Buckets.of(own[counts.view_key], counts.view_minute, counts.views),
            Buckets.of(own[counts.reader_key], counts.reader_day, counts.readers),
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
        return cls(n_rows, Slots(), Buckets.of(*views), Buckets.of(*readers))

    def updated(self, counts: KeyedCounts, corpus: RowLookup) -> "ViewCounts":
        """Return these counts with what a store says has changed."""
        return self.grown(counts, corpus)[0]

    def grown(self, counts: KeyedCounts, corpus: RowLookup) -> "tuple[ViewCounts, Growth | None]":
        """Return `updated`, and by how much counts have grown; None where that is not known."""
        if counts.whole:
            return ViewCounts.of(counts, corpus, self.n_rows), None
        own, slots = self.slots.of_keys(counts.keys, corpus)
        views = own[counts.view_key], counts.view_minute, counts.views
        readers = own[counts.reader_key], counts.reader_day, counts.readers
        growth = Growth(_grown(self._views, *views), _grown(self._readers, *readers))
        return replace(
            self,
            slots=slots,
            _views=self._views.replaced(*views),
            _readers=self._readers.replaced(*readers),
            revision=counts.revision,
        ), growth

    def moved(
        self, keys: Iterable[Key], before: RowLookup, corpus: RowLookup, n_rows: int
    ) -> "ViewCounts":
        """Return these counts for a corpus in which the articles ``keys`` have other rows.

        Parameters
        ----------
        before
            The corpus that these counts are by row of.
        """
        return replace(self, n_rows=n_rows, slots=self.slots.after(keys, before, corpus))

    def without(self, before: int) -> "ViewCounts":
        """Return the counts from minute ``before`` on, and from its day on."""
        first_day = before * 60 // 86400 - 1
        return replace(
            self, _views=self._views.since(before), _readers=self._readers.since(first_day)
        )

    def since(self, first_minute: int, now: int) -> "ViewCounts":
        """Return the counts from ``first_minute`` up to the minute of ``now`` (in seconds)."""
        day = 86400
        views = self._views.within(first_minute, now // 60)
        readers = self._readers.within(first_minute * 60 // day - 1, now // day + 1)
        return replace(self, _views=views, _readers=readers)

    def window(self, first_minute: int, last_minute: int) -> Int64:
        """Return int64, shape (n_rows,): views with ``first_minute <= minute <= last_minute``."""
        row, _, count = self.counted("views", first_minute, last_minute)
        return np.bincount(row, count, minlength=self.n_rows).astype(np.int64)

    def reader_window(self, first_day: int, last_day: int) -> Int64:
        """Return int64, shape (n_rows,): daily readers, summed over both days and all between."""
        row, _, count = self.counted("readers", first_day, last_day)
        return np.bincount(row, count, minlength=self.n_rows).astype(np.int64)

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
        row, minute, count = self.counted("views", first_minute, last_minute)
        if isinstance(half_life_minutes, np.ndarray):
            half_life_minutes = half_life_minutes[row]
        worth = count * 2.0 ** (-(last_minute - minute.astype(np.float64)) / half_life_minutes)
        return np.bincount(row, worth, minlength=self.n_rows).astype(np.float64)

    def counted(self, unit: str, first: int, last: int) -> tuple[Int32, Int32, Int32]:
        """Return row, bucket and count of a span, ordered by time for each row.

        Parameters
        ----------
        unit
            ``views``, in minutes, or ``readers``, in days.
        first, last
            Both are of the span.
        """
        slot, bucket, count = self._of(unit).within(first, last).all()
        row = self.slots.rows(slot)
        known = row >= 0
        return (row, bucket, count) if known.all() else (row[known], bucket[known], count[known])

    def of_rows(self, unit: str, rows: Int32, first: int, last: int) -> tuple[Int64, Int32, Int32]:
        """Return place in ``rows``, bucket and count of a span, ordered by time for each place.

        Nothing that was counted of other articles is looked at; as `counted` else.
        """
        return self._of(unit).of_slots(self.slots.of_rows(rows), first, last)

    def totals(self, unit: str, rows: Int32, first: int, last: int) -> Int64:
        """Return int64, shape of ``rows``: what `window` or `reader_window` count of them."""
        place, _, count = self.of_rows(unit, rows, first, last)
        return np.bincount(place, count, minlength=rows.size).astype(np.int64)

    def rows_minutes_views(self) -> tuple[Int32, Int32, Int32]:
        """Return row, minute and views of every bucket whose article the corpus holds."""
        return self._by_row("views")

    def rows_days_readers(self) -> tuple[Int32, Int32, Int32]:
        """Return row, day and readers of every bucket whose article the corpus holds."""
        return self._by_row("readers")

    @property
    def oldest_minute(self) -> int | None:
        """The first minute in which something was read; None if nothing was."""
        return self._views.first

    @property
    def newest_minute(self) -> int | None:
        """The last minute in which something was read; None if nothing was."""
        return self._views.last

    def _of(self, unit: str) -> Buckets:
        return self._readers if unit == "readers" else self._views

    def _by_row(self, unit: str) -> tuple[Int32, Int32, Int32]:
        """Return everything by time and, within a bucket, by row."""
        buckets = self._of(unit)
        row, bucket, count = self.counted(unit, buckets.first or 0, buckets.last or 0)
        order = np.lexsort((row, bucket))
        return row[order], bucket[order], count[order]


def _grown(buckets: Buckets, slot: Int32, bucket: Int32, count: Int32) -> Grown:
    """Return where counts have grown, and by how much."""
    more = count - buckets.at(slot, bucket)
    grown = more > 0
    return slot[grown], bucket[grown], more[grown].astype(np.int32)
