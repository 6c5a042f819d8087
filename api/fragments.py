"""Lists as HTML fragments: for SSI, ESI, AMP, and wherever no script runs."""

from html import escape

from recsys.page import Page
from recsys.records import Recommendation, RecommendationList
from recsys.text.display import direction
from recsys.times import format_instant
from recsys.urls import is_web_address


def list_html(answer: RecommendationList) -> str:
    """Return one list as a section; the empty string where it is empty."""
    if not answer.items:
        return ""
    kind = answer.list.replace("_", "-")
    tag = "ol" if answer.list == "most_read" else "ul"
    side = direction(answer.language, answer.heading)
    items = "".join(_item(item, answer) for item in answer.items)
    return (
        f'<section class="news-list news-list-{kind}" dir="{side}"{_lang(answer.language)}>'
        f'<h2 class="news-list-heading">{escape(answer.heading)}</h2>'
        f'<{tag} class="news-list-items">{items}</{tag}></section>\n'
    )


def page_html(page: Page) -> str:
    """Return the blocks of a page, one section after the other."""
    return "".join(list_html(answer) for answer in page.blocks.values())


def _item(item: Recommendation, answer: RecommendationList) -> str:
    own = "" if item.language == answer.language else f' dir="{item.dir}"{_lang(item.language)}'
    kind = "news-list-item news-list-sponsored" if item.sponsored else "news-list-item"
    return f'<li class="{kind}"{own}>{_title(item, answer)}{_time(item)}</li>'


def _title(item: Recommendation, answer: RecommendationList) -> str:
    shown = item.title if answer.list == "inline" else item.title_short
    text = escape(shown)
    whole = "" if shown == item.title else f' title="{escape(item.title)}"'
    if item.url is None or not is_web_address(item.url):
        return f'<span class="news-list-title"{whole}>{text}</span>'
    rel = ' rel="sponsored"' if item.sponsored else ""
    return f'<a class="news-list-title" href="{escape(item.url)}"{rel}{whole}>{text}</a>'


def _time(item: Recommendation) -> str:
    instant = format_instant(item.published_at)
    if instant is None:
        return ""
    return f' <time class="news-list-time" datetime="{instant}">{instant[:10]}</time>'


def _lang(language: str | None) -> str:
    return f' lang="{escape(language)}"' if language else ""
