"""Pages to look at: a front page and an article page, laid out like the founding page.

Only the demo has them. What stands in their lists the browser fetches from ``/v1``.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from html import escape
from pathlib import Path
from string import Template
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import numpy as np
from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from recsys.data.documents import plain_text, title_of
from recsys.records import DEFAULT_SITE, Article
from recsys.snapshot import Snapshot
from recsys.text.display import clean_title, direction
from recsys.text.html import html_to_text
from recsys.times import UNKNOWN, format_instant, zone

from ..asking import ServiceDep
from ..questions import Name
from ..service import Service

LookUp = Callable[[str, str], Article | None]
"""From site and id to the article as it is stored."""

STATIC = Path(__file__).parent.parent / "static" / "demo"
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'",
}
LANGUAGES = {"ar": "العربية", "fr": "Français", "en": "English"}
INTERFACE = "en"  # of a language that words.json does not speak
FOUNDING = ("art", "stars", "sport", "health")  # sections with a block on the founding page
N_DESKS, DESK_LENGTH = 4, 4
FRONT_DESKS, FRONT_LATEST, MOST_READ = 6, 7, 5
INLINE_AFTER = 2  # paragraphs
LONGEST_SECTION = 120  # characters of a name that still fits into the `blocks` of a request


def pages(look_up: LookUp, beside: Callable[[Service], AbstractContextManager[None]]) -> APIRouter:
    """Return the demo's routes.

    Parameters
    ----------
    look_up
        Finds the article to be shown.
    beside
        What runs as long as the app does, such as simulated readers.
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
        return _html(front_page(_paper(service, site, language)))

    @router.get("/demo/article")
    async def article(service: ServiceDep, request: Request, site: Asked = "") -> Response:
        chosen = _site(service.snapshot, site)
        found = await run_in_threadpool(look_up, chosen, request.query_params.get("id", ""))
        if found is None:
            return _html(missing_page(_paper(service, chosen, "")), 404)
        return _html(article_page(_paper(service, chosen, found.language or ""), found))

    return router


Asked = Annotated[Name, Query()]


@dataclass(frozen=True)
class Paper:
    """A site in one of its languages, at one moment."""

    snapshot: Snapshot
    site: str
    language: str  # "" where the site does not say
    now: int

    @cached_property
    def words(self) -> dict[str, Any]:
        """What the interface says."""
        spoken = _words()
        words: dict[str, Any] = spoken.get(self.language, spoken[INTERFACE])
        return words

    @cached_property
    def name(self) -> str:
        """The name on the masthead: the site's heading ``site_name``, else where it stands."""
        settings = self.snapshot.settings.site(self.site)
        named = settings.headings.get(f"site_name.{self.language}")
        urls = self.snapshot.corpus.texts["url"]
        newest = self.snapshot.latest_order[:1].tolist()
        hosts = [*settings.hosts[:1], *(_host(urls[row]) for row in newest)]
        return named or next((host for host in hosts if host), self.site)

    @cached_property
    def sections(self) -> list[str]:
        """Sections of the language: those that the settings name, then the largest."""
        corpus = self.snapshot.corpus
        codes = corpus.main_section[self._own_rows()]
        sizes = np.bincount(codes[codes >= 0], minlength=len(corpus.sections))
        names = [corpus.sections[code] for code in np.argsort(-sizes, kind="stable")]
        present = [name for name in names if sizes[corpus.sections.index(name)] and _fits(name)]
        headings = self.snapshot.settings.site(self.site).headings
        named = dict.fromkeys(key.removesuffix(f".{self.language}") for key in headings)
        return [*(n for n in named if n in present), *(n for n in present if n not in named)]

    def _own_rows(self) -> Any:
        corpus = self.snapshot.corpus
        mask = corpus.shown & (corpus.site == _code(corpus.sites, self.site))
        if self.language:
            mask = mask & (corpus.language == _code(corpus.languages, self.language))
        return mask

    def heading(self, section: str) -> str:
        """Return what a section is called."""
        own = self.snapshot.settings.site(self.site).headings
        return own.get(f"{section}.{self.language}") or own.get(section) or section

    def query(self, **asked: object) -> str:
        """Return a query string; the site and the language stand in it where they need to."""
        site = {"site": self.site} if self.site != DEFAULT_SITE else {}
        return urlencode({**asked, **site})

    def front_href(self, language: str = "") -> str:
        """Return the address of the front page."""
        query = self.query(**({"language": language} if language else {}))
        return f"/demo?{query}" if query else "/demo"

    def date(self, instant: int, time: bool = False) -> str:
        """Return a date in words, on the site's clock."""
        settings = self.snapshot.settings.site(self.site)
        moment = datetime.fromtimestamp(instant, zone(settings.time_zone))
        day = self.words["weekdays"][moment.weekday()]
        month = self.words["months"][moment.month - 1]
        date = f"{day} {moment.day} {month} {moment.year}"
        return f"{date} · {moment:%H:%M}" if time else date


def front_page(paper: Paper) -> str:
    """Return the page of what is latest, most read, and new in every section."""
    desks = paper.sections[:FRONT_DESKS]
    blocks = [f"most_read/*:{MOST_READ}", f"latest:{FRONT_LATEST}"]
    blocks += [f"section/{name}:{DESK_LENGTH}" for name in desks]
    language = {"language": paper.language} if len(paper.language) == 2 else {}
    request = f"/v1/page?{paper.query(blocks=','.join(blocks), **language)}"
    latest = _block("latest", FRONT_LATEST, facts="time", titles="lead")
    most_read = _block("most_read/*", MOST_READ, ordered=True, facts="views")
    content = f'<main id="content">{latest}<aside class="beside">{most_read}</aside></main>'
    content += f'<div class="desks">{_desks(desks)}</div>'
    return _page(paper, "front", paper.name, {"request": request}, content)


