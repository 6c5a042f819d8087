"""Counts that were packed are the counts, whatever happens to them afterwards."""

import sqlite3
from collections import Counter
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from recsys.counting.base import Arrival, Client
from recsys.data.stores import open_store, schema, sqlite_packs
from recsys.data.stores.sqlite import SqliteStore
from recsys.records import Article, Event
from recsys.times import DAY, HOUR
from tests.effort import examples

BEGIN = 20_000 * DAY  # in seconds


def view(hour: float, article_id: str = "a", **more) -> Event:
    return Event(int((BEGIN + hour * HOUR) * 1000), article_id, **more)


def read(store, first_minute=0):
    counts = store.counts(first_minute=first_minute)
    columns = counts.view_key.tolist(), counts.view_minute.tolist(), counts.views.tolist()
    return Counter({(counts.keys[k][1], minute): n for k, minute, n in zip(*columns, strict=True)})


def stored(store, first_minute=0):
    """The counts as the table has them, row by row."""
    with store._connections.reading() as connection:
        rows = connection.execute(
            "SELECT article_id, minute, views FROM counts JOIN keys USING (key) WHERE minute >= ?",
            (first_minute,),
        ).fetchall()
    return Counter({(article, minute): n for article, minute, n in rows if n})


def hours(store, where):
    query = f"SELECT hour FROM packs WHERE content IS {where} ORDER BY hour"
    with store._connections.reading() as connection:
        return [hour - BEGIN // HOUR for (hour,) in connection.execute(query)]


def tidied(store, hour):
    while store.tidy(int(BEGIN + hour * HOUR)):
        pass


@pytest.fixture
def store():
    with closing(SqliteStore(None)) as store:
        yield store


def test_hours_that_ended_two_hours_ago_are_packed_and_the_rest_is_read_by_the_row(store):
    store.put_events([view(0.5), view(1), view(1.99), view(2), view(3.5)])
    assert (hours(store, "NULL"), hours(store, "NOT NULL")) == ([0, 1, 2, 3], [])
    tidied(store, 4)
    assert (hours(store, "NULL"), hours(store, "NOT NULL")) == ([2, 3], [0, 1])
    assert read(store) == stored(store)
    assert read(store).total() == 5


def test_a_late_view_loosens_its_hour_and_no_other(store):
    store.put_events([view(0), view(1), view(2)])
    tidied(store, 5)
    store.put_events([view(1, "b", event_id="late")])
    assert (hours(store, "NULL"), hours(store, "NOT NULL")) == ([1], [0, 2])
    assert read(store)["b", BEGIN // 60 + 60] == 1
    tidied(store, 5.1)
    assert hours(store, "NULL") == []
    assert read(store) == stored(store)


def test_an_hour_whose_counts_are_gone_has_no_pack(store):
    store.put_events([view(0), view(1)])
    with store._connections.writing() as connection:
        connection.execute("DELETE FROM counts WHERE minute < ?", (BEGIN // 60 + 60,))
    tidied(store, 5)
    assert hours(store, "NOT NULL") == [1]
    assert read(store) == stored(store)


def test_what_is_not_asked_for_is_not_told(store):
    store.put_events([view(0), view(0.5), view(1)])
    tidied(store, 5)
    half = BEGIN // 60 + 30
    assert read(store, half) == stored(store, half)
    assert read(store, half).total() == 2


def test_a_pack_holds_large_counts_and_every_minute_of_its_hour(store):
    events = [view(minute / 60, str(minute)) for minute in range(60) for _ in range(minute + 1)]
    store.put_events(events + [view(0, "much")] * 300)
    tidied(store, 5)
    assert hours(store, "NULL") == []
    assert read(store) == stored(store)
    assert read(store)["much", BEGIN // 60] == 300


steps = st.one_of(
    st.tuples(
        st.just("views"),
        st.lists(st.tuples(st.integers(0, 99), st.sampled_from("abc")), max_size=6),
    ),
    st.tuples(st.just("arrivals"), st.integers(0, 99)),
    st.tuples(st.just("tidy"), st.integers(0, 120)),
)


@effort(deadline=None, max_examples=examples(60))
@given(st.lists(steps, max_size=8))
def test_whatever_is_counted_merged_and_packed_in_whatever_order_reading_tells_the_table(path):
    with closing(SqliteStore(None)) as store:
        store.put_articles([Article(name, title="t") for name in "abc"])
        for what, given_ in path:
            if what == "views":
                store.put_events([view(hour, name) for hour, name in given_])
            elif what == "tidy":
                tidied(store, given_)
            else:
                _arrive(store, given_)
            assert read(store) == stored(store)


def _arrive(store, hour):
    """Take events as a service does, which are merged as they age."""
    now = int((BEGIN + hour * HOUR) * 1000)
    client = Client("192.0.2.1", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    store.put_arrivals([Arrival(view(hour, name), client) for name in "ab"], now)


def test_a_store_of_version_2_is_brought_up_to_date(tmp_path):
    url, path = f"sqlite:///{tmp_path}/news.db", tmp_path / "news.db"
    with closing(open_store(url)) as store:
        store.put_events([view(0), view(0.1), view(7)])
        expected = read(store)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("DROP TABLE packs; PRAGMA user_version = 2")
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
        for name in names:
            if name.startswith("counts_") and name not in ("counts_revision", "counts_empty"):
                connection.execute(f"DROP TRIGGER {name}")
        connection.commit()
    with closing(open_store(url)) as store:
        assert hours(store, "NULL") == [0, 7]
        tidied(store, 12)
        assert hours(store, "NOT NULL") == [0, 7]
        assert read(store) == expected
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)


def test_a_pack_takes_nine_bytes_a_count(store):
    store.put_events([view(0, "a"), view(0, "b"), view(0.5, "a")])
    tidied(store, 5)
    with store._connections.reading() as connection:
        (content,) = connection.execute("SELECT content FROM packs").fetchone()
    assert len(content) == 3 * 9
    assert sqlite_packs.MINUTES == 60
