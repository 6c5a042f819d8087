"""Runs of code points, numbered and translated many at a time.

Compiled by numba, for training only; importing this module loads it. The twins are a dict from
strings to numbers for `RunTable.number` and `str.translate` for `translated`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.kernels.compiled import njit

Codes = npt.NDArray[np.uint32]
Slots = npt.NDArray[np.uint64]
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]

UNKNOWN, ODD, DROPPED = -3, -2, -1
"""What a table of `translated` holds for a code point that has no other: not asked yet; its run
cannot be translated character by character; gone."""

HEAD = 3  # what stands before a run's code points in the store: its number, group and length
_FIRST_RUNS = 1 << 12
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, 2 ** 64 over the golden ratio
_HALF, _PLACE, _TAG = np.uint64(32), np.uint64(8), np.uint64(40)
_OFFSET = np.uint64((1 << 40) - 1)
_ONE, _TWO, _HEAD = (np.uint64(n) for n in (1, 2, HEAD))
_AHEAD = 32  # runs whose memory is read side by side
_NEXT_LINE = np.uint64(9)  # code points on: where most runs end
_BREAK = 10


@dataclass(frozen=True, eq=False)
class Found:
    """Runs in a text: where each begins, its length, hash and group.

    Attributes
    ----------
    begins, sizes
        int64 and int32, shape (n_runs,).
    values
        uint64, shape (n_runs,): `seed_of` the group, `mixed` with each code point.
    groups
        int32, shape (n_runs,), from 0: equal runs of two groups are two.
    """

    begins: Longs
    sizes: Ints
    values: Slots
    groups: Ints

    @classmethod
    def all_of(cls, codes: Codes, ends: Longs, group: int) -> "Found":
        """Return all runs of a text that is nothing but runs."""
        sizes = np.diff(ends, prepend=0)
        values = np.empty(ends.size, dtype=np.uint64)
        _hashed(codes, ends, group, values)
        groups = np.full(ends.size, group, dtype=np.int32)
        return cls(ends - sizes, sizes.astype(np.int32), values, groups)


class RunTable:
    """Numbers for runs of code points, given in the order in which they are first met.

    A hash finds a run; its group (a language, say), length and code points are compared. What one
    look-up reads lies together: a slot has the run's place in the store, the store its number.
    """

    def __init__(self) -> None:
        self._slots = np.zeros(2 * _FIRST_RUNS, dtype=np.uint64)
        self._starts = np.ones(_FIRST_RUNS + 1, dtype=np.int64)  # a slot that is 0 is free
        self._store = np.zeros(12 * _FIRST_RUNS, dtype=np.uint32)
        self.n_runs = 0

    def number(self, codes: Codes, ends: Longs, group: int = 0) -> Ints:
        """Give runs their numbers.

        Parameters
        ----------
        codes
            uint32, shape (n,): the code points of all runs, one behind the other.
        ends
            int64, shape (n_runs,): where each run ends.
        group
            From 0: equal runs of two groups are two.

        Returns
        -------
        numbers
            int32, shape (n_runs,).
        """
        found = Found.all_of(codes, ends, group)
        return self.number_found(codes, found)

    def number_found(self, codes: Codes, found: "Found") -> Ints:
        """Give runs that were found in a text their numbers; int32, shape (n_runs,)."""
        n = found.begins.size
        self._make_room(n, int(found.sizes.sum()))
        numbers = np.empty(n, dtype=np.int32)
        self.n_runs = _number_found(
            codes, found.begins, found.sizes, found.values, found.groups,
            self._slots, self._starts, self._store, self.n_runs, numbers,
        )  # fmt: skip
        return numbers

    def runs(self, first: int, end: int) -> tuple[Codes, Longs, Ints]:
        """Return the code points, ends and groups of the runs numbered ``first`` to ``end - 1``."""
        n_codes = int(self._starts[end] - self._starts[first]) - HEAD * (end - first)
        codes = np.empty(n_codes, dtype=np.uint32)
        ends, groups = np.empty(end - first, np.int64), np.empty(end - first, np.int32)
        _taken(self._store, self._starts[first : end + 1], codes, ends, groups)
        return codes, ends, groups

    def strings(self, first: int, end: int) -> list[str]:
        """Return those runs as strings; no run may have a line break."""
        codes, ends, _ = self.runs(first, end)
        return strings(codes, ends)

    def _make_room(self, n_runs: int, n_codes: int) -> None:
        """Make room for so many more runs of so many code points, at least by doubling."""
        runs = self.n_runs + n_runs
        if runs >= self._starts.size:
            self._starts = _longer(self._starts, runs + 1)
        codes = int(self._starts[self.n_runs]) + n_codes + HEAD * n_runs + int(_NEXT_LINE)
        if codes > self._store.size:
            self._store = _longer(self._store, codes)
        if 2 * runs > self._slots.size:
            size = 1 << (2 * runs - 1).bit_length()
            self._slots = np.zeros(size, dtype=np.uint64)
            _placed(self._slots, self._starts[: self.n_runs], self._store)


def strings(codes: Codes, ends: Longs) -> list[str]:
    """Return runs without a line break as strings."""
    if not ends.size:
        return []
    apart = np.empty(codes.size + ends.size, dtype=np.uint32)
    _separated(codes, ends, apart)
    return apart[:-1].tobytes().decode("utf-32-le").split("\n")


def runs_of(texts: list[str]) -> tuple[Codes, Longs]:
    """Return the code points and ends of strings."""
    ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
    text = bytearray("".join(texts).encode("utf-32-le", "surrogatepass"))  # may be written to
    return np.frombuffer(text, dtype=np.uint32), ends


def _longer(array: npt.NDArray[Any], least: int) -> npt.NDArray[Any]:
    longer = np.zeros(max(least + 1, 2 * array.size), dtype=array.dtype)
    longer[: array.size] = array
    return longer


@njit(cache=True, nogil=True)
def translated(
    codes: Codes, ends: Longs, table: Ints, odd: npt.NDArray[np.bool_]
) -> tuple[Codes, Longs]:
    """Translate runs, code point by code point.

    Parameters
    ----------
    codes, ends
        As in `RunTable.number`.
    table
        int32, shape (0x110000,): what each code point becomes, or `DROPPED` or `ODD`.
    odd
        bool, shape (n_runs,), written to: True where a run has a code point that is `ODD`; such a
        run becomes empty.

    Returns
    -------
    codes, ends
        The translated runs.
    """
    out = np.empty(codes.size, dtype=np.uint32)
    out_ends = np.empty(ends.size, dtype=np.int64)
    i, n = 0, 0
    for run in range(ends.size):
        begin = n
        while i < ends[run]:
            code = table[codes[i]]
            i += 1
            if code >= 0:
                out[n] = code
                n += 1
            elif code != DROPPED:
                odd[run] = True
                n = begin
                i = ends[run]
        out_ends[run] = n
    return out[:n], out_ends


@njit(cache=True, nogil=True, inline="always")
def seed_of(group: Any) -> Any:
    """Return the hash of a group's empty run."""
    return (np.uint64(group) + _ONE) * _MULTIPLIER


