"""`<news-list>` and the beacon in a real browser and engine, on pages under a strict policy."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest

from recsys import saving
from recsys.api.app import create_app
from recsys.api.service import Service
from recsys.data.stores import open_store
from recsys.records import Event
from recsys.sample import sample_articles, sample_settings
from tests.api.conftest import serving

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z, when the sample was trained
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self'; require-trusted-types-for 'script'"
)
READ = [
    "ar-sport-01",
    "ar-politics-02",
    "ar-art-03",
    "en-health-01",
    "ar-economy-04",
    "ar-stars-05",
]
VIEW_SECONDS, GLANCE_SECONDS = 2.0, 1.0

browser_test = pytest.mark.browser


@dataclass
class Site:
    """A newspaper on the engine's own origin: its pages are given by the test."""

    origin: str
    pages: dict[str, str] = field(default_factory=dict)

    def serve(self, route) -> None:
        path = urlsplit(route.request.url).path
        headers = {"content-security-policy": POLICY}
        if path == "/site/pixel.gif":
            route.fulfill(
                body=bytes.fromhex("47494638396101000100800000000000ffffff2c"), headers={}
            )
        elif path == "/site/tall.css":
            css = (
                ".tall { block-size: 4000px } body { margin: 0 1rem; font-family: sans-serif }"
                "@media (min-width: 60rem) { body:has(aside)"
                "{ display: grid; grid-template-columns: 2fr 1fr; gap: 2rem } }"
            )
            route.fulfill(body=css, content_type="text/css")
        else:
            html = self.pages[path]
            route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)


@pytest.fixture(scope="module")
def engine(sample_model, tmp_path_factory) -> Iterator:
    """The sample newsroom with some reads: each article of READ once less than the one before."""
    folder = tmp_path_factory.mktemp("widget")
    settings = sample_settings()
    store = open_store(f"sqlite:///{folder / 'news.db'}", settings)
    store.put_articles(sample_articles(NOW))
    reads = [
        Event((NOW - 600) * 1000, article_id=name, visitor_id=f"v{i}")
        for rank, name in enumerate(READ)
        for i in range(2 * (len(READ) - rank))
    ]
    store.put_events(reads)
    store.close()
    saving.publish(sample_model, folder / "models")
    url = f"sqlite:///{folder / 'news.db'}"
    service = Service(url, folder / "models", settings, clock=lambda: NOW, refresh_seconds=0.2)
    with serving(create_app(service)) as client:
        yield client


@pytest.fixture(scope="module")
def site(engine) -> Site:
    return Site(str(engine.base_url).rstrip("/"))


@pytest.fixture(scope="module")
def context(launched, site):
    with launched(1280, user_agent=FIREFOX) as opened:
        opened.route(f"{site.origin}/site/**", site.serve)
        yield opened


@pytest.fixture
def tab(context, site):
    """A tab in which everything is noted; nothing may be said in its console."""
    page = context.new_page()
    page.said, page.asked, page.sent, page.origins = [], [], [], set()

    def note(request) -> None:
        parts = urlsplit(request.url)
        page.origins.add(f"{parts.scheme}://{parts.netloc}")
        if parts.path == "/v1/events":
            page.sent += json.loads(request.post_data)
        elif parts.path.startswith("/v1/"):
            page.asked.append((parts.path, parse_qs(parts.query)))

    page.on("request", note)
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    yield page
    assert page.said == []
    assert page.origins == {site.origin}
    page.close()


@pytest.fixture
def visit(site, tab):
    """Open a page with this body."""

    def open_page(body: str, head: str = "", lang: str = "ar", lists: int = 0, module=True):
        side = "rtl" if lang == "ar" else "ltr"
        script = '<script type="module" src="/widget/v1.js"></script>' if module else ""
        site.pages["/site/page"] = (
            f'<!doctype html><html lang="{lang}" dir="{side}"><meta charset="utf-8">'
            '<title>A page</title><meta name="color-scheme" content="light dark">'
            '<link rel="icon" href="/site/pixel.gif"><link rel="stylesheet" href="/site/tall.css">'
            f"{head}{script}<body>{body}</body></html>"
        )
        tab.goto(f"{site.origin}/site/page")
        if lists:
            tab.wait_for_function(
                "n => [...document.querySelectorAll('news-list')]"
                ".filter((tag) => tag.shadowRoot?.querySelector('li')).length == n",
                arg=lists,
            )
        return tab

    return open_page


