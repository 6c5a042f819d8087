import math
from dataclasses import replace

import pytest

from recsys.languages import HEADINGS
from recsys.sample import sample_articles
from recsys.settings import ListSettings

ANCHOR = "ar-politics-01"
LISTS = {
    "related": f"/v1/related?id={ANCHOR}",
    "most_read": "/v1/most-read?",
    "trending": "/v1/trending?",
    "latest": "/v1/latest?",
    "inline": f"/v1/inline?id={ANCHOR}",
}
ANSWER_KEYS = [
    *("list", "heading", "rec_id", "generated_at", "data_until", "model", "degraded", "reason"),
    *("window", "window_used", "section", "unit", "items"),
]
ITEM_KEYS = [
    *("rank", "article_id", "url", "title", "title_short", "section", "published_at", "image_url"),
    *("language", "dir", "publisher", "sponsored", "score", "source", "story_id", "views"),
]


def get(api, address):
    answer = api.get(address)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def articles(sample_home):
    return {article.article_id: article for article in sample_articles(sample_home.now)}


@pytest.mark.parametrize("name", LISTS)
def test_every_list_answers_with_exactly_the_keys_of_the_contract(api, name):
    answer = get(api, LISTS[name])
    assert list(answer) == ANSWER_KEYS
    assert answer["list"] == name
    assert [list(item) for item in answer["items"]] == [ITEM_KEYS] * len(answer["items"])
    assert [item["rank"] for item in answer["items"]] == list(range(1, len(answer["items"]) + 1))


@pytest.mark.parametrize(
    ("name", "length"),
    [("related", 5), ("most_read", 5), ("trending", 5), ("latest", 4), ("inline", 2)],
)
def test_every_list_has_the_length_of_the_founding_page(api, name, length):
    assert len(get(api, LISTS[name])["items"]) == length


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", [1, 20, 100])
def test_every_list_has_as_many_articles_as_asked_for_and_none_twice(api, ids, name, limit):
    found = ids(get(api, f"{LISTS[name]}&limit={limit}"))
    assert len(found) == len(set(found))
    assert len(found) == limit or limit == 100


@pytest.mark.parametrize("name", LISTS)
def test_every_list_speaks_the_language_asked_for(api, name):
    answer = get(api, f"{LISTS[name]}&language=fr&limit=3")
    own_choice = [item for item in answer["items"] if item["source"] != "editors"]
    assert {item["language"] for item in own_choice} <= {"fr"}
    assert answer["heading"] == HEADINGS["fr"][name]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_leaves_out_what_is_excluded(api, ids, name):
    first, second = ids(get(api, f"{LISTS[name]}&limit=2"))
    left = ids(get(api, f"{LISTS[name]}&limit=10&exclude={first}&exclude={second}&exclude=unknown"))
    assert not {first, second} & set(left)


@pytest.mark.parametrize("name", ["most_read", "trending", "latest", "related"])
def test_every_list_keeps_to_the_section_asked_for(api, name):
    answer = get(api, f"{LISTS[name]}&section=sport&language=ar")
    assert {item["section"] for item in answer["items"]} == {"sport"}
    assert answer["section"] == "sport"


@pytest.mark.parametrize("name", ["most_read", "trending", "latest"])
def test_the_page_being_read_is_left_out_of_what_stands_beside_it(api, ids, articles, name):
    first = ids(get(api, f"{LISTS[name]}&language=ar&limit=1"))[0]
    by_id = get(api, f"{LISTS[name]}&id={first}&limit=100")
    by_url = get(api, f"{LISTS[name]}&url={articles[first].url}?utm_source=x&limit=100")
    assert first not in ids(by_id)
    assert ids(by_id) == ids(by_url)
    assert {item["language"] for item in by_id["items"]} == {"ar"}


def test_a_page_that_is_no_article_still_has_its_most_read(api, ids):
    beside_home = get(api, "/v1/most-read?url=https://sahila.example/")
    assert ids(beside_home) == ids(get(api, "/v1/most-read"))


def test_latest_is_ordered_by_time_and_within_the_age_asked_for(api, articles, sample_home):
    answer = get(api, "/v1/latest?max_age=1d&limit=100")
    published = [articles[item["article_id"]].published_at for item in answer["items"]]
    assert published == sorted(published, reverse=True)
    assert min(published) >= sample_home.now - 86400
    assert len(published) < len(get(api, "/v1/latest?limit=100")["items"])


def test_most_read_over_a_window_is_ordered_by_the_count_it_shows(api):
    answer = get(api, "/v1/most-read?window=24h&limit=10")
    views = [item["views"] for item in answer["items"]]
    assert views == sorted(views, reverse=True)
    assert views[-1] > 0
    assert (answer["window"], answer["window_used"], answer["unit"]) == ("24h", "24h", "views")


def test_most_read_counts_readers_when_asked(api):
    answer = get(api, "/v1/most-read?window=24h&unit=readers")
    assert answer["unit"] == "readers"
    assert answer["items"][0]["views"] > 0


