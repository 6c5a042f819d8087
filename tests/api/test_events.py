import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from recsys.api.writer import BusyError, EventWriter
from recsys.counting.base import Arrival
from recsys.data.stores import open_store
from recsys.errors import StoreError
from recsys.records import Event

VIEW = {"article_id": "ar-sport-01", "event_type": "view"}
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


def writer_of(store, **changes):
    return EventWriter(store, lambda: 60_000, **changes)


def views(n, name="a"):
    return [Arrival(Event(60_000, name), known=name)] * n


def stored(home):
    store = open_store(home.store_url, home.settings)
    try:
        return list(store.events())
    finally:
        store.close()


def test_an_acknowledged_event_is_in_the_store(own_api, home):
    before = len(stored(home))
    answer = own_api.post("/v1/events", json={**VIEW, "rec_id": "r"}, headers=BROWSER)
    assert (answer.status_code, answer.json()) == (202, {"received": 1, "counted": 1})
    event = stored(home)[-1]
    assert len(stored(home)) == before + 1
    assert (event.article_id, event.rec_id) == ("ar-sport-01", "r")


def test_opening_an_article_moves_most_read_within_two_seconds(own_api, ids, until, key):
    assert ids(own_api.get("/v1/most-read").json())[0] != "ar-sport-01"
    own_api.post("/v1/events", json=[VIEW] * 900, headers=key)
    until(lambda: ids(own_api.get("/v1/most-read").json())[0] == "ar-sport-01")


def test_a_reader_counts_once_in_a_half_hour_whatever_visitor_he_says_he_is(own_api, key):
    for visitor in range(5):
        row = {**VIEW, "visitor_id": f"{visitor}"}
        own_api.post("/v1/events", json=[row, row], headers=BROWSER)
    own_api.post("/v1/events", json=VIEW, headers={"user-agent": "Mozilla/5.0 another"})
    ledger = own_api.get("/v1/ledger?id=ar-sport-01", headers=key).json()
    assert ledger["dropped"]["half_hour"] == 9
    assert ledger["received"] == ledger["counted"] + 9


def test_with_a_key_the_visitor_that_is_named_counts_once_and_nobody_named_always(own_api, key):
    rows = [{**VIEW, "visitor_id": "v"}, {**VIEW, "visitor_id": "v"}, VIEW, VIEW]
    assert own_api.post("/v1/events", json=rows, headers=key).json() == {
        "received": 4,
        "counted": 3,
    }


def test_a_beacon_needs_no_particular_content_type(own_api):
    body = json.dumps([VIEW, VIEW]).encode()
    for kind in ("text/plain", "text/plain;charset=UTF-8", "application/json", ""):
        answer = own_api.post("/v1/events", content=body, headers={"content-type": kind})
        assert (answer.status_code, answer.json()["received"]) == (202, 2)


def test_the_server_stamps_the_time_and_a_clients_own_counts_only_with_a_key(own_api, home, key):
    row = {**VIEW, "timestamp": "2027-01-15T03:04:05Z"}
    for sent in (row, {**VIEW, "timestamp": "nonsense"}):
        own_api.post("/v1/events", json=sent, headers=BROWSER)
    own_api.post("/v1/events", json=row, headers={**BROWSER, "X-API-Key": "wrong"})
    own_api.post("/v1/events", json=row, headers=key)
    own_api.post("/v1/events", json=VIEW, headers=key)
    times = [event.timestamp for event in stored(home)[-5:]]
    assert times == [home.now * 1000] * 3 + [1799982245000] + [home.now * 1000]


def test_the_site_of_the_address_holds_for_all_events(own_api, home, key):
    own_api.post("/v1/articles", json={"article_id": "ar-sport-01", "title": "t"}, headers=key)
    for site in ("elsewhere", "x"):
        own_api.put(f"/v1/articles?id=ar-sport-01&site={site}", json={"title": "t"}, headers=key)
    own_api.post("/v1/events?site=elsewhere", json=[VIEW, {**VIEW, "site": "x"}], headers=key)
    own_api.post("/v1/events", json={**VIEW, "site": "x"}, headers=key)
    assert [event.site for event in stored(home)[-3:]] == ["elsewhere", "elsewhere", "x"]


