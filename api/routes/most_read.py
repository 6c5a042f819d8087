"""What is read most, now or over a window."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from ..answers import answered, fragment, json_answer
from ..asking import ServiceDep
from ..questions import MostReadFragment, MostReadQuestion
from ..schemas import HTML, LIST

router = APIRouter(prefix="/v1", tags=["lists"])
Asked = Annotated[MostReadQuestion, Query()]
AskedAsHtml = Annotated[MostReadFragment, Query()]


@router.get("/most-read", responses=LIST)
async def most_read(asked: Asked, service: ServiceDep) -> Response:
    """Return what is read most, now or over a window."""
    return answered(service, json_answer, lambda lists: lists.most_read(asked))


@router.get("/most-read.html", responses=HTML)
async def most_read_html(asked: AskedAsHtml, service: ServiceDep) -> Response:
    """Return what is read most, now or over a window, as a fragment of HTML."""
    return fragment(service, asked, lambda lists: lists.most_read(asked))
