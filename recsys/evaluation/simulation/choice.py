"""What draws a reader to an article: the known law that everything in the simulation follows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.evaluation.dataset import Floats, Rows
from recsys.evaluation.simulation.world import World
from recsys.times import HOUR

Moments = npt.NDArray[np.int64]
Ints = npt.NDArray[np.integer[Any]]
NOTHING = -1e9
"""The utility of what is not there."""


@dataclass(frozen=True, eq=False)
class Visits:
    """Readers at the moment at which they look for something to read.

    Attributes
    ----------
    taste
        float64, shape (s, n_sections): what each section is worth to each reader.
    current
        int32, shape (s,): the article being read, -1 for none.
    seen
        int32, shape (s, r): what was read in the session, ``current`` included, -1 behind.
    now
        int64, shape (s,): milliseconds since 1970.
    begin
        int64, shape (s,): when the front page was made that the session began with; what was
        published later is not seen.
    """

    taste: Floats
    current: Rows
    seen: Rows
    now: Moments
    begin: Moments

    def part(self, who: Ints) -> "Visits":
        """Return some of the readers."""
        return Visits(
            self.taste[who], self.current[who], self.seen[who], self.now[who], self.begin[who]
        )


@dataclass(frozen=True)
class Choice:
    """Utilities, and what readers make of them.

    ``u = taste[kind of reader, section] + nearness + quality * q + novelty * 2 ** (-age / half
    life) + breaking * 2 ** (-age / breaking_hours)``, where nearness, to the article being read,
    is ``story + topic + section + people * (shared people)``, each where it is the same.

    On a *front page* readers see everything and choose one (multinomial logit), lower places
    being worth less: ``P(a) ~ exp(u[a] - place_cost * ln(1 + place))``, places from 0.

    Of a *list* beside an article readers look at one place only, at place j with probability
    ``examination[j] ~ (1 + j) ** -place_power``, and open what stands there with probability
    ``1 / (1 + exp(threshold - u))``. So what a list earns is a sum over its places: the
    item-position model (Li et al., KDD 2018), and the position-based one.

    Parameters
    ----------
    story, topic, section, people, quality, novelty, breaking, breaking_hours, place_cost,
    place_power, threshold
        As above.
    """

    story: float = 1.0
    topic: float = 1.2
    section: float = 0.4
    people: float = 0.5
    quality: float = 0.6
    novelty: float = 1.5
    breaking: float = 1.5
    breaking_hours: float = 3.0
    place_cost: float = 0.6
    place_power: float = 0.8
    threshold: float = 3.0

    def utilities(self, world: World, visits: Visits, rows: Rows) -> Floats:
        """Return float64, shape (s, m): what each article is worth to each reader.

        Parameters
        ----------
        rows
            int32, shape (s, m): the articles, -1 for none, which is worth `NOTHING`.
        """
        current = visits.current
        worth = np.take_along_axis(visits.taste, world.section[rows], axis=1)
        worth = worth + self.appeal(world, rows, visits.now[:, None])
        worth += self._nearness(world, current[:, None], rows) * (current >= 0)[:, None]
        return np.where(rows >= 0, worth, NOTHING)

    def appeal(self, world: World, rows: Ints, now: Moments) -> Floats:
        """Return float64, shape of ``rows``: what an article is worth whoever reads it."""
        hours = np.maximum(0.0, now / 1000 - world.published[rows]) / HOUR
        novel = self.novelty * 2.0 ** (-hours / world.half_life_hours[rows])
        breaks = self.breaking * world.breaking[rows] * 2.0 ** (-hours / self.breaking_hours)
        return np.asarray(self.quality * world.quality[rows] + novel + breaks)

    def _nearness(self, world: World, current: Rows, rows: Rows) -> Floats:
        near = self.story * (world.story[current] == world.story[rows])
        near = near + self.topic * (world.topic[current] == world.topic[rows])
        near += self.section * (world.section[current] == world.section[rows])
        own, others = world.people[current][..., None], world.people[rows][..., None, :]
        near += self.people * ((own == others) & (own >= 0)).sum(axis=(-2, -1))
        return np.asarray(near)

    def examination(self, length: int) -> Floats:
        """Return float64, shape (length,): how likely each place is looked at; sums to 1."""
        seen = (1.0 + np.arange(length)) ** -self.place_power
        return np.asarray(seen / seen.sum())

    def opened(self, utilities: Floats) -> Floats:
        """Return how likely what is looked at is opened, shape of ``utilities``."""
        return np.asarray(1.0 / (1.0 + np.exp(np.minimum(self.threshold - utilities, 700.0))))

    def on_front(self, utilities: Floats) -> Floats:
        """Return how likely each place of a front page is chosen; rows sum to 1, or to 0."""
        cost = self.place_cost * np.log1p(np.arange(utilities.shape[1]))
        worth = utilities - cost
        weights = np.exp(worth - worth.max(axis=1, keepdims=True)) * (utilities > NOTHING / 2)
        return np.asarray(weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300))
