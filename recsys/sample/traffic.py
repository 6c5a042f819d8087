"""Simulated readers of a news site, with a known truth.

The same parameters, articles and start give the same events, byte for byte.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Any

import numpy as np

from recsys.records import Article, Event, EventType
from recsys.sample.audience import Audience, Floats, Interest, number, opaque, sections_of
from recsys.times import HOUR, UNKNOWN, day_number, zone

LANGUAGE_SHARES = {"ar": 0.70, "fr": 0.15, "en": 0.15}
OTHER_SHARE = 0.15
_SHARES = (
    "rhythm_depth",
    "interest_floor",
    "breaking_share",
    "related_probability",
    "front_page_probability",
)
LOADING_MILLISECONDS = 800  # from a click to the view it leads to


@dataclass(frozen=True)
class Readers:
    """Readers who come, start somewhere, and read on.

    Sessions begin as a Poisson process of ``sessions_per_hour * rhythm(t)`` an hour, with
    ``rhythm = 1 - rhythm_depth * cos(2 pi (hour - quietest_hour) / 24)`` on the site's clock. Each
    belongs to one reader of a fixed population, thus to one language and one taste for sections
    (Dirichlet). The reader picks a section by taste and an article in it by interest::

        interest = appeal * (floor + (1 - floor) * 2 ** (-age / half_life)),  0 before publication

    with a log-normal appeal that only seed and id decide, multiplied for an hour where the
    article breaks. After each article the reader goes on with ``continue_probability``: with
    ``related_probability`` to one of the ``related_length`` nearest articles (most shared tags,
    then same section, then newest), by interest; otherwise back to the front page. With p how
    likely a session is to start at each article, and T the steps between related ones, the
    expected views an hour are::

        sessions_per_hour * rhythm * share * v,  v = p + c r v T + c (1 - r) / (1 - c) p

    Parameters
    ----------
    seed
        Decides appeals and tastes as well as the events.
    sessions_per_hour
        Mean over a day, all languages together.
    rhythm_depth
        From 0 (day and night alike) to 1 (nobody at the quietest hour).
    quietest_hour
        Of the site's clock, in hours; the busiest is twelve hours off.
    time_zone
        IANA name of the site's clock; a visitor's id holds for one of its days.
    language_shares
        Share of the readers of each language, scaled to those that have articles; a language that
        is not named counts as 0.15.
    n_readers
        Size of the population, all languages together.
    taste_concentration
        Parameter of the Dirichlet, per section; smaller means readers of fewer sections.
    appeal_sigma
        Standard deviation of the logarithm of the appeal.
    half_life_hours
        Age at which interest, less its floor, has halved.
    interest_floor
        Share of the interest that never goes.
    breaking_share
        Share of the articles that break.
    breaking_factor
        What multiplies a breaking article's appeal in its first hour.
    continue_probability
        Chance of one more article, below 1; a session has ``1 / (1 - this)`` views on average.
    related_probability
        Chance that the next article comes from the related list.
    related_length
        Items in that list, and in each section's list on the front page.
    front_page_probability
        Chance that what stands in a front page list was clicked there; else the reader came
        directly, from a search or a message.
    dwell_seconds
        Mean time spent on an article, exponential.
    """

    seed: int = 7
    sessions_per_hour: float = 60.0
    rhythm_depth: float = 0.4
    quietest_hour: float = 4.0
    time_zone: str = "Africa/Casablanca"
    language_shares: Mapping[str, float] = field(default_factory=lambda: dict(LANGUAGE_SHARES))
    n_readers: int = 1000
    taste_concentration: float = 2.0
    appeal_sigma: float = 0.7
    half_life_hours: float = 30.0
    interest_floor: float = 0.1
    breaking_share: float = 0.08
    breaking_factor: float = 6.0
    continue_probability: float = 0.65
    related_probability: float = 0.6
    related_length: int = 5
    front_page_probability: float = 0.7
    dwell_seconds: float = 75.0

    def history(self, articles: Sequence[Article], start: int, end: int) -> list[Event]:
        """Return the events from ``start`` to before ``end``, by time.

        They are the first ones of `stream`; both instants are seconds since 1970. Fourteen days
        of the sample at the default rate are some 48,000 views, made in about four seconds.
        """
        events: list[Event] = []
        for begin, session in self._sessions(articles, start):
            if begin >= end:
                break
            events += [event for event in session if _time(event) < 1000 * end]
        return sorted(events, key=_time)

    def stream(self, articles: Sequence[Article], start: int) -> Iterator[Event]:
        """Yield events by time, from ``start`` (seconds since 1970) on and without end.

        Only articles with a known ``published_at`` are read, each from then on. Without any,
        nothing is yielded.
        """
        ahead: list[tuple[int, int, Event]] = []
        order = count()
        for begin, session in self._sessions(articles, start):
            while ahead and ahead[0][0] < 1000 * begin:
                yield heappop(ahead)[2]
            for event in session:
                heappush(ahead, (_time(event), next(order), event))

    def truth(self, articles: Sequence[Article], now: int) -> dict[str, float]:
        """Return the expected views an hour of every article at ``now``, by id.

        0 for what is not yet published; exact up to what interest changes within one session.
        """
        self._check()
        rates = {article.article_id: 0.0 for article in articles}
        sessions = self.sessions_per_hour * self.rhythm(now)
        for share, audience in self._audiences(articles):
            views = sessions * share * self._views_a_session(audience, now)
            for article, rate in zip(audience.articles, views, strict=False):
                rates[article.article_id] = float(rate)
        return rates

    def rhythm(self, at: float) -> float:
        """Return how busy the site is at an instant, relative to the mean over a day."""
        clock = datetime.fromtimestamp(at, zone(self.time_zone))
        hour = clock.hour + clock.minute / 60 + clock.second / HOUR
        return 1 - self.rhythm_depth * math.cos(math.tau * (hour - self.quietest_hour) / 24)

    def _sessions(
        self, articles: Sequence[Article], start: int
    ) -> Iterator[tuple[float, list[Event]]]:
        """Yield when each session begins, in seconds, and its events; thinned to the rhythm."""
        self._check()
        audiences = self._audiences(articles)
        if not audiences:
            return
        rng = np.random.default_rng(number(self.seed, "sessions", start))
        shares = np.cumsum([share for share, _ in audiences])
        at, busiest = float(start), 1 + self.rhythm_depth
        while True:
            at += rng.exponential(HOUR / (self.sessions_per_hour * busiest))
            if rng.random() * busiest < self.rhythm(at):
                yield at, _Session(self, audiences[_drawn(shares, rng)][1], at, rng).events

    def _views_a_session(self, audience: Audience, now: int) -> Floats:
        """Solve ``v = p + c r v T + c (1 - r) / (1 - c) p``; shape (n_articles,)."""
        weights = audience.weights(now)
        if not len(weights):
            return weights
        start = audience.front(weights, audience.tastes).mean(axis=0)
        onward, related = self.continue_probability, self.related_probability
        steps = self._steps(audience, weights, start)
        returns = 1 + onward * (1 - related) / (1 - onward)
        system = np.eye(len(weights)) - onward * related * steps.T
        return np.asarray(np.linalg.solve(system, start * returns))

    def _steps(self, audience: Audience, weights: Floats, start: Floats) -> Floats:
        """Return T: how likely each article leads to each other; shape (n_articles, n_articles)."""
        steps = np.tile(start, (len(weights), 1))
        for row in range(len(weights)):
            rows = audience.related(row, len(weights), self.related_length)
            if len(rows):
                steps[row] = 0.0
                steps[row, rows] = weights[rows] / weights[rows].sum()
        return steps

    def _audiences(self, articles: Sequence[Article]) -> list[tuple[float, Audience]]:
        """Return each language's share of the readers and its audience, by language."""
        spoken: dict[str, list[Article]] = {}
        for article in sorted(articles, key=lambda article: article.article_id):
            if article.published_at != UNKNOWN:
                spoken.setdefault(article.language or "", []).append(article)
        shares = {name: self.language_shares.get(name, OTHER_SHARE) for name in sorted(spoken)}
        whole = sum(shares.values())
        return [
            (share / whole, self._audience(name, spoken[name], share / whole))
            for name, share in shares.items()
            if share > 0
        ]

    def _audience(self, language: str, articles: Sequence[Article], share: float) -> Audience:
        rng = np.random.default_rng(number(self.seed, "tastes", language))
        spread = np.full(len(sections_of(articles)), self.taste_concentration)
        tastes = rng.dirichlet(spread, size=max(1, round(self.n_readers * share)))
        return Audience(articles, self._interest(), np.maximum(tastes, 1e-9))

    def _interest(self) -> Interest:
        return Interest(
            seed=self.seed,
            sigma=self.appeal_sigma,
            half_life_hours=self.half_life_hours,
            floor=self.interest_floor,
            breaking_share=self.breaking_share,
            breaking_factor=self.breaking_factor,
        )

    def _check(self) -> None:
        for name in ("sessions_per_hour", "half_life_hours", "taste_concentration", "n_readers"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be from 0 to 1, got {getattr(self, name)}")
        if not 0 <= self.continue_probability < 1:
            raise ValueError(
                f"continue_probability must be from 0 to below 1, got {self.continue_probability}"
            )


class _Session:
    """One reader's visit, from the first article to the last.

    ``events`` holds a view for each article, and a click before it where it came from a list.
    """

    def __init__(
        self, readers: Readers, audience: Audience, at: float, rng: np.random.Generator
    ) -> None:
        reader = int(rng.integers(len(audience.tastes)))
        self.readers, self.audience, self.rng = readers, audience, rng
        self.milliseconds = math.ceil(1000 * at)
        self.weights = audience.weights(at)
        self.front = audience.front(self.weights, audience.tastes[reader]).cumsum()
        self.name = (readers.seed, audience.articles[0].language, reader)
        self.session_id = opaque("session", *self.name, self.milliseconds)
        self.visitor_id = opaque("visitor", *self.name, day_number(int(at), readers.time_zone))
        self.events: list[Event] = []
        if len(self.weights):
            self._read()

    def _read(self) -> None:
        row = self._from_front_page()
        while self.rng.random() < self.readers.continue_probability:
            self.milliseconds += 1000 + int(1000 * self.rng.exponential(self.readers.dwell_seconds))
            onward = self.rng.random() < self.readers.related_probability
            row = self._from_related(row) if onward else self._from_front_page()

    def _from_front_page(self) -> int:
        row = _drawn(self.front, self.rng)
        place = self.audience.newer(row, len(self.weights))
        in_list = place < self.readers.related_length
        if in_list and self.rng.random() < self.readers.front_page_probability:
            self._click(row, None, "section", place)
        self._add("view", row, None)
        return row

    def _from_related(self, page: int) -> int:
        rows = self.audience.related(page, len(self.weights), self.readers.related_length)
        if not len(rows):
            return self._from_front_page()
        place = _drawn(self.weights[rows].cumsum(), self.rng)
        self._click(int(rows[place]), page, "related", place)
        self._add("view", int(rows[place]), page)
        return int(rows[place])

    def _click(self, row: int, page: int | None, shown_in: str, place: int) -> None:
        self._add("click", row, page, list=shown_in, position=place + 1)
        self.milliseconds += LOADING_MILLISECONDS

    def _add(self, event_type: EventType, row: int, page: int | None, **shown: Any) -> None:
        article = self.audience.articles[row]
        event = Event(
            timestamp=self.milliseconds,
            article_id=article.article_id,
            url=article.url,
            event_type=event_type,
            visitor_id=self.visitor_id,
            session_id=self.session_id,
            event_id=f"{self.session_id}-{len(self.events)}",
            from_article_id=None if page is None else self.audience.articles[page].article_id,
            site=article.site,
            **shown,
        )
        self.events.append(event)


def _drawn(ends: Floats, rng: np.random.Generator) -> int:
    """Return a place drawn from running sums of weights; never one of weight 0."""
    return int(ends.searchsorted((1 - rng.random()) * ends[-1]))


def _time(event: Event) -> int:
    return event.timestamp or 0
