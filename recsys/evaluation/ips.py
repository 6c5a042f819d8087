"""How many clicks would other lists have earned? Estimates from a log, by inverse propensities.

Two ways, by what is known of the log:

`item_position`
    The log states with which probability each article stood at its place. A click counts where
    the new list has the same article at the same place, by the inverse of that probability.
    Right if a click depends on article and place, and not on what else is in the list
    (item-position model; Li et al., "Offline Evaluation of Ranking Policies with Click Models",
    KDD 2018). Where lists were drawn uniformly this is replay, a place at a time (Li et al.,
    "Unbiased Offline Evaluation of Contextual-bandit-based News Article Recommendation Algorithms",
    WSDM 2011).

`position_based`
    It is known how likely each place is looked at (`examination` estimates it from a log with
    propensities). A click counts by how much more, or less, the new place is looked at. Right if
    a click is the place being looked at times the article being wanted, and only for lists that
    put what was shown into another order (Joachims et al., "Unbiased Learning-to-Rank with Biased
    Feedback", WSDM 2017).

Where neither is known nothing can be concluded about other lists than the logged ones: whatever
made them is favoured, and `item_position` refuses.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from recsys.errors import DataError
from recsys.evaluation.dataset import Floats, Impressions, Rows

Kind = Literal["ips", "snips", "clipped"]
FEWEST = 50.0
"""Lists that must speak of every place of the new ones for an interval."""
LEAST_SUPPORT = 0.7
"""Share of the new lists that the log must speak of for an interval."""
Units = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Estimate:
    """Expected clicks a list.

    Attributes
    ----------
    value, low, high
        The estimate and its interval: Student's t over the units, ratios linearised. NaN where
        there is no interval.
    support
        What share of the new lists the log can speak of: near 1, or the rest counts as never
        clicked.
    matched
        How many lists of the log speak of the place that fewest speak of, heavier ones counting for
        more: ``(sum of weights)**2 / sum of weights**2`` of a place. Below `FEWEST`, or with less
        support than `LEAST_SUPPORT`, there is no interval: it would be too short, because the
        heaviest clicks are those that are not there yet.
    units
        How many independent parts the log has.
    """

    value: float
    low: float
    high: float
    support: float
    matched: float
    units: int


def item_position(
    logged: Impressions,
    lists: Rows,
    kind: Kind = "snips",
    *,
    largest_weight: float = 10.0,
    unit: Units | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the clicks of new lists from the stated propensities.

    With ``w[i, j] = (new[i, j] == shown[i, j]) / propensity[i, j]`` for place j of list i, clicks c
    and n lists::

        ips      sum over i, j of c w / n                                unbiased, spreads most
        clipped  the same with min(w, largest_weight)                    too low, spreads less
        snips    sum over j of (sum over i of c w) / (sum over i of w)   nearly unbiased

    the last times the share of the new lists that reach place j (Swaminathan and Joachims, "The
    Self-Normalized Estimator for Counterfactual Learning", NeurIPS 2015, a place at a time).

    Parameters
    ----------
    logged
        With places and propensities.
    lists
        int32, shape (n_lists, k): what would be shown instead, -1 behind. What stands beyond the
        logged places counts as never clicked.
    unit
        Shape (n_lists,): which lists belong together, as those of one session; each by itself if
        not given.
    level
        Of the interval.

    Raises
    ------
    DataError
        If a place or a propensity is not stated.
    """
    clicks, weights, reached = _matched(logged, lists)
    matched = _thinnest(weights, reached)
    if kind == "clipped":
        weights = np.minimum(weights, largest_weight)
    support = float(weights.sum() / max(reached.sum(), 1))
    if kind != "snips":
        return _mean((clicks * weights).sum(axis=1), support, matched, unit, level)
    mass = np.maximum(weights.mean(axis=0), 1e-12)
    rate = (clicks * weights).mean(axis=0) / mass
    share = reached.mean(axis=0)
    away = ((clicks - rate) * weights / mass * share).sum(axis=1) + (reached * rate).sum(axis=1)
    return _mean(away, support, matched, unit, level)


