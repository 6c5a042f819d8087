"""What a store knows beyond a snapshot: here, of sessions."""

from contextlib import closing, contextmanager

import numpy as np
import pytest

from recsys import live
from recsys.data.corpus import Corpus
from recsys.data.stores import open_store
from recsys.data.stores.base import ArticleChange
from recsys.live import FreshCoReading, _unknown, caught_up, with_sessions
from recsys.model import Model
from recsys.recipe import Recipe
from recsys.records import Article, Event
from recsys.times import DAY

NOW = 1_800_000_000
WANTS_SESSIONS = {"blend": {"co_reading": 0.5}, "co_reading": {"prior_reads": 1.0}}


def session(name, seconds_ago, *read):
    return [
        Event((NOW - seconds_ago + i) * 1000, article_id, session_id=name)
        for i, article_id in enumerate(read)
    ]


@contextmanager
def three_articles():
    """A store with three articles, and a snapshot trained on them."""
    with closing(open_store("sqlite:///:memory:")) as store:
        store.put_articles([Article(name, title=f"About {name}") for name in "abc"])
        model = Model(Recipe("test", WANTS_SESSIONS)).fit(store.articles(), now=NOW - DAY)
        yield store, model.snapshot_


@pytest.fixture
def newsroom():
    with three_articles() as given:
        yield given


def partners(snapshot, name):
    rows, _ = snapshot.co_reading.of(snapshot.corpus.row_of("default", name))
    return [snapshot.corpus.id_of(row) for row in rows.tolist()]


def test_what_is_read_after_the_training_is_learned_from_the_store(newsroom):
    store, snapshot = newsroom
    fresh = FreshCoReading()
    store.put_events(session("s", 60, "a", "b"))
    assert not fresh.take(snapshot, store, NOW)
    assert partners(snapshot, "a") == []
    first = snapshot.with_co_reading(fresh.learned(snapshot, NOW))
    assert partners(first, "a") == ["b"]
    store.put_events(session("t", 30, "a", "c"))
    fresh.take(first, store, NOW)
    assert partners(first.with_co_reading(fresh.learned(first, NOW)), "a") == ["b", "c"]
    assert partners(first, "a") == ["b"]  # what is being read stays what it was


def test_it_is_what_training_on_the_stores_events_would_learn(newsroom):
    store, snapshot = newsroom
    for start in range(0, 5000, 500):
        store.put_events(session(str(start), start, *"abcacb"[start // 500 % 4 :]))
    fresh = FreshCoReading()
    fresh.take(snapshot, store, NOW)
    trained = Model(Recipe("test", WANTS_SESSIONS)).fit(
        store.articles(), now=NOW, events=store.events()
    )
    learned, expected = fresh.learned(snapshot, NOW), trained.snapshot_.co_reading
    np.testing.assert_array_equal(learned.partners_.toarray(), expected.partners_.toarray())


def test_an_article_that_was_changed_or_came_later_has_partners(newsroom):
    store, snapshot = newsroom
    store.put_articles([Article("a", title="About a, corrected"), Article("new", title="News")])
    store.put_events(session("s", 60, "new", "a", "b"))
    current, _ = caught_up(snapshot, store, 0)
    fresh = FreshCoReading()
    fresh.take(current, store, NOW)
    current = current.with_co_reading(fresh.learned(current, NOW))
    assert sorted(partners(current, "a")) == ["b", "new"]
    assert sorted(partners(current, "new")) == ["a", "b"]


def test_what_is_older_than_seven_long_half_lives_is_let_go(newsroom):
    store, snapshot = newsroom
    store.put_events(session("s", 8 * DAY, "a", "b") + session("t", 6 * DAY, "a", "c"))
    fresh = FreshCoReading()
    fresh.take(snapshot, store, NOW)
    later = fresh.learned(snapshot, NOW)
    assert partners(snapshot.with_co_reading(later), "a") == ["c"]
    assert partners(with_sessions(snapshot, store, NOW), "a") == ["c"]
    fresh.take(snapshot, store, NOW + 2 * DAY)
    gone = fresh.learned(snapshot, NOW + 2 * DAY)
    assert partners(snapshot.with_co_reading(gone), "a") == []


def test_many_changes_are_told_from_what_is_known_as_few_are(monkeypatch):
    random = np.random.default_rng(0)

    def article(i, title):
        return Article(f"a{i}", title=title, site=f"s{i % 3}")

    articles = [article(i, f"title {i}") for i in range(60)]
    for _ in range(20):
        held = [articles[i] for i in random.permutation(60)[: random.integers(0, 60)]]
        corpus = Corpus.of(held).without([a.key for a in held[:5]])
        stored = [
            article(i, f"title {i}" if random.random() < 0.7 else "changed")
            for i in random.permutation(60)[:40].tolist()
        ]
        changes = [ArticleChange(*a.key, a.fingerprint) for a in stored]
        changes[3:5] = [change._replace(fingerprint=None) for change in changes[3:5]]
        few = list(_unknown(corpus, changes))
        monkeypatch.setattr(live, "_MANY", 0)
        assert list(_unknown(corpus, changes)) == few
        monkeypatch.undo()
        by_key = {a.key: a.fingerprint for a in held[5:]}
        told = [change for change in changes if change.fingerprint is not None]
        assert few == [c[:2] for c in told if by_key.get(c[:2]) != c.fingerprint]
