"""The ranking signals, by the name of their table in a recipe."""

from recsys.signals.co_reading import CoReading
from recsys.signals.freshness import Freshness
from recsys.signals.popularity import Popularity
from recsys.signals.similarity import Similarity
from recsys.signals.trend import Trend

SIGNALS = {
    "similarity": Similarity,
    "co_reading": CoReading,
    "freshness": Freshness,
    "popularity": Popularity,
    "trending": Trend,
}

__all__ = ["SIGNALS", "CoReading", "Freshness", "Popularity", "Similarity", "Trend"]
