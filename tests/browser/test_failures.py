"""Whatever goes wrong between the widget and the engine: the fallback stays and nothing throws."""

import json
import socket
import time
from collections.abc import Callable

import pytest

from tests.api.test_serving import free_port
from tests.browser.pretend import Reply, answering, as_json, page, watched

pytestmark = pytest.mark.browser

TIMEOUT = 0.3  # seconds, of the tags that wait in vain
TOO_LONG = 1.2


def item(i: int, **changes) -> dict:
    usual = {
        "rank": i, "article_id": f"a{i}", "url": f"https://news.example/{i}", "title": f"Item {i}",
        "title_short": f"Item {i}", "section": "sport", "published_at": "2026-11-25T01:00:00Z",
        "image_url": None, "language": "en", "dir": "ltr", "publisher": None, "sponsored": False,
        "score": 0.5, "source": "related", "story_id": f"a{i}", "views": 10 * i, "explain": None,
    }  # fmt: skip
    return {**usual, **changes}


def answer(items=None, **changes) -> dict:
    usual = {
        "list": "related", "heading": "Related", "rec_id": "r", "generated_at": None,
        "data_until": None, "model": None, "degraded": False, "reason": None, "window": None,
        "window_used": None, "section": None, "unit": None,
        "items": [item(i) for i in range(1, 4)] if items is None else items,
    }  # fmt: skip
    return {**usual, **changes}


GOOD = json.dumps(answer()).encode()
ERROR = {"error": {"code": "unavailable", "message": "not now", "field": None}}
HTML = b"<!doctype html><title>Log in</title><h1>Please log in</h1><script>hit()</script>"


def pause(_: socket.socket) -> None:
    time.sleep(TOO_LONG)


def late(seconds: float) -> Callable[[], Reply]:
    def reply() -> Reply:
        time.sleep(seconds)
        return Reply(GOOD)

    return reply


