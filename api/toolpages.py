"""The pages with which a newsroom works: their words, their site, and what the browser may do."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode

from fastapi import Response

from recsys.records import DEFAULT_SITE
from recsys.text.display import direction

from .newspaper import Paper, paper_of
from .service import Service
from .static_texts import template, words_of

USUAL = "en"  # of a site whose language no words.json speaks
POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors};"
    " object-src 'none'; require-trusted-types-for 'script'"
)


def tool_page(name: str, service: Service, site: str, language: str) -> Response:
    """Return a page of the folder ``static/<name>``.

    Parameters
    ----------
    site, language
        What is asked for. Without them the page shows the usual site, else the largest, in its own
        language as far as there are words for it, else in English.
    """
    paper = paper_of(service.snapshot, service.now, {}, site, "")
    words = words_of(name)
    own = service.settings.site(paper.site).language
    spoken = next((code for code in (language, own, paper.language) if code in words), USUAL)
    said = {**words[spoken]["page"], **_places(name, paper, spoken, words)}
    shown = {key: escape(text) for key, text in said.items()}
    content = template(f"{name}/page.html").substitute(shown)
    return html_page(template("tools/page.html").substitute(shown, content=content))


def html_page(html: str, ancestors: str = "'none'", images: str = "") -> Response:
    """Return a page that runs what is ours, and nothing else.

    Parameters
    ----------
    ancestors
        Who may show it in a frame.
    images
        Where pictures may come from besides, as a Content-Security-Policy says it.
    """
    policy = POLICY.format(ancestors=ancestors) + (f"; img-src 'self' {images}" if images else "")
    headers = {"cache-control": "no-store", "content-security-policy": policy}
    return Response(html.encode("utf-8", "replace"), 200, headers, "text/html; charset=utf-8")


def _places(
    name: str, paper: Paper, spoken: str, words: Mapping[str, Mapping[str, Any]]
) -> dict[str, str]:
    """Return what stands in the places of a template besides its words."""
    told = {
        "site": paper.site,
        "language": paper.language if len(paper.language) == 2 else "",
        "languages": paper.languages,
        "sections": {section: paper.heading(section) for section in paper.sections},
        "zone": paper.snapshot.settings.site(paper.site).time_zone,
        "words": words[spoken]["live"],
        "spoken": spoken,
    }
    (other,) = {"editor", "playground"} - {name}
    return {
        "name": name,
        "lang": spoken,
        "dir": direction(spoken),
        "site_name": paper.name,
        "told": json.dumps(told, ensure_ascii=False),
        **{f"href_{code}": _href(name, paper.site, code) for code in words},
        **{f"here_{code}": "page" if code == spoken else "false" for code in words},
        "href_own": _href(name, paper.site, spoken),
        "href_other": _href(other, paper.site, spoken),
        "other": words[spoken]["page"][other],
    }


def _href(name: str, site: str, language: str) -> str:
    own = {} if site == DEFAULT_SITE else {"site": site}
    return f"/{name}?{urlencode({'language': language, **own})}"