def titles(tab, selector: str) -> list[str]:
    return tab.eval_on_selector(
        selector,
        "tag => [...tag.shadowRoot.querySelectorAll('[part=title]')].map((t) => t.textContent)",
    )


def shown(tab, selector: str) -> list[str]:
    """The ids of a list's articles."""
    return tab.eval_on_selector(selector, "tag => tag.rows.map((row) => row.place.article_id)")


def sent(tab, kind: str) -> list[dict]:
    return [
        {name: value for name, value in event.items() if value is not None and name != "event_type"}
        for event in tab.sent
        if event["event_type"] == kind
    ]


def wait(tab, seconds: float) -> None:
    tab.wait_for_timeout(int(seconds * 1000) + 300)


# --- the files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "most"), [("/widget/v1.js", 3072), ("/widget/beacon/v1.js", 1024)]
)
def test_what_is_served_is_small(engine, path, most):
    assert len(gzip.compress(engine.get(path).content, 9)) <= most


def test_what_reserves_room_knows_every_length_that_the_module_has():
    """A look keeps as many rows free as the module will show."""
    from recsys.lists import DEFAULT_LIMITS
    from tests.browser.pretend import WIDGET

    module = (WIDGET / "news-list.js").read_text()
    lengths = dict(re.findall(r"(\w+): (\d)", re.search("LENGTHS = {(.*)}", module)[1]))
    for name, limit in DEFAULT_LIMITS.items():
        assert int(lengths.get(name, 5)) == limit
    for look in ("classic", "cards"):
        css = (WIDGET / "looks" / f"{look}.css").read_text()
        assert re.search(r"--news-list-rows: 5;", css)
        assert ':is([kind="latest"], [kind="section"]) { --news-list-rows: 4 }' in css
        assert '[kind="inline"] { --news-list-rows: 2 }' in css


# --- one page, one request ----------------------------------------------------------------------

FOUR = """<main><news-list page kind="inline"></news-list><p>Text</p>
<news-list page kind="related" facts="time"><a href="/latest">آخر الأخبار</a></news-list><p>Text</p>
<news-list page kind="section" section="sport"></news-list><p>Text</p></main>
<aside><news-list page kind="most-read" section="*" facts="views"></news-list><p>Text</p></aside>"""
WATCH_TASKS = """
    window.tasks = [];
    new PerformanceObserver((list) => {
        for (const { duration, startTime } of list.getEntries()) tasks.push([startTime, duration]);
    }).observe({ type: "longtask", buffered: true });
"""


@browser_test
@pytest.mark.parametrize("look", ["classic", "cards"])
def test_four_lists_of_a_page_are_one_request_and_nothing_moves(visit, tab, look):
    head = f'<link rel="stylesheet" href="/widget/looks/{look}.css">'
    visit(FOUR.replace("<news-list", '<news-list for="ar-politics-03"'), head, lists=4)
    tab.wait_for_timeout(200)
    (path, query), *more = tab.asked
    assert (path, more) == ("/v1/page", [])
    assert query["blocks"] == ["inline:2,related:5,section/sport:4,most_read/*:5"]
    ids = [name for i in range(4) for name in shown(tab, f"news-list >> nth={i}")]
    assert len({*ids, "ar-politics-03"}) == 1 + 2 + 5 + 4 + 5
    assert tab.evaluate("shifts") == 0
    assert tab.evaluate("document.querySelector('a').checkVisibility()") is False
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


@browser_test
def test_four_lists_of_a_page_take_no_long_task(visit, tab):
    """Has the machine for itself in ``make test``."""
    tab.add_init_script(WATCH_TASKS)
    for _ in range(8):  # the machine may be busy with something else
        visit(FOUR.replace("<news-list", '<news-list for="ar-politics-03"'), lists=4)
        tab.wait_for_timeout(200)
        if not tab.evaluate("tasks"):  # of more than 50 ms
            break
    else:
        pytest.fail(f"long tasks: {tab.evaluate('tasks')}")


@browser_test
def test_two_tags_with_the_same_block_share_a_longer_one(visit, tab):
    two = '<news-list page kind="latest" limit="3" id="a"></news-list>'
    two += '<news-list page kind="latest" limit="2" id="b"></news-list>'
    visit(two, lists=2)
    ((_, query),) = tab.asked
    assert query["blocks"] == ["latest:5"]
    assert len({*shown(tab, "#a"), *shown(tab, "#b")}) == 5
    assert tab.eval_on_selector("#b", "tag => tag.rows.map((row) => row.place.position)") == [4, 5]


