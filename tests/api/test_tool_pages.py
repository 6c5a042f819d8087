"""The newsroom's pages as they are sent: in three languages, for any site, and safe."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest

from recsys.api.static_texts import words_of

PAGES = ("editor", "playground")
POLICY = {
    "default-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    "object-src 'none'", "require-trusted-types-for 'script'",
}  # fmt: skip


def told(page) -> dict:
    return json.loads(unescape(re.search(r'data-told="([^"]*)"', page.text)[1]))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_speaks_the_sites_language_or_the_one_asked_for(api, name):
    for asked, spoken, side in (
        ("", "ar", "rtl"),
        ("en", "en", "ltr"),
        ("fr", "fr", "ltr"),
        ("xx", "ar", "rtl"),
    ):
        page = api.get(f"/{name}?language={asked}")
        assert page.status_code == 200
        assert f'<html lang="{spoken}" dir="{side}">' in page.text
        assert (told(page)["site"], told(page)["spoken"]) == ("default", spoken)
        assert set(told(page)["languages"]) == {"ar", "fr", "en"}
        assert "sport" in told(page)["sections"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_runs_what_is_ours_and_nothing_else(api, name):
    page = api.get(f"/{name}?site=%22%3E%3Cscript%3E&language=%22%3E%3Cscript%3E")
    assert set(page.headers["content-security-policy"].split("; ")) == POLICY
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers
    assert re.findall(r"<script[^>]*>", page.text) == [
        f'<script type="module" src="/static/{name}/{name}.js">'
    ]
    assert not re.search(r"<style|\sstyle=|\son\w+=", page.text)
    for part in re.findall(r'(?:src|href)="(/static/[^"]*)"', page.text):
        assert api.get(part).status_code == 200, part


@pytest.mark.parametrize("name", PAGES)
def test_the_words_are_the_same_in_every_language(name):
    spoken = words_of(name)
    assert set(spoken) == {"ar", "fr", "en"}
    for part in ("page", "live"):
        assert len({frozenset(words[part]) for words in spoken.values()}) == 1
    for words in spoken.values():
        assert all(text.strip() for text in words["page"].values())


@pytest.mark.slow
def test_a_site_without_articles_has_the_pages_too(sample_home, serve, tmp_path):
    with serve(replace(sample_home, folder=tmp_path).service()) as client:
        assert [client.get(f"/{name}").status_code for name in PAGES] == [200, 200]
        assert client.get("/v1/articles").json() == {"articles": []}


def test_the_page_around_a_tag_has_what_was_chosen_and_only_that(api):
    chosen = {"kind": "related", "for": '"><script>', "onload": "x", "dir": "ltr", "look": "../x"}
    page = api.get("/playground/page", params=chosen)
    assert page.status_code == 200
    tag = '<news-list kind="related" for="&quot;&gt;&lt;script&gt;" no-beacon eager></news-list>'
    assert tag in page.text
    assert "onload" not in page.text
    assert "/widget/looks/" not in page.text
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert 'href="/widget/looks/cards.css"' in api.get("/playground/page?look=cards").text
    assert api.get("/playground/page?dir=up").status_code == 422
