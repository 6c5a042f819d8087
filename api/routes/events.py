"""What readers did."""

from asyncio import wrap_future

from fastapi import APIRouter, Request, Response

from ..answers import json_response
from ..asking import ServiceDep
from ..auth import Trusted
from ..bodies import objects
from ..questions import SiteName
from ..schemas import RECEIVED, WRITE, body_of

router = APIRouter(prefix="/v1", tags=["writing"])
MOST_EVENTS = 1000
BODY = body_of(
    "One event or a list; text/plain is for navigator.sendBeacon",
    "application/json",
    "text/plain",
    example={"article_id": "…", "event_type": "view"},
)


@router.post("/events", status_code=202, responses=RECEIVED | WRITE, openapi_extra=BODY)
async def events(
    request: Request, service: ServiceDep, trusted: Trusted, site: SiteName | None = None
) -> Response:
    """Store events; 202 means that they are on the disk."""
    rows = objects(await request.body(), MOST_EVENTS)
    stored = service.submit(rows, trusted, site)
    return json_response({"received": await wrap_future(stored)}, 202)
