"""Several signals, one score: a product of factors."""

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Factors:
    """What a score is the product of, the exponents applied; float64, shape (m,) each.

    ``cosine`` and ``co_reading`` are what ``similarity`` is made of; None where it is the cosine.
    ``lenders`` are the articles that short items were drawn towards, -1 where none was, and
    ``lent`` their cosines; None where there is no such item.
    """

    similarity: Floats
    freshness: Floats
    popularity: Floats
    boost: Floats
    cosine: Floats | None = None
    co_reading: Floats | None = None
    lenders: Rows | None = None
    lent: Floats | None = None

    @property
    def text(self) -> Floats:
        """The cosine: ``similarity`` itself, unless that is made of more."""
        return self.similarity if self.cosine is None else self.cosine

    def at(self, places: npt.NDArray[np.intp]) -> "Factors":
        """Return the factors of the items at ``places``, in that order."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        some = {name: all_[places] for name, all_ in values.items() if all_ is not None}
        return replace(self, **some)

    @property
    def scores(self) -> Floats:
        """The product, rounded to 6 decimals so that ties are ties."""
        product = self.similarity * self.freshness * self.popularity * self.boost
        return np.asarray(np.round(product, 6))


@dataclass(frozen=True)
class Blend:
    """``score = similarity * freshness ** f * popularity ** p * boost``.

    ``similarity = (1 - w) * cosine + w * co_reading``.

    Parameters
    ----------
    freshness, popularity
        Exponents f and p, at least 0; 0 leaves the signal out.
    co_reading
        Weight w of what is read in the same session against the text, from 0 to 1; 0 leaves it
        out, and then nothing is learned of sessions.
    diversity
        Weight of novelty against score in the choice of a list (`recsys.ranking.diversity`), from
        0 to 1; 0 takes the best scores.
    depth
        How many candidates are looked at for a list; at least 1.
    """

    freshness: float = 1.0
    popularity: float = 0.1
    co_reading: float = 0.0
    diversity: float = 0.0
    depth: int = 50

    def __post_init__(self) -> None:
        """Refuse negative exponents and shares beyond 1."""
        for name in ("freshness", "popularity"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")
        for name in ("co_reading", "diversity"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be from 0 to 1, got {getattr(self, name)}")
        if self.depth < 1:
            raise ValueError(f"depth must be at least 1, got {self.depth}")

    def factors(
        self,
        similarity: Floats,
        freshness: Floats,
        popularity: Floats,
        boost: Floats | None = None,
        co_reading: Floats | None = None,
    ) -> Factors:
        """Apply the exponents, and mix the similarity if there is something to mix.

        Parameters
        ----------
        similarity, freshness, popularity, boost
            Shape (m,); ``similarity`` is that of the texts; ``boost`` is 1 where it is not given.
        co_reading
            Shape (m,), from 0 to 1; None leaves the similarity as it is, whatever the weight.
        """
        weight = self.co_reading
        mix = similarity if co_reading is None else (1 - weight) * similarity + weight * co_reading
        return Factors(
            mix,
            freshness**self.freshness,
            popularity**self.popularity,
            np.ones(similarity.size) if boost is None else boost,
            None if co_reading is None else similarity,
            co_reading,
        )
