"""The demo's pages as HTML: front page, sections, and articles laid out like the founding page."""

import json
from collections.abc import Callable, Mapping, Sequence
from html import escape

from recsys.data.documents import plain_text, title_of
from recsys.lists import Query, recommend
from recsys.records import Article
from recsys.text.display import clean_title, direction
from recsys.text.html import html_to_text
from recsys.times import UNKNOWN, format_instant

from .newspaper import INTERFACE, LANGUAGES, Paper, article_href, host_of
from .newstags import Tag, drawn, first_of
from .static_texts import template

LookUp = Callable[[str, str], Article | None]
"""From site and id to the article as it is stored."""

FOUNDING = ("art", "stars", "sport", "health")  # sections with a block on the founding page
N_DESKS, DESK_LENGTH, MOST_READ = 4, 4, 5
FRONT_DESKS, FRONT_LATEST, FRONT_TRENDING = 6, 6, 4
SECTION_LATEST, LONGEST_MENU = 8, 8
NEIGHBOURS = ("/playground", "/editor", "/docs")


def front_page(paper: Paper, look_up: LookUp) -> str:
    """Return the page of what is latest, most read, trending, and new in every section."""
    lead = first_of(paper)
    desks = paper.sections[:FRONT_DESKS]
    tags = [
        Tag("latest", FRONT_LATEST, facts="time"),
        Tag("most-read", MOST_READ, facts="views"),
        Tag("trending", FRONT_TRENDING),
        *_desks(desks),
    ]
    lists = drawn(paper, tags, left_out=lead.article_id if lead else "")
    content = template("demo/front.html").substitute(
        lead=_lead(paper, look_up(paper.site, lead.article_id)) if lead else "",
        latest=lists["latest"],
        beside=lists["most_read"],
        trending=lists["trending"],
        desks="".join(lists[tag.key] for tag in tags[3:]),
    )
    return _page(paper, "front", paper.name, content)


def section_page(paper: Paper, section: str, look_up: LookUp) -> str:
    """Return the page of one section, which is one of the paper's."""
    lead = first_of(paper, section)
    others = [name for name in paper.sections if name != section][:N_DESKS]
    own = Tag("section", SECTION_LATEST, section, facts="time")
    most_read = Tag("most-read", MOST_READ, facts="views")
    tags = [own, most_read, *_desks(others)]
    lists = drawn(paper, tags, left_out=lead.article_id if lead else "")
    content = template("demo/section.html").substitute(
        name=escape(paper.heading(section)),
        lead=_lead(paper, look_up(paper.site, lead.article_id), section) if lead else "",
        latest=lists[own.key],
        beside=lists[most_read.key],
        desks="".join(lists[tag.key] for tag in tags[2:]),
    )
    title = f"{paper.heading(section)} – {paper.name}"
    return _page(paper, "section", title, content, section=section)


def article_page(paper: Paper, article: Article) -> str:
    """Return the page of one article."""
    section = _main_section(article)
    desks = _desks(_founding_first(paper.sections, section))
    inline, most_read = Tag("inline", 2, titles="full"), Tag("most-read", MOST_READ, facts="views")
    tags = [inline, Tag("related", 5), Tag("latest", 4, facts="time"), *desks, most_read]
    lists = drawn(paper, tags, article.article_id)
    headline = title_of(article) or paper.words["no_text"]
    side = {"lang": paper.language or None, "dir": direction(article.language, headline)}
    content = template("demo/article.html").substitute(
        article_attributes=_attributes(side),
        place_label=escape(paper.words["place"]),
        home_href=escape(paper.front_href(paper.language)),
        home=escape(paper.words["home"]),
        crumb=_section_link(paper, section),
        place=_place(article),
        headline=escape(headline),
        deck=_deck(article),
        dateline=_dateline(paper, article),
        body=_body(paper, article),
        inline=lists[inline.key],
        view_on=_view_on(paper, article),
        beside=lists["related"] + lists["latest"],
        desks="".join(lists[tag.key] for tag in desks),
        most_read=lists[most_read.key],
    )
    visit = _tag("div", "", role="status", **{"class": "visit"}, **_visit(paper, article))
    return _page(paper, "article", f"{headline} – {paper.name}", content, visit)


def missing_page(paper: Paper) -> str:
    """Return the page that stands where no article is."""
    words = paper.words
    content = f'<main id="content">{_tag("h1", words["missing"])}{_tag("p", words["missing_text"])}'
    link = _tag("a", words["home"], href=paper.front_href())
    return _page(paper, "missing", words["missing"], f"{content}<p>{link}</p></main>")


def _page(
    paper: Paper, kind: str, title: str, content: str, foot: str = "", section: str | None = None
) -> str:
    words = paper.words
    language = paper.language or INTERFACE
    return template("demo/page.html").substitute(
        lang=escape(language),
        dir=direction(language),
        title=escape(title),
        kind=kind,
        data=_attributes(
            {"data-words": json.dumps(words["live"], ensure_ascii=False), "data-section": section}
        ),
        skip=escape(words["skip"]),
        today=escape(paper.date(paper.now)),
        languages_label=escape(words["languages"]),
        languages=_languages(paper),
        name_tag="h1" if kind == "front" else "p",
        home_href=escape(paper.front_href(paper.language)),
        site_name=escape(paper.name),
        sections_label=escape(words["sections"]),
        sections=_menu(paper, section),
        no_script=escape(words["no_script"]),
        content=content,
        note=escape(words["note"]),
        neighbours_label=escape(words["neighbours_label"]),
        neighbours=_neighbours(paper),
        foot=foot,
    )


