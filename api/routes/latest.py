"""The newest articles."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from ..answers import answered, fragment, json_answer
from ..asking import ServiceDep
from ..questions import ListFragment, ListQuestion
from ..schemas import HTML, LIST

router = APIRouter(prefix="/v1", tags=["lists"])
Asked = Annotated[ListQuestion, Query()]
AskedAsHtml = Annotated[ListFragment, Query()]


@router.get("/latest", responses=LIST)
async def latest(asked: Asked, service: ServiceDep) -> Response:
    """Return the newest articles."""
    return answered(service, json_answer, lambda lists: lists.latest(asked))


@router.get("/latest.html", responses=HTML)
async def latest_html(asked: AskedAsHtml, service: ServiceDep) -> Response:
    """Return the newest articles, as a fragment of HTML."""
    return fragment(service, asked, lambda lists: lists.latest(asked))
