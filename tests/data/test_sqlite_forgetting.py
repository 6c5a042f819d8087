"""What the SQLite store forgets, merges and brings over from an earlier version."""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsys.counting.base import Arrival, Client
from recsys.data.corpus import Corpus
from recsys.data.stores import open_store
from recsys.data.stores.sqlite_tidy import EVERY_SECONDS
from recsys.data.views import KeyedCounts, ViewCounts
from recsys.errors import StoreError
from recsys.records import Article, Event
from recsys.settings import Counting, Settings, Site

NOON = 1_772_366_400  # 2026-03-01T12:00:00Z
HOUR, DAY = 3600, 86400
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SETTINGS = Settings(sites={"default": Site(time_zone="Asia/Kathmandu")})


def arrival(n, at=NOON, name="a", **event):
    client = Client(f"10.{n // 250}.{n % 250}.1", AGENT)
    return Arrival(Event(at * 1000, name, **event), client, known=name)


@pytest.fixture
def store(tmp_path):
    made = open_store(f"sqlite:///{tmp_path}/news.db", SETTINGS)
    yield made
    made.close()


def rows(store_path, table, where="1"):
    with closing(sqlite3.connect(store_path)) as connection, connection:
        found = connection.execute(f"SELECT * FROM {table} WHERE {where}").fetchall()
    connection.close()
    return found


def tidied(store, now):
    """Tidy until nothing is left to do; return the number of rounds."""
    rounds = 1
    while store.tidy(now):
        rounds += 1
    return rounds


def minutes_of(store):
    counts = store.counts()
    return dict(zip(counts.view_minute.tolist(), counts.views.tolist(), strict=True))


def test_salts_and_readers_are_gone_48_hours_after_their_midnight(store, tmp_path):
    path = tmp_path / "news.db"
    store.put_arrivals([arrival(1), arrival(1, event_type="click", list="latest")], NOON * 1000)
    store.put_arrivals([arrival(2, name="b", at=NOON + 1)], NOON * 1000)
    ((_, day, salt),) = rows(path, "salts")
    midnight = NOON - 17 * HOUR - 45 * 60  # 12:00 UTC is 17:45 in Nepal
    tidied(store, midnight + 48 * HOUR - 1)
    assert rows(path, "salts") == [("default", day, salt)]
    tidied(store, midnight + 48 * HOUR + EVERY_SECONDS)
    assert rows(path, "salts") == []
    assert salt not in path.read_bytes() + path.with_name("news.db-wal").read_bytes()
    tidied(store, NOON + 5 * DAY)
    for table in ("seen", "clicks", "ranges", "held", "event_ids", "strays"):
        assert rows(path, table) == [], table
    assert store.ledger("default", "a").counted == {"view": 1, "click": 1}
    assert len(list(store.events())) == 3


def test_raw_events_go_after_the_retention_and_imported_ones_never(tmp_path):
    settings = replace(SETTINGS, counting=Counting(retention=2))
    store = open_store(f"sqlite:///{tmp_path}/news.db", settings)
    store.put_events([Event(1000, "old", event_id="e")])
    store.put_arrivals([arrival(1, event_id="f")], NOON * 1000)
    store.put_arrivals([arrival(2, at=NOON + DAY)], (NOON + DAY) * 1000)
    tidied(store, NOON + 2 * DAY + 1)
    assert [event.timestamp for event in store.events()] == [1000, (NOON + DAY) * 1000]
    tidied(store, NOON + 99 * DAY)
    assert [event.article_id for event in store.events()] == ["old"]
    assert store.put_events([Event(1000, "old", event_id="e")]).outcomes == ("repeated",)
    assert store.counts().views.sum() == 3
    store.close()


def test_counts_become_quarters_after_6_hours_and_hours_after_3_days(store):
    start = NOON - 6 * HOUR
    arrivals = [arrival(n, at=start + 60 * n) for n in range(120)]
    store.put_arrivals(arrivals, NOON * 1000)
    tidied(store, NOON)
    first = start // 60
    assert minutes_of(store) == {first + n: 1 for n in range(120)}
    tidied(store, NOON + HOUR)
    quarters = {first + q: 15 for q in range(0, 60, 15)}
    assert minutes_of(store) == quarters | {first + n: 1 for n in range(60, 120)}
    tidied(store, NOON + 4 * DAY)
    assert minutes_of(store) == {first: 60, first + 60: 60}
    assert store.ledger("default", "a").counted == {"view": 120}


