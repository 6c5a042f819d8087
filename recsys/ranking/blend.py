"""Several signals, one score: a product of factors."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Factors:
    """What a score is the product of, the exponents applied; float64, shape (m,) each."""

    similarity: Floats
    freshness: Floats
    popularity: Floats
    boost: Floats

    @property
    def scores(self) -> Floats:
        """The product, rounded to 6 decimals so that ties are ties."""
        product = self.similarity * self.freshness * self.popularity * self.boost
        return np.asarray(np.round(product, 6))


@dataclass(frozen=True)
class Blend:
    """``score = similarity * freshness ** f * popularity ** p * boost``.

    Parameters
    ----------
    freshness, popularity
        Exponents f and p, at least 0; 0 leaves the signal out.
    diversity
        Weight of novelty against score in the choice of a list (`recsys.ranking.diversity`), from
        0 to 1; 0 takes the best scores.
    depth
        How many candidates are looked at for a list; at least 1.
    """

    freshness: float = 1.0
    popularity: float = 0.1
    diversity: float = 0.0
    depth: int = 50

    def __post_init__(self) -> None:
        """Refuse negative exponents and shares beyond 1."""
        for name in ("freshness", "popularity"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")
        if not 0 <= self.diversity <= 1:
            raise ValueError(f"diversity must be from 0 to 1, got {self.diversity}")
        if self.depth < 1:
            raise ValueError(f"depth must be at least 1, got {self.depth}")

    def factors(
        self, similarity: Floats, freshness: Floats, popularity: Floats, boost: Floats | None = None
    ) -> Factors:
        """Apply the exponents.

        Parameters
        ----------
        similarity, freshness, popularity, boost
            Shape (m,); ``boost`` is 1 where it is not given.
        """
        return Factors(
            similarity,
            freshness**self.freshness,
            popularity**self.popularity,
            np.ones(similarity.size) if boost is None else boost,
        )