@njit(cache=True, nogil=True, inline="always")
def mixed(value: Any, code: Any) -> Any:
    """Return the hash of a run that goes on with a code point."""
    return (value ^ np.uint64(code)) * _MULTIPLIER


@njit(cache=True, nogil=True, inline="always")
def _spread(value: Any) -> Any:
    """Return a hash all of whose upper bits depend on all of a run."""
    return (value ^ (value >> _HALF)) * _MULTIPLIER


@njit(cache=True, nogil=True)
def _hashed(codes: Codes, ends: Longs, group: int, values: Slots) -> None:
    i = 0
    for run in range(ends.size):
        value = seed_of(group)
        while i < ends[run]:
            value = mixed(value, codes[i])
            i += 1
        values[run] = value


@njit(cache=True, nogil=True)
def _number_found(
    codes: Codes, begins: Longs, sizes: Ints, values: Slots, groups: Ints,
    slots: Slots, starts: Longs, store: Codes, n_runs: int, numbers: Ints,
) -> Any:  # fmt: skip
    """Give runs their numbers; return how many are in the table.

    A slot holds 24 bits of a run's hash and, in its lower 40, where it begins in the store. Some
    runs' slots, then what these point to, are read before any is compared: the memory's answers
    come side by side.
    """
    mask = np.uint64(slots.size - 1)
    tags, places = np.empty(_AHEAD, dtype=np.uint64), np.empty(_AHEAD, dtype=np.uint64)
    slot_of = np.empty(_AHEAD, dtype=np.uint64)
    near = np.empty(_AHEAD, dtype=np.uint32)  # never looked at: what is written must be read
    for first in range(0, begins.size, _AHEAD):
        end = min(begins.size, first + _AHEAD)
        for run in range(first, end):
            value = _spread(values[run])
            tags[run - first], places[run - first] = value >> _TAG, (value >> _PLACE) & mask
            slot_of[run - first] = slots[places[run - first]]
        for run in range(first, end):
            place = slot_of[run - first] & _OFFSET
            near[run - first] = store[place] ^ store[place + _NEXT_LINE]
        for run in range(first, end):
            begin, size, group = np.uint64(begins[run]), np.uint64(sizes[run]), groups[run]
            tag, at = tags[run - first], places[run - first]
            number: Any = np.int64(-1)
            while number < 0 and slots[at]:
                if slots[at] >> _TAG == tag:
                    place = slots[at] & _OFFSET
                    if store[place + _ONE] == size and store[place + _TWO] == group:
                        differ = np.uint32(0)
                        for k in range(size):
                            differ |= store[place + _HEAD + k] ^ codes[begin + k]
                        if not differ:
                            number = np.int64(store[place])
                at = (at + _ONE) & mask
            if number < 0:
                number = n_runs
                n_runs += 1
                place = np.uint64(starts[number])
                slots[at] = (tag << _TAG) | place
                store[place], store[place + _ONE], store[place + _TWO] = number, size, group
                for k in range(size):
                    store[place + _HEAD + k] = codes[begin + k]
                starts[n_runs] = place + _HEAD + size
            numbers[run] = number
    return n_runs


