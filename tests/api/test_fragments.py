from html.parser import HTMLParser

import pytest

ANCHOR = "ar-politics-01"
FRAGMENTS = {
    "related": f"/v1/related.html?id={ANCHOR}",
    "most-read": "/v1/most-read.html?language=ar",
    "trending": "/v1/trending.html?language=ar",
    "latest": "/v1/latest.html?language=ar",
    "inline": f"/v1/inline.html?id={ANCHOR}",
    "page": f"/v1/page.html?id={ANCHOR}",
}


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_fragment_says_the_same_as_the_json(api, name):
    answer = api.get(FRAGMENTS[name])
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    html = Tags(answer.text)
    said = api.get(FRAGMENTS[name].replace(".html", "")).json()
    lists = list(said["blocks"].values()) if name == "page" else [said]
    assert [a["href"] for a in html.all("a")] == [i["url"] for one in lists for i in one["items"]]
    assert len(html.all("section")) == len(lists)
    assert all(one["heading"] in html.text for one in lists)
    assert {(s["dir"], s["lang"]) for s in html.all("section")} == {("rtl", "ar")}


def test_most_read_is_an_ordered_list_and_the_others_are_not(api):
    assert {t for t, _ in Tags(api.get(FRAGMENTS["most-read"]).text).tags} & {"ol", "ul"} == {"ol"}
    assert {t for t, _ in Tags(api.get(FRAGMENTS["related"]).text).tags} & {"ol", "ul"} == {"ul"}


def test_a_section_and_its_items_say_what_a_beacon_has_to_report(api):
    html = Tags(api.get(FRAGMENTS["page"]).text)
    blocks = api.get(FRAGMENTS["page"].replace(".html", "")).json()["blocks"].values()
    told = [(s["data-list"], s["data-rec"], s["aria-label"]) for s in html.all("section")]
    assert told == [(each["list"], each["rec_id"], each["heading"]) for each in blocks]
    listed = [item["article_id"] for each in blocks for item in each["items"]]
    assert [item["data-id"] for item in html.all("li")] == listed
    assert not [tag for tag, attributes in html.tags if "id" in attributes]


def test_what_a_newsroom_writes_is_shown_as_text_and_never_as_markup(own_api, key):
    title = "<script>alert(1)</script> \"quoted\" & 'more'"
    row = {"title": f"&lt;b&gt; {title}", "url": 'https://x.example/?a="><img src=x>&b=1'}
    row |= {"language": "en", "section": "evil", "published_at": "2020-01-01"}
    row |= {"image_url": 'https://x.example/"onerror="alert(1)'}
    hostile = "%22%3E%3Cimg%20src=x%3E"
    assert own_api.put(f"/v1/articles?id={hostile}", json=row, headers=key).status_code == 201
    answer = own_api.get("/v1/latest.html?section=evil&language=en&thumbnails=1").text
    html = Tags(answer)
    shown = {"section", "h2", "ul", "li", "a", "img", "span", "time"}
    assert {tag for tag, _ in html.tags} == shown
    assert html.all("a")[0]["href"].startswith("https://x.example/")
    assert html.all("li")[0]["data-id"] == '"><img src=x>'
    assert set(html.all("img")[0]) == {
        "class", "src", "alt", "width", "height", "loading", "decoding",
    }  # fmt: skip
    assert "<b>" not in answer


def test_an_article_without_an_address_is_shown_without_a_link(own_api, key):
    row = {"title": "بلا عنوان", "section": "alone"}
    own_api.put("/v1/articles?id=alone", json=row, headers=key)
    html = Tags(own_api.get("/v1/latest.html?section=alone").text)
    assert html.all("a") == []
    assert "بلا عنوان" in html.text


