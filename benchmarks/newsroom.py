"""A newsroom to be served: a store with articles and views, and two trained models."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile
from pathlib import Path

import numpy as np

from benchmarks.generated import NOW, generated_articles
from recsys import saving
from recsys.data.stores import open_store
from recsys.model import Model
from recsys.records import Article
from recsys.sample.crowd import Crowd
from recsys.times import DAY

SECTIONS = ("local", "sport", "economy", "culture", "world", "health")


@dataclass(frozen=True)
class Newsroom:
    """A folder with a store, ``news.db``, and ``models``."""

    folder: Path

    @property
    def store_url(self) -> str:
        """Address of the store."""
        return f"sqlite:///{self.folder / 'news.db'}"

    @property
    def models(self) -> Path:
        """Folder of the models."""
        return self.folder / "models"

    @cached_property
    def ids(self) -> list[str]:
        """Ids of the articles, the newest first."""
        return [article.article_id for article in self._articles]

    @cached_property
    def sections(self) -> list[str]:
        """Names of the sections, percent-encoded, the most used first."""
        from urllib.parse import quote

        names = [article.section[0] for article in self._articles if article.section]
        return [
            quote(name) for name in sorted(set(names), key=lambda name: (-names.count(name), name))
        ]

    @cached_property
    def _articles(self) -> list[Article]:
        store = open_store(self.store_url, create=False)
        try:
            return sorted(store.articles(), key=lambda each: (-each.published_at, each.article_id))
        finally:
            store.close()


def built(folder: Path, n: int, seed: int = 0) -> Newsroom:
    """Make a newsroom of ``n`` articles of 20 days and a day's views, and train two models."""
    made, newsroom = _dated(list(generated_articles(n, seed)), seed), Newsroom(folder)
    store = open_store(newsroom.store_url)
    store.put_articles(made)
    views = Crowd(views_per_hour=2000).stream(made, {}, NOW - DAY)
    store.put_events(list(takewhile(lambda view: (view.timestamp or 0) < NOW * 1000, views)))
    store.close()
    for later in (60, 0):
        saving.publish(Model().fit(made, now=NOW + later, jobs=-1), newsroom.models)
    return newsroom


def _dated(articles: list[Article], seed: int) -> list[Article]:
    ages = np.random.default_rng(seed).integers(60, 20 * DAY, len(articles))
    return [
        replace(
            article,
            section=(SECTIONS[i % len(SECTIONS)],),
            url=f"https://news.example/{i}",
            published_at=NOW - int(ages[i]),
            updated_at=NOW - int(ages[i]),
        )
        for i, article in enumerate(articles)
    ]
