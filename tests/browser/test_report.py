"""The report of an evaluation as a browser shows it."""

import pytest

from recsys.evaluation.report import write
from tests.evaluation.report.documents import document

pytestmark = pytest.mark.browser

# Texts of the plots and tables that overlap in more than a hair, each as the two of them.
OVERLAPS = """
    () => {
        const found = [];
        const groups = [".axis", ".forest", ".panel ol", ".legend", ".columns ol"];
        const parts = "text, th bdi, td data, td .ends, .verdict, li, li > .title, li > small";
        for (const group of document.querySelectorAll(groups.join(", "))) {
            const boxes = [...group.querySelectorAll(parts)]
                .map((node) => [node, node.getBoundingClientRect()])
                .filter(([node, box]) => box.width > 1 && box.height > 1);
            boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
                if (a.contains(b) || b.contains(a)) return;
                const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
                const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
                if (wide > 1 && high > 1) found.push([a.textContent, b.textContent]);
            }));
        }
        return found;
    }
"""
TOO_WIDE = """
    () => [document.documentElement.scrollWidth - document.documentElement.clientWidth,
        ...[...document.querySelectorAll(".axis text")]
            .filter((node) => node.getBoundingClientRect().right > innerWidth)
            .map((node) => node.textContent)]
"""


@pytest.fixture
def opened(tmp_path):
    path = write(document(simulated=True), tmp_path / "report")

    def at(context):
        page = context.new_page()
        page.said = []
        page.asked = []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(path.as_uri())
        return page

    return at


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_report_fits_and_says_nothing_to_the_console(
    browser, opened, screenshots, width, scheme
):
    with browser(width, scheme) as context:
        page = opened(context)
        page.screenshot(path=screenshots / f"report-{width}-{scheme}.png", full_page=True)
        for element in page.locator("summary").all():
            element.click()
        assert page.evaluate(TOO_WIDE) == [0]
        assert page.evaluate(OVERLAPS) == []
        assert page.said == []
        assert len(page.asked) == 1


def test_arabic_titles_run_from_the_right_and_english_ones_from_the_left(browser, opened):
    with browser() as context:
        page = opened(context)
        for language, side in (("ar", "rtl"), ("en", "ltr")):
            for title in page.locator(f".title[lang={language}]").all()[:5]:
                assert title.evaluate("node => getComputedStyle(node).direction") == side
        first = page.locator(".example").first
        left = [part.bounding_box()["x"] for part in first.locator("section").all()]
        assert left[0] > left[1]  # an Arabic reader begins with the column at the right


def test_a_mark_stands_where_its_number_says(browser, opened):
    with browser() as context:
        page = opened(context)
        ticks = page.locator(".forest").first.locator(".axis text").all()
        (x0, v0), (x1, v1) = (
            (middle(tick.bounding_box()), float(tick.text_content().replace("−", "-")))
            for tick in (ticks[0], ticks[-1])
        )
        for row in page.locator(".forest").first.locator("tbody tr").all():
            value = float(row.locator(".value data").get_attribute("value"))
            expected = x0 + (value - v0) / (v1 - v0) * (x1 - x0)
            assert middle(row.locator(".dot").first.bounding_box()) == pytest.approx(
                expected, abs=1
            )


def middle(box) -> float:
    return box["x"] + box["width"] / 2
