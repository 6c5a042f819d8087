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


def test_what_a_newsroom_writes_is_shown_as_text_and_never_as_markup(own_api, key):
    title = "<script>alert(1)</script> \"quoted\" & 'more'"
    row = {"title": f"&lt;b&gt; {title}", "url": 'https://x.example/?a="><img src=x>&b=1'}
    row |= {"language": "en", "section": "evil", "published_at": "2020-01-01"}
    assert own_api.put("/v1/articles?id=evil", json=row, headers=key).status_code == 201
    answer = own_api.get("/v1/latest.html?section=evil&language=en").text
    html = Tags(answer)
    assert {tag for tag, _ in html.tags} == {"section", "h2", "ul", "li", "a", "time"}
    assert html.all("a")[0]["href"].startswith("https://x.example/")
    assert "<b>" not in answer


def test_an_article_without_an_address_is_shown_without_a_link(own_api, key):
    row = {"title": "بلا عنوان", "section": "alone"}
    own_api.put("/v1/articles?id=alone", json=row, headers=key)
    html = Tags(own_api.get("/v1/latest.html?section=alone").text)
    assert html.all("a") == []
    assert "بلا عنوان" in html.text


def test_an_empty_list_is_an_empty_fragment(api):
    answer = api.get("/v1/latest.html?section=nothing")
    assert (answer.status_code, answer.text) == (200, "")


def test_an_unknown_article_is_404_with_most_read_as_a_fragment(api):
    answer = api.get("/v1/related.html?id=unknown")
    assert answer.status_code == 404
    assert "news-list-most-read" in answer.text
    assert api.get("/v1/related.html?id=unknown&fallback=0").text == ""
