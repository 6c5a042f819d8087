"""Pages to look at: a front page and an article page, laid out like the founding page.

Only the demo has them. What stands in their lists the browser fetches from ``/v1``.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from functools import cache, partial
from html import escape
from string import Template
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from recsys.data.documents import plain_text, title_of
from recsys.page import spelled
from recsys.records import Article
from recsys.text.display import clean_title, direction
from recsys.text.html import html_to_text
from recsys.times import UNKNOWN, format_instant

from ..asking import ServiceDep
from ..newspaper import INTERFACE, LANGUAGES, STATIC, Paper, host_of, paper_of, site_of
from ..questions import Name
from ..service import Service

Asked = Annotated[Name, Query()]
LookUp = Callable[[str, str], Article | None]
"""From site and id to the article as it is stored."""

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'",
}
FOUNDING = ("art", "stars", "sport", "health")  # sections with a block on the founding page
N_DESKS, DESK_LENGTH = 4, 4
FRONT_DESKS, FRONT_LATEST, MOST_READ = 6, 7, 5
INLINE_AFTER = 2  # paragraphs


def pages(
    look_up: LookUp,
    beside: Callable[[Service], AbstractContextManager[None]],
    names: Mapping[str, str],
) -> APIRouter:
    """Return the demo's routes.

    Parameters
    ----------
    look_up
        Finds the article to be shown.
    beside
        What runs as long as the app does, such as simulated readers.
    names
        What the site is called, by language; its host where there is none.
    """

    @asynccontextmanager
    async def lifespan(app: Any) -> Any:
        with beside(app.state.service):
            yield

    router = APIRouter(include_in_schema=False, lifespan=lifespan)

    @router.get("/")
    async def root() -> Response:
        return RedirectResponse("/demo", headers=HEADERS)

    @router.get("/demo")
    async def front(service: ServiceDep, site: Asked = "", language: Asked = "") -> Response:
        return _html(front_page(paper_of(service.snapshot, service.now, names, site, language)))

    @router.get("/demo/article")
    async def article(service: ServiceDep, request: Request, site: Asked = "") -> Response:
        snapshot = service.snapshot
        chosen = site_of(snapshot, site)
        paper = partial(paper_of, snapshot, service.now, names, chosen)
        found = await run_in_threadpool(look_up, chosen, request.query_params.get("id", ""))
        if found is None:
            return _html(missing_page(paper("")), 404)
        return _html(article_page(paper(found.language or ""), found))

    return router


def front_page(paper: Paper) -> str:
    """Return the page of what is latest, most read, and new in every section."""
    desks = paper.sections[:FRONT_DESKS]
    blocks = [f"most_read/*:{MOST_READ}", f"latest:{FRONT_LATEST}"]
    blocks += [f"section/{spelled(name)}:{DESK_LENGTH}" for name in desks]
    request = f"/v1/page?{paper.query(blocks=','.join(blocks), **paper.filter)}"
    latest = _block("latest", FRONT_LATEST, facts="time", titles="lead")
    most_read = _block("most_read/*", MOST_READ, ordered=True, facts="views")
    content = f'<main id="content">{latest}<aside class="beside">{most_read}</aside></main>'
    content += f'<div class="desks">{_desks(desks)}</div>'
    return _page(paper, "front", paper.name, {"request": request}, content)


def article_page(paper: Paper, article: Article) -> str:
    """Return the page of one article."""
    desks = _founding_first(paper.sections, _main_section(article))
    data = _requests(paper, article, desks)
    headline = title_of(article) or paper.words["no_text"]
    side = {"lang": paper.language or None, "dir": direction(article.language, headline)}
    content = _template("article.html").substitute(
        article_attributes=_attributes(side),
        place_label=escape(paper.words["place"]),
        home_href=escape(paper.front_href(paper.language)),
        home=escape(paper.words["home"]),
        crumb=_crumb(paper, _main_section(article)),
        headline=escape(headline),
        deck=_deck(article),
        dateline=_dateline(paper, article),
        body=_body(paper, article),
        view_on=_view_on(paper, article),
        related=_block("related", 5),
        latest=_block("latest", 4, facts="time"),
        desks=_desks(desks),
        most_read=_block("most_read", MOST_READ, ordered=True, facts="views", refresh="true"),
    )
    strip = _tag("aside", "", role="status", **{"class": "visit", "aria-live": "polite"})
    return _page(paper, "article", f"{headline} – {paper.name}", data, content, strip)


def _requests(paper: Paper, article: Article, desks: Sequence[str]) -> dict[str, str]:
    """Return what the browser asks for: all blocks at once, later most-read again and again."""
    lists = ["inline:2", "related:5", "latest:4"]
    most_read = f"most_read:{MOST_READ}"
    blocks = [*lists, *(f"section/{spelled(name)}:{DESK_LENGTH}" for name in desks), most_read]
    about = {"id": article.article_id}
    row = paper.snapshot.corpus.row_of(*article.key)
    story = paper.snapshot.corpus.id_of(int(paper.snapshot.leaders[row])) if row >= 0 else ""
    return {
        "request": f"/v1/page?{paper.query(**about, blocks=','.join(blocks))}",
        "refresh": f"/v1/page?{paper.query(**about, blocks=most_read)}",
        "ranking": f"/v1/most-read?{paper.query(window='now', limit=paper.places, **paper.filter)}",
        "id": article.article_id,
        "story": story,
    }


def missing_page(paper: Paper) -> str:
    """Return the page that stands where no article is."""
    words = paper.words
    content = f'<main id="content">{_tag("h1", words["missing"])}{_tag("p", words["missing_text"])}'
    link = _tag("a", words["home"], href=paper.front_href())
    return _page(paper, "missing", words["missing"], {}, f"{content}<p>{link}</p></main>")


def _page(
    paper: Paper, kind: str, title: str, data: Mapping[str, str], content: str, foot: str = ""
) -> str:
    words = paper.words
    language = paper.language or INTERFACE
    live = json.dumps(words["live"], ensure_ascii=False)
    told = {"site": paper.site, "words": live, **data}
    return _template("page.html").substitute(
        lang=escape(language),
        dir=direction(language),
        title=escape(title),
        kind=kind,
        data=_attributes({f"data-{name}": value for name, value in told.items()}),
        skip=escape(words["skip"]),
        today=escape(paper.date(paper.now)),
        languages_label=escape(words["languages"]),
        languages=_languages(paper),
        home_href=escape(paper.front_href(paper.language)),
        site_name=escape(paper.name),
        sections_label=escape(words["sections"]),
        sections=_section_links(paper),
        no_script=escape(words["no_script"]),
        content=content,
        note=escape(words["note"]),
        foot=foot,
    )


def _block(key: str, length: int, ordered: bool = False, **data: str) -> str:
    """Return an empty block that takes as much room as its list will."""
    rows = "<li></li>" * length
    items = f'<ol class="list">{rows}</ol>' if ordered else f'<ul class="list">{rows}</ul>'
    told = {f"data-{name}": value for name, value in data.items()}
    attributes = _attributes({"class": f"block {key.partition('/')[0]}", "data-block": key, **told})
    return f"<section {attributes}><h2></h2>{items}</section>"


def _desks(sections: Sequence[str]) -> str:
    blocks = (_block(f"section/{spelled(name)}", DESK_LENGTH) for name in sections)
    return "".join(
        block.replace("<section ", f'<section id="desk-{i}" ', 1) for i, block in enumerate(blocks)
    )


def _founding_first(sections: Sequence[str], own: str | None) -> list[str]:
    """Return the sections with a block on an article's page, those of the founding page first."""
    first = [name for name in FOUNDING if name in sections]
    others = [name for name in sections if name not in first and name != own]
    return [*first, *others][:N_DESKS]


