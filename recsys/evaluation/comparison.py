"""Is one better than the other, or is it noise? Intervals and paired comparisons by bootstrap.

What is drawn again is the unit (a session, an anchor, a block of hours), never the single question:
questions of one unit are alike and do not count as so many. A mean weighs every question alike, so
it is the ratio of two sums over units, and both are drawn together.

The interval is the expanded percentile interval: the quantiles of the drawn means at
``Phi(-sqrt(m / (m - 1)) t)`` and its counterpart, with ``t`` the quantile of Student's distribution
with ``m - 1`` degrees of freedom, which takes back that plain percentile intervals are too short
for few units. ``m`` is the effective number of units, ``(sum of sizes)**2 / sum of sizes**2``, so
that a few large ones do not pass for many. Where many draws have one mean, as where most
differences are 0, quantiles are taken at the middle of each step.

Chosen among ten variants by how often they cover the truth for hits, graded gains and sparse
differences on 40 to 300 units of equal and unequal size: plain percentiles and BCa were too short
for few units, studentised intervals strayed where most differences are 0. The tests hold this one
to 93 to 97 % from 40 to 1,000 units. Shares near 0 or 1 are covered too rarely where units are few
(85 % for 0.05 of 40 questions, 92 % for 0.1), as by most of the others.

References
----------
Hesterberg, "What teachers should know about the bootstrap", The American Statistician 69(4), 2015
(expanded percentile). Kish, "Survey sampling", 1965 (effective size). Ma, Genton and Parzen,
"Asymptotic properties of sample quantiles of discrete distributions", Annals of the Institute of
Statistical Mathematics 63(2), 2011 (quantiles at the middle of a step). Holm, "A simple
sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6(2), 1979.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from math import ceil, isnan, nan, sqrt
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from recsys.evaluation.dataset import Floats

Verdict = Literal["better", "worse", "within noise"]
Units = npt.NDArray[np.integer[Any]]

DRAWS = 10_000
LEVEL = 0.95
POWER = 0.8
"""How surely `Difference.units_needed` would show a difference as large as was seen."""
FEWEST = 5
"""Fewer effective units are no sample: there is no interval."""

_CHUNK = 2_000_000  # numbers drawn at a time
_DECIMALS = 12  # of means, so that sums in another order tie, and nothing is nothing


@dataclass(frozen=True)
class Interval:
    """A mean and where it may truly lie.

    Attributes
    ----------
    mean
        Over questions; NaN if there are none.
    low, high
        Bounds; NaN if there are too few units.
    n_units
        How many units the mean was made of.
    """

    mean: float
    low: float
    high: float
    n_units: int


@dataclass(frozen=True)
class Difference:
    """How much more one has than the other, on the same questions.

    Attributes
    ----------
    mean, low, high
        Of ``a - b``; the interval is of this comparison alone. NaN as in `Interval`.
    p
        Probability of a difference at least as large if there is none: the smallest ``1 - level``
        whose interval leaves 0 out. 1 if there is no interval.
    p_corrected
        The same, if several comparisons were made.
    n_units
        How many units both were asked.
    units_needed
        How many settle it with probability `POWER` if the true difference is the one seen; None
        where none is seen, or there is no interval.
    verdict
        Of ``a``: better or worse only if ``p_corrected <= 1 - level``.
    """

    mean: float
    low: float
    high: float
    p: float
    p_corrected: float
    n_units: int
    units_needed: int | None
    verdict: Verdict


def interval(
    a: Floats, unit: Units, *, draws: int = DRAWS, seed: int = 0, level: float = LEVEL
) -> Interval:
    """Return the mean of ``a`` with its interval; as `intervals` for one."""
    return intervals(a[None], unit, draws=draws, seed=seed, level=level)[0]


def intervals(
    table: Floats, unit: Units, *, draws: int = DRAWS, seed: int = 0, level: float = LEVEL
) -> list[Interval]:
    """Return a mean with its interval for each row of a table, all from the same draws.

    Parameters
    ----------
    table
        float64, shape (m, n): ``m`` values for each question, NaN where there is none.
    unit
        Integers, shape (n,): the unit of each question.
    draws
        How often units are drawn, at least 1,000.
    level
        Of the intervals, between 0 and 1.

    Notes
    -----
    Time O(draws * units), and a matrix product of that with ``m``; memory O(draws * m).
    """
    _check(draws, level)
    return [_interval(sample, level) for sample in _samples(table, unit, draws, seed)]


def compare(
    a: Floats,
    b: Floats,
    unit: Units,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    n_comparisons: int = 1,
    level: float = LEVEL,
    better: Literal["higher", "lower"] = "higher",
) -> Difference:
    """Compare two rankers on the questions that have a value for both.

    Parameters
    ----------
    a, b
        float64, shape (n,), NaN where there is no value.
    unit
        Integers, shape (n,): the unit of each question.
    n_comparisons
        How many comparisons one chooses among: ``p`` is multiplied by it (Bonferroni). Where all
        of them are at hand, leave it at 1 and use `settled`.
    better
        Whether more or less of it is better.

    Other parameters are as in `intervals`.
    """
    if n_comparisons < 1:
        raise ValueError(f"n_comparisons must be at least 1, got {n_comparisons}")
    table = (a - b)[None]
    (d,) = compare_each(table, unit, draws=draws, seed=seed, level=level, better=better)
    return _judged(_among(d, n_comparisons, level), min(1.0, d.p * n_comparisons), level, better)


def compare_each(
    differences: Floats,
    unit: Units,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    level: float = LEVEL,
    better: Literal["higher", "lower"] = "higher",
) -> list[Difference]:
    """Return a comparison, not corrected, for each row of differences, all from the same draws.

    ``differences`` is float64, shape (m, n): ``a - b`` for each question, NaN where there is no
    value for both. Other parameters are as in `compare`.
    """
    _check(draws, level)
    found = []
    for sample in _samples(differences, unit, draws, seed):
        mean, low, high, n = astuple(_interval(sample, level))
        p, needed = _p_value(sample), _units_needed(sample, level)
        alone = Difference(mean, low, high, p, p, n, needed, "within noise")
        found.append(_judged(alone, p, level, better))
    return found


def settled(
    differences: Sequence[Difference],
    level: float = LEVEL,
    better: Literal["higher", "lower"] = "higher",
) -> list[Difference]:
    """Return uncorrected differences with p corrected for their number, judged anew.

    The units needed are those that a share of ``1 - level`` for each of them asks for.
    """
    ps = corrected([difference.p for difference in differences])
    return [
        _judged(_among(d, len(ps), level), p, level, better)
        for d, p in zip(differences, ps, strict=True)
    ]


def corrected(ps: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number after Holm, in the order given.

    The i-th smallest of n, from 1, is multiplied by ``n - i + 1``; none is smaller than the one
    before it, and none is over 1.
    """
    order = np.argsort(np.asarray(ps, dtype=np.float64), kind="stable")
    factors = np.arange(len(ps), 0, -1)
    values = np.minimum(np.maximum.accumulate(np.asarray(ps, dtype=np.float64)[order] * factors), 1)
    result = np.empty(len(ps))
    result[order] = values
    return [float(p) for p in result]


