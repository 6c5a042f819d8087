"""The application: routes, what they have in common, and one service."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

import recsys

from . import errors
from .admission import Admission, Gate
from .beacons import Beacons
from .metrics import Measured, Metrics
from .middleware import (
    CommonHeaders,
    EmptyFragments,
    HeadAsGet,
    LastResort,
    Limits,
    NotModified,
    WholeBody,
)
from .ready import Keeping, ReadyAnswers
from .routes import (
    articles,
    documentation,
    editor,
    events,
    health,
    inline,
    latest,
    ledger,
    metrics,
    models,
    most_read,
    overrides,
    page,
    playground,
    related,
    search,
    trending,
    views,
    widget,
)
from .searching import Searches
from .service import Service
from .widget_files import WidgetFiles

log = logging.getLogger(__name__)

ROUTERS = (  # what is asked most often first: every one before it is looked at
    events.router,
    related.router,
    most_read.router,
    trending.router,
    latest.router,
    inline.router,
    page.router,
    ledger.router,
    search.router,
    views.router,
    articles.router,
    overrides.router,
    models.router,
    health.router,
    metrics.router,
    documentation.router,
    playground.router,
    editor.router,
    widget.router,
)
# From the outside in, behind the gate.
MIDDLEWARE = (WholeBody, CommonHeaders, HeadAsGet, NotModified, Limits, LastResort, Keeping)


class WholeFiles(StaticFiles):
    """Files that are always sent whole, whatever part of them is asked for."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers = [pair for pair in scope["headers"] if pair[0] != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)


def create_app(service: Service, more: Sequence[APIRouter] = ()) -> FastAPI:
    """Build the application around a service, which it closes when it stops.

    Parameters
    ----------
    service
        Open.
    more
        Further routers, such as the demo's pages.
    """
    paths = {getattr(route, "path", "") for router in ROUTERS for route in router.routes}
    admission = Admission(paths)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        service.before_serving(app.state.ready.prepare)
        model = service.snapshot.model
        log.info(
            "serving %s", f"model {model.name} {model.version}" if model else "without a model"
        )
        service.before_serving(app.state.ready.prepare)
        loop = asyncio.get_running_loop()
        beacons = app.state.beacons = Beacons(service, app.state.metrics, admission, loop)
        yield {"admission": admission, "ready": app.state.ready, "beacons": beacons}
        await run_in_threadpool(service.close)
        log.info("all that was acknowledged is stored, and the store is closed")

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
        middleware=[
            Middleware(Measured),
            Middleware(EmptyFragments),
            Middleware(Gate, admission),
            *(Middleware(layer) for layer in MIDDLEWARE),
        ],
    )
    app.state.service, app.state.admission = service, admission
    app.state.searches = Searches()
    errors.install(app)
    for router in (*ROUTERS, *more):
        app.include_router(router)
    static = Path(__file__).parent / "static"
    app.mount("/static", WholeFiles(directory=static))
    app.state.widget = WidgetFiles.read(static / "widget")
    routes = [route for router in (*ROUTERS, *more) for route in router.routes]
    app.state.metrics = Metrics([*routes, *app.routes])
    app.state.ready = ReadyAnswers(service, app.state.metrics, admission)
    return app
