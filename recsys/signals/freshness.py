"""How much an article's age takes from its score."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.times import DAY, UNKNOWN

Floats = npt.NDArray[np.float64]

MILD_HALF_LIFE_DAYS = 15.0
"""The half-life of a site that nothing is known of."""


@dataclass(frozen=True)
class Freshness:
    """Much worth lost in the first days, less and less in the weeks after, never under a floor.

    ``factor(age) = max(floor, (1 + t / scale_days) ** -b)``, where ``t = max(0, age - flat_days)``
    and ``b = ln 2 / ln(1 + half_life_days / scale_days)``, so that the factor at ``half_life_days``
    is a half. It is a power law: past the first days each doubling of the age costs the same
    share. With ``scale_days`` infinite it is plain decay, ``2 ** (-t / half_life_days)``.

    Parameters
    ----------
    flat_days
        Age up to which the factor is 1, in days; at least 0.
    half_life_days
        Days after which the factor has halved; infinite makes it 1 for ever. None: what training
        found for the site (`recsys.calibration.freshness`), else `MILD_HALF_LIFE_DAYS`.
    scale_days
        How long the first, steep fall lasts, in days; over 0, and infinite for plain decay.
    floor
        Smallest factor, from 0 to 1; also that of an article of unknown age.
    """

    flat_days: float = 0.0
    half_life_days: float | None = None
    scale_days: float = 1.0
    floor: float = 0.3

    def __post_init__(self) -> None:
        """Refuse what is no age and no share."""
        if not self.flat_days >= 0:
            raise ValueError(f"flat_days must be at least 0, got {self.flat_days}")
        if self.half_life_days is not None and not self.half_life_days > 0:
            raise ValueError(f"half_life_days must be over 0, got {self.half_life_days}")
        if not self.scale_days > 0:
            raise ValueError(f"scale_days must be over 0, got {self.scale_days}")
        if not 0 <= self.floor <= 1:
            raise ValueError(f"floor must be from 0 to 1, got {self.floor}")

    def factors(self, published: npt.NDArray[np.int64], now: int) -> Floats:
        """Return float64, shape of ``published``, from ``floor`` to 1.

        Parameters
        ----------
        published
            int64, in seconds since 1970, `recsys.times.UNKNOWN` where nobody said.
        now
            In seconds since 1970.
        """
        known = published != UNKNOWN
        days = np.where(known, now - np.where(known, published, 0), 0) / DAY
        return np.where(known, self.at(days), self.floor)

    def at(self, age_days: Floats) -> Floats:
        """Return the factors of known ages, in days; float64, same shape."""
        life = self.half_life_days or MILD_HALF_LIFE_DAYS
        aged = np.maximum(0.0, age_days - self.flat_days)
        if np.isinf(self.scale_days):
            halvings = aged / life
        else:
            halvings = np.log1p(aged / self.scale_days) / np.log1p(life / self.scale_days)
        return np.asarray(np.maximum(self.floor, 2.0**-halvings))
