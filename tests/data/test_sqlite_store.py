"""The SQLite store: what it counts, against a slow oracle, and what it survives."""

import gc
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from recsys.data.stores import open_store, schema
from recsys.data.stores.sqlite import SqliteStore
from recsys.data.stores.turns import Turns
from recsys.errors import StoreError
from recsys.records import Article, Event
from recsys.settings import Settings, Site
from tests.effort import examples

ZONES = {
    "rabat": "Africa/Casablanca",
    "newfoundland": "America/St_Johns",
    "nepal": "Asia/Kathmandu",
}
SETTINGS = Settings(sites={name: Site(time_zone=zone) for name, zone in ZONES.items()})


def counts_of(store):
    counts = store.counts()
    views = np.stack([counts.view_key, counts.view_minute, counts.views], axis=1)
    readers = np.stack([counts.reader_key, counts.reader_day, counts.readers], axis=1)
    return tuple(
        {(*counts.keys[key], bucket): n for key, bucket, n in rows.tolist()}
        for rows in (views, readers)
    )


def oracle(events):
    """Count the slow way: the earliest view of every reader, article and half hour."""
    ids, earliest = set(), {}
    for number, event in enumerate(events):
        if event.event_id is not None and (event.site, event.event_id) in ids:
            continue
        ids.add((event.site, event.event_id))
        if event.event_type != "view" or event.timestamp is None:
            continue
        who = event.visitor_id or f"anonymous {number}"
        moment = datetime.fromtimestamp(event.timestamp / 1000, UTC)
        half_hour = (moment.date(), moment.hour, moment.minute // 30)
        name = (event.site, event.article_id, who, half_hour)
        earliest[name] = min(moment, earliest.get(name, moment))
    views, readers = Counter(), set()
    for (site, article, who, _), moment in earliest.items():
        views[site, article, int(moment.timestamp()) // 60] += 1
        local = moment.astimezone(ZoneInfo(ZONES[site])).date()
        readers.add((site, article, who, (local - datetime(1970, 1, 1).date()).days))
    return views, Counter((site, article, day) for site, article, _, day in readers)


# Around midnight in all three zones, on the days when the clocks of Rabat (2026-03-22: Ramadan
# ends) and St. John's (2026-03-08) change.
starts = st.sampled_from([1772928000_000, 1773000000_000, 1774137600_000, 1774224000_000])
instants = st.builds(lambda start, minutes: start + minutes * 20_000, starts, st.integers(-99, 999))
events = st.builds(
    Event,
    timestamp=st.none() | instants,
    article_id=st.sampled_from("ab"),
    event_type=st.sampled_from(["view", "view", "view", "impression", "click"]),
    visitor_id=st.none() | st.sampled_from("vwx"),
    event_id=st.none() | st.sampled_from("12345"),
    site=st.sampled_from(sorted(ZONES)),
)


@effort(deadline=None, max_examples=examples(80))
@given(st.lists(st.lists(events, max_size=40), max_size=3))
def test_counts_are_those_of_the_slow_oracle_however_batched(batches):
    store = SqliteStore(None, SETTINGS)
    receipts = [store.put_events(batch) for batch in batches]
    views, readers = oracle([event for batch in batches for event in batch])
    assert counts_of(store) == (views, readers)
    assert sum(receipt.counted for receipt in receipts) == views.total()
    assert [receipt.received for receipt in receipts] == [len(batch) for batch in batches]
    store.close()


def test_a_reopened_store_has_everything(tmp_path):
    url = f"sqlite:///{tmp_path}/news.db"
    store = open_store(url)
    store.put_articles([Article("a", title="t")])
    store.put_events([Event(60_000, "a", visitor_id="v")])
    revision = store.revision()
    store.close()
    store = open_store(url, create=False)
    assert (store.revision(), store.newest()) == (revision, 60)
    assert store.put_events([Event(61_000, "a", visitor_id="v")]).counted == 0
    store.close()


def test_a_relative_path_is_relative_and_four_slashes_are_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    open_store("sqlite:///a.db").close()
    open_store(f"sqlite:///{tmp_path}/b % ?#.db").close()
    assert {"a.db", "b % ?#.db"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://x", "known before the ://: sqlite"),
        ("news.db", "known before the ://: sqlite"),
        ("postgresql://x/y", "later version"),
        ("sqlite://news.db", "sqlite:///relative.db"),
        ("sqlite:///", "sqlite:///relative.db"),
    ],
)
def test_a_url_that_names_no_store_is_refused(url, says):
    with pytest.raises(StoreError, match=says.replace("/", "[/]")):
        open_store(url)


def refusal(path, **options):
    with pytest.raises(StoreError) as error:
        open_store(f"sqlite:///{path}", **options)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    return str(error.value)


def test_a_missing_store_is_made_only_if_asked(tmp_path):
    assert "recsys import" in refusal(tmp_path / "no.db", create=False)
    assert "there is no directory" in refusal(tmp_path / "no" / "no.db")
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_a_store_is_left_as_it_is(tmp_path):
    text, other = tmp_path / "text.db", tmp_path / "other.db"
    text.write_text("not a database")
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE precious (x)")
    connection.close()
    for path in (text, other):
        before = path.read_bytes()
        assert "is not a store" in refusal(path)
        assert path.read_bytes() == before
    assert "cannot be read" in refusal(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"text.db", "other.db"}


def test_a_store_of_a_newer_version_is_refused_by_name(tmp_path):
    path = tmp_path / "news.db"
    open_store(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    assert f"version {schema.VERSION + 1}" in refusal(path)


def test_a_damaged_file_is_one_line_with_its_name(tmp_path):
    path = tmp_path / "news.db"
    store = open_store(f"sqlite:///{path}")
    store.put_articles([Article(str(i), body="x" * 2000) for i in range(50)])
    store.close()
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 20_000)
    with (
        pytest.raises(StoreError, match=r"news\.db: "),
        closing(open_store(f"sqlite:///{path}")) as damaged,
    ):
        list(damaged.articles())


def test_an_empty_file_becomes_a_store(tmp_path):
    (tmp_path / "news.db").touch()
    store = open_store(f"sqlite:///{tmp_path}/news.db")
    assert store.revision() == 0
    store.close()


def test_reading_does_not_wait_for_a_writer(tmp_path):
    store = SqliteStore(tmp_path / "news.db", SETTINGS)
    store.put_articles([Article("a")])
    with Turns(tmp_path / "news.db.lock", 1.0).taken():
        assert store.revision() == 1
        assert [a.article_id for a in store.articles()] == ["a"]
    store.close()


def test_a_turn_that_never_comes_is_an_error(tmp_path):
    path = tmp_path / "lock"
    with (
        Turns(path, 1.0).taken(),
        pytest.raises(StoreError, match="another writer"),
        Turns(path, 0.01).taken(),
    ):
        pass
    with Turns(path, 0.01).taken():  # given back
        pass


def test_articles_may_be_written_while_they_are_read(tmp_path):
    store = SqliteStore(tmp_path / "news.db", SETTINGS)
    store.put_articles([Article(f"{i:03}") for i in range(30)])
    for article in store.articles():
        store.put_articles([Article(article.article_id, title="seen")])
    assert {article.title for article in store.articles()} == {"seen"}
    assert store.revision() == 31
    store.close()


WRITER = """
import sys
from pathlib import Path
from recsys.data.stores.sqlite import SqliteStore
from recsys.records import Article, Event

store, name = SqliteStore(Path(sys.argv[1])), sys.argv[2]
for batch in range(int(sys.argv[3])):
    store.put_events([Event(60_000 * batch, f"{i % 7}", visitor_id=name) for i in range(14)])
    store.put_articles([Article(f"{name}-{batch}", body="x" * 3000)])
    print(batch, flush=True)
store.close()
"""


def writer(path, name, batches):
    command = [sys.executable, "-c", WRITER, str(path), name, str(batches)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def sound(path):
    with closing(sqlite3.connect(path)) as connection, connection:
        found = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    return found == [("ok",)]


@pytest.mark.slow  # starts processes
def test_two_processes_writing_at_once_lose_nothing(tmp_path):
    path = tmp_path / "news.db"
    writers = [writer(path, name, 40) for name in ("one", "two")]  # both make the file
    for process in writers:
        process.communicate(timeout=60)
        assert process.returncode == 0
    store = SqliteStore(path)
    assert len(list(store.articles())) == 80
    assert len(list(store.events())) == 2 * 40 * 14
    assert int(store.counts().views.sum()) == 2 * 7 * 2  # 7 articles, two half hours
    assert store.revision() == 80 + 2 * 2
    store.close()
    assert sound(path)


@pytest.mark.slow  # starts processes
def test_what_was_acknowledged_survives_a_kill(tmp_path):
    path = tmp_path / "news.db"
    process = writer(path, "one", 100_000)
    for line in process.stdout:
        if int(line) >= 20:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    store = SqliteStore(path)
    stored = {article.article_id for article in store.articles()}
    assert {f"one-{batch}" for batch in range(21)} <= stored
    assert store.put_articles([Article("after")]) == [True]
    store.close()
    assert sound(path)


@pytest.mark.slow
def test_no_cursor_of_a_batch_is_open_when_its_turn_is_over(tmp_path):
    def cursors():
        return [each for each in gc.get_objects() if isinstance(each, sqlite3.Cursor)]

    store = open_store(f"sqlite:///{tmp_path / 'news.db'}")
    gc.collect()
    before = cursors()  # held, so that no new one takes the place of one that went
    gc.disable()  # a batch is a part of a cycle
    try:
        store.put_events([Event(timestamp=60_000, article_id="a", visitor_id="v")])
        left = [each for each in cursors() if not any(each is known for known in before)]
        for cursor in left:
            with pytest.raises(sqlite3.ProgrammingError, match="closed"):
                cursor.fetchone()
    finally:
        gc.enable()
    assert left
    store.close()
