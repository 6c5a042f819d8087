"""Hostile titles and addresses, through the real engine and past it: nothing runs or moves."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from recsys.api.app import create_app
from recsys.api.service import Service
from recsys.settings import Settings, key_hash
from recsys.text.display import direction, shorten
from recsys.times import format_instant
from tests.api.conftest import serving
from tests.browser.hostile import URLS, hostile
from tests.browser.pretend import Reply, answering, as_json, page, watched

pytestmark = pytest.mark.browser

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
NOW = 1_800_000_000  # 2027-01-15T08:00:00Z
KEY = "a key for hostile articles"
CHUNK = 20  # hostile articles in a list
LENGTH = 2 * CHUNK + 1  # a neighbour above and below each of them

# Nothing of these may change, whoever stands above and below them.
NEIGHBOURS = [
    {"title": "Neighbour (7): abc, 12-34 عربي 5/6 [8] – end.", "language": "en", "dir": "ltr"},
    {"title": "جار (7): خبر، 12-34 abc 5/6 [8] – نهاية.", "language": "ar", "dir": "rtl"},
]
# Of one line, of two, and of more than there is room for.
HARMLESS = [{"title": "word " * n, "section": "sport", "url": None} for n in (2, 10, 100)]
LOOKS = ["titles=full facts=time", "titles=short facts=views thumbnails"]  # of lists in turn
N_CONTROLS = len(LOOKS)  # lists with nothing hostile in them


def chunks() -> list[list[dict]]:
    """Lists in which every other article is a neighbour; in the first the others are harmless."""
    rows = [*(HARMLESS[i % 3] for i in range(N_CONTROLS * CHUNK)), *hostile()]
    return [
        [row for k, one in enumerate(rows[i : i + CHUNK]) for row in (NEIGHBOURS[k % 2], one)]
        + [NEIGHBOURS[0]]
        for i in range(0, len(rows), CHUNK)
    ]


INSPECT = """([hosts, neighbours]) => {
    const box = (at) => at.getBoundingClientRect(), near = (value) => Math.round(value * 10) / 10;
    /** Where each character stands, seen from some place. */
    const places = (text, { left, top }) => {
        const range = document.createRange();
        return [...Array(text.length).keys()].map((i) => {
            range.setStart(text, i);
            range.setEnd(text, i + 1);
            const [rect] = range.getClientRects();
            return rect ? [near(rect.left - left), near(rect.top - top)] : [];
        });
    };
    /** The same for a text that stands in one line, seen from its first character. */
    const order = (text) => {
        const found = places(text, { left: 0, top: 0 });
        const [[left, top]] = found;
        const oneLine = found.every((place) => Math.abs(place[1] - top) < 4);
        return oneLine ? found.map((place) => Math.round(place[0] - left)).join() : "";
    };
    const found = { lists: [], attributes: [], elements: [], links: [] };
    for (const host of document.querySelectorAll(hosts)) {
        const own = box(host), root = host.shadowRoot ?? host;
        for (const element of root.querySelectorAll("*")) {
            found.elements.push(element.localName);
            found.attributes.push(...[...element.attributes].map(({ name }) => name));
            const named = ["href", "src"].filter((name) => element.hasAttribute(name));
            found.links.push(...named.map((name) => element[name]));
        }
        found.lists.push([...root.querySelectorAll("li")].map((row) => {
            const title = row.querySelector("[part~=title], .news-list-title");
            const fact = row.querySelector("time, [part~=views]")?.firstChild;
            const { top, bottom, left, right, height } = box(row);
            return {
                title: title.textContent, top, bottom, height: near(height),
                inside: left >= own.left - 1 && right <= own.right + 1,
                shape: neighbours.includes(title.textContent)
                    ? JSON.stringify(places(title.firstChild, box(row))) : "",
                dir: getComputedStyle(title).direction,
                fact: fact?.data ?? "", order: fact ? order(fact) : "",
                side: fact ? getComputedStyle(fact.parentElement).direction : "ltr",
            };
        }));
    }
    found.elements = [...new Set(found.elements)].sort();
    found.attributes = [...new Set(found.attributes)];
    found.isWide = document.documentElement.scrollWidth > innerWidth;
    found.hits = window.hits;
    found.unhandled = window.unhandled;
    return found;
}"""


def inspected(tab, hosts: str) -> dict:
    return tab.evaluate(INSPECT, [hosts, [row["title"] for row in NEIGHBOURS]])


def assert_nothing_ran(seen, found, *hosts):
    assert (found["hits"], seen.dialogs, seen.errors, found["unhandled"]) == (0, [], [], [])
    assert seen.console == []
    assert seen.hosts <= set(hosts)
    assert all(link.startswith(("http://", "https://")) for link in found["links"])
    assert not [name for name in found["attributes"] if name.startswith("on") or name == "srcdoc"]
    usual = "a div h2 img li ol p section slot span strong time ul"
    assert set(found["elements"]) <= set(usual.split())


def assert_nothing_moved(found, same_height):
    """Each row stands below the one before it, each neighbour is as it is among harmless ones."""
    assert not found["isWide"]
    for rows in found["lists"]:
        assert all(row["inside"] for row in rows)
        assert all(row["side"] == direction(None, row["fact"]) for row in rows)
        assert all(below["top"] >= above["bottom"] - 0.5 for above, below in pairwise(rows))
    if same_height:
        heights = [{row["height"] for row in rows} for rows in found["lists"]]
        assert all(some <= heights[i % N_CONTROLS] for i, some in enumerate(heights))
    shapes, orders = defaultdict(set), defaultdict(set)
    for i, rows in enumerate(found["lists"]):
        for row in rows:
            shapes[row["title"], i % N_CONTROLS].add(row["shape"])
            if row["order"]:
                orders[row["fact"]].add(row["order"])
    seen = Counter(row["title"] for rows in found["lists"] for row in rows)
    dirs = {row["title"]: row["dir"] for rows in found["lists"] for row in rows}
    for neighbour in NEIGHBOURS:
        assert dirs[neighbour["title"]] == neighbour["dir"]
        assert seen[neighbour["title"]] >= 100
        assert all(len(shapes[neighbour["title"], i]) == 1 for i in range(N_CONTROLS))
    assert {len(places) for places in orders.values()} == {1}


# --- past the engine ----------------------------------------------------------------------------


def item(rank: int, row: dict) -> dict:
    """One item, as an engine might give it whose articles nobody has looked at."""
    usual = {
        "rank": rank, "article_id": f"{rank}", "published_at": "2026-11-25T01:00:00Z",
        "image_url": None, "sponsored": False, "score": 0.5, "source": "latest", "views": 1234,
        "explain": None, "title_short": shorten(row["title"]), "section": None, "publisher": None,
        "url": None, "language": None, "dir": None,
    }  # fmt: skip
    image = row.get("image_url") or ""
    return {**usual, **row, "image_url": None if image.lower().startswith("http") else image}


def unlooked(path: str, query: dict[str, str]) -> Reply | None:
    if path == "/":
        tags = (
            f'<news-list kind="latest" eager limit="{LENGTH}" section="{i}" timeout="60000"'
            f" {LOOKS[i % N_CONTROLS]}></news-list>"
            for i in range(len(chunks()))
        )  # fmt: skip
        return page("".join(tags))
    if path == "/v1/latest":
        rows = chunks()[int(query["section"])]
        heading = rows[1]["title"]
        items = [item(rank, row) for rank, row in enumerate(rows, 1)]
        return as_json({"list": "latest", "heading": heading, "rec_id": heading, "items": items})
    return None


@pytest.fixture(scope="module")
def context(launched):
    with launched(360) as opened:
        yield opened


def loaded(context, address: str, n_lists: int = 0):
    tab, seen = watched(context)
    tab.goto(address)
    if n_lists:
        tab.wait_for_function(f"heard.load.length == {n_lists}", timeout=60_000)
    return tab, seen


def test_there_are_many():
    rows = list(hostile())
    assert len({row["title"] for row in rows}) >= 200
    assert len({*URLS}) >= 90


def test_what_no_engine_would_answer_runs_nothing_and_moves_nobody(context, screenshots):
    n_lists = len(chunks())
    with answering(unlooked) as address:
        tab, seen = loaded(context, address, n_lists)
        found = inspected(tab, "news-list")
        tab.evaluate("document.querySelectorAll('news-list')[11].scrollIntoView()")
        tab.screenshot(path=screenshots / "hostile-360.png")
        tab.close()
    assert [len(rows) for rows in found["lists"][:-1]] == [LENGTH] * (n_lists - 1)
    assert_nothing_ran(seen, found, address)
    assert_nothing_moved(found, same_height=True)


# --- through the engine -------------------------------------------------------------------------


@dataclass
class Newsroom:
    """An engine that was given everything; ``sections`` are what its lists are asked by."""

    client: httpx.Client
    sections: list[str]

    @property
    def address(self) -> str:
        return str(self.client.base_url).rstrip("/")

    def items(self, section: str) -> list[dict]:
        asked = {"section": section, "limit": LENGTH}
        return self.client.get("/v1/latest", params=asked).json()["items"]

    def fragment(self, section: str) -> str:
        asked = {"section": section, "limit": LENGTH, "thumbnails": 1}
        return self.client.get("/v1/latest.html", params=asked).text


def rows_for(images: str, sections: list[str]) -> list[dict]:
    """Articles in the order of the lists, the newest first; every image lies at one place."""
    rows = []
    for section, chunk in zip(sections, chunks(), strict=True):
        for row in chunk:
            given = {name: value for name, value in row.items() if name != "dir"}
            given["section"] = [section, row.get("section", "sport")]
            given["image_url"] = f"{images}/pixel.gif?{row.get('image_url', '')[:4000]}"
            i = len(rows)
            rows.append({**given, "article_id": f"{i}", "published_at": format_instant(NOW - i)})
    return rows


def give(client: httpx.Client, rows: list[dict]) -> None:
    """Store articles; what the engine refuses of one it is given without."""
    headers = {"X-API-Key": KEY, "content-type": "application/json"}
    while rows:
        answer = client.post("/v1/articles", content=as_json(rows).body, headers=headers)
        assert answer.status_code == 200
        refused = answer.json()["errors"]
        assert {error["field"] for error in refused} <= {"url", "image_url"}
        rows = [{**rows[error["index"]], error["field"]: None} for error in refused]


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    settings = Settings(keys={"hashes": (key_hash(KEY),)})
    service = Service(f"sqlite:///{folder}/news.db", folder, settings, clock=lambda: NOW)
    # The name of a section is the heading of its list.
    sections = [f'{i} "><img src=x onerror=hit()> \u202eعربي' for i in range(len(chunks()))]
    with answering(lambda path, query: None) as images, serving(create_app(service)) as client:
        give(client, rows_for(images, sections))
        yield Newsroom(client, sections), images


def test_what_the_engine_takes_is_shown_as_text(newsroom, context):
    engine, images = newsroom
    lists = [engine.items(section) for section in engine.sections]
    assert sum(map(len, lists)) >= 420  # of others nothing is left but the invisible
    with answering(lambda path, query: page("", "cards", engine=engine.address)) as address:
        tab, seen = loaded(context, address)
        for i, section in enumerate(engine.sections):  # more at once it might refuse
            tag = (
                f'<news-list kind="section" section="{escape(section)}" limit="{LENGTH}" eager'
                f' timeout="60000" {LOOKS[i % N_CONTROLS]}></news-list>'
            )
            tab.evaluate("(tag) => document.body.insertAdjacentHTML('beforeend', tag)", tag)
            tab.wait_for_function(f"heard.load.length == {i + 1}")
        found = inspected(tab, "news-list")
        tab.close()
    for i, (rows, items) in enumerate(zip(found["lists"], lists, strict=True)):
        shown = ["title", "title_short"][i % N_CONTROLS]
        assert [row["title"] for row in rows] == [item[shown] for item in items]
    assert_nothing_ran(seen, found, address, engine.address, images)
    assert_nothing_moved(found, same_height=True)


def test_fragments_hold_it_as_text_too(newsroom, context):
    engine, images = newsroom
    lists = [engine.items(section) for section in engine.sections]
    style = f"<style>{(EXAMPLES / 'news-list.css').read_text()}</style>"
    html = "".join(map(engine.fragment, engine.sections))
    with answering(lambda path, query: page(html, head=style)) as address:
        tab, seen = loaded(context, address)
        found = inspected(tab, "section.news-list")
        tab.close()
    assert [[row["title"] for row in rows] for rows in found["lists"]] == [
        [item["title_short"] for item in items] for items in lists
    ]
    assert_nothing_ran(seen, found, address, images)
    assert_nothing_moved(found, same_height=False)