@pytest.mark.parametrize(
    ("headers", "rule"),
    [
        ({"user-agent": ""}, "bots"),
        ({"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, "bots"),
        ({"user-agent": "curl/8.5.0"}, "bots"),
        ({**BROWSER, "sec-purpose": "prefetch;prerender"}, "prefetch"),
        ({**BROWSER, "x-moz": "prefetch"}, "prefetch"),
    ],
)
def test_nobody_behind_the_page_counts_nothing(own_api, key, headers, rule):
    answer = own_api.post("/v1/events", json=VIEW, headers=headers)
    assert (answer.status_code, answer.json()) == (202, {"received": 1, "counted": 0})
    ledger = own_api.get("/v1/ledger?id=ar-sport-01", headers=key).json()
    assert ledger["dropped"] == {rule: 1}


def test_a_forged_address_is_not_believed(own_api, key):
    for i in range(5):
        headers = {**BROWSER, "x-forwarded-for": f"203.0.113.{i}", "forwarded": f"for=1.2.3.{i}"}
        own_api.post("/v1/events", json=VIEW, headers=headers)
    ledger = own_api.get("/v1/ledger?id=ar-sport-01", headers=key).json()
    assert ledger["dropped"] == {"half_hour": 4}


def test_the_ledger_needs_a_key_and_knows_its_articles(own_api, key):
    assert own_api.get("/v1/ledger").status_code == 401
    assert own_api.get("/v1/ledger?id=nobody", headers=key).status_code == 404
    of_site = own_api.get("/v1/ledger", headers=key).json()
    assert of_site["received"] == of_site["counted"] + sum(of_site["dropped"].values()) > 0
    own_api.post("/v1/events", json={"article_id": "nobody"}, headers=BROWSER)
    waiting = own_api.get("/v1/ledger?id=nobody", headers=key).json()
    assert (waiting["received"], waiting["dropped"]) == (1, {"unknown_article": 1})
    own_api.put("/v1/articles?id=nobody", json={"title": "now known"}, headers=key)
    arrived = own_api.get("/v1/ledger?id=nobody", headers=key).json()
    assert (arrived["received"], arrived["counted"]) == (1, 1)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 400, None),
        (b"{", 400, None),
        (b"\xff\xfe", 400, None),
        (b"[1]", 422, None),
        (b"7", 422, None),
        (b"{}", 422, "article_id"),
        (json.dumps([0] * 1001).encode(), 422, None),
        (b'{"article_id": "x", "event_type": "dance"}', 422, "event_type"),
        (b'{"article_id": "a\\u0000b"}', 422, "article_id"),
        (b'{"article_id": "\\ud800"}', 422, "article_id"),
        (b'{"article_id": "x", "visitor_id": {"a": 1}}', 422, "visitor_id"),
        (b'[{"article_id": "x"}, {"url": "ftp://x"}]', 422, "url"),
        (b" " * 16_001, 413, None),
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
    writer = writer_of(store, gather_seconds=0.2)
    start = Barrier(8)

    def send(n):
        start.wait()
        return len(writer.submit(views(n, f"{n}")).result(5))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(send, range(1, 9))) == list(range(1, 9))
    assert store.revision() == 1
    writer.close()
    store.close()


def test_closing_stores_what_waits_and_takes_no_more(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'news.db'}")
    writer = writer_of(store, gather_seconds=5)
    waiting = writer.submit(views(1))
    writer.close()
    assert waiting.result(0) == (None,)
    assert len(list(store.events())) == 1
    with pytest.raises(BusyError):
        writer.submit(views(1))
    store.close()


def test_more_events_than_may_wait_are_refused_at_once(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'news.db'}")
    writer = writer_of(store, gather_seconds=5, capacity=3)
    first = writer.submit(views(3))
    with pytest.raises(BusyError):
        writer.submit(views(1))
    writer.close()
    assert first.result(0) == (None,) * 3
    store.close()


def test_a_caller_who_gave_up_does_not_harm_the_others(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'news.db'}")
    writer = writer_of(store, gather_seconds=0.1)
    gone, there = writer.submit(views(1)), writer.submit(views(1, "b"))
    assert gone.cancel()
    assert there.result(5) == (None,)
    writer.close()
    store.close()


def test_events_that_cannot_be_stored_are_refused_with_503_and_a_time_to_try_again(own_api, home):
    connection = sqlite3.connect(home.folder / "news.db", isolation_level=None)
    connection.execute("DROP TABLE events")
    connection.close()
    answer = own_api.post("/v1/events", json=VIEW, headers=BROWSER)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["error"]["code"] == "unavailable"
    assert str(home.folder) not in answer.text


def test_the_writers_error_reaches_every_caller_of_a_batch(home):
    store = open_store(home.store_url)
    connection = sqlite3.connect(home.folder / "news.db", isolation_level=None)
    connection.execute("DROP TABLE events")
    connection.close()
    writer = writer_of(store, gather_seconds=0.1)
    waiting = [writer.submit(views(1)) for _ in range(3)]
    for one in waiting:
        with pytest.raises(StoreError):
            one.result(5)
    writer.close()
    store.close()


def test_after_a_failure_the_next_are_refused_at_once_and_soon_it_is_tried_again(home):
    store = open_store(home.store_url, patience_seconds=0.2)
    writer = writer_of(store, pause_seconds=0.3)
    locked = sqlite3.connect(home.folder / "news.db", isolation_level=None)
    locked.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError):
        writer.submit(views(1)).result(5)
    with pytest.raises(BusyError):
        writer.submit(views(1))
    locked.execute("ROLLBACK")
    locked.close()
    time.sleep(0.4)
    assert writer.submit(views(1)).result(5) == (None,)
    writer.close()
    store.close()
