"""Readers of a newsroom of which nothing is known but its articles, and perhaps its views."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.records import Article, Event
from recsys.sample.audience import Floats, number, opaque
from recsys.times import DAY, HOUR, UNKNOWN


@dataclass(frozen=True)
class Crowd:
    """Views at random, more of what is read already and of what is new.

    Views are a Poisson process; each is of article a with a probability in proportion to
    ``(1 + views[a]) * 2 ** (-age / half_life_hours)``, reckoned anew every hour.

    Parameters
    ----------
    seed
        The same seed, articles, views and start give the same events.
    views_per_hour
        Mean, whatever the size of the newsroom.
    half_life_hours
        Age at which an article draws half as many readers; dates that are not known are as old
        as the oldest known one.
    n_readers
        How many readers there are.
    """

    seed: int = 7
    views_per_hour: float = 720.0
    half_life_hours: float = 24.0
    n_readers: int = 1000

    def stream(
        self, articles: Sequence[Article], views: Mapping[tuple[str, str], int], start: int
    ) -> Iterator[Event]:
        """Yield views by time, from ``start`` (seconds since 1970) on and without end.

        Nothing is read before it is published. Without articles nothing is yielded.

        Parameters
        ----------
        views
            By the articles' keys; 0 where there is none.
        """
        if not articles:
            return
        rng = np.random.default_rng(number(self.seed, "crowd", start))
        published, read = _facts(articles, views)
        at = float(start)
        while True:
            at = max(at, published.min())
            hour, ends = at + HOUR, np.cumsum(self._weights(published, read, at))
            while (at := at + rng.exponential(HOUR / self.views_per_hour)) < hour:
                article = articles[int(ends.searchsorted((1 - rng.random()) * ends[-1]))]
                yield self._view(article, at, int(rng.integers(self.n_readers)))

    def _weights(self, published: Floats, read: Floats, at: float) -> Floats:
        """Return the weights at an instant, but for a factor; 0 for what is still to come."""
        age = at - published
        half_lives = (age - age[age >= 0].min()) / (HOUR * self.half_life_hours)
        fading = np.exp2(-np.clip(half_lives, 0.0, 900.0))
        return np.asarray(np.where(age >= 0, read * fading, 0.0))

    def _view(self, article: Article, at: float, reader: int) -> Event:
        name = opaque("reader", self.seed, reader, at // DAY)
        return Event(math.ceil(1000 * at), article.article_id, visitor_id=name, site=article.site)


def _facts(
    articles: Sequence[Article], views: Mapping[tuple[str, str], int]
) -> tuple[Floats, Floats]:
    """Return when each article was published, and 1 + its views."""
    published = np.array([article.published_at for article in articles], dtype=np.float64)
    known = published != UNKNOWN
    published[~known] = published[known].min() if known.any() else 0.0
    read = np.array([1 + views.get(article.key, 0) for article in articles], dtype=np.float64)
    return published, read