def abort(connection: socket.socket) -> None:
    """Reset the connection: no end, but RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


# What the engine answers, by the id that is asked about. Of these no list comes.
FAILURES: dict[str, Reply | Callable[[], Reply]] = {
    "slow": late(TOO_LONG),
    "stalled": Reply(GOOD[:200], headers={"content-length": str(len(GOOD))}, after=pause),
    "not-found": as_json({**ERROR, "fallback": answer()}, status=404),
    "gone": as_json(ERROR, status=410),
    "invalid": as_json(ERROR, status=422),
    "too-many": as_json(ERROR, status=429),
    "internal": as_json(ERROR, status=500),
    "bad-gateway": Reply(HTML, 502, "text/html"),
    "unavailable": as_json(ERROR, status=503, headers={"retry-after": "1"}),
    "nothing": Reply(),
    "no-content": Reply(status=204),
    "malformed": Reply(b'{"items": [{"title": "half'),
    "trailing": Reply(GOOD + b"}"),
    "not-utf-8": Reply(b'{"items": "\xff\xfe'),
    "cut": Reply(GOOD[:300], headers={"content-length": "100000"}),
    "cut-chunked": Reply(
        b"64\r\n" + GOOD[:100] + b"\r\n", headers={"transfer-encoding": "chunked"}, after=abort
    ),
    "not-zipped": Reply(GOOD, headers={"content-encoding": "gzip"}),
    "html": Reply(HTML, kind="text/html"),
    "html-as-json": Reply(HTML),
    "redirected-to-html": Reply(status=302, headers={"location": "/login"}),
    "redirected-in-circles": Reply(status=302, headers={"location": "/v1/related?id=circles"}),
    "redirected-nowhere": Reply(status=302, headers={"location": "javascript:hit()"}),
    "null": as_json(None),
    "number": as_json(7),
    "text": as_json("items"),
    "list": as_json([answer()]),
    "no-items": as_json({"heading": "Related"}),
    "items-null": as_json(answer(items={}) | {"items": None}),
    "items-number": as_json(answer() | {"items": 3}),
    "items-object": as_json(answer() | {"items": {"0": item(1), "length": 1}}),
    "an-error": as_json(ERROR),
}
# Where there is nothing to be shown, that is said; the fallback stays all the same.
EMPTY = {"empty": as_json(answer(items=[]))}
LISTS = {
    "good": as_json(answer()),
    "redirected": Reply(status=302, headers={"location": "/v1/related?id=good"}),
    "last": as_json(answer()),
}
# Of these a list may be made or not.
ODD = {
    "only-titles": as_json({"items": [{"title": f"Item {i}"} for i in range(1, 4)]}),
    "twice-the-same": as_json(answer(items=[item(1), item(1), item(1)])),
    "rubbish": as_json(answer(items=[None, 1, "x", [], {}, True, {"title": None}])),
    "rubbish-between": as_json(answer(items=[None, item(1), 5, item(2), {}, item(3)])),
    "no-language": as_json(answer(items=[item(1, language='ar" onload="hit()')])),
    "no-heading": as_json(answer(heading=None)),
    "heading-object": as_json(answer(heading={"a": 1})),
    "odd-urls": as_json(answer(items=[item(1, url=5), item(2, url=None), item(3, url={})])),
    "odd-facts": as_json(
        answer(items=[item(1, views={}), item(2, published_at="soon"), item(3, rank="x", dir=2)])
    ),
    "odd-titles": as_json(answer(items=[item(1, title=5), item(2, title_short=[]), item(3)])),
}
NAMES = [*FAILURES, "down", *EMPTY, *ODD, *LISTS]
PAGES = ["malformed", "cut", "internal", "slow", "html", "null", "no-blocks", "blocks-null"]
ONE_BLOCK = "one-block"  # the other tag of the page has its list


def tag(name: str, api: str = "", more: str = "", kind: str = "related") -> str:
    at = f' api="{api}"' if api else ""
    wait = 300 if name in ("slow", "stalled") else 20_000
    return (
        f'<news-list kind="{kind}" id="{name}" for="{name}" limit="3" eager timeout="{wait}"'
        f' thumbnails facts="time"{at}{more}><a href="/latest">fallback of {name}</a></news-list>'
    )


def respond(path: str, query: dict[str, str]) -> Reply | None:
    name = query.get("id", "")
    if path == "/":
        down = f"http://127.0.0.1:{free_port()}"
        tags = "".join(tag(name, down if name == "down" else "") for name in NAMES)
        frames = "".join(
            f'<iframe src="/frame?id={name}"></iframe>' for name in [*PAGES, ONE_BLOCK]
        )
        return page(tags + frames)
    if path == "/frame":
        return page(tag(name, more=" page") + tag("second", more=" page", kind="latest"))
    if path == "/login":
        return Reply(HTML, kind="text/html")
    replies = {
        **FAILURES, **EMPTY, **ODD, **LISTS,
        "circles": Reply(status=302, headers={"location": "?id=circles"}),
        "no-blocks": as_json({"article": None, "blocks": {}}),
        "blocks-null": as_json({"blocks": {"related": None}}),
        "one-block": as_json({"blocks": {"related": {"items": 5}, "latest": answer()}}),
    }  # fmt: skip
    found = replies.get(name)
    return found() if callable(found) else found


SHOWN = """(tag) => {
    const root = tag.shadowRoot, inside = tag.firstElementChild;
    const visible = (at) => at.checkVisibility({ visibilityProperty: true }) && at.offsetHeight > 0;
    return {
        id: tag.id,
        fallback: !!root.querySelector("slot") && visible(inside),
        titles: [...root.querySelectorAll("[part~=title]")].filter(visible)
            .map((title) => title.textContent).filter(Boolean),
        links: [...root.querySelectorAll("a[href]")].filter(visible).map((link) => link.href),
    };
}"""
ALL_SHOWN = f"""() => [...document.querySelectorAll("news-list")].map({SHOWN})"""


@pytest.fixture(scope="module")
def seen(launched):
    """Both pages at once: what stands in every tag when all have had their answer."""
    with answering(respond) as address, launched() as context:
        tab, noted = watched(context)
        tab.goto(address)
        tab.wait_for_function("heard.load.includes('last') && heard.empty.includes('empty')")
        tab.wait_for_timeout(1000 * (TOO_LONG + TIMEOUT) + 500)  # the slow have answered too
        noted.shown = {each["id"]: each for each in tab.evaluate(ALL_SHOWN)}
        noted.heard = tab.evaluate("heard")
        noted.frames = [frame.evaluate(ALL_SHOWN) for frame in tab.frames[1:]]
        noted.unhandled = [why for frame in tab.frames for why in frame.evaluate("unhandled")]
        noted.hits = sum(frame.evaluate("hits") for frame in tab.frames)
        yield noted


def test_where_no_list_comes_the_fallback_stays(seen):
    assert list(seen.shown) == NAMES
    for name in [*FAILURES, "down", *EMPTY]:
        assert seen.shown[name] == {"id": name, "fallback": True, "titles": [], "links": []}


def test_the_other_tags_of_the_page_go_on(seen):
    for name in LISTS:
        shown = seen.shown[name]
        assert not shown["fallback"], name
        assert shown["titles"] == ["Item 1", "Item 2", "Item 3"], name
        assert shown["links"] == [f"https://news.example/{i}" for i in (1, 2, 3)], name
        assert name in seen.heard["load"]


def test_of_an_odd_answer_there_is_a_list_or_the_fallback_and_not_both(seen):
    for name in ODD:
        shown = seen.shown[name]
        assert shown["fallback"] != bool(shown["titles"]), name
        assert shown["fallback"] == (name not in seen.heard["load"]), name
        assert all(link.startswith("https://news.example/") for link in shown["links"])


def test_where_there_is_nothing_to_be_shown_that_is_said(seen):
    assert [name for name in seen.heard["empty"] if name not in ODD] == [*EMPTY]


def test_the_tags_that_share_a_request_keep_their_fallback_too(seen):
    *frames, one_block = seen.frames
    assert len(frames) == len(PAGES)
    for frame in frames:
        assert [each["fallback"] for each in frame] == [True, True]
        assert [each["titles"] for each in frame] == [[], []]
    assert [each["fallback"] for each in one_block] == [True, False]
    assert one_block[1]["titles"] == ["Item 1", "Item 2", "Item 3"]


def test_nothing_throws_and_nothing_is_said(seen):
    assert (seen.errors, seen.unhandled, seen.dialogs, seen.hits) == ([], [], [], 0)
    # The browser itself tells of requests that fail; the widget adds nothing to that.
    browsers = ("error: Failed to load resource: ", "error: Access to fetch at 'javascript:hit()'")
    assert [text for text in seen.console if not text.startswith(browsers)] == []