@browser_test
def test_a_tag_that_comes_later_repeats_nothing(visit, tab):
    visit('<news-list page kind="most-read" limit="3" id="a" language="ar"></news-list>', lists=1)
    tab.evaluate("""() => {
        const tag = document.createElement("news-list");
        Object.assign(tag, { id: "b" }).setAttribute("kind", "latest");
        tag.toggleAttribute("page");
        document.body.append(tag);
    }""")
    tab.wait_for_selector("#b li")
    assert len({*shown(tab, "#a"), *shown(tab, "#b")}) == 3 + 4


# --- one list -----------------------------------------------------------------------------------

ALONE = """
<news-list id="related" for="ar-politics-03" limit="3" max-age="3000d"
    exclude="ar-art-01 ar-art-02"></news-list>
<news-list id="most-read" kind="most-read" window="24h" unit="readers" facts="views"></news-list>
<news-list id="trending" kind="trending" limit="2"></news-list>
<news-list id="latest" kind="latest" facts="time" language="fr" thumbnails></news-list>
<news-list id="section" kind="section" section="sport" sponsored site="default"></news-list>
<news-list id="inline" kind="inline" for="en-health-03" titles="full"></news-list>
<news-list id="empty" kind="latest" section="nothing"><b>Come back later</b></news-list>
<news-list id="unknown" for="nobody" src="/v1/latest?section=nothing"><b>Fallback</b></news-list>"""
HEARD = """
    window.heard = [];
    for (const name of ["load", "empty", "click"]) addEventListener(`newslist:${name}`,
        ({ target, detail }) => heard.push([name, target.id, detail.list ?? detail.article_id]));
"""


@browser_test
def test_every_kind_asks_for_itself_and_shows_what_it_is_told(visit, tab, engine):
    tab.add_init_script(HEARD)
    visit(ALONE.replace("<news-list", "<news-list eager"), lists=6)
    tab.wait_for_function("() => heard.length == 8")
    asked = {}
    for path, query in tab.asked:
        asked.setdefault(path, []).append(query)
    here = tab.url
    assert asked["/v1/related"] == [
        {"id": ["ar-politics-03"], "limit": ["3"], "max_age": ["3000d"]}
        | {"exclude": ["ar-art-01", "ar-art-02"]}
    ]
    assert asked["/v1/most-read"] == [
        {"url": [here], "limit": ["5"], "window": ["24h"], "unit": ["readers"]}
    ]
    assert asked["/v1/inline"] == [{"id": ["en-health-03"], "limit": ["2"]}]
    assert {"url": [here], "limit": ["4"], "site": ["default"], "section": ["sport"]} | {
        "sponsored": ["1"]
    } in asked["/v1/latest"]

    answer = engine.get("/v1/related?id=ar-politics-03&limit=3&max_age=3000d").json()
    assert titles(tab, "#related") == [item["title_short"] for item in answer["items"]]
    whole = [item["title"] for item in engine.get("/v1/inline?id=en-health-03").json()["items"]]
    assert titles(tab, "#inline") == whole
    filled = ("related", "most-read", "trending", "latest", "section", "inline")
    events = {**dict.fromkeys(filled, "load"), "empty": "empty", "unknown": "empty"}
    assert {target: name for name, target, _ in tab.evaluate("heard")} == events
    assert tab.locator("#most-read ol").count() == 1
    assert tab.locator("#related ul").count() == 1
    assert tab.locator("#most-read [part=views]").first.inner_text() == "12"
    assert "janvier 2027" in tab.locator("#latest time").first.inner_text()
    assert all(text in tab.inner_text("body") for text in ("Come back later", "Fallback"))
    sizes = "rows => rows.map((row) => row.querySelector('[part=thumbnail]').offsetHeight)"
    assert tab.locator("#latest li").evaluate_all(sizes) == [64] * 4  # 6em wide, 3 to 2


