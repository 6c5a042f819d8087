"""What editors decided about articles: boosted, buried, pinned to a slot, excluded."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator
from starlette.concurrency import run_in_threadpool

from recsys.lists import LISTS
from recsys.records import DEFAULT_SITE, Action

from ..answers import json_response
from ..asking import ServiceDep
from ..auth import KeyRequired, RightsDep, site_of
from ..bodies import one_object
from ..errors import error_response
from ..overrides import TooManyOverridesError
from ..questions import Name, SiteName
from ..schemas import DECIDED, DECISION, DECISIONS, body_of

router = APIRouter(prefix="/v1", tags=["editors"], dependencies=[KeyRequired])


def _list(name: str) -> str:
    if name not in LISTS:
        raise ValueError(f"must be one of {', '.join(LISTS)}")
    return name


Id = Annotated[Name, Query(min_length=1)]
ListName = Annotated[Name, AfterValidator(_list)]
BODY = body_of(
    "A decision: article_id or url, action, and as it needs list, factor, slot, expires_at or"
    " expires_in, note",
    "application/json",
    example={"article_id": "…", "action": "pin", "list": "related", "slot": 1, "expires_in": "2h"},
)


@router.get("/overrides", responses=DECISIONS)
async def overrides(
    service: ServiceDep, rights: RightsDep, site: SiteName = DEFAULT_SITE, id: Name | None = None
) -> Response:
    """Return what was decided about a site, or one of its articles; the oldest first."""
    rights.require(site)
    found = await run_in_threadpool(service.overrides.listed, site, id or None)
    return json_response({"overrides": found})


@router.post("/overrides", responses=DECIDED, openapi_extra=BODY)
async def decide(
    request: Request, service: ServiceDep, rights: RightsDep, site: SiteName | None = None
) -> Response:
    """Store a decision in the place of an earlier one; it holds when this returns."""
    row = await run_in_threadpool(one_object, await request.body())
    rights.require(site_of(row, site))
    try:
        new, stored = await run_in_threadpool(service.overrides.put, row, site)
    except TooManyOverridesError as error:
        return error_response(409, code="too_many_overrides", message=str(error))
    return json_response(stored, 201 if new else 200)


@router.delete("/overrides", status_code=204, responses=DECISION)
async def take_back(
    service: ServiceDep,
    rights: RightsDep,
    id: Id,
    action: Action | None = None,
    list: ListName | None = None,
    site: SiteName = DEFAULT_SITE,
) -> Response:
    """Take back what was decided about an article: all, or only of an action or a list."""
    rights.require(site)
    await run_in_threadpool(service.overrides.delete, site, id, action, list)
    return Response(status_code=204)
