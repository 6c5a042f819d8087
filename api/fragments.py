"""Lists as HTML fragments: for SSI, ESI, AMP, and wherever no script runs.

Only what was asked and what is listed stands in them, no moment: equal lists, equal bytes.
"""

from dataclasses import dataclass
from html import escape
from typing import Literal

from recsys.page import Page
from recsys.records import Recommendation, RecommendationList
from recsys.text.display import direction
from recsys.text.facts import Unit, count_in_words, date_in_words, sponsored_label
from recsys.times import format_instant
from recsys.urls import is_web_address

Facts = Literal["time", "views", "none"]
Titles = Literal["short", "full"]
Heading = Literal["h2", "h3", "h4", "h5", "h6", "none"]

THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT = 160, 90


@dataclass(frozen=True)
class Look:
    """How lists are written.

    Parameters
    ----------
    thumbnails
        Whether articles have their image, where they have one.
    facts
        What stands behind a title: the day, how often it was read, nothing.
    titles
        Cut to some words, or whole; whole in ``inline``.
    heading
        The element of headings; without one they are only read out.
    time_zone
        IANA name of the clock that says which day it was.
    """

    thumbnails: bool = False
    facts: Facts = "time"
    titles: Titles = "short"
    heading: Heading = "h2"
    time_zone: str = "UTC"


def list_html(answer: RecommendationList, look: Look | None = None) -> str:
    """Return one list as a section; the empty string where it is empty."""
    if not answer.items:
        return ""
    look = look or Look()
    kind = answer.list.replace("_", "-")
    tag = "ol" if answer.list == "most_read" else "ul"
    side, heading = direction(answer.language, answer.heading), escape(answer.heading)
    items = "".join(_item(item, answer, look) for item in answer.items)
    above = ""
    if look.heading != "none":
        above = f'<{look.heading} class="news-list-heading">{heading}</{look.heading}>'
    return (
        f'<section class="news-list news-list-{kind}" dir="{side}"{_lang(answer.language)}'
        f' aria-label="{heading}" data-list="{escape(answer.list)}" data-rec="{answer.rec_id}">'
        f'{above}<{tag} class="news-list-items">{items}</{tag}></section>\n'
    )


def page_html(page: Page, look: Look | None = None) -> str:
    """Return the blocks of a page, one section after the other."""
    return "".join(list_html(answer, look) for answer in page.blocks.values())


def _item(item: Recommendation, answer: RecommendationList, look: Look) -> str:
    kind = "news-list-item news-list-item-sponsored" if item.sponsored else "news-list-item"
    linked = _thumbnail(item, look) + _title(item, answer, look)
    facts = "".join((_sponsored(item, answer), _fact(item, answer, look)))
    shown = f' <span class="news-list-facts">{facts}</span>' if facts else ""
    return (
        f'<li class="{kind}" data-id="{escape(item.article_id)}">{_link(item, linked)}{shown}</li>'
    )


def _link(item: Recommendation, linked: str) -> str:
    if item.url is None or not is_web_address(item.url):
        return linked
    rel = ' rel="sponsored"' if item.sponsored else ""
    return f'<a class="news-list-link" href="{escape(item.url)}"{rel}>{linked}</a>'


def _title(item: Recommendation, answer: RecommendationList, look: Look) -> str:
    """Return a title, which has a direction of its own: so it never reorders its neighbours."""
    whole = look.titles == "full" or answer.list == "inline"
    shown = item.title if whole else item.title_short
    lang = "" if item.language == answer.language else _lang(item.language)
    more = "" if shown == item.title else f' title="{escape(item.title)}"'
    return f'<span class="news-list-title" dir="{item.dir}"{lang}{more}>{escape(shown)}</span>'


def _thumbnail(item: Recommendation, look: Look) -> str:
    if not look.thumbnails or item.image_url is None or not is_web_address(item.image_url):
        return ""
    return (
        f'<img class="news-list-thumbnail" src="{escape(item.image_url)}" alt=""'
        f' width="{THUMBNAIL_WIDTH}" height="{THUMBNAIL_HEIGHT}" loading="lazy" decoding="async">'
    )


def _sponsored(item: Recommendation, answer: RecommendationList) -> str:
    if not item.sponsored:
        return ""
    return f'<span class="news-list-sponsored">{sponsored_label(answer.language)}</span> '


def _fact(item: Recommendation, answer: RecommendationList, look: Look) -> str:
    if look.facts == "views" and item.views is not None:
        unit: Unit = "readers" if answer.unit == "readers" else "views"
        count = count_in_words(item.views, answer.language, unit)
        return f'<span class="news-list-views">{count}</span>'
    instant = format_instant(item.published_at) if look.facts == "time" else None
    if instant is None:
        return ""
    day = date_in_words(item.published_at, answer.language, look.time_zone)
    return f'<time class="news-list-time" datetime="{instant}">{day}</time>'


def _lang(language: str | None) -> str:
    return f' lang="{escape(language)}"' if language else ""
