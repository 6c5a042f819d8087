import json
from urllib.request import Request, urlopen

import pytest

pytestmark = pytest.mark.browser

LENGTHS = {
    "inline": 2,
    "related": 5,
    "latest": 4,
    "section/art": 4,
    "section/stars": 4,
    "section/sport": 4,
    "section/health": 4,
    "most_read": 5,
}
ARTICLES = {"ar": "ar-politics-03", "fr": "fr-sport-03", "en": "en-health-03"}
SEVERAL_POLLS = 6000  # milliseconds
BLOCKS = """
    () => Object.fromEntries([...document.querySelectorAll("[data-block]")].map((block) => [
        block.dataset.block,
        block.checkVisibility()
            ? [...block.querySelectorAll("li")].map((li) => li.dataset.id ?? null)
            : null,
    ]))
"""


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
    blocks = page.evaluate(BLOCKS)
    assert {key: len(ids) for key, ids in blocks.items()} == LENGTHS
    ids = [name for names in blocks.values() for name in names]
    assert None not in ids
    assert len({*ids, article}) == 1 + sum(LENGTHS.values())


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_an_article_page_is_complete_and_stays_so(browser, look, language):
    article = ARTICLES[language]
    with browser() as context:
        page = look(context, f"/demo/article?id={article}")
        assert_complete(page, article)
        assert page.locator("html").get_attribute("lang") == language
        assert page.evaluate("document.dir") == ("rtl" if language == "ar" else "ltr")
        assert page.title().startswith(page.locator("h1").inner_text())
        assert all(page.locator(".block h2").all_inner_texts())
        assert page.locator(".view-on bdi").inner_text() == "sahila-today.example"
        page.wait_for_timeout(SEVERAL_POLLS)
        assert_complete(page, article)
        assert page.said == []


def test_titles_are_short_with_the_whole_one_at_hand(browser, look):
    with browser() as context:
        page = look(context, "/demo/article?id=ar-politics-03")
        for link in page.locator(".related a").all():
            shown, whole = link.inner_text(), link.get_attribute("title")
            assert len(shown.split()) <= 9
            assert shown.endswith("…") == (whole is not None)
            assert link.get_attribute("dir") == "rtl"
            assert link.get_attribute("lang") == "ar"
        assert not any("…" in text for text in page.locator(".inline a").all_inner_texts())


def test_opening_an_article_moves_most_read(browser, look, demo):
    ranking = answered(demo, "/v1/most-read?limit=100&language=ar")["items"]
    lowest = ranking[-1]
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
    ranking = answered(demo, "/v1/most-read?limit=100&language=en")["items"]
    chosen = ranking[-1]["article_id"]
    with browser() as context:
        page = look(context, "/demo?language=en")
        shown = page.locator(f".most_read li[data-id='{chosen}']")
        assert shown.count() == 0
        visit_often(demo, chosen, 49)
        page.wait_for_selector(f".most_read li.moved[data-id='{chosen}']", timeout=30_000)
        assert page.locator(".most_read li").first.get_attribute("data-id") == chosen
        page.wait_for_timeout(SEVERAL_POLLS)
        assert page.locator(".most_read li").count() == 5
        ids = [name for names in page.evaluate(BLOCKS).values() for name in names]
        assert len(set(ids)) == len(ids)
        assert page.said == []


def test_a_reader_goes_from_page_to_page(browser, look):
    with browser() as context:
        page = look(context, "/")
        assert page.url.endswith("/demo")
        page.get_by_role("link", name="Français").click()
        page.wait_for_selector("[data-filled]")
        assert page.locator("html").get_attribute("lang") == "fr"
        title = page.locator(".latest a").first.inner_text()
        page.locator(".latest a").first.click()
        page.wait_for_selector("article [data-filled]")
        assert page.locator("h1").inner_text() == title
        page.locator(".crumbs a").last.click()
        page.wait_for_selector(".front [data-filled]")
        assert page.evaluate("location.hash").startswith("#desk-")
        assert page.said == []


def test_it_can_be_used_by_keyboard(browser, look):
    with browser() as context:
        page = look(context, "/demo/article?id=ar-politics-03")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
        page.locator(".related a").first.focus()
        page.keyboard.press("Tab")
        outline = "getComputedStyle(document.activeElement, '::after').outlineStyle"
        assert page.evaluate(outline) == "solid"
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "ar-politics-03" not in url)


def test_the_server_may_go_away(browser, demo):
    with browser() as context:
        page = context.new_page()
        page.route("**/v1/**", lambda route: route.abort())
        page.goto(f"{demo}/demo/article?id=en-health-03")
        page.wait_for_selector(".failure:not([hidden])")
        assert page.locator("h1").is_visible()
        assert not page.locator(".related").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_it_looks_right(browser, look, screenshots, width, scheme):
    """Nothing jumps, nothing sticks out; the pictures are for people to look at."""
    with browser(width, scheme) as context:
        for language, article in ARTICLES.items():
            paths = {
                "front": f"/demo?language={language}",
                "article": f"/demo/article?id={article}",
            }
            for kind, path in paths.items():
                page = look(context, path)
                page.wait_for_timeout(3500 if (kind, language) == ("article", "ar") else 500)
                assert page.evaluate("shifts") < 0.02
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                height = page.evaluate("document.documentElement.scrollHeight")
                page.set_viewport_size({"width": width, "height": height})
                page.screenshot(path=screenshots / f"{kind}-{language}-{width}-{scheme}.png")
                page.close()
