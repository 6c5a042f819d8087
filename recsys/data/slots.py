"""Where the counts of an article are kept, whatever row it stands in by now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

Int32 = npt.NDArray[np.int32]

Key = tuple[str, str]  # (site, article_id)

NOBODY = np.iinfo(np.int32).min
"""Slot of a row that no article stands in any more: nothing was ever counted there."""


class RowLookup(Protocol):
    """Whatever knows the row of an article: `recsys.data.corpus.Corpus`."""

    def rows_of(self, keys: Sequence[Key]) -> Int32:
        """Return the row of each key, -1 where there is none."""


@dataclass(frozen=True, eq=False)
class Slots:
    """From an article to its slot and from there to its row; never changes.

    An article's slot is the row that it had when it was first counted, and stays its own when it
    moves to another; one that the corpus does not hold has a negative slot. Only those that have
    moved are written down, so that a million articles that stay cost nothing.

    Attributes
    ----------
    strays
        Slots of articles that no row holds.
    moved
        Slot -> row, -1 where there is none, of every article whose row is not its slot.
    places
        Row -> slot, the other way round.
    """

    strays: Mapping[Key, int] = field(default_factory=dict)
    moved: Mapping[int, int] = field(default_factory=dict)
    places: Mapping[int, int] = field(default_factory=dict)

    def of_keys(self, keys: Sequence[Key], corpus: RowLookup) -> "tuple[Int32, Slots]":
        """Return the slot of each key, and the slots with those that were new."""
        slots = self.of_rows(corpus.rows_of(keys))
        strays, moved = dict[Key, int](), dict[int, int]()
        for i in np.flatnonzero(slots == NOBODY).tolist():
            key = keys[i]
            slot = self.strays.get(key, strays.get(key))
            if slot is None:
                slot = strays[key] = -1 - self._negative - len(strays)
                moved[slot] = -1
            slots[i] = slot
        if not strays:
            return slots, self
        return slots, Slots({**self.strays, **strays}, {**self.moved, **moved}, self.places)

    def of_rows(self, rows: Int32) -> Int32:
        """Return the slot of each row, `NOBODY` where no article stands in it."""
        slots = _replaced(rows, *self._by_row)
        slots[(self.rows(slots) != rows) | (rows < 0)] = NOBODY
        return slots

    def rows(self, slots: Int32) -> Int32:
        """Return the row of each slot, -1 where there is none."""
        return _replaced(slots, *self._by_slot)

    def after(self, keys: Iterable[Key], before: RowLookup, corpus: RowLookup) -> "Slots":
        """Return the slots for a corpus in which the articles ``keys`` came, went or moved."""
        changed = list(dict.fromkeys(keys))
        known = self.of_rows(before.rows_of(changed)).tolist()
        rows = corpus.rows_of(changed).tolist()
        strays, moved, places = dict(self.strays), dict(self.moved), dict(self.places)
        for key, slot, row in zip(changed, known, rows, strict=True):
            slot = strays.pop(key, slot)
            if slot == NOBODY:  # never counted: its slot will be the row it has got
                continue
            places.pop(moved.pop(slot, slot), None)
            if row < 0:
                strays[key], moved[slot] = slot, -1
            elif row != slot:
                moved[slot], places[row] = row, slot
        return Slots(strays, moved, places)

    @property
    def without_row(self) -> Int32:
        """int32: slots of articles that no row holds."""
        slots, rows = self._by_slot
        return slots[rows < 0]

    @cached_property
    def _negative(self) -> int:
        """How many negative slots there are."""
        return sum(slot < 0 for slot in self.moved)

    @cached_property
    def _by_slot(self) -> tuple[Int32, Int32]:
        return _columns(self.moved)

    @cached_property
    def _by_row(self) -> tuple[Int32, Int32]:
        return _columns(self.places)


def _columns(mapping: Mapping[int, int]) -> tuple[Int32, Int32]:
    """Return keys, ascending, and values."""
    pairs = np.array(sorted(mapping.items()), dtype=np.int32).reshape(-1, 2)
    return pairs[:, 0].copy(), pairs[:, 1].copy()


def _replaced(numbers: Int32, old: Int32, new: Int32) -> Int32:
    """Return a copy of ``numbers`` in which those of ``old`` (ascending) became ``new``."""
    result = numbers.astype(np.int32)
    if old.size and numbers.size:
        spot = np.minimum(np.searchsorted(old, numbers), old.size - 1)
        found = old[spot] == numbers
        result[found] = new[spot[found]]
    return result
