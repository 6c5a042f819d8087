"""The playground: what is chosen is what is shown, asked and copied."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

pytestmark = pytest.mark.browser

ARTICLE = "ar-politics-03"


def shown(page, n: int = 1) -> list[str]:
    """Return the titles in the page that has the tag, once there are so many."""
    titles = page.frame_locator("#preview").locator("[part=title]")
    titles.nth(n - 1).wait_for()
    return titles.all_inner_texts()


def changed(page, change) -> dict:
    """Change something and return what the engine answered."""
    turn = page.evaluate("document.body.dataset.ready")
    change()
    page.wait_for_function("turn => document.body.dataset.ready !== turn", arg=turn)
    return page.evaluate("JSON.parse(document.querySelector('#answer').textContent)")


def asked(page) -> dict:
    address = urlsplit(page.locator("#address").get_attribute("href"))
    return {"path": address.path, **{k: v[0] for k, v in parse_qs(address.query).items()}}


def test_what_is_chosen_is_shown_asked_and_copied(browser, desk, demo):
    with browser(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = desk(context, f"/playground?id={ARTICLE}")
        assert len(shown(page, 5)) == 5
        assert asked(page)["path"] == "/v1/related"
        assert asked(page)["id"] == ARTICLE

        option = page.locator("#options")
        answer = changed(page, lambda: option.locator("[value=most-read]").check())
        assert answer["list"] == "most_read"
        answer = changed(
            page, lambda: option.locator("[name=limit]").fill("3") or page.keyboard.press("Tab")
        )
        answer = changed(page, lambda: option.locator("[name=window]").select_option("24h"))
        answer = changed(page, lambda: option.locator("[name=titles]").select_option("full"))
        answer = changed(page, lambda: option.locator("[name=section]").select_option("sport"))
        assert (answer["window"], answer["section"], len(answer["items"])) == ("24h", "sport", 3)
        assert shown(page, 3) == [item["title"] for item in answer["items"]]
        assert {
            "path": "/v1/most-read",
            "window": "24h",
            "section": "sport",
            "limit": "3",
        }.items() <= asked(page).items()

        page.locator("[data-copy=tag]").click()
        page.wait_for_function("() => document.querySelector('#news').textContent === 'نُسخ.'")
        tag = page.evaluate("navigator.clipboard.readText()")
        assert tag == (
            f'<news-list kind="most-read" for="{ARTICLE}" limit="3" section="sport" window="24h"'
            ' titles="full"><a href="/">آخر الأخبار</a></news-list>'
        )
        page.locator("[data-copy=fixed]").click()
        fixed = page.evaluate("navigator.clipboard.readText()")
        files = context.request.get(f"{demo}/widget/versions.json").json()["files"]
        for name in ("news-list.js", "looks/classic.css"):
            assert f'{demo}{files[name]["path"]}" integrity="{files[name]["integrity"]}"' in fixed
        assert page.said == []


def test_the_page_around_the_tag_is_as_chosen(browser, desk):
    with browser() as context:
        page = desk(context, f"/playground?language=en&id={ARTICLE}")
        option, frame = page.locator("#options"), page.frame_locator("#preview")
        changed(page, lambda: option.locator("[name=dir]").select_option("rtl"))
        changed(page, lambda: option.locator("[name=scheme]").select_option("dark"))
        changed(page, lambda: option.locator("[name=look]").select_option("cards"))
        root = frame.locator("html")
        assert (root.get_attribute("dir"), root.get_attribute("data-scheme")) == ("rtl", "dark")
        assert frame.locator("link[href='/widget/looks/cards.css']").count() == 1
        option.locator("[name=width]").fill("300")
        assert page.locator("#preview").evaluate("frame => frame.offsetWidth") == 300
        page.locator("#query").fill("انتخابات")
        page.wait_for_selector("#found[data-for='انتخابات'] button")
        found = page.locator("#found button").first
        name = found.get_attribute("data-id")
        answer = changed(page, found.click)
        assert asked(page)["id"] == page.locator("[name=for]").input_value() == name
        assert len(answer["items"]) == 5
        assert not any("/v1/events" in url for url in page.asked)  # it reports nothing
        assert page.said == []


def test_hostile_attributes_are_text(browser, desk, demo):
    hostile = '"><script>window.hurt = 1</script><img src=x onerror="window.hurt = 1">'
    with browser() as context:
        page = desk(context, "/playground?language=en")
        page.said.clear()
        form = page.locator("#options")
        form.locator("[name=for]").fill(hostile)
        page.keyboard.press("Tab")
        page.wait_for_function("() => document.querySelector('#tag').textContent.includes('hurt')")
        tag = page.locator("#tag").inner_text()
        assert html.unescape(re.search('for="([^"]*)"', tag)[1]) == hostile
        preview = page.frame_locator("#preview")
        page.wait_for_function(
            "() => document.querySelector('#preview').contentDocument.querySelector('news-list')"
            ".getAttribute('for').includes('hurt')"
        )
        assert preview.locator("script:not([src]), img").count() == 0
        assert page.evaluate(
            "[window.hurt, document.querySelector('#preview').contentWindow.hurt]"
        ) == [None, None]
        for name in ("dir", "scheme"):
            wrong = context.request.get(f"{demo}/playground/page?{name}=%22%3E%3Cscript%3E")
            assert wrong.status == 422


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_looks_right(browser, desk, axe, screenshots, scheme):
    with browser(1280, scheme) as context:
        for language in ("ar", "en"):
            page = desk(context, f"/playground?language={language}")
            shown(page, 5)
            for width in (1280, 768, 360):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
                name = f"playground-{language}-{width}-{scheme}.png"
                page.screenshot(path=screenshots / name, full_page=True)
            assert axe(page) == []
            assert page.said == []
            page.close()
