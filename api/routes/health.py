"""Whether the process lives, and what it serves."""

from fastapi import APIRouter, Response

from ..answers import json_response
from ..asking import ServiceDep
from ..schemas import Health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
async def live() -> Response:
    """Answer as long as the process can."""
    return json_response({"status": "live"})


@router.get("/ready", responses={200: {"model": Health}})
async def ready(service: ServiceDep) -> Response:
    """Say what is served, and why it is not better; 200 even without a model."""
    return json_response(service.health())
