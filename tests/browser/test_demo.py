import json
from urllib.request import Request, urlopen

import pytest

pytestmark = pytest.mark.browser

DESKS = {"section/art": 4, "section/stars": 4, "section/sport": 4, "section/health": 4}
LENGTHS = {"inline": 2, "related": 5, "latest": 4, **DESKS, "most-read": 5}
ARTICLES = {"ar": "ar-politics-03", "fr": "fr-sport-03", "en": "en-health-03"}
SEVERAL_POLLS = 5500  # milliseconds
LISTS = """
    () => Object.fromEntries([...document.querySelectorAll("news-list")].map((tag) => {
        const section = tag.getAttribute("section");
        const links = [...tag.shadowRoot.querySelectorAll("[part~=link]")];
        return [
            tag.getAttribute("kind") + (section ? `/${section}` : ""),
            links.map((link) => new URL(link.href).searchParams.get("id")),
        ];
    }))
"""
FITS = "document.documentElement.scrollWidth <= innerWidth"
HEIGHT = "document.documentElement.scrollHeight"
KEPT = "document.cookie + localStorage.length + sessionStorage.length"


def answered(demo: str, path: str, event: dict | list | None = None):
    body = json.dumps(event).encode() if event else None
    headers = {"content-type": "application/json"}
    with urlopen(Request(f"{demo}{path}", body, headers), timeout=60) as reply:
        return json.loads(reply.read())


def visit_often(demo: str, article: str, readers: int) -> None:
    """Readers of one address, each with a browser of his own."""
    for i in range(readers):
        headers = {"content-type": "application/json", "user-agent": f"Mozilla/5.0 reader {i}"}
        body = json.dumps({"article_id": article}).encode()
        with urlopen(Request(f"{demo}/v1/events", body, headers), timeout=60) as reply:
            assert json.load(reply)["counted"] == 1


def assert_complete(page, article: str) -> None:
    lists = page.evaluate(LISTS)
    assert {key: len(ids) for key, ids in lists.items()} == LENGTHS
    ids = [name for names in lists.values() for name in names]
    assert None not in ids
    assert len({*ids, article}) == 1 + sum(LENGTHS.values())


def test_article_pages_are_complete_and_stay_so(browser, look, demo):
    with browser() as context:
        pages = {}
        for language in ARTICLES:
            page = pages[language] = look(context, path(language))
            lists = [url for url in engine_asked(page) if "/v1/events" not in url]
            assert [url.partition("?")[0] for url in lists] == [f"{demo}/v1/page"]
            assert_complete(page, ARTICLES[language])
            assert page.locator("html").get_attribute("lang") == language
            assert page.evaluate("document.dir") == ("rtl" if language == "ar" else "ltr")
            assert page.title().startswith(page.locator("h1").inner_text())
            assert all(page.locator("[part~=heading]").all_inner_texts())
            assert page.locator(".view-on bdi").inner_text() == "sahila-today.example"
            page.wait_for_selector(".visit[data-counted=true]")
        page.wait_for_timeout(SEVERAL_POLLS)
        for language, page in pages.items():
            page.bring_to_front()
            assert_complete(page, ARTICLES[language])
            assert all(request.url.startswith(demo) for request in page.asked)
            views = [r for r in page.asked if '"event_type":"view"' in (r.post_data or "")]
            assert len(views) == 1
            assert page.evaluate(KEPT) == "00"
            assert page.said == []
        assert context.cookies() == []


def engine_asked(page) -> list[str]:
    return [request.url for request in page.asked if "/v1/" in request.url]


def path(language: str, kind: str = "article") -> str:
    return {
        "front": f"/demo?language={language}",
        "section": f"/demo/section?section=sport&language={language}",
        "article": f"/demo/article?id={ARTICLES[language]}",
    }[kind]


def test_opening_an_article_moves_most_read(browser, look, demo):
    lowest = answered(demo, "/v1/most-read?limit=100&language=ar")["items"][-1]
    with browser() as context:
        page = look(context, f"/demo/article?id={lowest['article_id']}")
        page.wait_for_selector(".visit[data-counted=true]")
        page.wait_for_selector(".visit .up", timeout=30_000)
        strip = page.evaluate("({...document.querySelector('.visit').dataset})")
        assert int(strip["now"]) < int(strip["before"] or 1000)
        assert int(strip["views"]) > lowest["views"]
        assert "سُجّلت زيارتك" in page.locator(".visit").inner_text()
        page.reload()
        page.wait_for_selector(".visit[data-counted=false]")
        assert "محسوبة من قبل" in page.locator(".visit").inner_text()
        assert page.said == []


