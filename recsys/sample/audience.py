"""One language's articles and readers as arrays: what is interesting now, what leads where."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from recsys.records import Article
from recsys.times import HOUR

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
TINY = float(np.finfo(np.float64).tiny)  # keeps 0 / 0 at 0


@dataclass(frozen=True)
class Interest:
    """How an article draws readers: ``appeal * (floor + (1 - floor) * 2 ** (-age / half_life))``.

    The appeal is log-normal, and multiplied in the first hour of an article that breaks; both are
    fixed by seed and id.
    """

    seed: int
    sigma: float
    half_life_hours: float
    floor: float
    breaking_share: float
    breaking_factor: float

    def appeal(self, article_id: str) -> tuple[float, float]:
        """Return an article's appeal, and what multiplies it in the first hour."""
        rng = np.random.default_rng(number(self.seed, "appeal", article_id))
        appeal = float(np.exp(self.sigma * rng.standard_normal()))
        return appeal, self.breaking_factor if rng.random() < self.breaking_share else 1.0

    def left(self, age: Floats) -> Floats:
        """Return the share of the interest that is left after ``age`` seconds."""
        half_lives = age / (HOUR * self.half_life_hours)
        return self.floor + (1 - self.floor) * np.exp2(-half_lives)


class Audience:
    """The articles of one language, oldest first, and the readers who read it.

    A row is an article's place in ``articles``; what is not published yet has the last rows, and
    the arrays that depend on the clock end before it.

    Parameters
    ----------
    articles
        Those of the language, all with a known ``published_at``; at least one.
    interest
        What draws a reader to an article.
    tastes
        float64, shape (n_readers, n_sections): each reader's share for every section, in the
        order of `sections_of`; all positive.
    """

    def __init__(self, articles: Sequence[Article], interest: Interest, tastes: Floats) -> None:
        self.articles = sorted(articles, key=lambda article: (article.published_at, article.key))
        self.interest = interest
        self.tastes = tastes
        sections = sections_of(articles)
        self.section = np.array([sections.index(main_section(a)) for a in self.articles])
        self.published = np.array([article.published_at for article in self.articles])
        self.appeal, self.breaking = np.array(
            [interest.appeal(article.article_id) for article in self.articles]
        ).T
        self.nearest = _nearest(self.articles)

    def weights(self, at: float) -> Floats:
        """Return the interest in what is published at an instant; shape (n_published,)."""
        an_hour_ago, published = self.published.searchsorted((at - HOUR, at), side="right")
        age = at - self.published[:published]
        weights: Floats = self.appeal[:published] * self.interest.left(age)
        weights[an_hour_ago:] *= self.breaking[an_hour_ago:published]
        return weights

    def front(self, weights: Floats, tastes: Floats) -> Floats:
        """Return how likely a reader is to start at each article.

        ``P(a) = taste[section of a] / (tastes of all that have news)
        * weight[a] / (weights of the section)``

        Parameters
        ----------
        weights
            What `weights` gave.
        tastes
            float64, shape (..., n_sections).

        Returns
        -------
        float64, shape (..., n_published), summing to 1 along the last axis.
        """
        section = self.section[: len(weights)]
        of_section = np.bincount(section, weights, minlength=tastes.shape[-1])
        wanted = tastes * (of_section > 0)
        wanted = wanted / (wanted.sum(axis=-1, keepdims=True) + TINY) / (of_section + TINY)
        return np.asarray(wanted[..., section] * weights)

    def related(self, row: int, n_published: int, length: int) -> Integers:
        """Return the rows of the related list under an article, nearest first."""
        rows: Integers = self.nearest[row]
        shown: Integers = rows[rows < n_published]
        return shown[:length]

    def newer(self, row: int, n_published: int) -> int:
        """Return how many articles of its section stand above this one, newest first."""
        return int(np.count_nonzero(self.section[row + 1 : n_published] == self.section[row]))


def main_section(article: Article) -> str:
    """Return the section an article is read in; empty when it has none."""
    return article.section[0] if article.section else ""


def sections_of(articles: Sequence[Article]) -> list[str]:
    """Return the main sections of the articles, sorted."""
    return sorted({main_section(article) for article in articles})


def number(*parts: object) -> int:
    """Return 64 bits that are the same for the same parts, on every machine."""
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=8).digest(), "little")


def opaque(*parts: object) -> str:
    """Return a name that tells nothing about its parts, and is the same for the same parts."""
    return f"{number(*parts):016x}"


def _nearest(articles: Sequence[Article]) -> Integers:
    """Order the other rows for each one: most shared tags, same section, newest; (n, n - 1)."""
    tags = [frozenset(article.tags) for article in articles]
    sections = [main_section(article) for article in articles]
    order = np.empty((len(articles), len(articles) - 1), dtype=np.int64)
    for row, (own, section) in enumerate(zip(tags, sections, strict=True)):
        shared = [len(own & other) for other in tags]
        same = [section == other for other in sections]
        ranked = np.lexsort((same, shared))[::-1]  # stable, so that later rows come first
        order[row] = ranked[ranked != row]
    return order
