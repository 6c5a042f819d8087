"""The application: routes, what they have in common, and one service."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI, Response
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

import recsys

from . import errors
from .middleware import BodyLimit, CommonHeaders, HeadAsGet, LastResort, NotModified
from .routes import (
    articles,
    documentation,
    events,
    health,
    inline,
    latest,
    models,
    most_read,
    page,
    related,
    trending,
)
from .service import Service

ROUTERS = (
    related.router,
    most_read.router,
    trending.router,
    latest.router,
    inline.router,
    page.router,
    events.router,
    articles.router,
    models.router,
    health.router,
    documentation.router,
)
# From the outside in.
MIDDLEWARE = (CommonHeaders, HeadAsGet, NotModified, BodyLimit, LastResort)


def create_app(service: Service, more: Sequence[APIRouter] = ()) -> FastAPI:
    """Build the application around a service, which it closes when it stops.

    Parameters
    ----------
    service
        Open.
    more
        Further routers, such as the demo's pages.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(service.close)

    app = FastAPI(
        title="recsys",
        description="Related news and most read.",
        version=recsys.__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        default_response_class=Response,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=[Middleware(layer) for layer in MIDDLEWARE],
    )
    app.state.service = service
    errors.install(app)
    for router in (*ROUTERS, *more):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    return app
