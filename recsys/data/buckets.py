"""Counts by article and span of time, in pieces of time of which most are never touched again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer[Any]]
Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]

_LEAST, _MOST = np.iinfo(np.int32).min, np.iinfo(np.int32).max
_OPEN = 1 << 12  # counts in the newest piece, which nearly every change makes anew
_LARGEST = 1 << 17  # counts in a piece: a late one costs its piece, some milliseconds


@dataclass(frozen=True, eq=False)
class Piece:
    """Counts of one stretch of time; never changes.

    Attributes
    ----------
    pairs
        int64, shape (n,), ascending: an article's slot in the upper 32 bits, its bucket (a minute
        or a day) in the lower ones, shifted so that they are positive.
    count
        int32, shape (n,).
    first, last
        The earliest and the latest bucket.
    """

    pairs: Int64
    count: Int32
    first: int
    last: int

    @classmethod
    def of(cls, pairs: Int64, count: Int32) -> "Piece":
        """Return a piece; it sorts what is not in order."""
        if not (pairs[1:] >= pairs[:-1]).all():
            order = np.argsort(pairs, kind="stable")
            pairs, count = pairs[order], count[order]
        buckets = buckets_of(pairs)
        return cls(pairs, count, int(buckets.min()), int(buckets.max()))

    def between(self, first: int, last: int) -> "tuple[Int32, Int32, Int32]":
        """Return slot, bucket and count where ``first <= bucket <= last``, by slot and bucket."""
        slots, buckets = slots_of(self.pairs), buckets_of(self.pairs)
        if first <= self.first and self.last <= last:
            return slots, buckets, self.count
        inside = (buckets >= first) & (buckets <= last)
        return slots[inside], buckets[inside], self.count[inside]


def paired(slot: Ints, bucket: Ints) -> Int64:
    """Return slots and buckets in one number each, in whose order they are kept."""
    return (slot.astype(np.int64) << 32) + (bucket.astype(np.int64) - _LEAST)


def slots_of(pairs: Int64) -> Int32:
    """Return int32: the slot of each pair."""
    return (pairs >> 32).astype(np.int32)


def buckets_of(pairs: Int64) -> Int32:
    """Return int32: the bucket of each pair."""
    return ((pairs & 0xFFFFFFFF) + _LEAST).astype(np.int32)


@dataclass(frozen=True, eq=False)
class Buckets:
    """(slot, bucket) -> count, in pieces that follow each other in time; never changes.

    What is new belongs to the newest piece, which is small. A piece that is full is closed, and
    closed ones are joined with their neighbours so that each is at least about twice the next,
    up to `_LARGEST`: n counts are copied about log n times in all, and there are few pieces.
    """

    pieces: tuple[Piece, ...] = ()

    @classmethod
    def of(cls, slot: Int32, bucket: Int32, count: Int32) -> "Buckets":
        """Return buckets of counts in any order."""
        if not slot.size:
            return cls()
        if not (bucket[1:] >= bucket[:-1]).all():  # not as a store gives them
            order = np.argsort(bucket, kind="stable")
            slot, bucket, count = slot[order], bucket[order], count[order]
        pairs = paired(slot, bucket)
        ends = np.searchsorted(bucket, bucket[_LARGEST - 1 :: _LARGEST], side="right")
        ends = np.unique([0, *ends.tolist(), bucket.size])  # a bucket is never cut in two
        parts = [slice(begin, end) for begin, end in pairwise(ends.tolist())]
        return cls(tuple(Piece.of(pairs[part], count[part].astype(np.int32)) for part in parts))

    def replaced(self, slot: Int32, bucket: Int32, count: Int32) -> "Buckets":
        """Return these buckets with new absolute values for some of them; 0 takes one away.

        It costs the pieces in which something has changed.
        """
        if not slot.size:
            return self
        begins = np.array([piece.first for piece in self.pieces[1:]], dtype=np.int64)
        place = np.searchsorted(begins, bucket, side="right")
        if self.pieces and self.pieces[-1].count.size > _OPEN:
            place[bucket > self.pieces[-1].last] = len(self.pieces)
        pairs, made = paired(slot, bucket), dict[int, Piece | None]()
        for number in np.unique(place).tolist():
            own = place == number
            known = self.pieces[number : number + 1]
            made[number] = _renewed(known, pairs[own], count[own])
        pieces = [made.get(i, piece) for i, piece in enumerate([*self.pieces, None])]
        return Buckets(tuple(_joined([piece for piece in pieces if piece is not None])))

    def since(self, first: int) -> "Buckets":
        """Return what is not before a bucket."""
        return Buckets(tuple(_cut(self.pieces, first, _MOST)))

    def within(self, first: int, last: int) -> "Buckets":
        """Return what is in none but the buckets ``first <= bucket <= last``."""
        return Buckets(tuple(_cut(self.pieces, first, last)))

    def of_slots(self, slots: Int32, first: int, last: int) -> tuple[Int64, Int32, Int32]:
        """Return what some articles were counted within a span, both ends included.

        Parameters
        ----------
        slots
            int32, shape (m,).

        Returns
        -------
        place, bucket, count
            Shape (n,): a place in ``slots`` each, ordered by time for each place.

        Notes
        -----
        O(m log n) for each piece; what other articles were counted is not looked at.
        """
        first, last = max(first, _LEAST), min(last, _MOST)
        found = [
            _of_slots(piece, slots, max(first, piece.first), min(last, piece.last))
            for piece in self.pieces
            if piece.last >= first and piece.first <= last
        ]
        if not found:
            return np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32)
        place, bucket, count = (np.concatenate(column) for column in zip(*found, strict=True))
        return place, bucket, count

    def at(self, slot: Int32, bucket: Int32) -> Int32:
        """Return int32: the count of each pair of slot and bucket, 0 where there is none."""
        counts, pairs = np.zeros(slot.size, dtype=np.int32), paired(slot, bucket)
        lowest, highest = (int(bucket.min()), int(bucket.max())) if slot.size else (0, 0)
        for piece in self.pieces:
            if piece.last >= lowest and piece.first <= highest:
                spot = np.minimum(np.searchsorted(piece.pairs, pairs), piece.pairs.size - 1)
                found = piece.pairs[spot] == pairs
                counts[found] = piece.count[spot[found]]
        return counts

    def all(self) -> tuple[Int32, Int32, Int32]:
        """Return slot, bucket and count of everything, in no order."""
        columns = [piece.between(piece.first, piece.last) for piece in self.pieces]
        nothing = (np.zeros(0, dtype=np.int32),) * 3
        slot, bucket, count = (np.concatenate(each) for each in zip(nothing, *columns, strict=True))
        return slot, bucket, count

    @property
    def first(self) -> int | None:
        """The earliest bucket; None if there is none."""
        return self.pieces[0].first if self.pieces else None

    @property
    def last(self) -> int | None:
        """The latest bucket; None if there is none."""
        return self.pieces[-1].last if self.pieces else None


def _renewed(known: Sequence[Piece], pairs: Int64, count: Int32) -> Piece | None:
    """Return a piece with new values; the last of a pair wins, None if nothing is left."""
    pairs = np.concatenate([*(piece.pairs for piece in known), pairs])
    count = np.concatenate([*(piece.count for piece in known), count]).astype(np.int32)
    order = np.argsort(pairs, kind="stable")
    pairs = pairs[order]
    newest = np.append(pairs[1:] != pairs[:-1], True)
    pairs, count = pairs[newest], count[order[newest]]
    return Piece.of(pairs[count > 0], count[count > 0]) if (count > 0).any() else None


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Join closed neighbours from the newest on, until each is twice what follows it."""
    at = len(pieces) - 3  # of the older of the two that are looked at; the newest is open
    while at >= 0:
        older, newer = pieces[at], pieces[at + 1]
        size = older.count.size + newer.count.size
        if older.count.size >= 2 * newer.count.size or size > _LARGEST:
            break
        both = np.concatenate([older.pairs, newer.pairs])
        pieces[at : at + 2] = [Piece.of(both, np.concatenate([older.count, newer.count]))]
        at -= 1
    return pieces


def _cut(pieces: Iterable[Piece], first: int, last: int) -> Iterable[Piece]:
    for piece in pieces:
        if first <= piece.first and piece.last <= last:
            yield piece
        elif piece.last >= first and piece.first <= last:
            slot, bucket, count = piece.between(first, last)
            if slot.size:
                yield Piece.of(paired(slot, bucket), count)


def _of_slots(piece: Piece, slots: Int32, first: int, last: int) -> tuple[Int64, Int32, Int32]:
    wide = slots.astype(np.int64) << 32
    begin = np.searchsorted(piece.pairs, wide + (first - _LEAST))
    sizes = np.searchsorted(piece.pairs, wide + (last - _LEAST), side="right") - begin
    place = np.repeat(np.arange(slots.size), sizes)
    ends = np.cumsum(sizes)
    spots = np.arange(place.size) + np.repeat(begin - (ends - sizes), sizes)
    return place, buckets_of(piece.pairs[spots]), piece.count[spots]
