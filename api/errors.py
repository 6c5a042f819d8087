"""Every error as one JSON object; nothing of what was sent stands in it."""

import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from recsys.errors import (
    ModelError,
    NotFoundError,
    RecsysError,
    RequestError,
    RowError,
    StoreError,
)

from .answers import json_bytes
from .lists import UnknownArticleError

RETRY_AFTER_SECONDS = 1
NO_STORE = {"cache-control": "no-store"}

_HTTP: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "the request cannot be read"),
    401: ("unauthorized", "a valid X-API-Key is required"),
    404: ("not_found", "there is nothing at this address"),
    405: ("method_not_allowed", "this address does not know the method"),
    409: ("conflict", "this cannot be done now"),
    413: ("too_large", "the body is larger than this address takes"),
    422: ("invalid_value", "a value is not allowed"),
    429: ("too_many_requests", "too many requests; try again later"),
    500: ("internal_error", "something went wrong here; it was noted"),
    503: ("unavailable", "the store cannot be used now; try again"),
}


class BodyError(RecsysError):
    """A body that cannot be read at all; its text says why."""


class TooLargeError(RecsysError):
    """A body that is larger than its address takes."""


class UnauthorizedError(RecsysError):
    """A write without a valid key."""


class OverloadedError(RecsysError):
    """More is being asked than can be answered soon."""

    code = "overloaded"


_STATUSES: tuple[tuple[type[RecsysError], int], ...] = (
    (RequestError, 422),
    (RowError, 422),
    (NotFoundError, 404),
    (StoreError, 503),
    (ModelError, 409),
    (BodyError, 400),
    (UnauthorizedError, 401),
    (TooLargeError, 413),
    (OverloadedError, 503),
)


def install(app: FastAPI) -> None:
    """Let every error of `app` be answered from here."""
    app.add_exception_handler(UnknownArticleError, unknown_article)
    app.add_exception_handler(RecsysError, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http_error)


def error_response(
    status: int,
    *,
    code: str = "",
    message: str = "",
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
    fallback: Mapping[str, Any] | None = None,
) -> Response:
    """Return an error; code and message default to those of the status."""
    usual_code, usual_message = _HTTP.get(status, _HTTP[400])
    error = {"code": code or usual_code, "message": message or usual_message, "field": field}
    document = {"error": error} if fallback is None else {"error": error, "fallback": fallback}
    own = {**NO_STORE, **(headers or {})}
    return Response(json_bytes(document), status, own, "application/json")


async def unknown_article(request: Request, error: Exception) -> Response:
    """Answer 404, with most-read beside the error where it was not declined."""
    assert isinstance(error, UnknownArticleError)
    instead = error.fallback
    fallback = instead.document() if instead else None
    return error_response(404, code=error.code, message=str(error), fallback=fallback)


async def refused(request: Request, error: Exception) -> Response:
    """Answer an error of ours."""
    status = next((s for kind, s in _STATUSES if isinstance(error, kind)), 500)
    if isinstance(error, StoreError):  # its text names files, and was logged when it began
        return store_trouble()
    field = getattr(error, "field", "") or None
    code = getattr(error, "code", "") or ("model_refused" if status == 409 else "")
    message = str(error)
    if status in (404, 409):  # before the colon stands a folder of this machine
        message = message.split(": ", 1)[-1]
    headers = {"retry-after": str(RETRY_AFTER_SECONDS)} if status == 503 else None
    return error_response(status, code=code, message=message, field=field, headers=headers)


def store_trouble() -> Response:
    """Return the answer where the store cannot be used now."""
    return error_response(503, headers={"retry-after": str(RETRY_AFTER_SECONDS)})


async def invalid(request: Request, error: Exception) -> Response:
    """Answer what FastAPI found wrong with a parameter: the first thing only."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    names = [part for part in first["loc"][1:] if isinstance(part, str)]
    reason = re.sub(r"^(Value error, |(Input|String|List|Value) should )", _rephrased, first["msg"])
    field = names[0] if names else None
    return error_response(422, message=f"{field}: {reason}" if field else reason, field=field)


async def http_error(request: Request, error: Exception) -> Response:
    """Answer what Starlette refuses: no such address, no such method."""
    assert isinstance(error, HTTPException)
    return error_response(error.status_code, headers=error.headers)


def _rephrased(found: "re.Match[str]") -> str:
    return "" if found[0].startswith("Value error") else "must "