@browser_test
def test_lists_and_titles_each_have_their_own_side(visit, tab):
    both = '<news-list id="ar" for="ar-sport-01"></news-list>'
    both += '<news-list id="en" for="en-sport-01"></news-list>'
    both += '<news-list id="any" kind="latest" limit="30" eager></news-list>'
    visit(both, lists=3)
    sides = "s => getComputedStyle(s).direction"
    assert tab.locator("#ar section").evaluate(sides) == "rtl"
    assert tab.locator("#en section").evaluate(sides) == "ltr"
    found = tab.locator("#any [part=title]").evaluate_all("""titles => titles.map((title) => [
        title.closest("li").lang, title.dir, getComputedStyle(title).unicodeBidi])""")
    assert {tuple(one) for one in found} == {
        ("ar", "rtl", "isolate"), ("fr", "ltr", "isolate"), ("en", "ltr", "isolate"),
    }  # fmt: skip


@browser_test
def test_a_tag_asks_when_a_reader_comes_near(visit, tab):
    far = '<news-list kind="latest" id="near"></news-list><div class="tall"></div>'
    far += '<news-list kind="latest" id="far"></news-list>'
    far += '<news-list kind="trending" id="eager" eager></news-list>'
    visit(far, lists=2)
    wait(tab, 0)
    assert [path for path, _ in tab.asked] == ["/v1/latest", "/v1/trending"]
    tab.evaluate("document.querySelector('#far').scrollIntoView()")
    tab.wait_for_selector("#far li")
    assert len(tab.asked) == 3


@browser_test
def test_a_tag_may_be_moved_changed_asked_anew_and_taken_away(visit, tab):
    tag = '<div id="place"></div><news-list kind="latest" id="a" language="ar"></news-list>'
    visit(tag, lists=1)
    tab.evaluate("window.first = document.querySelector('#a').rows[0]")
    tab.evaluate("document.querySelector('#place').append(document.querySelector('#a'))")
    tab.locator("#a a").first.focus()
    assert len(tab.asked) == 1
    assert tab.evaluate("document.querySelector('#a').refresh().then(() => first.isConnected)")
    assert tab.evaluate("document.querySelector('#a').shadowRoot.activeElement == first.firstChild")
    tab.evaluate("document.querySelector('#a').setAttribute('limit', '2')")
    tab.wait_for_function(
        "() => document.querySelector('#a').shadowRoot.querySelectorAll('li').length == 2"
    )
    assert tab.evaluate("document.querySelector('#a').rows[0] == first")
    tab.evaluate("document.querySelector('#a').setAttribute('kind', 'most-read')")
    tab.wait_for_selector("#a ol li")
    assert len(tab.asked) == 4


@browser_test
def test_who_is_taken_away_or_waits_too_long_lets_go(visit, tab, site):
    failed = []
    tab.on("requestfailed", lambda request: failed.append(request.url))
    tab.route("**/v1/trending?*", lambda route: None)  # never answered
    slow = '<news-list kind="trending" id="slow" timeout="300"><b>Fallback</b></news-list>'
    slow += '<news-list kind="trending" id="gone" limit="2"></news-list>'
    slow += '<news-list page kind="trending" id="c"></news-list>'
    visit(slow)
    tab.wait_for_function("() => document.querySelector('#gone')?.request")
    tab.evaluate("document.querySelector('#gone').remove()")
    wait(tab, 0.3)
    assert sorted("limit=2" in url for url in failed) == [False, True]
    assert tab.locator("#slow b").is_visible()


# --- what readers are shown, and how ------------------------------------------------------------


@browser_test
def test_it_can_be_read_aloud_and_used_by_keyboard(visit, tab):
    head = '<link rel="stylesheet" href="/widget/looks/classic.css">'
    visit('<news-list for="ar-sport-01" limit="2" facts="time"></news-list>', head, lists=1)
    seen = tab.locator("body").aria_snapshot()
    assert seen.startswith('- region "أخبار ذات صلة":\n  - heading "أخبار ذات صلة" [level=2]')
    assert seen.count("- listitem:") == 2
    assert seen.count("- link ") == 2
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    focused = "document.activeElement.shadowRoot.activeElement"
    assert tab.evaluate(f"{focused} == document.activeElement.rows[1].firstChild")
    assert tab.evaluate(f"getComputedStyle({focused}, '::after').outlineStyle") == "solid"
    tab.evaluate("addEventListener('newslist:click', ({ detail }) => window.opened = detail)")
    tab.evaluate(f"{focused}.addEventListener('click', (event) => event.preventDefault())")
    tab.keyboard.press("Enter")
    assert tab.evaluate("opened.rank") == 2


