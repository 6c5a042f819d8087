"""Hostile titles and addresses, through the real engine and past it: nothing runs, nothing moves."""

import json
import pytest

from recsys.api.app import create_app
from recsys.api.service import Service
from recsys.settings import Settings, key_hash
from recsys.text.display import shorten
from recsys.times import format_instant
from tests.api.conftest import serving
from tests.browser.hostile import hostile
from tests.browser.pretend import Reply, answering, as_json, page, watched

pytestmark = pytest.mark.browser

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z
KEY = "a key for hostile articles"
CHUNK = 20  # hostile articles in a list

# Nothing of these may change, whoever stands above and below: one text to be read from either side.
SENTINELS = [
    {"title": "Neighbour (7): abc, 12-34 عربي 5/6 [8] – end.", "language": "en", "dir": "ltr"},
    {"title": "جار (7): خبر، 12-34 abc 5/6 [8] – نهاية.", "language": "ar", "dir": "rtl"},
]
HARMLESS = {
    "title": "Harmless",
    "section": "sport",
    "publisher": "p",
    "language": "en",
    "url": None,
}


def chunks() -> list[list[dict]]:
    """Lists in which every other article is a neighbour; the first has nothing hostile in it."""
    rows = [HARMLESS] * CHUNK + list(hostile())
    return [
        [row for k, one in enumerate(rows[i : i + CHUNK]) for row in (SENTINELS[k % 2], one)]
        + [SENTINELS[0]]
        for i in range(0, len(rows), CHUNK)
    ]


# --- what is looked at --------------------------------------------------------------------------

INSPECT = """(hosts) => {
    const box = (at) => at.getBoundingClientRect();
    const near = (value) => Math.round(value * 10) / 10;
    /** Where each character stands, seen from the row. */
    const shape = (row, text) => {
        const { left, top } = box(row), range = document.createRange(), places = [];
        for (let i = 0; i < text.length; i++) {
            range.setStart(text, i);
            range.setEnd(text, i + 1);
            const [rect] = range.getClientRects();
            places.push(rect ? [near(rect.left - left), near(rect.top - top), near(rect.width)].join(" ") : "");
        }
        return places.join(",");
    };
    const found = { lists: [], handlers: [], elements: [], links: [] };
    for (const host of document.querySelectorAll(hosts)) {
        const root = host.shadowRoot ?? host;
        for (const element of root.querySelectorAll("*")) {
            found.elements.push(element.localName);
            for (const { name } of element.attributes) if (/^on|style|srcdoc/.test(name)) found.handlers.push(name);
            for (const name of ["href", "src"]) {
                if (element.hasAttribute(name)) found.links.push(element[name]);
            }
        }
        const rows = [...root.querySelectorAll("li")], own = box(host);
        found.lists.push({
            id: host.id,
            rows: rows.map((row) => {
                const title = row.querySelector("[part~=title], .news-list-title");
                const text = title?.firstChild, time = row.querySelector("time, [part~=time]");
                const { top, bottom, left, right, height } = box(row);
                return {
                    title: title?.textContent ?? "", top, bottom, height: near(height),
                    inside: left >= own.left - 1 && right <= own.right + 1 && row.scrollWidth <= row.clientWidth + 1,
                    shape: text ? shape(row, text) : "",
                    time: time?.firstChild ? shape(row, time.firstChild) : "",
                };
            }),
        });
    }
    found.elements = [...new Set(found.elements)];
    found.wide = document.documentElement.scrollWidth > innerWidth;
    found.hits = window.hits;
    found.unhandled = window.unhandled;
    return found;
}"""


def assert_nothing_ran(seen, found, *own_hosts):
    assert (found["hits"], seen.dialogs, seen.errors, found["unhandled"]) == (0, [], [], [])
    assert seen.console == []
    assert found["handlers"] == []
    assert seen.hosts <= set(own_hosts)
    assert all(link.startswith(("http://", "https://")) for link in found["links"])


def assert_nothing_moved(found, same_height=True):
    """Every row below the one before it, each neighbour as it is among harmless ones."""
    sentinels = [row["title"] for row in SENTINELS]
    for at in found["lists"]:
        for above, below in zip(at["rows"], at["rows"][1:], strict=False):
            assert below["top"] >= above["bottom"] - 0.5
        assert all(row["inside"] for row in at["rows"])
        if same_height:
            assert len({row["height"] for row in at["rows"]}) == 1
    for title in sentinels:
        rows = [row for at in found["lists"] for row in at["rows"] if row["title"] == title]
        assert len(rows) > 10 * len(found["lists"]) - 30
        assert len({row["shape"] for row in rows}) == 1
        assert len({row["time"] for row in rows}) == 1
    assert not found["wide"]


# --- past the engine ----------------------------------------------------------------------------


def item(rank: int, row: dict) -> dict:
    """One item as a spoiled engine might give it."""
    usual = {
        "rank": rank, "article_id": f"{rank}", "published_at": "2026-11-25T01:00:00Z", "image_url": "/pixel",
        "sponsored": False, "score": 0.5, "source": "latest", "views": 7, "explain": None,
        "title_short": shorten(row["title"]) or row["title"], "section": None, "publisher": None, "url": None,
        "language": None, "dir": None,
    }  # fmt: skip
    return {**usual, **row}


def spoiled(path: str, query: dict[str, str]) -> Reply | None:
    lists = chunks()
    if path == "/":
        tags = "".join(
            f'<news-list id="n{i}" kind="latest" eager limit="{len(rows)}" section="{i}" thumbnails'
            f' timeout="60000" facts="{["none", "time", "views"][i % 3]}" titles="{["full", "short"][i % 2]}">'
            "</news-list>"
            for i, rows in enumerate(lists)
        )
        return page(tags)
    if path == "/v1/latest":
        i = int(query["section"])
        rows = [item(rank, row) for rank, row in enumerate(lists[i], 1)]
        heading = rows[1]["title"]
        return as_json({"list": "latest", "heading": heading, "rec_id": heading, "items": rows})
    return None


@pytest.mark.parametrize("width", [360, 1280])
def test_what_no_engine_would_answer_runs_nothing_and_moves_nobody(launched, width, screenshots):
    assert len(list(hostile())) >= 200
    with answering(spoiled) as address, launched(width) as context:
        tab, seen = watched(context)
        tab.goto(address)
        n_lists = len(chunks())
        tab.wait_for_function(f"heard.load.length == {n_lists}")
        found = tab.evaluate(INSPECT, "news-list")
        tab.screenshot(path=screenshots / f"hostile-{width}.png", full_page=True)
    assert_nothing_ran(seen, found, address)
    assert [len(at["rows"]) for at in found["lists"][:-1]] == [2 * CHUNK + 1] * (n_lists - 1)
    assert_nothing_moved(found)
