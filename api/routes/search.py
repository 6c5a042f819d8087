"""Articles searched for, by the words of their titles, an id or an address."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from ..answers import json_response
from ..asking import ServiceDep
from ..questions import SearchQuestion
from ..schemas import FOUND
from ..searching import Searches

router = APIRouter(prefix="/v1", tags=["editors"])
Asked = Annotated[SearchQuestion, Query()]


@router.get("/articles", responses=FOUND)
async def search(asked: Asked, service: ServiceDep, request: Request) -> Response:
    """Return articles whose titles have these words, in whatever spelling; the newest first."""
    searches: Searches = request.app.state.searches
    return json_response({"articles": await searches.run(lambda: service.found(asked))})