def test_the_front_page_shows_what_rises(browser, look, demo):
    with browser() as context:
        page = look(context, "/demo?language=en")
        chosen = page.evaluate(LISTS)["section/health"][-1]
        visit_often(demo, chosen, 49)
        page.wait_for_selector(f"[part~=risen] a[href$='{chosen}']", timeout=30_000)
        lists = page.evaluate(LISTS)
        assert lists["most-read"][0] == chosen
        assert len(lists["most-read"]) == 5
        ids = [name for names in lists.values() for name in names]
        assert len(set(ids)) == len(ids)
        assert page.evaluate("shifts") == 0
        assert page.said == []


def test_a_reader_goes_from_page_to_page(browser, look, demo):
    with browser() as context:
        page = look(context, "/")
        assert page.url.endswith("/demo")
        page.get_by_role("link", name="Français").click()
        page.locator(".sections a").last.click()
        page.wait_for_selector(".section [part~=link]")
        assert page.locator("html").get_attribute("lang") == "fr"
        section = page.locator("h1").inner_text()
        assert page.locator(".sections [aria-current]").inner_text() == section
        link = page.locator(".news [part~=link]").first
        assert link.get_attribute("href").startswith(f"{demo}/demo/article?id=fr-")
        whole = link.get_attribute("title") or link.inner_text()
        link.click()
        page.wait_for_selector(".article [part~=link]")
        assert page.locator("h1").inner_text() == whole
        assert page.locator(".crumbs a").last.inner_text() == section
        page.locator(".crumbs a").last.click()
        page.wait_for_selector(".section [part~=link]")
        neighbours = page.locator(".colophon a").evaluate_all("links => links.map(a => a.pathname)")
        assert neighbours == ["/playground", "/editor", "/docs"]
        assert page.said == []


def test_it_can_be_used_by_keyboard(browser, look):
    with browser() as context:
        page = look(context, "/demo/article?id=ar-politics-03")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
        page.locator("news-list[kind=related] [part~=link]").first.focus()
        page.keyboard.press("Tab")
        outline = "getComputedStyle(document.activeElement.shadowRoot.activeElement, '::after')"
        assert page.evaluate(f"{outline}.outlineStyle") == "solid"
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "ar-politics-03" not in url)


def test_the_server_may_go_away(browser, demo):
    with browser() as context:
        page = context.new_page()
        page.route("**/v1/**", lambda route: route.abort())
        page.goto(f"{demo}/demo/article?id=en-health-03")
        page.wait_for_selector(".failure:not([hidden])")
        assert page.locator("h1").is_visible()
        assert page.locator(".news-list-item:visible").count() == sum(LENGTHS.values())
        assert page.locator(".visit").inner_text() == "Your visit was not counted"
        page.unroute("**/v1/**")
        page.wait_for_selector(".visit[data-counted]", timeout=60_000)
        page.wait_for_selector(".failure", state="hidden")


def test_without_javascript_the_pages_are_complete(browser, demo, screenshots):
    with browser(java_script_enabled=False) as context:
        page = context.new_page()
        for kind in ("front", "section", "article"):
            page.goto(f"{demo}{path('ar', kind)}")
            links = page.locator(".news-list-item a:visible")
            wanted = page.locator("news-list").evaluate_all(
                "tags => tags.map(t => +t.getAttribute('limit'))"
            )
            assert links.count() == sum(wanted)
            assert page.locator(".notice").is_visible()
        page.screenshot(path=screenshots / "no-javascript-ar-1280.png", full_page=True)


PICTURES = {
    360: [("article", "ar"), ("article", "en"), ("front", "ar"), ("section", "en")],
    768: [("article", "ar"), ("article", "en"), ("front", "en"), ("section", "ar")],
    1280: [
        (kind, language) for kind in ("article", "front", "section") for language in ("ar", "en")
    ],
}


@pytest.mark.parametrize("width", PICTURES)
def test_it_looks_right(browser, look, axe, screenshots, width):
    """Nothing jumps, nothing sticks out, axe is content; the pictures are for people to look at."""
    wrong = []
    with browser(width, timezone_id="Africa/Casablanca") as context:
        for kind, language in PICTURES[width]:
            page = look(context, path(language, kind))
            if kind == "article":
                page.wait_for_selector(".visit[data-counted]")
            page.wait_for_timeout(200)
            assert page.evaluate("shifts") < 0.005
            assert page.evaluate(FITS)
            page.set_viewport_size({"width": width, "height": page.evaluate(HEIGHT)})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                if width == 1280:
                    wrong += axe(page)
                if scheme == "light" or kind == "article":
                    page.screenshot(path=screenshots / f"{kind}-{language}-{width}-{scheme}.png")
            assert page.said == []
            page.close()
    assert wrong == []