def article_page(paper: Paper, article: Article) -> str:
    """Return the page of one article."""
    own = article.section[0] if article.section else None
    desks = _founding_first(paper.sections, own)
    blocks = ["inline:2", "related:5", "latest:4"]
    blocks += [*(f"section/{name}:{DESK_LENGTH}" for name in desks), f"most_read:{MOST_READ}"]
    about = {"id": article.article_id}
    language = {"language": paper.language} if len(paper.language) == 2 else {}
    most_read = f"/v1/page?{paper.query(**about, blocks=blocks[-1])}"
    data = {
        "request": f"/v1/page?{paper.query(**about, blocks=','.join(blocks))}",
        "most-read": f"/v1/most-read?{paper.query(limit=100, **language)}",
        "id": article.article_id,
        "story": _story(paper.snapshot, article),
    }
    headline = title_of(article) or paper.words["no_text"]
    content = _template("article.html").substitute(
        article_attributes=_attributes(
            {"lang": paper.language or None, "dir": direction(article.language, headline)}
        ),
        place_label=escape(paper.words["place"]),
        home_href=escape(paper.front_href(paper.language)),
        home=escape(paper.words["home"]),
        crumb=_crumb(paper, own),
        headline=escape(headline),
        deck=_deck(article),
        dateline=_dateline(paper, article),
        body=_body(paper, article),
        view_on=_view_on(paper, article),
        related=_block("related", 5),
        latest=_block("latest", 4, facts="time"),
        desks=_desks(desks),
        most_read=_block("most_read", MOST_READ, ordered=True, facts="views", refresh=most_read),
    )
    title = f"{headline} – {paper.name}"
    return _page(paper, "article", title, data, content, _tag("aside", "", role="status", **_STRIP))


def missing_page(paper: Paper) -> str:
    """Return the page that stands where no article is."""
    words = paper.words
    content = f'<main id="content">{_tag("h1", words["missing"])}{_tag("p", words["missing_text"])}'
    link = _tag("a", words["home"], href=paper.front_href())
    return _page(paper, "missing", words["missing"], {}, f"{content}<p>{link}</p></main>")


_STRIP = {"class": "visit", "aria-live": "polite"}


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
    blocks = (_block(f"section/{name}", DESK_LENGTH) for name in sections)
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
    corpus = paper.snapshot.corpus
    own = corpus.language[corpus.shown & (corpus.site == _code(corpus.sites, paper.site))]
    spoken = [corpus.languages[code] for code in np.unique(own)]
    ordered = [code for code in (*LANGUAGES, *spoken) if code and code in spoken]
    names = dict.fromkeys(ordered) if len(set(ordered)) > 1 else {}
    return "".join(
        _tag(
            "a",
            LANGUAGES.get(code, code),
            href=paper.front_href(code),
            lang=code,
            hreflang=code,
            **({"aria-current": "true"} if code == paper.language else {}),
        )
        for code in names
    )


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
    host = _host(article.canonical_url)
    if article.canonical_url is None or not host or host == _host(article.url):
        return ""
    name = f'<bdi dir="ltr">{escape(host)}</bdi>'
    link = f'<a rel="external noreferrer" href="{escape(article.canonical_url)}">'
    return f'<p class="view-on">{link}{escape(paper.words["view_on"])} {name}</a></p>'


def _story(snapshot: Snapshot, article: Article) -> str:
    row = snapshot.corpus.row_of(*article.key)
    return snapshot.corpus.id_of(int(snapshot.leaders[row])) if row >= 0 else article.article_id


def _paper(service: Service, site: str, language: str) -> Paper:
    snapshot = service.snapshot
    site = _site(snapshot, site)
    corpus = snapshot.corpus
    own = corpus.language[corpus.shown & (corpus.site == _code(corpus.sites, site))]
    spoken = [corpus.languages[code] for code in np.unique(own)]
    wishes = (language, snapshot.settings.site(site).language, *LANGUAGES, *spoken)
    chosen = next((wish for wish in wishes if wish in spoken), None)
    return Paper(snapshot, site, chosen or "", service.now)


def _site(snapshot: Snapshot, asked: str) -> str:
    """Return the site that is asked for, else the usual one, else the largest."""
    corpus = snapshot.corpus
    known = [name for name in (asked, DEFAULT_SITE) if name in corpus.sites]
    if known or not corpus.sites:
        return known[0] if known else DEFAULT_SITE
    return corpus.sites[int(np.bincount(corpus.site[corpus.shown], minlength=1).argmax())]


def _code(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else -1


def _fits(section: str) -> bool:
    """Whether the blocks of a request can name a section."""
    return "," not in section and section.strip() != "*" and len(section) <= LONGEST_SECTION


def _host(url: str | None) -> str:
    """Return the host of an http address, without ``www.``; empty if it is none."""
    try:
        parts = urlsplit(url or "")
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.") if parts.scheme in ("http", "https") else ""


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


@cache
def _words() -> dict[str, Any]:
    spoken: dict[str, Any] = json.loads((STATIC / "words.json").read_text(encoding="utf-8"))
    return spoken
