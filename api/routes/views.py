"""How often a site or an article was read, hour by hour."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.concurrency import run_in_threadpool

from recsys.records import DEFAULT_SITE

from ..answers import json_response
from ..asking import ServiceDep
from ..auth import KeyRequired, RightsDep
from ..questions import Address, Name, SiteName
from ..schemas import VIEWS

router = APIRouter(prefix="/v1", tags=["editors"], dependencies=[KeyRequired])
Hours = Annotated[int, Query(ge=1, le=168)]


@router.get("/views", responses=VIEWS)
async def views(
    service: ServiceDep,
    rights: RightsDep,
    id: Name | None = None,
    url: Address | None = None,
    hours: Hours = 48,
    site: SiteName = DEFAULT_SITE,
) -> Response:
    """Return views by the hour: of an article, or of a whole site; the running hour is the last."""
    rights.require(site)
    return json_response(
        await run_in_threadpool(service.views, site, id or None, url or None, hours)
    )