def position_based(
    logged: Impressions,
    lists: Rows,
    seen: Floats,
    *,
    largest_weight: float = np.inf,
    unit: Units | None = None,
    level: float = 0.95,
) -> Estimate:
    """Estimate the clicks of lists that put what was shown into another order.

    ``sum over i, j of c[i, j] * min(largest_weight, seen[new place] / seen[j]) / n``, 0 for what
    the new list leaves out.

    Parameters
    ----------
    logged
        With places; propensities are not needed.
    lists
        int32, shape (n_lists, k), -1 behind.
    seen
        float64, shape (m,): how likely each place is looked at, over 0; only ratios matter, and
        places beyond count as never looked at.

    Raises
    ------
    DataError
        If a place is not stated, or beyond ``seen``.
    """
    if (logged.position < 0).any():
        raise DataError("impressions: a list has no places; clicks cannot be weighed by place")
    if (logged.position >= seen.size).any():
        raise DataError(f"seen must say how likely place {int(logged.position.max())} is looked at")
    k = min(lists.shape[1], seen.size)
    same = lists[logged.shown, :k] == logged.row[:, None]
    seen_now = np.where(same, seen[:k], 0.0).sum(axis=1)
    weights = np.minimum(seen_now / seen[logged.position], largest_weight)
    earned = logged.clicked * weights
    score = np.bincount(logged.shown, earned, minlength=logged.n_lists).astype(np.float64)
    wanted = np.where(lists[:, :k] >= 0, seen[:k], 0.0).sum()
    support = float(seen_now.sum() / max(wanted, 1e-12))
    return _mean(score, support, float((seen_now > 0).sum() / seen.size), unit, level)


def examination(logged: Impressions) -> Floats:
    """Return float64, shape (m,): how likely each place is looked at, relative to the first.

    ``seen[j] ~ (sum over lists of clicks / propensity at place j) / (lists that have place j)``.
    At every place the sum is over the same articles, if whatever may stand at one place may stand
    at every other; so only the places differ.

    Raises
    ------
    DataError
        If a place or a propensity is not stated, or nothing at the first place was clicked.
    """
    _check(logged)
    length = int(logged.position.max(initial=0)) + 1
    weighed = np.bincount(logged.position, logged.clicked / logged.propensity, minlength=length)
    rate = weighed / np.maximum(np.bincount(logged.position, minlength=length), 1)
    if not rate[0] > 0:
        raise DataError("impressions: nothing at the first place was clicked")
    return np.asarray(rate / rate[0])


def _check(logged: Impressions) -> None:
    missing = int((np.isnan(logged.propensity) | (logged.position < 0)).sum())
    if missing:
        raise DataError(
            f"impressions: {missing} of {logged.row.size} state no place or no propensity; without"
            " them nothing can be said about lists other than the logged ones"
        )


def _matched(logged: Impressions, lists: Rows) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """Return clicks, weights and whether new lists reach a place; shape (n_lists, places)."""
    _check(logged)
    length = int(logged.position.max(initial=-1)) + 1
    shape = (logged.n_lists, length)
    wide = np.full(shape, -1, dtype=np.int32)
    k = min(lists.shape[1], length)
    wide[:, :k] = lists[:, :k]
    clicks, weights = np.zeros(shape), np.zeros(shape)
    clicks[logged.shown, logged.position] = logged.clicked
    same = wide[logged.shown, logged.position] == logged.row
    weights[logged.shown, logged.position] = same / logged.propensity
    return clicks, weights, wide >= 0


def _thinnest(weights: Floats, reached: npt.NDArray[np.bool_]) -> float:
    """Return the smallest effective number of lists over the places that new lists reach."""
    sums, squares = weights.sum(axis=0), (weights**2).sum(axis=0)
    effective = sums**2 / np.maximum(squares, 1e-300)
    return float(np.where(reached.any(axis=0), effective, np.inf).min(initial=np.inf))


def _mean(
    score: Floats, support: float, matched: float, unit: Units | None, level: float
) -> Estimate:
    """Return the mean of what each list adds, and Student's interval over the units."""
    n = score.size
    value = float(score.mean()) if n else np.nan
    of = np.arange(n) if unit is None else np.unique(unit, return_inverse=True)[1]
    away = np.bincount(of, score - value) if n else np.zeros(0)
    if away.size < 2 or matched < FEWEST or support < LEAST_SUPPORT:
        return Estimate(value, np.nan, np.nan, support, matched, away.size)
    error = np.sqrt(away.size / (away.size - 1) * float((away**2).sum())) / n
    reach = float(stdtrit(away.size - 1, (1 + level) / 2)) * error
    return Estimate(value, value - reach, value + reach, support, matched, away.size)
