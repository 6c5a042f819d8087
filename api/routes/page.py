"""All blocks of one page, no article on it twice."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from ..answers import answered, fragment, json_answer
from ..asking import ServiceDep
from ..questions import PageFragment, PageQuestion
from ..schemas import HTML, PAGE

router = APIRouter(prefix="/v1", tags=["lists"])
Asked = Annotated[PageQuestion, Query()]
AskedAsHtml = Annotated[PageFragment, Query()]


@router.get("/page", responses=PAGE)
async def page(asked: Asked, service: ServiceDep) -> Response:
    """All blocks of one page, no article on it twice."""
    return answered(service, json_answer, lambda lists: lists.page(asked))


@router.get("/page.html", responses=HTML)
async def page_html(asked: AskedAsHtml, service: ServiceDep) -> Response:
    """All blocks of one page, no article on it twice, as a fragment of HTML."""
    return fragment(service, asked, lambda lists: lists.page(asked))
