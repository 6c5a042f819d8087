"""How much an article has been read of late."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from recsys.data.views import ViewCounts

Floats = npt.NDArray[np.float64]

# Half-lives that forecast the next hour best, by traffic: (views an hour, minutes). Measured on
# the click log of a news portal, whole and thinned; benchmarks/README.md tells how.
_MEASURED = ((40.0, 90.0), (165.0, 45.0), (800.0, 20.0), (8200.0, 15.0))
_SHORTEST, _LONGEST = 10.0, 720.0


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
        the traffic of the window (`fitted_half_life`).

    Attributes
    ----------
    scores_
        float32, shape (n_articles,), in decayed views, >= 0. Set by `fit`.
    highest_
        The highest score.
    half_life_minutes_
        The half-life that was used, in minutes.

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

    def fit(self, views: ViewCounts, now: int) -> Self:
        """Score every article at minute ``now`` (minutes since 1970).

        Raises
        ------
        ValueError
            If a parameter is out of range.
        """
        self.check()
        first = now - self.window_minutes + 1
        self.half_life_minutes_ = self.half_life_minutes or fitted_half_life(
            float(views.window(first, now).sum()) / (self.window_minutes / 60)
        )
        self.scores_ = views.decayed(first, now, self.half_life_minutes_).astype(np.float32)
        self.highest_ = float(self.scores_.max(initial=0.0))
        return self

    def factors(self, rows: npt.NDArray[np.int32]) -> Floats:
        """Return float64, shape of ``rows``: 1 for what nobody reads, 2 for the most read.

        ``factor[a] = 1 + ln(1 + score[a]) / ln(1 + max score)``

        Parameters
        ----------
        rows
            int32, shape (m,): the articles that are asked about.
        """
        if not self.highest_ > 0:
            return np.ones(rows.size)
        scores: Floats = self.scores_[rows].astype(np.float64)
        return np.asarray(1.0 + np.log1p(scores) / np.log1p(self.highest_))


def fitted_half_life(views_per_hour: float) -> float:
    """Return the half-life, in minutes, that suits a traffic.

    Interpolated between measured points, straight in the logarithms; beyond them the line goes on
    up to 10 and 720 minutes: thin traffic needs a longer memory to be more than noise.
    """
    rates, minutes = (np.log([pair[i] for pair in _MEASURED]) for i in (0, 1))
    rate = np.log(max(views_per_hour, 1e-3))
    i = int(np.clip(np.searchsorted(rates, rate) - 1, 0, len(_MEASURED) - 2))
    slope = (minutes[i + 1] - minutes[i]) / (rates[i + 1] - rates[i])
    return float(np.clip(np.exp(minutes[i] + slope * (rate - rates[i])), _SHORTEST, _LONGEST))
