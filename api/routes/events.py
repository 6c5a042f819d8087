"""What readers did."""

from asyncio import wrap_future

from fastapi import APIRouter, Request, Response

from recsys.errors import RowError

from ..answers import received
from ..asking import ServiceDep
from ..auth import RightsDep
from ..bodies import MOST_EVENTS, objects
from ..clients import client_of
from ..questions import SiteName
from ..schemas import RECEIVED, WRITE, body_of

router = APIRouter(prefix="/v1", tags=["counting"])
BODY = body_of(
    "One event or a list; text/plain is for navigator.sendBeacon",
    "application/json",
    "text/plain",
    example={"article_id": "…", "event_type": "view"},
)


@router.post("/events", status_code=202, responses=RECEIVED | WRITE, openapi_extra=BODY)
async def events(
    request: Request, service: ServiceDep, rights: RightsDep, site: SiteName | None = None
) -> Response:
    """Store events; 202 means that they are on the disk."""
    metrics = request.app.state.metrics
    rows = objects(await request.body(), MOST_EVENTS)
    peer = request.client.host if request.client else None
    client = client_of(request.headers, peer, service.settings)
    try:
        stored = service.submit(rows, client, rights.may_write_to, site)
    except RowError:
        metrics.refused(len(rows))
        raise
    outcomes = await wrap_future(stored)
    metrics.counted(outcomes)
    return received(len(outcomes), outcomes.count(None))
