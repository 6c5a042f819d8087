"""Lists are served whatever happens to the store; all recovers by itself."""

import shutil
import sqlite3

import pytest

from recsys.data.stores import open_store

VIEW = {"article_id": "ar-sport-01"}
READS = (
    "/v1/related?id=ar-sport-01",
    "/v1/most-read",
    "/v1/latest",
    "/v1/trending",
    "/v1/inline?id=ar-sport-01",
    "/v1/page?id=ar-sport-01",
)


def state(api):
    return api.get("/health/ready").json()["store"]


@pytest.mark.slow
def test_a_store_that_is_gone_is_served_without_and_said_to_be_old(own_api, home, until, key):
    before = own_api.get("/v1/most-read").json()
    path = home.folder / "news.db"
    path.rename(home.folder / "away.db")
    until(lambda: state(own_api) == "unreachable")
    for read in READS:
        assert own_api.get(read).status_code == 200
    stale = own_api.get("/v1/most-read").json()
    assert stale["items"] == before["items"]
    assert stale["data_until"] == before["data_until"]
    assert (stale["degraded"], stale["reason"]) == (True, "stale")
    answer = own_api.post("/v1/events", json=VIEW, headers=key)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert own_api.put("/v1/articles?id=x", json={"title": "x"}, headers=key).status_code == 503
    (home.folder / "away.db").rename(path)
    until(lambda: state(own_api) == "unwritable")
    assert own_api.get("/v1/most-read").json()["reason"] is None
    until(lambda: own_api.post("/v1/events", json=VIEW, headers=key).status_code == 202)
    assert state(own_api) == "ok"


def test_a_store_that_took_the_place_of_another_is_taken_in_whole(own_api, home, until, key):
    own_api.put("/v1/articles?id=only-here", json={"title": "x"}, headers=key)
    copy = home.folder / "copy"
    copy.mkdir()
    other = open_store(f"sqlite:///{copy / 'news.db'}")
    other.close()
    for path in home.folder.glob("news.db*"):
        path.unlink()
    shutil.move(copy / "news.db", home.folder / "news.db")
    until(lambda: own_api.get("/v1/most-read").json()["reason"] == "no_views")
    assert own_api.post("/v1/events", json=[VIEW] * 9, headers=key).json()["counted"] == 9
    until(lambda: own_api.get("/v1/most-read").json()["items"][0]["views"] == 9)


@pytest.mark.slow
def test_a_locked_store_refuses_events_soon_and_reads_go_on(own_api, home, until, key):
    locked = sqlite3.connect(home.folder / "news.db", isolation_level=None)
    locked.execute("BEGIN EXCLUSIVE")
    for _ in range(2):
        answer = own_api.post("/v1/events", json=VIEW, headers=key)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.elapsed.total_seconds() < 4
        for read in READS:
            assert own_api.get(read).status_code == 200
    locked.execute("ROLLBACK")
    locked.close()
    until(lambda: own_api.post("/v1/events", json=VIEW, headers=key).status_code == 202)


def test_views_that_no_list_asks_for_any_more_are_let_go(home):
    service = home.service()
    assert service.snapshot.views.oldest_minute is not None
    home.now += 40 * 86400
    service.put_article("new", {"title": "new"}, None)
    assert service.snapshot.views.oldest_minute is None
    service.close()
