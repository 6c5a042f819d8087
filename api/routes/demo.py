"""A small news site to look at, with every list live; only the demo has it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from ..asking import ServiceDep
from ..newspages import LookUp, article_page, front_page, missing_page, section_page
from ..newspaper import paper_of, site_of
from ..questions import Name
from ..service import Service

Asked = Annotated[Name, Query()]

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; require-trusted-types-for 'script'",
}


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
        paper = paper_of(service.snapshot, service.now, names, site, language)
        return _html(await run_in_threadpool(front_page, paper, look_up))

    @router.get("/demo/section")
    async def section(
        service: ServiceDep, section: Asked = "", site: Asked = "", language: Asked = ""
    ) -> Response:
        paper = paper_of(service.snapshot, service.now, names, site, language)
        if section not in paper.sections:
            return _html(missing_page(paper), 404)
        return _html(await run_in_threadpool(section_page, paper, section, look_up))

    @router.get("/demo/article")
    async def article(service: ServiceDep, request: Request, site: Asked = "") -> Response:
        snapshot = service.snapshot
        chosen = site_of(snapshot, site)
        paper = partial(paper_of, snapshot, service.now, names, chosen)
        found = await run_in_threadpool(look_up, chosen, request.query_params.get("id", ""))
        if found is None:
            return _html(missing_page(paper("")), 404)
        return _html(await run_in_threadpool(article_page, paper(found.language or ""), found))

    return router


def _html(text: str, status: int = 200) -> Response:
    return Response(text.encode("utf-8", "replace"), status, HEADERS, "text/html; charset=utf-8")
