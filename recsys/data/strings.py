"""Columns of strings that live in mapped files: bytes in one array, ends in another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Places = npt.NDArray[np.integer[Any]]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Strings(Sequence[str]):
    """A read-only column of strings.

    Attributes
    ----------
    text
        uint8, shape (n_bytes,): UTF-8, one string behind the other.
    offsets
        int64, shape (n + 1,): string ``i`` is ``text[offsets[i]:offsets[i + 1]]``.
    """

    text: Bytes
    offsets: Offsets

    @classmethod
    def of(cls, strings: Sequence[str | None]) -> "Strings":
        """Pack strings; None becomes the empty string."""
        encoded = [(string or "").encode("utf-8", "replace") for string in strings]
        lengths = np.fromiter((len(e) for e in encoded), dtype=np.int64, count=len(encoded))
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)

    def __len__(self) -> int:
        return self.offsets.size - 1

    def __getitem__(self, place: int) -> str:  # type: ignore[override]
        if not 0 <= place < len(self):
            raise IndexError(place)
        start, end = self.offsets[place], self.offsets[place + 1]
        return self.text[start:end].tobytes().decode("utf-8")

    def __iter__(self) -> Iterator[str]:
        return (self[place] for place in range(len(self)))

    def equal(self, places: Places, strings: Sequence[str]) -> Mask:
        """Return bool, shape of ``places``: whether each is the string of the same number.

        Parameters
        ----------
        places
            Whole numbers, shape (m,), each from 0 to below ``len(self)``.
        strings
            As many, none empty.
        """
        encoded = [string.encode("utf-8", "replace") for string in strings]
        lengths = np.fromiter((len(e) for e in encoded), dtype=np.int64, count=len(encoded))
        starts = self.offsets[places]
        equal: Mask = self.offsets[np.asarray(places) + 1] - starts == lengths
        if not equal.any():
            return equal
        lengths, starts = lengths[equal], starts[equal]
        begins = np.cumsum(lengths) - lengths
        spots = np.arange(int(lengths.sum())) + np.repeat(starts - begins, lengths)
        wanted = b"".join(e for e, fits in zip(encoded, equal.tolist(), strict=True) if fits)
        same = self.text[spots] == np.frombuffer(wanted, dtype=np.uint8)
        equal[equal] = np.logical_and.reduceat(same, begins)
        return equal


@dataclass(frozen=True, eq=False)
class Extended(Sequence[str]):
    """A mapped column with some newer strings behind it."""

    base: Strings
    tail: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.base) + len(self.tail)

    def __getitem__(self, place: int) -> str:  # type: ignore[override]
        n = len(self.base)
        return self.base[place] if place < n else self.tail[place - n]

    def __iter__(self) -> Iterator[str]:
        yield from self.base
        yield from self.tail

    def taken(self, places: npt.NDArray[np.int64]) -> Strings:
        """Return the strings at ``places``, in that order; runs of them are copied as one."""
        n, newer = len(self.base), Strings.of(self.tail)
        text = [np.zeros(0, dtype=np.uint8)]
        for start, end in runs(np.where(places < n, places, places + 1)):  # none spans both
            first, column = (int(places[start]), self.base)
            if first >= n:
                first, column = first - n, newer
            text.append(column.text[column.offsets[first] : column.offsets[first + end - start]])
        lengths = np.concatenate([np.diff(self.base.offsets), np.diff(newer.offsets)])[places]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return Strings(np.concatenate(text), offsets)

    def plus(self, strings: Sequence[str | None]) -> "Extended":
        """Return the column with ``strings`` behind it."""
        return Extended(self.base, (*self.tail, *(string or "" for string in strings)))


def runs(places: Places) -> list[tuple[int, int]]:
    """Return (start, end) of the longest stretches in which each place is the one before plus 1."""
    if not places.size:
        return []
    cuts = (np.flatnonzero(np.diff(places) != 1) + 1).tolist()
    return list(zip([0, *cuts], [*cuts, places.size], strict=True))
