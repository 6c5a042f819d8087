"""The plug-in at work: real PHP and a real engine, and of WordPress what the plug-in calls."""

import json
import re

import pytest

from tests.api.conftest import KEY
from tests.examples.conftest import EXAMPLES, running

PLUGIN = EXAMPLES / "wordpress" / "recsys-news"
SCENES = EXAMPLES.parent / "tests" / "examples" / "wordpress.php"


@pytest.fixture
def play(php, tmp_path, home):
    """Play a scene; what the plug-in keeps is there in the next one."""

    def scene(name, **env):
        variables = {"STATE": str(tmp_path / "state.json"), "NOW": str(home.now), **env}
        return json.loads(php(SCENES, name, env=variables))

    return scene


def given(engine="", **more):
    return json.dumps({"engine": engine, "key": KEY, "beacon": "1", "integrity": "1", **more})


@pytest.mark.slow
def test_settings_are_cleaned_and_a_key_that_is_left_blank_stays(play):
    kept = play("settings", GIVEN=given("https://e.example/ ", site=" <b>x</b> ", look="what"))
    assert (kept["engine"], kept["site"], kept["look"]) == ("https://e.example", "x", "plain")
    assert (kept["key"], kept["beacon"], kept["after"]) == (KEY, True, False)
    kept = play("settings", GIVEN=json.dumps({"engine": "javascript:alert(1)", "after": "1"}))
    assert (kept["engine"], kept["site"], kept["key"]) == ("", "default", KEY)
    assert (kept["beacon"], kept["after"]) == (False, True)
    pages = play("page of settings")
    assert pages["stranger"] == ""
    assert KEY not in pages["owner"]
    assert "_wpnonce" in pages["owner"]


@pytest.mark.slow
def test_posts_are_sent_lists_are_shown_and_an_engine_that_is_away_is_not_missed(play, home):
    with running(home.service()) as engine:
        address = str(engine.base_url).rstrip("/")
        play("settings", GIVEN=given(address, after="1"))
        shown = play("lists")
        lists_are_shown(shown, engine)
        posts_are_sent(play, engine)
        beacon_is_in_the_page(play("beacon"), engine, address)
    away = play("away")
    assert away["related"] == shown["related"]
    assert away["left alone"]
    assert away["new"] == "instead"
    assert away["sent"] == 1
    assert away["waits"] == [["recsys_news_send", 60, [904, 2]]]


def lists_are_shown(shown, engine):
    assert shown["bare"] == "instead"
    assert shown["page"] == ""
    assert shown["unknown"] == "instead"
    asked = "/v1/related.html?site=default&limit=3&heading=h3&id=ar-politics-01"
    assert shown["related"] == engine.get(asked).text
    asked = "/v1/most-read.html?site=default&window=24h&language=ar&facts=views"
    assert shown["most read"] == engine.get(asked).text
    assert shown["block"].startswith('<div class="wp-block-recsys-news-list"><section')
    assert shown["block"].count("<li") == 2
    assert shown["empty"] == '<a href="/latest">Latest</a>'
    assert shown["style"] == [
        "https://wp.example/wp-content/plugins/recsys-news/assets/news-list.css", True,
    ]  # fmt: skip


def posts_are_sent(play, engine):
    assert play("publish") == [0, 2]  # twice changed is sent once; drafts and pages are not
    (item,) = engine.get("/v1/latest?section=Sea%20%26%20sky&language=en").json()["items"]
    assert (item["article_id"], item["title"]) == ("901", "Harbour & ships")
    assert item["url"] == "https://wp.example/?p=901"
    assert play("trash") == [2, 0]
    assert engine.get("/v1/related?id=901").status_code == 404
    assert engine.get("/v1/related?id=902").status_code == 404
    sent = play("all")
    assert sent["said"][0].startswith("403")
    assert sent["said"][1:] == [
        "no nonce", "to https://wp.example/wp-admin/options-general.php?page=recsys-news",
    ]  # fmt: skip
    assert sent["rounds"] == [1, 1, 1, 0]  # a hundred, three, and none
    assert engine.get("/v1/related?id=103").status_code == 200


def beacon_is_in_the_page(told, engine, address):
    assert told["front"] == ""
    script = re.fullmatch(r"<script(.*)></script>", told["post"])
    assert script
    attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', script[1]))
    assert (attributes["data-for"], attributes["data-site"]) == ("5", "default")
    versions = engine.get("/widget/versions.json")
    if versions.status_code == 200:
        file = versions.json()["files"]["beacon.js"]
        assert attributes["src"] == address + file["path"]
        assert attributes["integrity"] == file["integrity"]
        assert attributes["crossorigin"] == "anonymous"
    else:
        assert attributes["src"] == f"{address}/widget/beacon/v1.js"
    assert told["after"].startswith('<p>text</p><section class="news-list')


def test_every_text_of_the_plug_in_is_translated_into_arabic_and_french():
    source = "".join(path.read_text("utf-8") for path in PLUGIN.rglob("*.php"))
    source += (PLUGIN / "block" / "editor.js").read_text("utf-8")
    pattern = r"""(?:\b__|esc_html__|esc_html_e)\(\s*(['"])(.*?)\1,\s*['"]recsys-news['"]"""
    block = json.loads((PLUGIN / "block" / "block.json").read_text("utf-8"))
    texts = {text for _, text in re.findall(pattern, source)}
    texts |= {block["title"], block["description"]}
    assert len(texts) > 20
    for name in ("recsys-news.pot", "recsys-news-ar.po", "recsys-news-fr_FR.po"):
        file = (PLUGIN / "languages" / name).read_text("utf-8")
        pairs = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"$', file, re.MULTILINE))
        assert set(pairs) == texts
        assert all(pairs.values()) is not name.endswith(".pot")


def test_the_plug_in_says_of_itself_what_wordpress_reads():
    head = (PLUGIN / "recsys-news.php").read_text("utf-8")
    readme = (PLUGIN / "readme.txt").read_text("utf-8")
    block = json.loads((PLUGIN / "block" / "block.json").read_text("utf-8"))
    version = re.search(r"Version: +(\S+)", head)
    assert version
    assert f"Stable tag: {version[1]}\n" in readme
    assert f"'RECSYS_NEWS_VERSION', '{version[1]}'" in head
    assert block["version"] == version[1]
    for name in ("Requires at least", "Requires PHP", "License"):
        (said,) = re.findall(rf"\* {name}: +(.+)", head)
        assert f"{name}: {said}\n" in readme
    for asset in (block["editorScript"], block["render"]):
        assert (PLUGIN / "block" / asset.removeprefix("file:./")).is_file()


def test_the_plug_in_has_the_style_of_the_other_examples():
    own = (PLUGIN / "assets" / "news-list.css").read_bytes()
    assert own == (EXAMPLES / "news-list.css").read_bytes()
