"""Articles most like one."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from ..answers import answered, fragment, json_answer
from ..asking import ServiceDep
from ..bodies import one_object
from ..questions import RelatedFragment, RelatedQuestion
from ..schemas import ABOUT, HTML, LIST, WRITE, body_of

router = APIRouter(prefix="/v1", tags=["lists"])
Asked = Annotated[RelatedQuestion, Query()]
AskedAsHtml = Annotated[RelatedFragment, Query()]
BODY = body_of("Fields of an article", "application/json", example={"title": "…", "body": "…"})


@router.get("/related", responses=ABOUT)
async def related(asked: Asked, service: ServiceDep) -> Response:
    """Articles most like this one, best first."""
    return answered(service, json_answer, lambda lists: lists.related(asked))


@router.get("/related.html", responses=HTML)
async def related_html(asked: AskedAsHtml, service: ServiceDep) -> Response:
    """Articles most like this one, as a fragment of HTML."""
    return fragment(service, asked, lambda lists: lists.related(asked))


@router.post("/related", responses=LIST | WRITE, openapi_extra=BODY)
async def related_to(request: Request, asked: Asked, service: ServiceDep) -> Response:
    """Articles most like one that was never stored."""
    row = one_object(await request.body())
    answer = await run_in_threadpool(service.related_to, row, asked)
    return json_answer(answer, service.settings)
