"""The models on disk, and which of them is served."""

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from ..answers import json_response
from ..asking import ServiceDep
from ..auth import KeyForAllSitesRequired
from ..questions import Name
from ..schemas import KEYED, PROMOTION

router = APIRouter(prefix="/v1", tags=["models"], dependencies=[KeyForAllSitesRequired])


@router.get("/models", responses=KEYED)
async def models(service: ServiceDep) -> Response:
    """Return all models with their versions."""
    return json_response({"models": await run_in_threadpool(service.models)})


@router.post("/models/{name}/promote", responses=PROMOTION)
async def promote(service: ServiceDep, name: Name, version: Name) -> Response:
    """Make a version the one that is served."""
    promoted = await run_in_threadpool(service.promote, name, version)
    return json_response({"name": name, "version": promoted})


@router.post("/models/{name}/rollback", responses=PROMOTION)
async def rollback(service: ServiceDep, name: Name) -> Response:
    """Serve what was promoted before."""
    version = await run_in_threadpool(service.rollback, name)
    return json_response({"name": name, "version": version})
