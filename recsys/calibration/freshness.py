"""How fast a site's own editors and readers let its articles grow old."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.signals.freshness import MILD_HALF_LIFE_DAYS, Freshness

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.integer[Any]]

STEEPNESS: tuple[float, ...] = tuple(step / 40 for step in range(2, 25))
"""What is tried: ``ln 2 / ln(1 + half_life_days)``, from 0.05 (for ever) to 0.6 (2.2 days)."""

_SPREAD = 0.1  # standard deviation of sites' steepness around the mild one
_NAT = 0.5  # gain, summed over choices, that makes a steepness e times as likely


@dataclass(frozen=True, eq=False)
class Choices:
    """What was chosen, and among what: inline links, clicks, co-reads, whatever there is.

    Attributes
    ----------
    similarity
        float64, shape (n, k): of the candidates of each choice; 0 or less where there are fewer
        than k.
    age_days
        float64, shape (n, k): how old each candidate was at the time of the choice.
    chosen
        Whole numbers, shape (n,): place of the one that was chosen.
    """

    similarity: Floats
    age_days: Floats
    chosen: Places


@dataclass(frozen=True)
class SiteFreshness:
    """The half-life of a site's articles in a related list, with the evidence.

    Attributes
    ----------
    half_life_days
        What the site gets: between the mild one and its own best, by how much evidence there is.
    best_half_life_days
        Under which what was chosen stood highest; None without evidence.
    mild_half_life_days
        What it is drawn towards.
    pairs
        How many choices were looked at.
    median_age_days
        Of what was chosen; None without evidence.
    own_weight
        How far the evidence narrows down what was thought before: 0 not at all, 1 to a point.
    gains
        Each half-life tried, and the mean of ``1 / log2(1 + rank)`` of what was chosen.
    """

    half_life_days: float
    best_half_life_days: float | None
    mild_half_life_days: float
    pairs: int
    median_age_days: float | None
    own_weight: float
    gains: tuple[tuple[float, float], ...]

    def document(self) -> dict[str, Any]:
        """Return it as the manifest shows it."""
        return {**asdict(self), "gains": [list(pair) for pair in self.gains]}


def calibrated_freshness(choices: Choices, freshness: Freshness) -> SiteFreshness:
    """Return the half-life under which what was chosen stands high, drawn towards the mild one.

    Each candidate scores ``similarity * factor(age)``; the gain of a choice is ``1 / log2(1 +
    rank)`` of what was chosen, a tie being half a place. The site's steepness ``s = ln 2 / ln(1 +
    half_life_days)`` is the mean of `STEEPNESS` under the weights

    ``w[s] = exp(sum of gains[s] / 0.5 - ((s - mild) / 0.1) ** 2 / 2)``:

    a mean moves little where many do equally well, as the best of them would not. Ranks are what
    readers see; the likelihood of a logit over the same candidates is led astray by the far end of
    the list, where the old articles are.

    Parameters
    ----------
    choices
        May be empty.
    freshness
        Whose other parameters hold.
    """
    pairs = choices.chosen.size
    gains = np.array([_gains(choices, freshness, _half_life(s)) for s in STEEPNESS])
    prior = -(((np.array(STEEPNESS) - _steepness(MILD_HALF_LIFE_DAYS)) / _SPREAD) ** 2) / 2
    best = STEEPNESS[int(np.lexsort((-prior, -gains))[0])]
    mean, variance = _moments(prior + pairs * gains / _NAT)
    life = _half_life(mean) if pairs else MILD_HALF_LIFE_DAYS
    ages = choices.age_days[np.arange(pairs), choices.chosen]
    return SiteFreshness(
        half_life_days=round(life, 2),
        best_half_life_days=round(_half_life(best), 2) if pairs else None,
        mild_half_life_days=MILD_HALF_LIFE_DAYS,
        pairs=pairs,
        median_age_days=round(float(np.median(ages)), 2) if pairs else None,
        own_weight=round(max(0.0, 1 - variance / _moments(prior)[1]), 3),
        gains=tuple(
            (round(_half_life(s), 2), float(gain))
            for s, gain in zip(STEEPNESS, gains, strict=True)
            if pairs
        ),
    )


def half_lives_of(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Return each site's half-life, in days, out of a manifest.

    Raises
    ------
    ValueError
        If a half-life cannot be what calibration writes.
    """
    found = {site: float(document["half_life_days"]) for site, document in documents.items()}
    for site, days in found.items():
        if not _half_life(STEEPNESS[-1]) - 0.01 <= days <= _half_life(STEEPNESS[0]) + 0.01:
            raise ValueError(f"freshness of {site!r}: half_life_days cannot be {days}")
    return found


def _gains(choices: Choices, freshness: Freshness, half_life_days: float) -> float:
    """Return the mean gain of the choices, rounded so that equal ones are equal."""
    if not choices.chosen.size:
        return 0.0
    worth = replace(freshness, half_life_days=half_life_days).at(choices.age_days)
    scores = np.round(np.maximum(choices.similarity, 0.0) * worth, 6)
    own = scores[np.arange(len(scores)), choices.chosen][:, None]
    rank = 1 + (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2
    return round(float(np.mean(1 / np.log2(1 + rank))), 6)


def _moments(logarithms: Floats) -> tuple[float, float]:
    """Return the mean and variance of `STEEPNESS` under weights given by their logarithms."""
    steepness, weight = np.array(STEEPNESS), np.exp(logarithms - logarithms.max())
    weight /= weight.sum()
    mean = float(weight @ steepness)
    return mean, float(weight @ (steepness - mean) ** 2)


def _steepness(half_life_days: float) -> float:
    return float(np.log(2) / np.log1p(half_life_days))


def _half_life(steepness: float) -> float:
    return float(2 ** (1 / steepness) - 1)
