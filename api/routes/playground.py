"""The playground: a list as a page would show it, and the tag to copy."""

from html import escape
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from ..asking import ServiceDep
from ..questions import Name
from ..toolpages import html_page, tool_page

router = APIRouter(include_in_schema=False)
Asked = Annotated[Name, Query()]

ATTRIBUTES = (
    *("kind", "for", "limit", "section", "window", "unit", "language", "site", "sponsored"),
    *("titles", "facts", "thumbnails"),
)
LOOKS = ("classic", "cards")
PAGE = """<!doctype html>
<html lang="{lang}" dir="{dir}" data-scheme="{scheme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{kind}</title>
<base target="_blank">
<link rel="stylesheet" href="/static/playground/preview.css">
{look}<script type="module" src="/widget/v1.js"></script>
</head>
<body><main>{tag}</main></body>
</html>
"""


@router.get("/playground")
async def playground(service: ServiceDep, site: Asked = "", language: Asked = "") -> Response:
    """Return the page with all that can be chosen."""
    return await run_in_threadpool(tool_page, "playground", service, site, language)


@router.get("/playground/page")
async def page(
    request: Request,
    dir: Literal["rtl", "ltr"] = "rtl",
    look: Asked = "",
    scheme: Literal["light", "dark"] = "light",
    lang: Annotated[Name, Query(max_length=35)] = "",
) -> Response:
    """Return a page with one tag, whose attributes are the other parameters; it reports nothing."""
    given = {name: request.query_params.get(name) for name in ATTRIBUTES}
    attributes = (f' {name}="{escape(text)}"' for name, text in given.items() if text is not None)
    html = PAGE.format(
        lang=escape(lang),
        dir=dir,
        scheme=scheme,
        kind=escape(given["kind"] or "related"),
        look=f'<link rel="stylesheet" href="/widget/looks/{look}.css">\n' if look in LOOKS else "",
        tag=f"<news-list{''.join(attributes)} no-beacon eager></news-list>",
    )
    return html_page(html, ancestors="'self'", images="https: data:")
