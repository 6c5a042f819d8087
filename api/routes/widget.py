"""The widget's files, as they lie in ``static/widget``: no build step, and no other bytes."""

from fastapi import APIRouter, HTTPException, Request, Response

from ..answers import json_bytes
from ..schemas import WIDGET_FILE, WIDGET_VERSIONS
from ..widget_files import ALWAYS_ASKED, FOR_AN_HOUR, FOR_GOOD, WidgetFiles

router = APIRouter(prefix="/widget", tags=["widget"])


@router.get("/v1.js", responses=WIDGET_FILE)
async def module(request: Request) -> Response:
    """Send the module of `<news-list>`, as it is shipped now."""
    return _file(request, "news-list.js", FOR_AN_HOUR)


@router.get("/beacon/v1.js", responses=WIDGET_FILE)
async def beacon(request: Request) -> Response:
    """Send the beacons alone, for pages whose lists a server writes."""
    return _file(request, "beacon.js", FOR_AN_HOUR)


@router.get("/looks/{look}.css", responses=WIDGET_FILE)
async def looks(look: str, request: Request) -> Response:
    """Send a style sheet for the lists, as it is shipped now."""
    return _file(request, f"looks/{look}.css", FOR_AN_HOUR)


@router.get("/versions.json", responses=WIDGET_VERSIONS)
async def versions(request: Request) -> Response:
    """Name the version that is shipped now; of each file the address and the integrity."""
    files = _files(request)
    headers = {"cache-control": ALWAYS_ASKED, "etag": f'W/"{files.version}"'}
    return Response(json_bytes(files.document()), 200, headers, "application/json")


@router.get("/{version}/{name:path}", responses=WIDGET_FILE)
async def versioned(version: str, name: str, request: Request) -> Response:
    """Send a file of exactly this version, to be kept for good; 404 for any other."""
    if version != _files(request).version:
        raise HTTPException(404)
    return _file(request, name, FOR_GOOD)


def _files(request: Request) -> WidgetFiles:
    files: WidgetFiles = request.app.state.widget
    return files


def _file(request: Request, name: str, cache_control: str) -> Response:
    found = _files(request).get(name)
    if found is None:
        raise HTTPException(404)
    return found.answer(cache_control, ", ".join(request.headers.getlist("accept-encoding")))