def _section_links(paper: Paper) -> str:
    front = paper.front_href(paper.language)
    shown = enumerate(paper.sections[:FRONT_DESKS])
    return "".join(_tag("a", paper.heading(name), href=f"{front}#desk-{i}") for i, name in shown)


def _languages(paper: Paper) -> str:
    names = paper.languages if len(paper.languages) > 1 else []
    return "".join(_language(paper, code) for code in names)


def _language(paper: Paper, code: str) -> str:
    here = {"aria-current": "true"} if code == paper.language else {}
    href = paper.front_href(code)
    return _tag("a", LANGUAGES.get(code, code), href=href, lang=code, hreflang=code, **here)


def _crumb(paper: Paper, section: str | None) -> str:
    if section is None:
        return ""
    place = paper.sections.index(section) if section in paper.sections else FRONT_DESKS
    name = paper.heading(section)
    if place >= FRONT_DESKS:
        return _tag("span", name)
    return _tag("a", name, href=f"{paper.front_href(paper.language)}#desk-{place}")


def _deck(article: Article) -> str:
    text = clean_title(html_to_text(article.summary or ""))
    shown = text and article.body and not plain_text(article.body).startswith(text[:60])
    return _tag("p", text, **{"class": "deck"}) if shown else ""


def _dateline(paper: Paper, article: Article) -> str:
    parts = []
    if article.author:
        parts.append(_tag("span", f"{paper.words['by']} {clean_title(article.author)}"))
    if article.published_at != UNKNOWN:
        stamp = {"datetime": format_instant(article.published_at) or ""}
        parts.append(_tag("time", paper.date(article.published_at, time=True), **stamp))
    return "".join(parts)


def _body(paper: Paper, article: Article) -> str:
    """Return the paragraphs, the links inside the article among them."""
    lines = plain_text(article.body or article.summary).split("\n")
    paragraphs = [_tag("p", line.strip()) for line in lines if line.strip()]
    paragraphs = paragraphs or [_tag("p", paper.words["no_text"], **{"class": "no-text"})]
    paragraphs.insert(INLINE_AFTER, _block("inline", 2, titles="full"))
    return "".join(paragraphs)


def _view_on(paper: Paper, article: Article) -> str:
    host = host_of(article.canonical_url)
    if article.canonical_url is None or not host or host == host_of(article.url):
        return ""
    name = f'<bdi dir="ltr">{escape(host)}</bdi>'
    link = f'<a rel="external noreferrer" href="{escape(article.canonical_url)}">'
    return f'<p class="view-on">{link}{escape(paper.words["view_on"])} {name}</a></p>'


def _main_section(article: Article) -> str | None:
    return article.section[0] if article.section else None


def _tag(name: str, text: str, **attributes: str) -> str:
    opened = f"{name} {_attributes(attributes)}" if attributes else name
    return f"<{opened}>{escape(text)}</{name}>"


def _attributes(values: Mapping[str, str | None]) -> str:
    given = ((name, value) for name, value in values.items() if value is not None)
    return " ".join(f'{name}="{escape(value)}"' for name, value in given)


def _html(text: str, status: int = 200) -> Response:
    return Response(text.encode("utf-8", "replace"), status, HEADERS, "text/html; charset=utf-8")


@cache
def _template(name: str) -> Template:
    return Template((STATIC / name).read_text(encoding="utf-8"))
