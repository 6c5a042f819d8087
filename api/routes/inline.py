"""Links for inside an article, the editors' own first."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from ..answers import answered, fragment, json_answer
from ..asking import ServiceDep
from ..questions import RelatedFragment, RelatedQuestion
from ..schemas import ABOUT, HTML

router = APIRouter(prefix="/v1", tags=["lists"])
Asked = Annotated[RelatedQuestion, Query()]
AskedAsHtml = Annotated[RelatedFragment, Query()]


@router.get("/inline", responses=ABOUT)
async def inline(asked: Asked, service: ServiceDep) -> Response:
    """Links for inside an article, the editors' own first."""
    return answered(service, json_answer, lambda lists: lists.inline(asked))


@router.get("/inline.html", responses=HTML)
async def inline_html(asked: AskedAsHtml, service: ServiceDep) -> Response:
    """Links for inside an article, the editors' own first, as a fragment of HTML."""
    return fragment(service, asked, lambda lists: lists.inline(asked))