@browser_test
def test_who_wants_less_motion_gets_none(visit, tab):
    head = '<link rel="stylesheet" href="/widget/looks/cards.css">'
    moving = "row => getComputedStyle(row).transitionDuration"
    tab.emulate_media(reduced_motion="no-preference")
    visit('<news-list for="ar-sport-01"></news-list>', head, lists=1)
    assert tab.locator("li").first.evaluate(moving) != "0s"
    tab.emulate_media(reduced_motion="reduce")
    assert tab.locator("li").first.evaluate(moving) == "0s"


@browser_test
def test_room_is_kept_before_the_module_is_there(visit, tab):
    for look in ("classic", "cards"):
        head = f'<link rel="stylesheet" href="/widget/looks/{look}.css">'
        tags = '<news-list for="ar-sport-01" facts="time"></news-list>'
        tags += '<news-list kind="inline" for="ar-sport-02" thumbnails></news-list>'
        heights = "[...document.querySelectorAll('news-list')].map((tag) => tag.offsetHeight)"
        before = visit(tags, head, module=False).evaluate(heights)
        after = visit(tags, head, lists=2).evaluate(heights)
        assert before == pytest.approx(after, abs=1)
        assert tab.evaluate("shifts") == 0


KINDS = """<main><news-list page kind="inline" for="{0}" titles="full"></news-list>
<news-list page kind="related" for="{0}" facts="time"></news-list>
<news-list page kind="latest" facts="time"></news-list>
<news-list page kind="section" section="sport"></news-list></main><aside>
<news-list page kind="most-read" facts="views"></news-list>
<news-list page kind="trending" limit="3"></news-list></aside>"""


@browser_test
@pytest.mark.parametrize(("lang", "article"), [("ar", "ar-politics-03"), ("en", "en-health-03")])
def test_the_looks_hold_at_every_width_in_both_schemes(visit, tab, screenshots, lang, article):
    tab.set_viewport_size({"width": 360, "height": 2400})
    for look in ("classic", "cards"):
        head = f'<link rel="stylesheet" href="/widget/looks/{look}.css">'
        visit(KINDS.format(article), head, lang, lists=6)
        for width in (360, 768, 1280):
            tab.set_viewport_size({"width": width, "height": 2400})
            for scheme in ("light", "dark"):
                tab.emulate_media(color_scheme=scheme)
                assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
                tab.screenshot(path=screenshots / f"widget-{look}-{lang}-{width}-{scheme}.png")
        visit(KINDS.format(article), head, lang, lists=6)
        assert tab.evaluate("shifts") == 0


# --- what is reported ---------------------------------------------------------------------------

TWO = """<link rel="canonical" href="https://sahila.example/ar/page">
<news-list id="a" kind="latest" limit="2" for="ar-sport-01" language="ar"></news-list>
<news-list id="b" kind="most-read" limit="2" for="ar-sport-01" no-beacon></news-list>
<div class="tall"></div><news-list id="c" kind="latest" limit="1" eager></news-list>"""


PAIR = """<news-list page kind="latest" limit="2"></news-list>
<news-list page kind="most-read" limit="2" no-beacon></news-list>"""


@browser_test
def test_lists_that_come_together_are_reported_each_by_itself(visit, tab):
    visit(PAIR, lists=2)
    wait(tab, VIEW_SECONDS)
    assert [event["list"] for event in sent(tab, "impression")] == ["latest", "latest"]


@browser_test
def test_views_impressions_and_clicks_are_reported_as_they_are(visit, tab, engine):
    answer = engine.get("/v1/latest?id=ar-sport-01&limit=2&language=ar").json()
    places = [
        {"article_id": item["article_id"], "list": "latest", "position": item["rank"]}
        | {"rec_id": answer["rec_id"]}
        for item in answer["items"]
    ]
    visit(TWO, lists=3)
    wait(tab, VIEW_SECONDS)
    assert sent(tab, "view") == [{"article_id": "ar-sport-01"}]
    assert sent(tab, "impression") == places
    tab.evaluate("document.addEventListener('click', (event) => event.preventDefault())")
    tab.locator("#a a").nth(1).click()
    tab.locator("#a a").nth(1).click(button="right")
    tab.locator("#b a").first.click()
    wait(tab, 0)
    assert sent(tab, "click") == [places[1]]
    assert len(tab.sent) == 1 + 2 + 1


