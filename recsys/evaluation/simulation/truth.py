"""What is really so: the chance of every next read, and what a list would have earned."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recsys.evaluation.dataset import Floats, Impressions, Rows
from recsys.evaluation.simulation.audience import READS_AT_MOST, Audience, Log
from recsys.evaluation.simulation.choice import Choice, Ints, Visits
from recsys.evaluation.simulation.exposure import Pages, front_chances, pools
from recsys.evaluation.simulation.world import World


@dataclass(frozen=True, eq=False)
class NextRead:
    """Where a reader may go on to.

    Attributes
    ----------
    rows
        int32, shape (q, m): what the reader may see next, -1 for nothing; a row may come twice,
        from the list and from the front page.
    chances
        float64, shape (q, m): how likely each is opened next. What is missing to 1 is the chance
        that the session is over.
    """

    rows: Rows
    chances: Floats

    @property
    def given_one(self) -> Floats:
        """float64, shape (q, m): the chances where there is a next read; they sum to 1, or to 0."""
        total = self.chances.sum(axis=1, keepdims=True)
        return np.asarray(self.chances / np.maximum(total, 1e-300))

    def earned(self, lists: Rows, gains: Floats) -> Floats:
        """Return float64, shape (q,): what lists are expected to score where there is a next read.

        Parameters
        ----------
        lists
            int32, shape (q, k): ranked rows, -1 behind.
        gains
            float64, shape (k,): what the next read is worth at each place: ones for hit@k,
            ``1 / log2(2 + place)`` for nDCG@k, ``1 / (1 + place)`` for MRR.
        """
        chances, score = self.given_one, np.zeros(lists.shape[0])
        for place, gain in enumerate(gains.tolist()):
            same = (self.rows == lists[:, place : place + 1]) & (self.rows >= 0)
            score += gain * (chances * same).sum(axis=1)
        return score


@dataclass(frozen=True, eq=False)
class Truth:
    """The law, and the circumstances of each read, so that chances can be worked out exactly.

    Everything is said of a read by its place in the log, that is in the data set's reads. The
    reader's kind, what was read before, the front page and the article are given; what is drawn
    (the list, where the reader looks, what is chosen) is averaged over.

    Attributes
    ----------
    world, audience, choice, pages, log
        What the log was made of.
    nearest
        int32, shape (n, m): the articles nearest in words.
    start
        Seconds since 1970 of the first front page.
    """

    world: World
    audience: Audience
    choice: Choice
    pages: Pages
    log: Log
    nearest: Rows
    start: int

    def next_read(self, places: Ints) -> NextRead:
        """Return where the reader may go after the reads at ``places``; int, shape (q,)."""
        log, pages, visits = self.log, self.pages, self._visits(places)
        pool = self.pool(places)
        looked_at = pages.propensities() @ self.choice.examination(pages.list_length)
        opened = self._opened(visits, pool)
        beside = self.audience.list_share * (pool[:, :1] >= 0)
        front = log.fronts[log.tick[log.session[places]]]
        chosen = front_chances(self.world, self.choice, front, visits)
        stays = (1 - self.audience.leave) * (self.n_seen[places] < READS_AT_MOST)
        chances = np.concatenate([beside * looked_at * opened, (1 - beside) * chosen], axis=1)
        rows = np.concatenate([pool, front], axis=1)
        return NextRead(rows, stays[:, None] * chances)

    def pool(self, places: Ints) -> Rows:
        """Return int32, shape (q, pool): what the list beside each read is drawn from."""
        nearest = self.nearest[self.log.row[places]]
        return pools(self.pages, self.world, nearest, self._visits(places))

    def impressions(self) -> Impressions:
        """Return the lists as they were shown, a millisecond after the article they stood beside.

        What the reader had read before includes that article, the last.
        """
        log = self.log
        return self._logged(log.list_place, log.list_pool, log.list_shown, log.list_clicked)

    def shown_again(self, places: Ints, rng: np.random.Generator) -> Impressions:
        """Return what the log would hold if lists were shown beside these reads once more.

        Parameters
        ----------
        places
            Shape (q,), each with a pool; the same read may come several times.
        """
        pool, n = self.pool(places), places.size
        shown = self.pages.drawn(rng, n)
        examined = np.cumsum(self.choice.examination(self.pages.list_length))
        looked = np.minimum(np.searchsorted(examined, rng.random(n)), examined.size - 1)
        row = pool[np.arange(n), shown[np.arange(n), looked]]
        opens = rng.random(n) < self._opened(self._visits(places), row[:, None])[:, 0]
        return self._logged(places, pool, shown, np.where(opens, looked, -1).astype(np.int32))

    def _logged(self, places: Ints, pool: Rows, shown: Rows, clicked: Rows) -> Impressions:
        n, length = shown.shape
        seen = self.seen[places]
        position = np.tile(np.arange(length, dtype=np.int32), n)
        return Impressions(
            shown=np.repeat(np.arange(n, dtype=np.int32), length),
            row=np.take_along_axis(pool, shown, axis=1).reshape(-1),
            position=position,
            clicked=position == np.repeat(clicked, length),
            propensity=self.pages.propensities()[shown.reshape(-1), position],
            time=self.log.time[places] + 1,
            history_indptr=np.concatenate([[0], np.cumsum((seen >= 0).sum(axis=1))]),
            history_rows=seen[seen >= 0],
        )

    def clicks(self, places: Ints, lists: Rows) -> Floats:
        """Return float64, shape (q,): the clicks a list beside each read is expected to earn.

        Parameters
        ----------
        lists
            int32, shape (q, k): rows as they would be shown, -1 for none.
        """
        return np.asarray(
            self._opened(self._visits(places), lists) @ self.choice.examination(lists.shape[1])
        )

    @cached_property
    def seen(self) -> Rows:
        """int32, shape (n_reads, 8): what was read in the session, the read itself last."""
        log, width = self.log, READS_AT_MOST
        order = np.lexsort((np.arange(log.row.size), log.session))
        session = log.session[order]
        first = np.searchsorted(session, session)
        step = np.arange(order.size) - first
        seen = np.full((order.size, width), -1, dtype=np.int32)
        for back in range(width):
            has = np.flatnonzero(step >= back)
            seen[order[has], step[has] - back] = log.row[order[has - back]]
        return seen

    @cached_property
    def n_seen(self) -> Rows:
        """int32, shape (n_reads,): how many articles of the session were read by then."""
        return np.asarray((self.seen >= 0).sum(axis=1), dtype=np.int32)

    def _opened(self, visits: Visits, rows: Rows) -> Floats:
        """Return how likely each row is opened when looked at beside the read; 0 for none."""
        worth = self.choice.utilities(self.world, visits, rows)
        return np.asarray(self.choice.opened(worth) * (rows >= 0))

    def _visits(self, places: Ints) -> Visits:
        log = self.log
        session = log.session[places]
        begun = log.tick[session].astype(np.int64) * 60_000 * self.pages.minutes
        return Visits(
            taste=log.tastes[log.kind[session]],
            current=log.row[places],
            seen=self.seen[places],
            now=log.time[places],
            begin=self.start * 1000 + begun,
        )
