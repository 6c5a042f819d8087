"""The documentation of the API, readable without the net."""

from pathlib import Path

from fastapi import APIRouter, Request, Response

from ..answers import json_response

router = APIRouter(include_in_schema=False)
STATIC = Path(__file__).parent.parent / "static"


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """Return the contract as OpenAPI."""
    return json_response(request.app.openapi())


@router.get("/docs")
async def docs() -> Response:
    """Return the page that shows it."""
    policy = {"content-security-policy": "default-src 'self'; img-src 'self' data:"}
    return Response((STATIC / "docs.html").read_bytes(), 200, policy, "text/html")