@njit(cache=True, nogil=True)
def _placed(slots: Slots, starts: Longs, store: Codes) -> None:
    """Give runs that are in the store their slots; all are free, none is twice."""
    mask = np.uint64(slots.size - 1)
    for begin in starts:
        value = seed_of(store[begin + 2])
        for i in range(begin + HEAD, begin + HEAD + store[begin + 1]):
            value = mixed(value, store[i])
        value = _spread(value)
        at = (value >> _PLACE) & mask
        while slots[at]:
            at = (at + _ONE) & mask
        slots[at] = (value >> _TAG << _TAG) | np.uint64(begin)


@njit(cache=True, nogil=True)
def _taken(store: Codes, starts: Longs, codes: Codes, ends: Longs, groups: Ints) -> None:
    n = 0
    for run in range(ends.size):
        for i in range(starts[run] + HEAD, starts[run + 1]):
            codes[n] = store[i]
            n += 1
        ends[run] = n
        groups[run] = store[starts[run] + 2]


@njit(cache=True, nogil=True)
def _separated(codes: Codes, ends: Longs, apart: Codes) -> None:
    i, n = 0, 0
    for run in range(ends.size):
        while i < ends[run]:
            apart[n] = codes[i]
            i, n = i + 1, n + 1
        apart[n] = _BREAK
        n += 1