def sentence(
    name_a: str, name_b: str, metric: str, difference: Difference, unit_name: str = "units"
) -> str:
    """Return in plain words what a comparison says, and how much data would settle it."""
    d = difference
    if isnan(d.low):
        return (
            f"{name_a} against {name_b} in {metric}: {d.n_units} {unit_name} are too few to say"
            " anything."
        )
    told = {
        "better": f"{name_a} is better than {name_b}",
        "worse": f"{name_a} is worse than {name_b}",
        "within noise": f"Between {name_a} and {name_b} there is nothing but noise",
    }[d.verdict]
    figures = (
        f"{told} in {metric}: {d.mean:+.4f}, from {d.low:+.4f} to {d.high:+.4f}"
        f" (p = {_p_in_words(d.p_corrected)}, {d.n_units:,} {unit_name})."
    )
    if d.verdict != "within noise":
        return figures
    if d.units_needed is None:
        return f"{figures} No difference was seen that more data could settle."
    return (
        f"{figures} If the difference is as large as it looks, about"
        f" {_rounded(d.units_needed):,} {unit_name} would settle it."
    )


@dataclass(frozen=True, eq=False)
class _Sample:
    """The mean of one row of a table, and the means that were drawn.

    Attributes
    ----------
    values, middles
        The distinct means, ascending, and for each the share of draws below it, half of those
        at it included.
    spread
        Standard deviation of the drawn means.
    """

    mean: float
    values: Floats
    middles: Floats
    spread: float
    n_units: int
    effective: float

    @property
    def enough(self) -> bool:
        return self.effective >= FEWEST

    @property
    def stretch(self) -> float:
        """How much wider than the drawn means the true spread is."""
        return sqrt(self.effective / (self.effective - 1))


