"""The editor's page: search, why, decide, watch the list change, take it back."""

import re
import time

import pytest

pytestmark = pytest.mark.browser

ARTICLE = "ar-politics-03"
WITHIN_MS = 2000


def listed(page, name: str) -> list[str]:
    rows = page.locator(f"#list-{name} li")
    return rows.evaluate_all("rows => rows.map((row) => row.dataset.id)")


def decide(
    page,
    article: str,
    action: str,
    name: str = "related",
    span: str = "6h",
    note: str = "",
    boost: str = "2",
):
    """Decide by keyboard and form, as an editor does; return the seconds until the list tells."""
    page.locator(f"#list-{name} li[data-id='{article}'] button").click()
    form = page.locator("#decision-form")
    form.locator(f"[name=action][value={action}]").check()
    form.locator(f"[name=span][value='{span}']").check()
    form.locator("[name=note]").fill(note)
    if action == "boost":
        form.locator("[name=boost]").fill(boost)
    before = listed(page, name)
    begun = time.monotonic()
    form.locator(".main").click()
    page.wait_for_function(
        "([name, before]) => before !== [...document.querySelectorAll(`#list-${name} li`)]"
        ".map((row) => row.dataset.id).join()",
        arg=[name, ",".join(before)],
        timeout=WITHIN_MS,
    )
    return time.monotonic() - begun


def test_an_editor_finds_an_article_pins_another_and_takes_it_back(browser, desk, demo_key, demo):
    with browser() as context:
        page = desk(context, f"/editor#key={demo_key}")
        assert page.evaluate("location.hash") == ""
        assert page.locator("#key-state").get_attribute("data-good") == "true"
        page.locator("#query").fill("لمناقشه قانون الإنتخابات")  # ة, and a hamza too many
        page.locator(f"#found [data-id='{ARTICLE}']").click()
        page.wait_for_selector("#list-related li")
        assert page.evaluate("document.activeElement.id") == "chosen-title"
        assert f"id={ARTICLE}" in page.url
        assert demo_key not in page.url

        related = listed(page, "related")
        why = page.locator("#list-related .why").all_inner_texts()
        assert len(related) == len(why) == 8
        assert all(re.search(r"يشترك النصان في: .*\d+\u200e?%.* من التشابه.*نُشر", t) for t in why)
        assert "اختاره كاتب الخبر" in page.locator("#list-inline .why").first.inner_text()
        assert re.search(
            r"قراء.* في الساعة الأخيرة", page.locator("#list-most_read .why").first.inner_text()
        )
        for name, n in {"inline": 3, "most_read": 10, "trending": 5, "latest": 6}.items():
            assert len(listed(page, name)) == n

        chosen = related[4]
        taken = decide(page, chosen, "pin", span="1h", note="ليلة <b>الانتخابات</b>")
        assert taken < WITHIN_MS / 1000
        assert listed(page, "related") == [chosen, *related[:4], *related[5:]]
        first = page.locator("#list-related li").first
        assert "ثبّته المحرر في الموضع 1" in first.inner_text()
        assert "كان في الموضع 5" in first.inner_text()
        page.wait_for_function(
            "() => document.querySelector('#news').textContent.includes('وصار في 1')"
        )

        standing = page.locator(f"#standing li[data-id='{chosen}']")
        standing.wait_for()
        said = standing.inner_text()
        assert "تثبيت في الموضع 1" in said
        assert "أخبار ذات صلة" in said
        assert "ينتهي خلال ساعة واحدة" in said
        assert "ليلة <b>الانتخابات</b>" in said

        standing.locator("button").click()
        page.wait_for_function("() => !document.querySelector('#standing li')", timeout=WITHIN_MS)
        assert listed(page, "related") == related
        assert page.said == []
        assert all(url.startswith(demo) for url in page.asked)
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert context.cookies() == []
        page.reload()
        page.wait_for_selector("body[data-ready]")
        assert page.locator("#key-state").get_attribute("data-good") is None
        assert page.locator("#chosen-title").inner_text() != ""