def test_sponsored_articles_are_listed_only_when_asked_for_and_flagged_then(api, ids):
    usual = get(api, "/v1/latest?language=ar&limit=100")
    asked = get(api, "/v1/latest?language=ar&limit=100&sponsored=1")
    everything = get(api, "/v1/most-read?language=ar&limit=100&sponsored=1")
    assert "ar-sponsored-01" not in ids(usual)
    flags = {item["article_id"]: item["sponsored"] for item in asked["items"]}
    assert flags["ar-sponsored-01"] is True
    assert sum(flags.values()) == 1
    assert "ar-sponsored-01" not in ids(everything)


@pytest.mark.parametrize("anchor", [ANCHOR, "fr-sport-01", "en-sport-02"])
def test_the_factors_multiply_to_the_score_and_the_shares_sum_to_the_cosine(api, anchor):
    answer = get(api, f"/v1/related?id={anchor}&limit=8&explain=1")
    explained = [item for item in answer["items"] if item["explain"]]
    assert explained
    for item in explained:
        why = item["explain"]
        factors = (why[name] for name in ("similarity", "freshness", "popularity", "boost"))
        assert math.prod(factors) == pytest.approx(item["score"], abs=1e-6)
        assert sum(term["share"] for term in why["terms"]) == pytest.approx(why["cosine"], abs=1e-6)
    filled = [item for item in answer["items"] if item["source"] != "related"]
    assert all(item["explain"] is None for item in filled)


def test_explanations_come_only_when_asked_for(api):
    assert all("explain" not in item for item in get(api, LISTS["related"])["items"])


def test_inline_gives_the_editors_own_links_first(api, ids, articles):
    anchor = next(a for a in articles.values() if len(a.inline_links) >= 2)
    answer = get(api, f"/v1/inline?id={anchor.article_id}")
    assert answer["items"][0]["source"] == "editors"
    assert answer["items"][0]["article_id"] in anchor.inline_links


def test_an_article_that_was_never_stored_has_related_ones(api, ids, articles):
    stored = articles[ANCHOR]
    text = {"title": stored.title, "body": stored.body, "summary": stored.summary}
    answer = api.post("/v1/related?limit=3", json=text).json()
    assert list(answer) == ANSWER_KEYS
    assert answer["items"][0]["article_id"] == ANCHOR  # nothing is nearer to it than itself
    assert {item["language"] for item in answer["items"]} == {"ar"}
    with_id = api.post("/v1/related?limit=3", json={**text, "url": stored.url}).json()
    assert ANCHOR not in ids(with_id)


@pytest.mark.parametrize("text", [{"title": "xyzzy"}, {"title": "xyzzy", "language": "fr"}, {}])
def test_an_unstored_article_that_resembles_nothing_gets_what_is_read(api, text):
    answer = api.post("/v1/related", json=text).json()
    assert (answer["degraded"], answer["reason"]) == (True, "few_similar")
    assert len(answer["items"]) == 5
    assert {item["language"] for item in answer["items"]} == {text.get("language", "ar")}


def test_an_unstored_article_belongs_to_the_site_it_names(api):
    text = {"title": "معاهدة ترسيم الحدود البحرية", "article_id": None}
    assert api.post("/v1/related", json={**text, "site": "elsewhere"}).json()["items"] == []
    assert api.post("/v1/related?site=elsewhere", json=text).json()["items"] == []
    both = api.post("/v1/related?site=default", json={**text, "site": "elsewhere"}).json()
    assert both["items"]


def test_the_same_question_has_the_same_answer(api):
    for address in LISTS.values():
        assert api.get(address).content == api.get(address).content


def test_unknown_parameters_and_empty_values_are_as_good_as_none(api, ids):
    plain = ids(get(api, LISTS["related"]))
    blank = "&section=&exclude=&language=&max_age=&limit=&url=&explain=&fallback=&utm_x=1"
    assert ids(get(api, LISTS["related"] + blank)) == plain


def test_the_settings_say_how_long_a_list_is(home, serve):
    lists = {
        "related": ListSettings(limit=3),
        "most_read": ListSettings(limit=7, window="7d", title_words=2),
    }
    with serve(home.service(settings=replace(home.settings, lists=lists))) as client:
        assert len(get(client, LISTS["related"])["items"]) == 3
        answer = get(client, "/v1/most-read")
        assert (len(answer["items"]), answer["window"]) == (7, "7d")
        assert len(answer["items"][0]["title_short"].split()) <= 2
        assert get(client, "/v1/most-read?window=now&limit=2")["window"] == "now"


@pytest.mark.slow  # hundreds of requests
def test_every_article_of_the_sample_has_its_related_list(api, articles):
    for name in articles:
        answer = get(api, f"/v1/related?id={name}")
        assert len(answer["items"]) == 5
        assert name not in [item["article_id"] for item in answer["items"]]
