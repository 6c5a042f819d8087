"""All blocks of one page, no article on it twice."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from ..answers import html_answer, json_answer
from ..asking import ServiceDep
from ..questions import PageQuestion
from ..schemas import HTML_ABOUT, PAGE

router = APIRouter(prefix="/v1", tags=["lists"])
Asked = Annotated[PageQuestion, Query()]


@router.get("/page", responses=PAGE)
async def page(asked: Asked, service: ServiceDep) -> Response:
    """All blocks of one page, no article on it twice."""
    return json_answer(service.page(asked), service.settings)


@router.get("/page.html", responses=HTML_ABOUT)
async def page_html(asked: Asked, service: ServiceDep) -> Response:
    """All blocks of one page, no article on it twice, as a fragment of HTML."""
    return html_answer(service.page(asked), service.settings)
