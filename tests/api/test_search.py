"""Articles searched for, and the routes that say how often something was read."""

import asyncio
from threading import Event

import pytest

from recsys.api.errors import OverloadedError
from recsys.api.searching import Searches
from recsys.times import format_instant

ARTICLE = "ar-sport-05"


def search(api, status=200, **asked):
    answer = api.get("/v1/articles", params=asked)
    assert answer.status_code == status, answer.text
    return answer.json()


def named(api, **asked) -> list[str]:
    return [found["article_id"] for found in search(api, **asked)["articles"]]


def test_an_article_is_found_by_its_id_and_by_its_address(api):
    found = search(api, q=ARTICLE)["articles"][0]
    assert (found["article_id"], found["dir"], found["language"]) == (ARTICLE, "rtl", "ar")
    assert list(found) == [
        *("article_id", "url", "title", "section", "published_at", "language", "dir")
    ]
    assert named(api, q=found["url"]) == named(api, q=f" {found['url']}?utm_source=x ") == [ARTICLE]


def test_words_are_found_in_whatever_spelling(api):
    title = search(api, q=ARTICLE)["articles"][0]["title"]
    assert ARTICLE in named(api, q=title)
    assert ARTICLE in named(api, q=f"«{title.replace('ا', 'آ').replace('ة', 'ه')}»")
    assert ARTICLE in named(api, q="ـ".join(title))


def test_the_newest_come_first_and_no_more_than_asked_for(api, ids):
    dates = [found["published_at"] for found in search(api, limit=50)["articles"]]
    assert len(dates) == 50
    assert dates == sorted(dates, reverse=True)
    assert named(api, limit=1) == ids(api.get("/v1/latest?limit=1").json())
    assert named(api, q=" ") == named(api) == named(api, limit=50)[:10]


@pytest.mark.parametrize(
    "asked", [{"q": "x" * 8193}, {"q": "a\0b"}, {"limit": 0}, {"limit": 51}, {"site": ""}]
)
def test_a_wrong_value_is_refused(api, asked):
    assert search(api, 422, **asked)["error"]["code"] == "invalid_value"


@pytest.mark.parametrize(
    "query", ["*", ".*", "(", "[ا", "\\", "« »", "<script>", "غ" * 5000, "ا " * 2000, "\u202eabc"]
)
def test_whatever_is_searched_for_there_is_an_answer(api, query):
    assert isinstance(search(api, q=query)["articles"], list)


def test_nothing_is_found_on_another_site(api):
    assert named(api, q=ARTICLE, site="elsewhere") == named(api, site="elsewhere") == []


@pytest.mark.slow
def test_what_is_not_published_or_was_deleted_is_not_found(own_api, key, home):
    row = {"title": "زرافة في الميناء", "published_at": format_instant(home.now + 60)}
    own_api.put("/v1/articles?id=later", json=row, headers=key)
    own_api.put("/v1/articles?id=now", json={**row, "published_at": None}, headers=key)
    assert named(own_api, q="زرافه") == named(own_api, q="زراف الميناء") == ["now"]
    assert named(own_api, q="later") == []
    own_api.delete("/v1/articles?id=now", headers=key)
    assert named(own_api, q="زرافة") == []


def test_too_many_searches_at_once_are_refused():
    async def asked_three_times():
        searches, go_on = Searches(most_waiting=2), Event()
        waiting = [asyncio.ensure_future(searches.run(go_on.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await searches.run(lambda: None)
        go_on.set()
        return await asyncio.gather(*waiting)

    assert asyncio.run(asked_three_times()) == [True, True]


@pytest.mark.slow
def test_views_by_the_hour_are_those_that_were_counted(own_api, key, home, until):
    event = {"article_id": ARTICLE, "event_type": "view"}
    before = views(own_api, key, id=ARTICLE, hours=2)
    for age, visitor in ((0, "a"), (0, "b"), (3600, "c"), (7200, "d")):
        when = format_instant(home.now - age)
        sent = {**event, "visitor_id": visitor, "timestamp": when}
        assert own_api.post("/v1/events", json=sent, headers=key).json()["counted"] == 1
    hours = [one["views"] for one in before["views"]]
    until(lambda: views(own_api, key, id=ARTICLE, hours=2)["total"] == sum(hours) + 3)
    after = views(own_api, key, id=ARTICLE, hours=2)
    assert [one["views"] for one in after["views"]] == [hours[0] + 1, hours[1] + 2]
    begin = home.now - home.now % 3600
    assert [one["hour"] for one in after["views"]] == [
        format_instant(begin - 3600), format_instant(begin),
    ]  # fmt: skip
    assert (after["article_id"], after["site"]) == (ARTICLE, "default")


def views(api, key, status=200, **asked):
    answer = api.get("/v1/views", params=asked, headers=key)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_sites_views_are_those_of_its_articles(api, key):
    site = views(api, key, hours=24)
    assert len(site["views"]) == 24
    assert site["article_id"] is None
    assert site["total"] == sum(one["views"] for one in site["views"]) > 0
    listed = api.get("/v1/articles?limit=50").json()["articles"]
    single = views(api, key, url=listed[0]["url"])
    assert (single["article_id"], len(single["views"])) == (listed[0]["article_id"], 48)
    assert views(api, key, site="elsewhere")["total"] == 0


def test_views_need_a_key_and_an_article_that_is_there(api, key):
    assert views(api, {}, 401)["error"]["code"] == "unauthorized"
    assert views(api, key, 404, id="unknown")["error"]["code"] == "article_not_found"
    for hours in (0, 169, "many"):
        assert views(api, key, 422, hours=hours)["error"]["field"] == "hours"
