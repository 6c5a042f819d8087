import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from recsys.api.writer import BusyError, EventWriter
from recsys.data.stores import open_store
from recsys.errors import StoreError
from recsys.records import Event

VIEW = {"article_id": "ar-sport-01", "event_type": "view"}


def stored(home):
    store = open_store(home.store_url, home.settings)
    try:
        return list(store.events())
    finally:
        store.close()


def test_an_acknowledged_event_is_in_the_store(own_api, home):
    before = len(stored(home))
    answer = own_api.post("/v1/events", json={**VIEW, "visitor_id": "v", "rec_id": "r"})
    assert (answer.status_code, answer.json()) == (202, {"received": 1})
    event = stored(home)[-1]
    assert len(stored(home)) == before + 1
    assert (event.article_id, event.visitor_id, event.rec_id) == ("ar-sport-01", "v", "r")


def test_opening_an_article_moves_most_read_within_two_seconds(own_api, ids, until):
    assert ids(own_api.get("/v1/most-read").json())[0] != "ar-sport-01"
    own_api.post("/v1/events", json=[VIEW] * 900)
    until(lambda: ids(own_api.get("/v1/most-read").json())[0] == "ar-sport-01")


def test_a_beacon_needs_no_particular_content_type(own_api):
    body = json.dumps([VIEW, VIEW]).encode()
    for kind in ("text/plain", "text/plain;charset=UTF-8", "application/json", ""):
        answer = own_api.post("/v1/events", content=body, headers={"content-type": kind})
        assert (answer.status_code, answer.json()) == (202, {"received": 2})


def test_the_server_stamps_the_time_and_a_clients_own_counts_only_with_a_key(own_api, home, key):
    row = {**VIEW, "timestamp": "2026-01-02T03:04:05Z"}
    own_api.post("/v1/events", json=row)
    own_api.post("/v1/events", json={**VIEW, "timestamp": "nonsense"})
    own_api.post("/v1/events", json=row, headers={"X-API-Key": "wrong"})
    own_api.post("/v1/events", json=row, headers=key)
    own_api.post("/v1/events", json=VIEW, headers=key)
    times = [event.timestamp for event in stored(home)[-5:]]
    assert times == [home.now * 1000] * 3 + [1767323045000] + [home.now * 1000]


def test_the_site_of_the_address_holds_for_all_events(own_api, home):
    own_api.post("/v1/events?site=elsewhere", json=[VIEW, {**VIEW, "site": "x"}])
    own_api.post("/v1/events", json={**VIEW, "site": "x"})
    assert [event.site for event in stored(home)[-3:]] == ["elsewhere", "elsewhere", "x"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 400, None),
        (b"{", 400, None),
        (b"\xff\xfe", 400, None),
        (b"[1]", 422, None),
        (b"7", 422, None),
        (b"{}", 422, "article_id"),
        (json.dumps([VIEW] * 1001).encode(), 422, None),
        (b'{"article_id": "x", "event_type": "dance"}', 422, "event_type"),
        (b'{"article_id": "a\\u0000b"}', 422, "article_id"),
        (b'{"article_id": "\\ud800"}', 422, "article_id"),
        (b'{"article_id": "x", "visitor_id": {"a": 1}}', 422, "visitor_id"),
        (b'[{"article_id": "x"}, {"url": "ftp://x"}]', 422, "url"),
        (b" " * 64_001, 413, None),
    ],
)
def test_what_is_no_event_is_refused(api, body, status, field):
    answer = api.post("/v1/events", content=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["field"] == field


def test_of_a_list_with_a_bad_event_nothing_is_kept(own_api, home):
    before = len(stored(home))
    assert own_api.post("/v1/events", json=[VIEW, {"event_type": "view"}]).status_code == 422
    assert len(stored(home)) == before


def test_a_body_of_unknown_length_is_cut_off_at_the_limit(api):
    answer = api.post("/v1/events", content=(b" " * 10_000 for _ in range(8)))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


def test_events_that_come_together_share_a_transaction(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'news.db'}")
    writer = EventWriter(store, gather_seconds=0.2)
    start = Barrier(8)

    def send(n):
        start.wait()
        return writer.submit([Event(1, f"{n}")] * n).result(5)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(send, range(1, 9))) == list(range(1, 9))
    assert store.revision() == 1
    writer.close()
    store.close()


def test_closing_stores_what_waits_and_takes_no_more(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'news.db'}")
    writer = EventWriter(store, gather_seconds=5)
    waiting = writer.submit([Event(1, "a")])
    writer.close()
    assert waiting.result(0) == 1
    assert len(list(store.events())) == 1
    with pytest.raises(BusyError):
        writer.submit([Event(1, "a")])
    store.close()


def test_more_events_than_may_wait_are_refused_at_once(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'news.db'}")
    writer = EventWriter(store, gather_seconds=5, capacity=3)
    first = writer.submit([Event(1, "a")] * 3)
    with pytest.raises(BusyError):
        writer.submit([Event(1, "a")])
    writer.close()
    assert first.result(0) == 3
    store.close()


def test_a_caller_who_gave_up_does_not_harm_the_others(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'news.db'}")
    writer = EventWriter(store, gather_seconds=0.1)
    gone, there = writer.submit([Event(1, "a")]), writer.submit([Event(1, "b")])
    assert gone.cancel()
    assert there.result(5) == 1
    writer.close()
    store.close()


def test_events_that_cannot_be_stored_are_refused_with_503_and_a_time_to_try_again(own_api, home):
    connection = sqlite3.connect(home.folder / "news.db", isolation_level=None)
    connection.execute("DROP TABLE events")
    connection.close()
    answer = own_api.post("/v1/events", json=VIEW)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error"]["code"] == "unavailable"
    assert str(home.folder) not in answer.text


def test_the_writers_error_reaches_every_caller_of_a_batch(home):
    store = open_store(home.store_url)
    connection = sqlite3.connect(home.folder / "news.db", isolation_level=None)
    connection.execute("DROP TABLE events")
    connection.close()
    writer = EventWriter(store, gather_seconds=0.1)
    waiting = [writer.submit([Event(1, "a")]) for _ in range(3)]
    for one in waiting:
        with pytest.raises(StoreError):
            one.result(5)
    writer.close()
    store.close()
