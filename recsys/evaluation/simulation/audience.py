"""Who reads the simulated newsroom, and what is kept of it."""

from dataclasses import dataclass

import numpy as np

from recsys.evaluation.dataset import Floats, Rows, Times
from recsys.times import DAY, HOUR

READS_AT_MOST = 8
"""In a session."""


@dataclass(frozen=True)
class Audience:
    """Who comes, and how far they read.

    Sessions begin as a Poisson process of ``sessions_per_day / 86400 * rhythm * (1 + burst * sum
    of 2 ** (-age / breaking_hours) over what broke)`` a second, with ``rhythm = 1 - rhythm_depth *
    cos(2 pi (hour - quietest_hour) / 24)`` (UTC). Each belongs to a reader of one of some kinds,
    equally many of each, with a taste (log-odds, normal) for every section.

    A reader begins on the front page, or comes directly to any article that is out (``P(a) ~
    exp(u[a])``). After each article it is over with probability ``leave``; else the reader looks at
    the list beside the article with probability ``list_share``, and it is over if nothing is
    opened; else goes back to the front page and chooses there. Nothing is read twice in a session,
    nor more than eight articles.

    Parameters
    ----------
    sessions_per_day
        Mean over the day without anything breaking.
    rhythm_depth
        From 0, day and night alike, to 1.
    quietest_hour
        UTC.
    burst
        How many times as many readers come at the moment at which something breaks, less one.
    kinds
        How many kinds of readers there are.
    taste_sigma
        Standard deviation of the tastes.
    front_share
        Chance to begin on the front page.
    leave, list_share
        As above.
    dwell_seconds
        Mean time on an article, exponential, from 5 seconds to ten minutes.
    """

    sessions_per_day: float = 3000.0
    rhythm_depth: float = 0.7
    quietest_hour: float = 3.0
    burst: float = 0.3
    kinds: int = 8
    taste_sigma: float = 0.8
    front_share: float = 0.5
    leave: float = 0.3
    list_share: float = 0.6
    dwell_seconds: float = 80.0

    def rhythm(self, second: float) -> float:
        """Return how many come at an instant, relative to the mean over a day."""
        hour = second % DAY / HOUR
        return 1 - self.rhythm_depth * float(np.cos(2 * np.pi * (hour - self.quietest_hour) / 24))


@dataclass(frozen=True, eq=False)
class Log:
    """What happened; reads in order of time.

    Attributes
    ----------
    time, row, session, from_row
        As in `recsys.evaluation.dataset.Reads`.
    tastes
        float64, shape (kinds, n_sections).
    kind, tick
        int32, shape (n_sessions,): kind of the reader, and which front page was seen.
    fronts
        int32, shape (n_ticks, front_length): the front pages, -1 behind.
    list_place
        int32, shape (n_lists,), ascending: the read beside which each list was shown.
    list_pool
        int32, shape (n_lists, pool): what the list was drawn from, in order.
    list_shown
        int32, shape (n_lists, list_length): places of the pool, as shown.
    list_clicked
        int32, shape (n_lists,): place in the list that was opened, -1 for none.
    """

    time: Times
    row: Rows
    session: Rows
    from_row: Rows
    tastes: Floats
    kind: Rows
    tick: Rows
    fronts: Rows
    list_place: Rows
    list_pool: Rows
    list_shown: Rows
    list_clicked: Rows
