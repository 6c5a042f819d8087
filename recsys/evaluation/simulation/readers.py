"""Readers of the simulated newsroom: who comes, what they see, and what they open."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.evaluation.dataset import Floats, Rows, Times
from recsys.evaluation.simulation.audience import READS_AT_MOST, Audience, Log
from recsys.evaluation.simulation.choice import Choice, Visits
from recsys.evaluation.simulation.exposure import (
    LONGEST_DWELL,
    Pages,
    available,
    front_chances,
    pools,
)
from recsys.evaluation.simulation.world import SECTIONS, World
from recsys.times import DAY, HOUR

Array = npt.NDArray[Any]


@dataclass(eq=False)
class Reading:
    """Lets readers read, a front page at a time, all sessions that begin with it together.

    Parameters
    ----------
    world, audience, choice, pages
        What the log depends on.
    nearest
        int32, shape (n, m): `recsys.evaluation.simulation.exposure.nearest_rows`.
    start, days
        When it begins, in seconds since 1970, and for how long sessions begin.
    seed
        The same seed gives the same log.
    """

    world: World
    audience: Audience
    choice: Choice
    pages: Pages
    nearest: Rows
    start: int
    days: int
    seed: int
    _parts: dict[str, list[Array]] = field(default_factory=dict)
    _n_reads: int = 0
    _n_sessions: int = 0

    def log(self) -> Log:
        """Return what happens from ``start`` on."""
        self.rng = np.random.default_rng([self.seed, 3])
        audience, pages = self.audience, self.pages
        spread = self.rng.standard_normal((audience.kinds, len(SECTIONS)))
        self.tastes: Floats = audience.taste_sigma * spread
        self._parts, self._n_reads, self._n_sessions = {}, 0, 0
        length = 60_000 * pages.minutes
        n_ticks = self.days * DAY * 1000 // length
        self.to_come: dict[int, list[Array]] = {}
        read, fading = (
            np.zeros(len(self.world)),
            2.0 ** (-pages.minutes / 60 / pages.front_half_life_hours),
        )
        fronts = np.full((n_ticks, pages.front_length), -1, dtype=np.int32)
        for tick in range(n_ticks):
            for rows in self.to_come.pop(tick - 1, []):
                np.add.at(read, rows, 1.0)
            fronts[tick] = pages.front(self.world, read, self._begin(tick))
            read *= fading
            if fronts[tick, 0] >= 0:
                self._sessions(tick, fronts[tick])
        return self._collected(fronts)

    def _begin(self, tick: int) -> int:
        return self.start * 1000 + tick * 60_000 * self.pages.minutes

    def _sessions(self, tick: int, front: Rows) -> None:
        """Let everybody read who comes while one front page stands."""
        begin, length = self._begin(tick), 60_000 * self.pages.minutes
        n = int(self.rng.poisson(self._expected(begin)))
        kind = self.rng.integers(self.audience.kinds, size=n)
        session = self._n_sessions + np.arange(n)
        self._n_sessions += n
        self._keep(kind=kind, tick=np.full(n, tick))
        visits = Visits(
            taste=self.tastes[kind],
            current=np.full(n, -1, dtype=np.int32),
            seen=np.full((n, READS_AT_MOST), -1, dtype=np.int32),
            now=begin + 1 + self.rng.integers(length - 1, size=n),
            begin=np.full(n, begin),
        )
        row, came_from = self._first(kind, front, visits, begin), visits.current
        for step in range(READS_AT_MOST):
            there = np.flatnonzero(row >= 0)
            session, came_from = session[there], came_from[there]
            visits = replace(visits.part(there), current=row[there])
            visits.seen[:, step] = row[there]
            self._opened(visits, session, came_from)
            if step + 1 == READS_AT_MOST or not there.size:
                break
            row, came_from = self._next(front, visits)
            visits = replace(visits, now=visits.now + self._dwell(row.size))

    def _opened(self, visits: Visits, session: Array, came_from: Array) -> None:
        """Note a read for each visit: in the log, and for the front pages to come."""
        self.number = self._n_reads + np.arange(session.size)
        self._n_reads += session.size
        row, now = visits.current, visits.now
        self._keep(time=now, row=row, session=session, from_row=came_from)
        ticks = (now - self.start * 1000) // (60_000 * self.pages.minutes)
        for tick in np.unique(ticks).tolist():
            self.to_come.setdefault(tick, []).append(row[ticks == tick])

    def _expected(self, begin: int) -> float:
        """Return how many sessions are expected to begin with a front page."""
        world, minutes = self.world, self.pages.minutes
        middle = begin / 1000 + 30 * minutes
        broke = np.flatnonzero(world.breaking & (world.published * 1000 < begin))
        hours = (middle - world.published[broke]) / HOUR
        burst = self.audience.burst * float((2.0 ** (-hours / self.choice.breaking_hours)).sum())
        a_second = self.audience.sessions_per_day / DAY * self.audience.rhythm(middle)
        return 60 * minutes * a_second * (1 + burst)

    def _first(self, kind: Array, front: Rows, visits: Visits, begin: int) -> Rows:
        """Return what each reader begins with: from the front page, or anything that is out."""
        row = self._from_front(front, visits)
        end = begin + 60_000 * self.pages.minutes
        out = np.flatnonzero(available(self.world, np.arange(len(self.world)), begin, end))
        direct = self.rng.random(kind.size) >= self.audience.front_share
        appeal = self.choice.appeal(self.world, out, np.array(begin))
        drawn = self.rng.random(kind.size)
        for each in np.unique(kind[direct]).tolist():
            weights = np.cumsum(np.exp(appeal + self.tastes[each, self.world.section[out]]))
            who = np.flatnonzero(direct & (kind == each))
            row[who] = out[np.searchsorted(weights, drawn[who] * weights[-1], side="right")]
        return row

    def _next(self, front: Rows, visits: Visits) -> tuple[Rows, Rows]:
        """Return what each reader opens next, -1 for nothing, and the article that led there."""
        n = visits.current.size
        stays = self.rng.random(n) >= self.audience.leave
        pool = pools(self.pages, self.world, self.nearest[visits.current], visits)
        beside = stays & (self.rng.random(n) < self.audience.list_share) & (pool[:, 0] >= 0)
        row = self._from_front(front, visits)
        row[~stays] = -1
        who = np.flatnonzero(beside)
        row[who] = self._from_list(pool[who], visits.part(who), self.number[who])
        came_from = np.where(beside & (row >= 0), visits.current, -1)
        return row, came_from.astype(np.int32)

    def _from_front(self, front: Rows, visits: Visits) -> Rows:
        chances = front_chances(self.world, self.choice, front[None], visits)
        ends = np.cumsum(chances, axis=1)
        drawn = self.rng.random(visits.current.size)[:, None] * ends[:, -1:]
        place = np.minimum((ends <= drawn).sum(axis=1), front.size - 1)
        return np.where(ends[:, -1] > 0, front[place], -1).astype(np.int32)

    def _from_list(self, pool: Rows, visits: Visits, number: Array) -> Rows:
        """Show lists, log them, and return what was opened, -1 for nothing."""
        n, length = pool.shape[0], self.pages.list_length
        shown = self.pages.drawn(self.rng, n)
        ends = np.cumsum(self.choice.examination(length))
        place = np.searchsorted(ends, self.rng.random(n), side="right")
        place = np.minimum(place, length - 1)
        looked_at = pool[np.arange(n), shown[np.arange(n), place]]
        worth = self.choice.utilities(self.world, visits, looked_at[:, None])[:, 0]
        opens = self.rng.random(n) < self.choice.opened(worth)
        clicked = np.where(opens, place, -1)
        self._keep(list_number=number, list_pool=pool, list_shown=shown, list_clicked=clicked)
        return np.where(opens, looked_at, -1).astype(np.int32)

    def _dwell(self, n: int) -> Times:
        seconds = self.rng.exponential(self.audience.dwell_seconds, n)
        return np.clip(np.round(1000 * seconds), 5000, LONGEST_DWELL).astype(np.int64)

    def _keep(self, **columns: Array) -> None:
        for name, column in columns.items():
            self._parts.setdefault(name, []).append(column)

    def _collected(self, fronts: Rows) -> Log:
        shapes = {"list_pool": self.pages.pool, "list_shown": self.pages.list_length}
        whole = {name: _joined(self._parts.get(name, []), shapes.get(name)) for name in _COLUMNS}
        order = np.argsort(whole["time"], kind="stable")
        place = np.empty_like(order)
        place[order] = np.arange(order.size)
        where = place[whole["list_number"]]
        lists = np.argsort(where, kind="stable")
        return Log(
            time=whole["time"][order].astype(np.int64),
            row=whole["row"][order].astype(np.int32),
            session=whole["session"][order].astype(np.int32),
            from_row=whole["from_row"][order].astype(np.int32),
            tastes=self.tastes,
            kind=whole["kind"].astype(np.int32),
            tick=whole["tick"].astype(np.int32),
            fronts=fronts,
            list_place=where[lists].astype(np.int32),
            list_pool=whole["list_pool"][lists].astype(np.int32),
            list_shown=whole["list_shown"][lists].astype(np.int32),
            list_clicked=whole["list_clicked"][lists].astype(np.int32),
        )


_COLUMNS = (
    "time",
    "row",
    "session",
    "from_row",
    "kind",
    "tick",
    "list_number",
    "list_pool",
    "list_shown",
    "list_clicked",
)


def _joined(parts: Sequence[Array], width: int | None) -> Array:
    empty = np.zeros(0 if width is None else (0, width), dtype=np.int64)
    return np.concatenate([empty, *parts])
