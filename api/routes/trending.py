"""What rises more than its past would have it."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from ..answers import answered, fragment, json_answer
from ..asking import ServiceDep
from ..questions import ListFragment, ListQuestion
from ..schemas import HTML, LIST

router = APIRouter(prefix="/v1", tags=["lists"])
Asked = Annotated[ListQuestion, Query()]
AskedAsHtml = Annotated[ListFragment, Query()]


@router.get("/trending", responses=LIST)
async def trending(asked: Asked, service: ServiceDep) -> Response:
    """Return what rises more than its past would have it."""
    return answered(service, json_answer, lambda lists: lists.trending(asked))


@router.get("/trending.html", responses=HTML)
async def trending_html(asked: AskedAsHtml, service: ServiceDep) -> Response:
    """Return what rises more than its past would have it, as a fragment of HTML."""
    return fragment(service, asked, lambda lists: lists.trending(asked))