def test_what_comes_late_joins_its_quarter_and_what_is_imported_keeps_its_minute(store):
    late = NOON - 10 * HOUR + 7 * 60
    store.put_events([Event(late * 1000, "a")] * 3)
    store.put_arrivals([arrival(1, at=late)], NOON * 1000)
    tidied(store, NOON)
    quarter = (NOON - 10 * HOUR) // 60
    assert minutes_of(store) == {quarter: 1, late // 60: 3}
    store.put_arrivals([arrival(2, at=late + 60)], NOON * 1000)
    store.put_events([Event(late * 1000 + 60_000, "a")])
    assert minutes_of(store) == {quarter: 2, late // 60: 3, late // 60 + 1: 1}
    tidied(store, NOON + 40 * DAY)
    assert minutes_of(store) == {quarter: 2, late // 60: 3, late // 60 + 1: 1}


@pytest.mark.slow
def test_whoever_follows_the_counts_knows_the_merged_ones(store):
    """A follower that asks for changes only has the same counts as one that asks for all."""
    articles = [Article(name, title=name) for name in "ab"]
    store.put_articles(articles)
    corpus = Corpus.of(articles)
    following = ViewCounts.of(KeyedCounts(), corpus, 2)
    rng = np.random.default_rng(5)
    now = NOON
    for step in range(40):
        now += int(rng.integers(60, 5 * HOUR))
        at = [now - int(rng.integers(0, 20 * HOUR)) for _ in range(30)]
        batch = [arrival(step * 30 + i, at=t, name="ab"[i % 2]) for i, t in enumerate(at)]
        store.put_arrivals(batch, now * 1000)
        store.tidy(now)
        if step % 3 == 0:
            following = following.updated(store.counts(following.revision), corpus)
            whole = ViewCounts.of(store.counts(), corpus, 2)
            for got, wanted in zip(
                following.rows_minutes_views(), whole.rows_minutes_views(), strict=True
            ):
                assert got.tolist() == wanted.tolist()


def test_a_follower_that_slept_too_long_is_given_everything(store, tmp_path):
    store.put_arrivals([arrival(1, at=NOON - 420)], NOON * 1000)
    asleep = store.counts().revision
    for hours in range(7, 12):
        tidied(store, NOON + hours * HOUR)
        store.put_arrivals([arrival(hours, at=NOON + hours * HOUR)], (NOON + hours * HOUR) * 1000)
    assert rows(tmp_path / "news.db", "counts", "views = 0") == []
    changed = store.counts(asleep)
    assert changed.whole
    assert changed.views.sum() == 6


def test_tidying_is_done_once_a_minute_whoever_does_it(store, tmp_path):
    other = open_store(f"sqlite:///{tmp_path}/news.db", SETTINGS)
    tidied(store, NOON)
    assert not other.tidy(NOON + 5)
    assert rows(tmp_path / "news.db", "state")[0][4] == NOON
    tidied(other, NOON + EVERY_SECONDS)
    assert rows(tmp_path / "news.db", "state")[0][4] == NOON + EVERY_SECONDS
    other.close()


@pytest.mark.slow
def test_a_great_deal_is_forgotten_in_parts(store, tmp_path):
    arrivals = [arrival(n, event_id=f"{n}") for n in range(12_000)]
    store.put_arrivals(arrivals, NOON * 1000)
    assert tidied(store, NOON + 60 * DAY) >= 3
    assert list(store.events()) == []
    assert rows(tmp_path / "news.db", "seen") == []


def test_a_reader_is_forgotten_by_address_and_agent_or_by_the_name_he_was_given(store, tmp_path):
    unknown = replace(arrival(1, name="new"), known=None)
    store.put_arrivals([arrival(1), unknown, arrival(2)], NOON * 1000)
    named = Arrival(Event(NOON * 1000, "a", visitor_id="me"), known="a")
    store.put_arrivals([named], NOON * 1000)
    store.put_events([Event(NOON * 1000, "a", visitor_id="me")])
    before = store.counts().views.sum()
    assert store.forget("default", address="10.0.1.1", agent=AGENT) == 3
    assert store.forget("default", address="10.0.1.1", agent=AGENT) == 0
    assert store.forget("elsewhere", visitor_id="me") == 0
    assert store.forget("default", visitor_id="me") == 4
    assert len(list(store.events())) == 1
    assert store.counts().views.sum() == before
    assert store.waiting_for() == []


def test_a_store_of_version_1_becomes_one_of_today_and_counts_on(tmp_path):
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript((Path(__file__).parent / "version_1.sql").read_text())
        connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    store = open_store(f"sqlite:///{path}", SETTINGS)
    assert [a.article_id for a in store.articles()] == ["a"]
    assert minutes_of(store) == {NOON // 60: 2, NOON // 60 + 40: 1}
    assert len(list(store.events())) == 3
    again = [Event(NOON * 1000 + 60_000, "a", visitor_id="v", event_id="new")]
    assert store.put_events(again).outcomes == ("half_hour",)
    assert store.put_events([Event(1, "a", event_id="e")]).outcomes == ("repeated",)
    assert store.put_events([Event(NOON * 1000 + 90 * 60_000, "a", visitor_id="v")]).counted == 1
    store.put_arrivals([arrival(1)], NOON * 1000)
    assert tidied(store, NOON + 50 * DAY)
    assert Counter(minutes_of(store)).total() == 5
    store.close()
    open_store(f"sqlite:///{path}", SETTINGS).close()


def test_a_store_that_is_gone_takes_nothing_and_is_found_again(store, tmp_path):
    store.put_arrivals([arrival(1)], NOON * 1000)
    path, away = tmp_path / "news.db", tmp_path / "away.db"
    path.rename(away)
    for attempt in (lambda: store.put_arrivals([arrival(2)], NOON * 1000), store.revision):
        with pytest.raises(StoreError, match="the store is gone"):
            attempt()
    path.write_text("something else entirely, long enough to be looked at" * 3)
    with pytest.raises(StoreError, match="is not a store"):
        store.put_arrivals([arrival(2)], NOON * 1000)
    path.unlink()
    away.rename(path)
    store.put_arrivals([arrival(2)], NOON * 1000)
    assert store.counts().views.sum() == 2


def test_another_store_in_its_place_is_known_by_its_identity(store, tmp_path):
    identity = store.identity()
    store.put_arrivals([arrival(1)], NOON * 1000)
    for path in tmp_path.iterdir():
        path.unlink()
    made = open_store(f"sqlite:///{tmp_path}/news.db", SETTINGS)
    assert made.identity() == store.identity() != identity
    assert store.put_arrivals([arrival(2)], NOON * 1000).counted == 1
    assert made.counts().views.sum() == 1
    made.close()
