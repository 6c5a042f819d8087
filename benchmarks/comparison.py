"""What moved since an earlier run, in words.

Ratios to peers are compared, since they hold on any machine; seconds only where there is no ratio,
and only if the machine is the same. The noise of a figure is the sum of both runs' spreads, a
spread being the largest ``|ln(value / median)|``, and at least `LEAST`; a figure that was measured
once is taken to spread by `ONCE`. A figure moved if ``|ln(now / before)|`` is above its noise.
Computed figures, those of quality, have no noise.
"""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.results import Result, Row, figure

LEAST, ONCE = 0.05, 0.2
_SAME = 5e-4  # computed figures that differ by less are the same
_MACHINE = ("processor", "cores", "memory")


@dataclass(frozen=True)
class Change:
    """One figure, then and now.

    Parameters
    ----------
    row
        Of the later run.
    peer
        Whose ratio it is; empty for the figure itself.
    before, now
        Medians.
    noise
        In the logarithm; 0 for what is computed.
    """

    row: Row
    peer: str
    before: float
    now: float
    noise: float

    @property
    def moved(self) -> bool:
        """Whether the difference is above the noise."""
        if self.row.computed:
            return abs(self.now - self.before) > _SAME
        if min(self.before, self.now) <= 0:
            return self.before != self.now
        return abs(math.log(self.now / self.before)) > self.noise

    @property
    def improved(self) -> bool:
        """Whether it went the better way."""
        more_is_better = bool(self.peer) or self.row.better == "higher"
        return (self.now > self.before) == more_is_better

    def __str__(self) -> str:
        """Say it in one line."""
        row = self.row
        name = f"{row.benchmark}: {row.what}, {row.contestant}, {row.size:,} articles"
        kind = f"times as good as {self.peer}" if self.peer else row.unit
        line = f"{name}: {figure(self.now)} {kind}, was {figure(self.before)}"
        if self.moved:
            line += ", better" if self.improved else ", worse"
        if row.computed or min(self.before, self.now) <= 0:
            return line
        change = f"{100 * (self.now / self.before - 1):+.0f} %"
        return f"{line} ({change}, noise {100 * math.expm1(self.noise):.0f} %)"


def spread(values: Sequence[float]) -> float:
    """Return how far repeats lie from their median at most, in the logarithm."""
    if len(values) < 2 or min(values) <= 0:
        return ONCE
    middle = statistics.median(values)
    return max(abs(math.log(value / middle)) for value in values)


def noise(before: Sequence[float], now: Sequence[float]) -> float:
    """Return the difference that both spreads explain."""
    return max(LEAST, spread(before) + spread(now))


def same_machine(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether seconds can be compared."""
    return all(one.get(name) == other.get(name) for name in _MACHINE)


def changes(before: Result, now: Result) -> Iterator[Change]:
    """Yield every figure that both runs have and that can be compared."""
    earlier = {row.key: row for row in before.rows}
    alike = same_machine(before.machine, now.machine)
    for row in now.rows:
        old = earlier.get(row.key)
        if old is None:
            continue
        for peer in sorted(row.ratios.keys() & old.ratios.keys()):
            then, today = old.ratios[peer], row.ratios[peer]
            middles = statistics.median(then), statistics.median(today)
            yield Change(row, peer, *middles, noise(then, today))
        if row.computed:
            yield Change(row, "", old.median, row.median, 0.0)
        elif not row.ratios and alike and not _is_peer(row, now):
            yield Change(row, "", old.median, row.median, noise(old.values, row.values))


def _is_peer(row: Row, result: Result) -> bool:
    """Whether others are measured against it: then its seconds tell of the machine."""
    return any(
        row.contestant in other.ratios and other.key[:2] == row.key[:2] for other in result.rows
    )


def report(before: Result, now: Result) -> Iterator[str]:
    """Yield lines: what moved, what did not, what is new or gone."""
    found = sorted(changes(before, now), key=str)
    yield f"Compared with {before.revision or 'the results'} of {before.date}."
    if not same_machine(before.machine, now.machine):
        yield "That was another machine: ratios and computed figures are compared, not seconds."
    moved = [each for each in found if each.moved]
    yield f"Moved beyond the noise: {len(moved) or 'nothing'} of {len(found)}."
    yield from (f"  {each}" for each in moved)
    yield f"Did not: {len(found) - len(moved)}."
    yield from (f"  {each}" for each in found if not each.moved)
    for title, some, others in (("New", now, before), ("Gone", before, now)):
        keys = {row.key for row in others.rows}
        names = [", ".join(map(str, row.key)) for row in some.rows if row.key not in keys]
        if names:
            yield f"{title}: {len(names)}."
            yield from (f"  {name}" for name in names)
