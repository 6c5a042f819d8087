"""From a string to the rows that bear it, without holding the strings in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int32]


def key_bits(key: str) -> int:
    """Return 64 bits of a key's BLAKE2b hash."""
    digest = blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


@dataclass(frozen=True, eq=False)
class KeyIndex:
    """Hashes in order, and the row of each; a newer part in a dict on top.

    Different keys may share a hash: whoever asks compares the strings.

    Attributes
    ----------
    hashes
        uint64, shape (n,), ascending.
    rows
        int32, shape (n,); rows of equal hashes in ascending order.
    tail
        Hash -> rows appended since.
    """

    hashes: npt.NDArray[np.uint64]
    rows: Rows
    tail: dict[int, tuple[int, ...]]

    @classmethod
    def of(cls, keys: Iterable[str], rows: Sequence[int] | None = None) -> "KeyIndex":
        """Index keys; the row of each is its place unless ``rows`` are given."""
        hashes = np.array([key_bits(key) for key in keys], dtype=np.uint64)
        places = np.arange(hashes.size) if rows is None else np.asarray(rows)
        order = np.lexsort((places, hashes))
        return cls(hashes[order], places[order].astype(np.int32), {})

    def find(self, key: str) -> list[int]:
        """Return the rows whose key has the same hash, ascending."""
        bits = key_bits(key)
        first, last = (np.searchsorted(self.hashes, np.uint64(bits), s) for s in ("left", "right"))
        return [*self.rows[first:last].tolist(), *self.tail.get(bits, ())]

    def find_all(self, keys: Iterable[str]) -> tuple[Rows, list[int]]:
        """Return the row of each of many keys, in a fraction of the time of `find`.

        Returns
        -------
        rows
            int32, shape (n_keys,): -1 for a key that has no row, or may have several.
        several
            Places of those that may have several: `find` tells them.
        """
        hashes = np.fromiter(map(key_bits, keys), dtype=np.uint64)
        first = np.searchsorted(self.hashes, hashes)
        there = self._equal(first, hashes)
        several = self._equal(first + 1, hashes)
        if self.tail:
            several |= np.isin(hashes, np.fromiter(self.tail, dtype=np.uint64))
        rows = np.full(hashes.size, -1, dtype=np.int32)
        one = there & ~several
        rows[one] = self.rows[first[one]]
        return rows, np.flatnonzero(several).tolist()

    def _equal(
        self, places: npt.NDArray[np.int64], hashes: npt.NDArray[np.uint64]
    ) -> npt.NDArray[np.bool_]:
        """Say at which places, which may lie behind the last, the hashes stand."""
        there = places < self.hashes.size
        there[there] = self.hashes[places[there]] == hashes[there]
        return there

    def plus(self, pairs: Iterable[tuple[str, int]]) -> "KeyIndex":
        """Return the index with (key, row) pairs added."""
        tail = dict(self.tail)
        for key, row in pairs:
            bits = key_bits(key)
            tail[bits] = (*tail.get(bits, ()), row)
        return KeyIndex(self.hashes, self.rows, tail)

    def moved(self, place: Rows) -> "KeyIndex":
        """Return the index with every row ``r`` moved to ``place[r]``, -1 letting go; packed."""
        hashes, rows = self._all()
        moved = place[rows]
        hashes, moved = hashes[moved >= 0], moved[moved >= 0]
        order = np.lexsort((moved, hashes))
        return KeyIndex(hashes[order], moved[order].astype(np.int32), {})

    def several(self) -> Rows:
        """Return int32, ascending: the rows of which another has a key of the same hash."""
        hashes, rows = self._all()
        order = np.argsort(hashes, kind="stable")
        equal = np.flatnonzero(np.diff(hashes[order]) == 0)
        return np.unique(rows[order[np.concatenate([equal, equal + 1])]])

    def _all(self) -> tuple[npt.NDArray[np.uint64], Rows]:
        """Return hashes and rows of the index and its newer part, in no order."""
        newer = [(bits, row) for bits, rows in self.tail.items() for row in rows]
        return (
            np.concatenate([self.hashes, np.array([b for b, _ in newer], dtype=np.uint64)]),
            np.concatenate([self.rows, np.array([r for _, r in newer], dtype=np.int32)]),
        )
