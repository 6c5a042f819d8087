"""Articles put and deleted by the newsroom's own programs."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from recsys.records import DEFAULT_SITE

from ..answers import json_response
from ..asking import ServiceDep
from ..auth import KeyRequired, RightsDep, checked, site_of
from ..bodies import article_rows, one_object
from ..questions import Name, SiteName
from ..schemas import BULK, KEYED, MISSING, Documented, body_of

router = APIRouter(prefix="/v1", tags=["writing"], dependencies=[KeyRequired])
Id = Annotated[Name, Query(min_length=1)]
BODY = body_of("Fields of an article", "application/json", example={"title": "…", "body": "…"})
BODIES = body_of("An article, a list, or JSON Lines", "application/json", "application/x-ndjson")
PUT: Documented = {200: {"description": "Replaced"}, 201: {"description": "New"}, **KEYED}


@router.put("/articles", responses=PUT, openapi_extra=BODY)
async def put(
    request: Request, service: ServiceDep, rights: RightsDep, id: Id, site: SiteName | None = None
) -> Response:
    """Store an article under any id; it has its lists when this returns."""
    row = await run_in_threadpool(one_object, await request.body())
    rights.require(site_of(row, site))
    created = await run_in_threadpool(service.put_article, id, row, site)
    return json_response({"article_id": id, "created": created}, 201 if created else 200)


@router.put("/articles/{id}", responses=PUT, openapi_extra=BODY)
async def put_plain(
    request: Request, service: ServiceDep, rights: RightsDep, id: Name, site: SiteName | None = None
) -> Response:
    """Store an article whose id has no slash."""
    return await put(request, service, rights, id, site)


@router.delete("/articles", status_code=204, responses=MISSING)
async def delete(
    service: ServiceDep, rights: RightsDep, id: Id, site: SiteName = DEFAULT_SITE
) -> Response:
    """Delete an article; it is in no list when this returns."""
    rights.require(site)
    await run_in_threadpool(service.delete_article, id, site)
    return Response(status_code=204)


@router.delete("/articles/{id}", status_code=204, responses=MISSING)
async def delete_plain(
    service: ServiceDep, rights: RightsDep, id: Name, site: SiteName = DEFAULT_SITE
) -> Response:
    """Delete an article whose id has no slash."""
    return await delete(service, rights, id, site)


@router.post("/articles", responses=BULK | KEYED, openapi_extra=BODIES)
async def put_many(
    request: Request, service: ServiceDep, rights: RightsDep, site: SiteName | None = None
) -> Response:
    """Store many articles; a bad row is reported and keeps no other one out."""
    if site is not None:
        rights.require(site)
    body, kind = await request.body(), request.headers.get("content-type", "")
    rows = await run_in_threadpool(article_rows, body, kind)
    rows = [checked(rights, row, site) for row in rows]
    return json_response(await run_in_threadpool(service.put_articles, rows, site))
