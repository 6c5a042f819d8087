"""What Prometheus asks for."""

from asyncio import to_thread

from fastapi import APIRouter, Request, Response

from ..asking import ServiceDep
from ..errors import NO_STORE

router = APIRouter(tags=["health"])
TEXT = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/metrics")
async def metrics(request: Request, service: ServiceDep) -> Response:
    """Return counts, latencies and ages for Prometheus; no key, and nothing of any reader."""
    # Not in Starlette's threads: they may all be waiting for the store, and then this matters most.
    text = await to_thread(request.app.state.metrics.text, service)
    return Response(text, 200, NO_STORE, TEXT)
