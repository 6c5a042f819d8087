"""Newsrooms of any size with seeded text, trained and on the disk."""

import shutil
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from recsys import saving
from recsys.data.stores import open_store
from recsys.model import Model
from recsys.records import Article
from recsys.sample import sample_articles

SITE = "https://news.example"


@dataclass(frozen=True)
class Home:
    """A store, a folder of models, and whatever the server writes."""

    folder: Path

    @property
    def store(self) -> Path:
        return self.folder / "store" / "news.db"

    @property
    def store_url(self) -> str:
        return f"sqlite:///{self.store}"

    @property
    def models(self) -> Path:
        return self.folder / "models"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def copy(self, folder: Path) -> "Home":
        shutil.copytree(self.folder, folder)
        return Home(folder)


def articles(n: int, now: int, seed: int = 0) -> list[Article]:
    """Sample articles whose sentences are exchanged among each other, dated back over 20 days."""
    random = np.random.default_rng(seed)
    sample = [each for each in sample_articles(now) if each.language == "ar"]
    sentences = [s for each in sample for s in (each.body or "").split(".") if s]
    ages = np.sort(random.integers(60, 20 * 86400, n))
    return [
        replace(
            sample[i % len(sample)],
            article_id=f"g{i}",
            url=f"{SITE}/g{i}",
            canonical_url=None,
            body=".".join(sentences[j] for j in random.integers(0, len(sentences), 6)),
            published_at=now - int(ages[i]),
            updated_at=now - int(ages[i]),
        )
        for i in range(n)
    ]


def trained(made: list[Article], now: int, jobs: int = 1) -> Model:
    return Model().fit(made, now=now, jobs=jobs)


def built(folder: Path, made: list[Article], model: Model) -> Home:
    """Put articles into a new store and publish a model."""
    home = Home(folder)
    home.store.parent.mkdir(parents=True)
    store = open_store(home.store_url)
    store.put_articles(made)
    store.close()
    saving.publish(model, home.models)
    return home


@dataclass(frozen=True)
class Books:
    """What a store holds: how often each event id, and the views of each article, twice over."""

    event_ids: Counter[str]
    views_stored: Counter[str]
    views_counted: Counter[str]

    @classmethod
    def of(cls, home: Home) -> "Books":
        event_ids, stored, counted = Counter(), Counter(), Counter()
        store = open_store(home.store_url, create=False)
        try:
            for event in store.events():
                event_ids[event.event_id] += 1
                stored[event.article_id] += 1
            counts = store.counts()
        finally:
            store.close()
        for key, views in zip(counts.view_key.tolist(), counts.views.tolist(), strict=True):
            counted[counts.keys[key][1]] += views
        return cls(event_ids, stored, counted)
