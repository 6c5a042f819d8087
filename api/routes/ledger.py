"""What became of events."""

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from recsys.records import DEFAULT_SITE

from ..answers import json_response
from ..asking import ServiceDep
from ..auth import KeyRequired, RightsDep
from ..questions import Address, Name, SiteName
from ..schemas import LEDGER

router = APIRouter(prefix="/v1", tags=["counting"], dependencies=[KeyRequired])


@router.get("/ledger", responses=LEDGER)
async def ledger(
    service: ServiceDep,
    rights: RightsDep,
    id: Name | None = None,
    url: Address | None = None,
    site: SiteName = DEFAULT_SITE,
) -> Response:
    """Return received, counted, and dropped by which rule: of an article, or of a whole site."""
    rights.require(site)
    return json_response(await run_in_threadpool(service.ledger, site, id or None, url or None))