def _samples(table: Floats, unit: Units, draws: int, seed: int) -> list[_Sample]:
    numbers = np.unique(unit, return_inverse=True)[1].reshape(-1)
    there = ~np.isnan(table)
    sums = _by_unit(np.where(there, table, 0.0), numbers)
    # Rows that have a value for the same questions have the same sizes, which are drawn once.
    patterns, pattern_of = np.unique(there, axis=0, return_inverse=True)
    sizes, pattern_of = _by_unit(patterns.astype(np.float64), numbers), pattern_of.reshape(-1)
    drawn = _drawn(np.concatenate([sums, sizes]), draws, seed)
    samples = []
    for row, pattern in enumerate(pattern_of.tolist()):
        size = sizes[pattern]
        total = float(size.sum())
        below = drawn[len(sums) + pattern]
        means = np.divide(drawn[row], below, out=np.zeros(draws), where=below > 0)
        values, times = np.unique(means.round(_DECIMALS), return_counts=True)
        samples.append(
            _Sample(
                round(float(sums[row].sum()) / total, _DECIMALS) if total else nan,
                values,
                (np.cumsum(times) - times / 2) / draws,
                float(means.std()),
                int((size > 0).sum()),
                total**2 / float((size**2).sum()) if total else 0.0,
            )
        )
    return samples


def _by_unit(table: Floats, numbers: npt.NDArray[np.int64]) -> Floats:
    """Return float64, shape (m, n_units): the sums over the questions of each unit."""
    n = int(numbers.max(initial=-1)) + 1
    return np.stack([np.bincount(numbers, weights=row, minlength=n) for row in table])


def _drawn(table: Floats, draws: int, seed: int) -> Floats:
    """Return float64, shape (m, draws): sums over as many units as there are, drawn with return."""
    m, n = table.shape
    result = np.zeros((m, draws))
    rng = np.random.default_rng(seed)
    step = max(1, _CHUNK // max(n, 1)) if n else draws
    for start in range(0, draws if n else 0, step):
        size = min(step, draws - start)
        places = rng.integers(0, n, (size, n)) + np.arange(size)[:, None] * n
        times = np.bincount(places.reshape(-1), minlength=size * n).reshape(size, n)
        result[:, start : start + size] = table @ times.T.astype(np.float64)
    return result


def _interval(sample: _Sample, level: float) -> Interval:
    if not sample.enough:
        return Interval(sample.mean, nan, nan, sample.n_units)
    t = float(stdtrit(sample.effective - 1, (1 + level) / 2))
    tail = float(ndtr(-sample.stretch * t))
    low, high = np.interp([tail, 1 - tail], sample.middles, sample.values)
    return Interval(sample.mean, float(low), float(high), sample.n_units)


def _p_value(sample: _Sample) -> float:
    """Return the smallest ``1 - level`` whose interval leaves 0 out."""
    if not sample.enough:
        return 1.0
    under = float(np.interp(0.0, sample.values, sample.middles))
    tail = float(ndtri(min(under, 1 - under)))
    return float(2 * stdtr(sample.effective - 1, tail / sample.stretch))


def _units_needed(sample: _Sample, level: float) -> int | None:
    if not sample.enough or sample.mean == 0.0:
        return None
    spread = sample.spread * sample.stretch
    return ceil(sample.n_units * (_reach(level) * spread / sample.mean) ** 2)


def _reach(level: float, n_comparisons: int = 1) -> float:
    """Return how many standard errors a difference must have to be shown as surely as `POWER`."""
    return float(ndtri(1 - (1 - level) / n_comparisons / 2) + ndtri(POWER))


def _among(difference: Difference, n_comparisons: int, level: float) -> Difference:
    """Return the difference with the units that are needed where it is one of several."""
    if difference.units_needed is None:
        return difference
    harder = (_reach(level, n_comparisons) / _reach(level)) ** 2
    return replace(difference, units_needed=ceil(difference.units_needed * harder))


def _judged(
    difference: Difference, p: float, level: float, better: Literal["higher", "lower"]
) -> Difference:
    """Return the difference with a verdict at a corrected p."""
    if isnan(difference.low) or not p <= 1 - level:
        return replace(difference, p_corrected=p, verdict="within noise")
    more = (difference.mean > 0) == (better == "higher")
    verdict: Verdict = "better" if more else "worse"
    return replace(difference, p_corrected=p, verdict=verdict)


def _check(draws: int, level: float) -> None:
    if draws < 1_000:
        raise ValueError(f"draws must be at least 1,000, got {draws}")
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level}")


def _p_in_words(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "0.001 at most"


def _rounded(number: int) -> int:
    """Return a number rounded up to two digits that count."""
    scale = int(10 ** max(len(str(number)) - 2, 0))
    return -(-number // scale) * scale