def test_boost_bury_and_exclude_are_said_and_change_the_list(browser, desk, demo_key):
    with browser() as context:
        page = desk(context, f"/editor?id={ARTICLE}&language=en#key={demo_key}")
        assert page.locator("html").get_attribute("dir") == "ltr"
        before = listed(page, "related")
        decide(page, before[0], "bury")
        assert listed(page, "related")[0] == before[1]
        decide(page, before[2], "exclude", span="")
        assert before[2] not in listed(page, "related")
        assert "Left the list:" in page.locator("#list-related .gone").inner_text()
        read = listed(page, "most_read")
        decide(page, read[6], "boost", name="most_read", span="1d", boost="100")
        row = page.locator(f"#list-most_read li[data-id='{read[6]}']")
        assert (
            "Boosted by an editor ×100" in row.inner_text()
            or "boosted by an editor ×100" in row.inner_text()
        )
        page.wait_for_function("() => document.querySelectorAll('#standing li').length === 3")
        said = page.locator("#standing").inner_text()
        for words in ("Buried ×0.1", "Excluded", "for good", "Boosted ×100", "ends in 24 hours"):
            assert words in said, words
        while page.locator("#standing li").count():
            n = page.locator("#standing li").count()
            page.locator("#standing button").first.click()
            page.wait_for_function(
                "n => document.querySelectorAll('#standing li').length < n", arg=n
            )
        assert listed(page, "related") == before
        assert page.said == []


def test_figures_are_those_of_the_service(browser, desk, demo_key, demo):
    with browser(768) as context:
        page = desk(context, f"/editor?id={ARTICLE}&language=fr#key={demo_key}")
        page.wait_for_selector("#charts figure:nth-child(2)")
        headers = {"X-API-Key": demo_key}
        of = context.request.get(f"{demo}/v1/views?id={ARTICLE}&hours=48", headers=headers).json()
        figure = page.locator("#charts figure").first
        assert figure.locator("rect").count() == len(of["views"]) == 48
        assert figure.locator("svg title").text_content() == "Lectures par heure, cet article"
        assert re.search(r"\d+ lectures? en 48 h", figure.locator("svg desc").text_content())
        figure.locator("summary").click()
        cells = figure.locator("tbody td").all_inner_texts()
        assert sum(int(cell) for cell in cells) == pytest.approx(of["total"], abs=5)  # it goes on
        rows = dict(
            row.locator("th, td").all_inner_texts()
            for row in page.locator("#ledgers table").first.locator("tbody tr").all()
        )
        received, kept, left = (int(rows[n]) for n in ("reçus", "comptés", "non comptés"))
        assert received == kept + left > 0


def test_without_the_right_key_lists_are_shown_and_figures_are_not(browser, desk):
    with browser(360) as context:
        page = desk(context, f"/editor?id={ARTICLE}")
        assert len(listed(page, "related")) == 8
        assert "بلا مفتاح" in page.locator("#key-state").inner_text()
        assert page.locator(".keyed:visible").count() == 0
        assert not any("/v1/views" in url or "/v1/ledger" in url for url in page.asked)
        page.locator("#list-related button").first.click()
        assert page.evaluate("document.activeElement.id") == "key-input"
        assert page.said == []
        page.keyboard.type("wrong ا")
        page.keyboard.press("Enter")
        page.wait_for_selector("#key-state[data-good=false]")
        assert "غير صحيح" in page.locator("#key-state").inner_text()
        assert page.locator(".keyed:visible").count() == 0
        assert len(listed(page, "related")) == 8


def test_it_can_be_used_by_keyboard_alone(browser, desk, demo_key):
    with browser() as context:
        page = desk(context, f"/editor#key={demo_key}")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "query"
        page.keyboard.type(ARTICLE)
        page.wait_for_selector(f"#found[data-for='{ARTICLE}']")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("#list-related li")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("#decision[open]")
        assert page.locator("#decision [name=list]").input_value() == ""
        page.keyboard.press("Escape")
        assert page.locator("#decision[open]").count() == 0
        assert page.evaluate("document.activeElement.id") == "decide-chosen"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_looks_right(browser, desk, demo_key, axe, screenshots, scheme):
    with browser(1280, scheme) as context:
        for language in ("ar", "en"):
            page = desk(context, f"/editor?id={ARTICLE}&language={language}#key={demo_key}")
            page.wait_for_selector("#charts figure:nth-child(2)")
            for width in (1280, 768, 360):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
                name = f"editor-{language}-{width}-{scheme}.png"
                page.screenshot(path=screenshots / name, full_page=True)
            assert axe(page) == []
            assert page.said == []
            if (language, scheme) in (("ar", "light"), ("en", "dark")):
                page.locator("#list-related button").first.click()
                page.wait_for_selector("#decision[open]")
                assert axe(page) == []
            page.close()
