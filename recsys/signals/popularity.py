"""How much an article has been read of late."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from recsys.data.views import ViewCounts

Floats = npt.NDArray[np.float64]
Sites = npt.NDArray[np.integer[Any]]

# Half-lives that forecast best, by traffic: (views an hour, minutes). Measured on four days of the
# click log of a news portal, whole and thinned: python -m benchmarks.most_read.
_MEASURED = ((10.0, 125.0), (48.0, 75.0), (190.0, 45.0), (970.0, 20.0), (9700.0, 12.0))
_SHORTEST, _LONGEST = 10.0, 720.0

TRAFFIC_MINUTES = 240
"""How far back the traffic is measured that a half-life is fitted to."""


@dataclass
class Popularity:
    """Views in a recent window, each worth less as it ages.

    ``score[a] = sum over m of views[a, m] * 2 ** (-(now - m) / half_life_minutes)``
    for ``now - window_minutes < m <= now``, the running minute included.

    Parameters
    ----------
    window_minutes
        How far back views count, in minutes; at least 1.
    half_life_minutes
        Age at which a view counts half, in minutes; infinite counts all alike; None fits it to
        the traffic of each site in the last four hours (`fitted_half_life`).

    Attributes
    ----------
    scores_
        float32, shape (n_articles,), in decayed views, >= 0. Set by `fit`.
    highest_
        The highest score.
    half_lives_
        The half-life that was used for each site, in minutes.

    References
    ----------
    Cormode et al., "Forward Decay", ICDE 2009.
    """

    window_minutes: int = 1440
    half_life_minutes: float | None = None

    def check(self) -> None:
        """Refuse parameters that are out of range; ValueError."""
        if self.window_minutes < 1:
            raise ValueError(f"window_minutes must be at least 1, got {self.window_minutes}")
        if self.half_life_minutes is not None and not self.half_life_minutes > 0:
            raise ValueError(f"half_life_minutes must be over 0, got {self.half_life_minutes}")

    def fit(
        self,
        views: ViewCounts,
        now: int,
        sites: Sites | None = None,
        factors: Sequence[float] = (1.0,),
    ) -> Self:
        """Score every article at minute ``now`` (minutes since 1970).

        Parameters
        ----------
        views
            Views of the corpus.
        now
            In minutes since 1970.
        sites
            Whole numbers, shape (n_articles,): each article's site, from 0; None if all are of one.
        factors
            For each site, what its fitted half-life is multiplied by.

        Raises
        ------
        ValueError
            If a parameter is out of range.
        """
        self.check()
        self.half_lives_ = self.half_lives(views, now, sites, factors)
        alike = sites is None or len(set(self.half_lives_)) == 1
        own = self.half_lives_[0] if alike else np.array(self.half_lives_)[sites]
        scores = views.decayed(now - self.window_minutes + 1, now, own)
        self.scores_ = scores.astype(np.float32)
        self.highest_ = float(self.scores_.max(initial=0.0))
        return self

    def half_lives(
        self, views: ViewCounts, now: int, sites: Sites | None, factors: Sequence[float]
    ) -> tuple[float, ...]:
        """Return the half-life of each site at minute ``now``; the parameters are those of `fit`.

        It costs the views of four hours.
        """
        if self.half_life_minutes is not None:
            return (self.half_life_minutes,) * len(factors)
        row, _, read = views.counted("views", now - TRAFFIC_MINUTES + 1, now)
        by_site = [read.sum()] if sites is None else np.bincount(sites[row], read, len(factors))
        hours = TRAFFIC_MINUTES / 60
        return tuple(
            fitted_half_life(float(n) / hours, factor)
            for n, factor in zip(by_site, factors, strict=True)
        )

    def factors(self, rows: npt.NDArray[np.int32]) -> Floats:
        """Return float64, shape of ``rows``: 1 for what nobody reads, 2 for the most read.

        ``factor[a] = 1 + ln(1 + score[a]) / ln(1 + max score)``

        Parameters
        ----------
        rows
            int32, shape (m,): the articles that are asked about.
        """
        return blended(self.scores_[rows].astype(np.float64), self.highest_)


def blended(scores: Floats, highest: float) -> Floats:
    """Return `Popularity.factors` of scores, of which the highest of all articles is given."""
    if not highest > 0:
        return np.ones(scores.size)
    return np.asarray(1.0 + np.log1p(scores) / np.log1p(highest))


def fitted_half_life(views_per_hour: float, factor: float = 1.0) -> float:
    """Return the half-life, in minutes, that suits a traffic.

    Interpolated between measured points, straight in the logarithms; beyond them the line goes on
    up to 10 and 720 minutes: thin traffic needs a longer memory to be more than noise. ``factor``
    is what a site's own reading multiplies that rule by (`recsys.calibration.half_life`).
    """
    rates, minutes = (np.log([pair[i] for pair in _MEASURED]) for i in (0, 1))
    rate = np.log(max(views_per_hour, 1e-3))
    i = int(np.clip(np.searchsorted(rates, rate) - 1, 0, len(_MEASURED) - 2))
    slope = (minutes[i + 1] - minutes[i]) / (rates[i + 1] - rates[i])
    ruled = np.exp(minutes[i] + slope * (rate - rates[i]))
    return factor * float(np.clip(ruled, _SHORTEST, _LONGEST))
