"""What editors decided, by row of a corpus, and what of it holds at a moment."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.data.views import Key, RowLookup
from recsys.records import Action, Decided, Override

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

FACTORS: Mapping[Action, float] = {"boost": 2.0, "bury": 0.1}
"""What an article is boosted or buried by where the editor does not say."""


@dataclass(frozen=True, eq=False)
class InForce:
    """What holds in one list of one site at one moment.

    Attributes
    ----------
    excluded
        int32, shape (m,), ascending: rows that must not stand in the list.
    weighted, weights
        int32, ascending, and float64, shape (m,): the rows whose score is multiplied, and by
        what; at least 0, never 1.
    pinned, slots
        int32, shape (m,): rows that have a place, each once, and the place, from 1; what was
        decided later comes first.
    memo
        What lists work out of it.
    """

    excluded: Rows
    weighted: Rows
    weights: Floats
    pinned: Rows
    slots: Rows
    memo: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, decisions: Iterable[tuple[int, Override]]) -> "InForce":
        """Sort decisions, each with its row, the oldest first, by what they do."""
        excluded, pins = [], []
        weights: dict[int, float] = {}
        for row, decision in decisions:
            if decision.action == "exclude":
                excluded.append(row)
            elif decision.action == "pin":
                pins.append((row, decision.slot or 1))
            else:
                factor = decision.factor
                factor = FACTORS[decision.action] if factor is None else factor
                weights[row] = weights.get(row, 1.0) * factor
        weighted = sorted(row for row, weight in weights.items() if weight != 1)
        places = np.array(pins[::-1], dtype=np.int32).reshape(-1, 2)
        return cls(
            np.array(sorted(excluded), dtype=np.int32),
            np.array(weighted, dtype=np.int32),
            np.array([weights[row] for row in weighted]),
            places[:, 0],
            places[:, 1],
        )

    @cached_property
    def boosted(self) -> Rows:
        """int32, ascending: rows that are worth more than they would be."""
        return np.asarray(self.weighted[self.weights > 1])

    @cached_property
    def buried(self) -> Rows:
        """int32, ascending: rows that are worth less."""
        return np.asarray(self.weighted[self.weights < 1])

    @cached_property
    def last(self) -> Rows:
        """int32, ascending: rows that are worth nothing, and stand where nothing else is left."""
        return np.asarray(self.weighted[self.weights == 0])

    @cached_property
    def _excluded_or_last(self) -> Rows:
        return np.asarray(np.union1d(self.excluded, self.last))

    def hides(self, rows: Rows, last: bool) -> Mask:
        """Return bool, shape of ``rows``: which must not stand in the list.

        Parameters
        ----------
        last
            Whether those that are worth nothing may stand in it.
        """
        return _found(self.excluded if last else self._excluded_or_last, rows)[1]

    def told(self, row: int) -> Decided | None:
        """Return what was decided about one row; None if nothing."""
        slots = self.slots[self.pinned == row].tolist()
        boost = float(self.factors(np.array([row], dtype=np.int32))[0])
        return Decided(boost, slots[0] if slots else None) if slots or boost != 1 else None

    def factors(self, rows: Rows) -> Floats:
        """Return float64, shape of ``rows``: what each score is multiplied by."""
        factors = np.ones(rows.size)
        places, found = _found(self.weighted, rows)
        factors[found] = self.weights[places[found]]
        return factors


@dataclass(frozen=True, eq=False)
class Overrides:
    """All that editors decided, whenever it holds; never changes.

    What is decided about an article that the corpus does not hold is kept, and holds once the
    article arrives.

    Attributes
    ----------
    decisions
        The oldest first.
    rows
        Row of each article that something was decided about; -1 where the corpus has none.
    revision
        Of the store's decisions, that these are.
    """

    decisions: tuple[Override, ...] = ()
    rows: Mapping[Key, int] = field(default_factory=dict)
    revision: int = 0

    @classmethod
    def of(cls, decisions: Sequence[Override], corpus: RowLookup, revision: int = 0) -> "Overrides":
        """Look up the rows of a corpus."""
        keys = list(dict.fromkeys((d.site, d.article_id) for d in decisions))
        rows = dict(zip(keys, corpus.rows_of(keys).tolist(), strict=True))
        return cls(tuple(decisions), rows, revision)

    def moved(self, keys: Iterable[Key], corpus: RowLookup) -> "Overrides":
        """Return the same for a corpus in which the articles ``keys`` came, went or changed."""
        touched = [key for key in keys if key in self.rows]
        if not touched:
            return self
        rows = dict(zip(touched, corpus.rows_of(touched).tolist(), strict=True))
        return Overrides(self.decisions, {**self.rows, **rows}, self.revision)

    def in_force(self, site: str, name: str, now: int) -> InForce | None:
        """Return what holds in the list ``name`` of a site at ``now``; None if nothing does.

        Worked out once for as long as nothing expires. Where two decisions about an article
        differ only in the list, the one that names the list goes before the one for every list.

        Parameters
        ----------
        name
            A key of `recsys.lists.LISTS`; any other name has what holds in every list.
        now
            In seconds since 1970.
        """
        if not self.decisions or site not in self._sites:
            return None
        decisions, ends = self._sites[site]
        period = bisect_right(ends, now)
        made = self._memo.get((site, name))
        if made is None or made[0] != period:
            held = self._held(decisions, name, now)
            made = self._memo[site, name] = (period, InForce.of(held) if held else None)
        return made[1]

    def next_end(self, now: int) -> int | None:
        """Return the first instant after ``now`` (both in seconds) at which a decision ends."""
        ends = [ends[bisect_right(ends, now) :] for _, ends in self._sites.values()]
        return min((after[0] for after in ends if after), default=None)

    def _held(
        self, decisions: Iterable[Override], name: str, now: int
    ) -> list[tuple[int, Override]]:
        held: dict[tuple[int, Action], Override] = {}
        for decision in decisions:
            row = self.rows[decision.site, decision.article_id]
            over = decision.expires_at is not None and decision.expires_at <= now
            if row < 0 or over or decision.list not in (None, name):
                continue
            what = row, decision.action
            if decision.list is not None:
                held.pop(what, None)  # so that it stands where the later one belongs
            held.setdefault(what, decision)
        return [(row, decision) for (row, _), decision in held.items()]

    @cached_property
    def _sites(self) -> dict[str, tuple[list[Override], list[int]]]:
        """For each site its decisions, and the instants at which one of them ends, ascending."""
        sites: dict[str, tuple[list[Override], list[int]]] = {}
        for decision in self.decisions:
            decisions, ends = sites.setdefault(decision.site, ([], []))
            decisions.append(decision)
            if decision.expires_at is not None:
                ends.append(decision.expires_at)
        for _, ends in sites.values():
            ends.sort()
        return sites

    @cached_property
    def _memo(self) -> dict[tuple[str, str], tuple[int, InForce | None]]:
        """The last that was worked out; a race works it out twice, to the same end."""
        return {}


def _found(ascending: Rows, rows: Rows) -> tuple[npt.NDArray[np.int64], Mask]:
    """Return where each of ``rows`` would stand in ``ascending``, and whether it does."""
    if not ascending.size:
        return np.zeros(rows.size, dtype=np.int64), np.zeros(rows.size, dtype=np.bool_)
    places = np.minimum(np.searchsorted(ascending, rows), ascending.size - 1)
    return places, np.asarray(ascending[places] == rows)
