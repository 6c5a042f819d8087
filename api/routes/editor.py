"""The editor's page: why a list is as it is, and what the newsroom decides about it."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from starlette.concurrency import run_in_threadpool

from ..asking import ServiceDep
from ..questions import Name
from ..toolpages import tool_page

router = APIRouter(include_in_schema=False)
Asked = Annotated[Name, Query()]


@router.get("/editor")
async def editor(service: ServiceDep, site: Asked = "", language: Asked = "") -> Response:
    """Return the page; it asks the API for all that stands in it."""
    return await run_in_threadpool(tool_page, "editor", service, site, language)