def test_facts_are_said_in_the_language_of_the_list_and_on_the_clock_of_the_site(own_api, key):
    rows = {
        "image": {"image_url": "https://x.example/1.jpg", "published_at": "2024-11-24T23:30:00Z"},
        "plain": {"published_at": "2020-01-01"},
    }
    for name, row in rows.items():
        row |= {"title": f"Title {name}", "language": "ar", "section": "facts"}
        assert own_api.put(f"/v1/articles?id={name}", json=row, headers=key).status_code == 201
    own_api.put(
        "/v1/articles?id=paid", json={**row, "title": "Paid", "sponsored": True}, headers=key
    )
    address = "/v1/latest.html?section=facts&language=ar&sponsored=1"
    html = Tags(own_api.get(f"{address}&thumbnails=1").text)
    assert [image["src"] for image in html.all("img")] == ["https://x.example/1.jpg"]
    assert (html.all("img")[0]["alt"], html.all("img")[0]["loading"]) == ("", "lazy")
    assert html.all("time")[0]["datetime"] == "2024-11-24T23:30:00Z"
    assert "25 نوفمبر 2024" in html.text  # it was past midnight in Casablanca
    assert html.text.count("محتوى مموَّل") == 1
    bare = Tags(own_api.get(f"{address}&facts=none&heading=none").text)
    assert not {"time", "img", "h2"} & {tag for tag, _ in bare.tags}
    assert bare.all("section")[0]["aria-label"] == "آخر الأخبار"


def test_views_headings_and_whole_titles_are_shown_where_they_are_asked_for(api):
    address = "/v1/most-read.html?language=en&window=24h"
    items = api.get(address.replace(".html", "")).json()["items"]
    html = Tags(api.get(f"{address}&facts=views&heading=h3&titles=full").text)
    assert {"h3", "ol"} <= {tag for tag, _ in html.tags}
    assert all(item["title"] in html.text for item in items)
    assert all(f"{item['views']} view" in html.text for item in items)
    assert not html.all("time")


def test_a_fragment_may_be_kept_and_is_given_once(api):
    first = api.get(FRAGMENTS["related"])
    assert first.headers["cache-control"] == "public, max-age=300, stale-while-revalidate=1500"
    held = {"If-None-Match": first.headers["etag"]}
    for _ in range(2):  # computed, and from what is ready
        again = api.get(FRAGMENTS["related"], headers=held)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]


def test_an_empty_list_is_an_empty_fragment(api):
    answer = api.get("/v1/latest.html?section=nothing")
    assert (answer.status_code, answer.text) == (200, "")


@pytest.mark.parametrize("name", ["related", "inline", "page"])
def test_in_place_of_an_unknown_article_stands_most_read_for_a_moment(api, name):
    for _ in range(2):  # computed, and from what is ready
        answer = api.get(f"/v1/{name}.html?id=unknown&heading=h4")
        assert (answer.status_code, answer.headers["x-error"]) == (200, "article_not_found")
        assert answer.headers["cache-control"] == "public, max-age=10, stale-while-revalidate=50"
        assert "news-list-most-read" in answer.text
        assert "<h4" in answer.text
        declined = api.get(f"/v1/{name}.html?id=unknown&fallback=0")
        assert (declined.status_code, declined.text) == (200, "")
        assert declined.headers["x-error"] == "article_not_found"


def test_an_article_that_comes_takes_the_place_of_what_stood_in_for_it(own_api, key):
    assert "x-error" in own_api.get("/v1/related.html?id=new").headers
    own_api.put("/v1/articles?id=new", json={"title": "Football", "language": "en"}, headers=key)
    answer = own_api.get("/v1/related.html?id=new")
    assert "x-error" not in answer.headers
    assert "news-list-related" in answer.text


@pytest.mark.parametrize(
    ("address", "status", "error"),
    [
        ("/v1/related.html", 422, "invalid_value id"),
        ("/v1/latest.html?limit=0", 422, "invalid_value limit"),
        ("/v1/latest.html?heading=h1", 422, "invalid_value heading"),
        ("/v1/page.html?blocks=what:3", 422, "invalid_value blocks"),
        ("/v1/nothing.html", 404, "not_found"),
        (f"/v1/latest.html?{'a=1&' * 2000}", 400, "bad_request"),
    ],
)
def test_an_error_leaves_nothing_in_the_page(api, address, status, error):
    answer = api.get(address)
    assert (answer.status_code, answer.content) == (status, b"")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-error"] == error
    assert answer.headers["access-control-allow-origin"] == "*"
    assert api.head(address).status_code == status
