"""How much an article's age takes from its score."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.times import DAY, UNKNOWN

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Freshness:
    """Flat at first, then half as much after every half-life, never under a floor.

    ``factor(age) = max(floor, 2 ** (-max(0, age - flat_days) / half_life_days))``

    Parameters
    ----------
    flat_days
        Age up to which the factor is 1, in days; at least 0.
    half_life_days
        Days after which the factor has halved; infinite makes it 1 for ever.
    floor
        Smallest factor, from 0 to 1; also that of an article of unknown age.
    """

    flat_days: float = 2.0
    half_life_days: float = 30.0
    floor: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what is no age and no share."""
        if not self.flat_days >= 0:
            raise ValueError(f"flat_days must be at least 0, got {self.flat_days}")
        if not self.half_life_days > 0:
            raise ValueError(f"half_life_days must be over 0, got {self.half_life_days}")
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
        halved = 2.0 ** (-np.maximum(0.0, days - self.flat_days) / self.half_life_days)
        return np.where(known, np.maximum(self.floor, halved), self.floor)