def _desks(sections: Sequence[str]) -> list[Tag]:
    return [Tag("section", DESK_LENGTH, name) for name in sections]


def _founding_first(sections: Sequence[str], own: str | None) -> list[str]:
    """Return the sections with a block on an article's page, those of the founding page first."""
    first = [name for name in FOUNDING if name in sections]
    others = [name for name in sections if name not in first and name != own]
    return [*first, *others][:N_DESKS]


def _menu(paper: Paper, here: str | None) -> str:
    shown = paper.sections[:LONGEST_MENU]
    return "".join(_section_link(paper, name, current=name == here) for name in shown)


def _section_link(paper: Paper, section: str | None, current: bool = False) -> str:
    """Return a link to a section's page; its mere name where it has none."""
    if section is None:
        return ""
    if section not in paper.sections:
        return _tag("span", paper.heading(section))
    here = {"aria-current": "page"} if current else {}
    return _tag("a", paper.heading(section), href=paper.section_href(section), **here)


def _languages(paper: Paper) -> str:
    names = paper.languages if len(paper.languages) > 1 else []
    return "".join(_language(paper, code) for code in names)


def _language(paper: Paper, code: str) -> str:
    here = {"aria-current": "true"} if code == paper.language else {}
    href = paper.front_href(code)
    return _tag("a", LANGUAGES.get(code, code), href=href, lang=code, hreflang=code, **here)


def _neighbours(paper: Paper) -> str:
    """Return links to the other pages of the service."""
    names = paper.words["neighbours"]
    return "".join(_tag("a", name, href=at) for name, at in zip(names, NEIGHBOURS, strict=True))


def _lead(paper: Paper, article: Article | None, section: str | None = None) -> str:
    """Return the story that leads a page; on a section's page its name need not be said."""
    if article is None:
        return ""
    link = _tag("a", title_of(article), href=article_href(*article.key))
    kicker = _section_link(paper, _main_section(article)) if section is None else ""
    return template("demo/lead.html").substitute(
        article_attributes=_attributes({"dir": direction(article.language, title_of(article))}),
        kicker=f'<p class="place">{kicker}</p>' if kicker else "",
        headline=link,
        deck=_deck(article) or _first_lines(article),
        dateline=_dateline(paper, article),
    )


def _place(article: Article) -> str:
    """Return the line over the headline: what or where the article is about."""
    return _tag("p", clean_title(article.tags[0]), **{"class": "place"}) if article.tags else ""


def _deck(article: Article) -> str:
    text = clean_title(html_to_text(article.summary or ""))
    shown = text and article.body and not plain_text(article.body).startswith(text[:60])
    return _tag("p", text, **{"class": "deck"}) if shown else ""


def _first_lines(article: Article) -> str:
    """Return how the article begins, for the deck of one that has no summary."""
    lines = _lines(article.body)[:1]
    return "".join(_tag("p", line, **{"class": "deck"}) for line in lines)


def _dateline(paper: Paper, article: Article) -> str:
    parts = []
    if article.author:
        parts.append(_tag("span", f"{paper.words['by']} {clean_title(article.author)}"))
    if article.published_at != UNKNOWN:
        stamp = {"datetime": format_instant(article.published_at) or ""}
        parts.append(_tag("time", paper.date(article.published_at, time=True), **stamp))
    return f'<p class="dateline">{"".join(parts)}</p>' if parts else ""


def _body(paper: Paper, article: Article) -> str:
    paragraphs = [_tag("p", line) for line in _lines(article.body or article.summary)]
    return "".join(paragraphs) or _tag("p", paper.words["no_text"], **{"class": "no-text"})


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in plain_text(text).split("\n") if line.strip()]


def _view_on(paper: Paper, article: Article) -> str:
    host = host_of(article.canonical_url)
    if article.canonical_url is None or not host:
        return ""
    name = f'<bdi dir="ltr">{escape(host)}</bdi>'
    link = f'<a rel="external noreferrer" href="{escape(article.canonical_url)}">'
    return f'<p class="view-on">{link}{escape(paper.words["view_on"])} {name}</a></p>'


def _visit(paper: Paper, article: Article) -> dict[str, str]:
    """Return what the strip needs to know: its article, where it stood, where to ask again."""
    query = Query(paper.site, limit=paper.places, language=paper.filter.get("language"))
    answer = recommend(paper.snapshot, "most_read", query, paper.now)
    story = paper.story_of(article.article_id)
    read = (item for item in answer.items if item.source == "most_read")
    place = next((item for item in read if item.story_id == story), None)
    asked = paper.query(window=query.window, limit=query.limit, **paper.filter)
    told = {
        "article": article.article_id,
        "site": paper.site,
        "story": story,
        "ranking": f"/v1/most-read?{asked}",
        "before": str(place.rank) if place else "",
        "read": str(place.views) if place else "",
        "window": answer.window_used or "",
    }
    return {f"data-{name}": value for name, value in told.items()}


def _main_section(article: Article) -> str | None:
    return article.section[0] if article.section else None


def _tag(name: str, text: str | None, **attributes: str) -> str:
    opened = f"{name} {_attributes(attributes)}" if attributes else name
    return f"<{opened}>{escape(text or '')}</{name}>"


def _attributes(values: Mapping[str, str | None]) -> str:
    given = ((name, value) for name, value in values.items() if value is not None)
    return " ".join(f'{name}="{escape(value)}"' for name, value in given)