@browser_test
def test_the_beacon_alone_reports_the_lists_of_a_server_and_leaves_the_view_to_one(
    visit, tab, engine
):
    html = engine.get("/v1/most-read.html?language=ar&limit=3").text
    rec_id = re.search('data-rec="([^"]+)"', html)[1]
    ids = re.findall('data-id="([^"]+)"', html)
    beacon = '<script src="/widget/beacon/v1.js" data-for="ar-art-02" data-site="default" defer>'
    beacon += "</script>"
    visit(f'{html}<news-list kind="latest" limit="1" for="ar-art-02"></news-list>', beacon, lists=1)
    wait(tab, VIEW_SECONDS)
    assert [event["article_id"] for event in sent(tab, "view")] == ["ar-art-02"]
    shown = [e for e in sent(tab, "impression") if e["list"] == "most_read"]
    assert shown == [
        {
            "site": "default",
            "article_id": name,
            "list": "most_read",
            "rec_id": rec_id,
            "position": i,
        }
        for i, name in enumerate(ids, 1)
    ]
    tab.evaluate("document.addEventListener('click', (event) => event.preventDefault())")
    tab.locator(".news-list a").nth(2).click()
    wait(tab, 0)
    assert sent(tab, "click") == [shown[2]]


@browser_test
@pytest.mark.parametrize("wish", ["globalPrivacyControl: true", "doNotTrack: '1'"])
def test_of_readers_who_do_not_want_to_be_tracked_there_are_views_alone(visit, tab, wish, engine):
    name, value = wish.split(": ")
    tab.add_init_script(f"Object.defineProperty(navigator, '{name}', {{ value: {value} }})")
    html = engine.get("/v1/most-read.html?language=ar&limit=3").text
    beacon = '<script src="/widget/beacon/v1.js" defer></script>'
    visit(html + TWO, beacon, lists=3)
    tab.evaluate("document.addEventListener('click', (event) => event.preventDefault())")
    tab.locator("#a a").first.click()
    tab.locator(".news-list a").first.click()
    wait(tab, VIEW_SECONDS)
    ((event),) = tab.sent
    assert (event["event_type"], {*event} & {"list", "position", "rec_id"}) == ("view", set())


@browser_test
def test_nobody_has_viewed_what_is_prerendered_or_hidden(visit, tab):
    tab.add_init_script("""
        window.states = { hidden: false, prerendering: true };
        for (const name of Object.keys(states))
            Object.defineProperty(document, name, { get: () => states[name] });
        window.become = (name, value, event) => {
            states[name] = value;
            document.dispatchEvent(new Event(event));
        };
    """)
    visit('<news-list kind="latest" for="ar-art-01"></news-list>', lists=1)
    wait(tab, VIEW_SECONDS)
    assert sent(tab, "view") == []
    tab.evaluate("become('prerendering', false, 'prerenderingchange')")
    tab.wait_for_timeout(500)
    tab.evaluate("become('hidden', true, 'visibilitychange')")
    wait(tab, VIEW_SECONDS - 0.5)
    assert sent(tab, "view") == []
    tab.evaluate("become('hidden', false, 'visibilitychange')")
    wait(tab, VIEW_SECONDS)
    assert sent(tab, "view") == [{"article_id": "ar-art-01"}]


@browser_test
def test_where_no_beacon_is_taken_the_report_is_fetched(visit, tab):
    tab.add_init_script("navigator.sendBeacon = () => false")
    visit('<news-list kind="latest" for="ar-art-01"></news-list>', lists=1)
    with tab.expect_request("**/v1/events") as caught:
        wait(tab, VIEW_SECONDS)
    assert caught.value.resource_type == "fetch"


@browser_test
def test_what_is_reported_is_counted_and_nothing_is_kept_in_the_browser(
    visit, tab, context, engine
):
    counted = engine.get("/metrics").text
    visit(TWO.replace("ar-sport-01", "ar-health-01"), lists=3)
    wait(tab, VIEW_SECONDS)
    assert len(sent(tab, "view")) == 1
    kept = """async () => [document.cookie, localStorage.length, sessionStorage.length,
        (await indexedDB.databases()).length, (await caches.keys()).length]"""
    assert tab.evaluate(kept) == ["", 0, 0, 0, 0]
    assert context.cookies() == []
    assert counted != engine.get("/metrics").text
