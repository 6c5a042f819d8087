"""What all answers have in common, as plain ASGI: headers, HEAD, 304, size limits, last resort."""

import logging
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import TooLargeError, error_response

log = logging.getLogger(__name__)

BODY_LIMITS = {"/v1/events": 64_000, "/v1/articles": 32_000_000, "/v1/related": 4_000_000}
USUAL_BODY_LIMIT = 64_000

_SAFE_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
}
_READABLE = "etag, x-model-version"
_PREFLIGHT_SECONDS = "86400"


class CommonHeaders:
    """Security headers on everything; any origin may read, and may report events. No cookies."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        added: Mapping[str, str] = _SAFE_HEADERS | (_cross_origin() if _is_open(scope) else {})

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(added)
            await send(message)

        if _is_preflight(scope):
            await _preflight(scope, receive, send_with_headers)
        else:
            await self.app(scope, receive, send_with_headers)


class HeadAsGet:
    """HEAD is GET without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_without_body)


class NotModified:
    """304 where the reader holds the content already."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        held = Headers(scope=scope).get("if-none-match") if scope["type"] == "http" else None
        if held is None or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        unchanged = False

        async def send_if_changed(message: Message) -> None:
            nonlocal unchanged
            if message["type"] == "http.response.start":
                unchanged = message["status"] == 200 and _matches(held, message)
                message = _not_modified(message) if unchanged else message
            elif unchanged:
                message = {**message, "body": b""}
            await send(message)

        await self.app(scope, receive, send_if_changed)


class BodyLimit:
    """413 for a body that is larger than its address takes, as soon as that is known."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        most, size = _body_limit(scope["path"]), 0
        claimed = Headers(scope=scope).get("content-length", "")
        if claimed.isdigit() and (len(claimed) > 15 or int(claimed) > most):
            await error_response(413)(scope, receive, send)
            return

        async def receive_counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > most:
                raise TooLargeError(f"the body must be at most {most} bytes")
            return message

        await self.app(scope, receive_counted, send)


class LastResort:
    """Whatever nobody foresaw is noted, and answered without details."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = False

        async def send_noting_the_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_noting_the_start)
        except ClientDisconnect:
            log.info("%s %s: the client went away", scope["method"], scope["path"])
        except Exception:
            if scope["type"] != "http" or started:
                raise
            log.exception("%s %s failed", scope["method"], scope["path"])
            await error_response(500)(scope, receive, send)


def _is_open(scope: Scope) -> bool:
    return scope["method"] in ("GET", "HEAD", "OPTIONS") or scope["path"] == "/v1/events"


def _cross_origin() -> dict[str, str]:
    return {"access-control-allow-origin": "*", "access-control-expose-headers": _READABLE}


def _is_preflight(scope: Scope) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in Headers(scope=scope)


async def _preflight(scope: Scope, receive: Receive, send: Send) -> None:
    """Allow reading anything and posting events; the browser refuses the rest by itself."""
    methods = "GET, HEAD, POST" if scope["path"] == "/v1/events" else "GET, HEAD"
    headers = [
        (b"access-control-allow-methods", methods.encode()),
        (b"access-control-allow-headers", b"content-type, if-none-match"),
        (b"access-control-max-age", _PREFLIGHT_SECONDS.encode()),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _matches(held: str, message: Message) -> bool:
    etag = Headers(raw=message["headers"]).get("etag", "").removeprefix("W/")
    tags = [tag.strip().removeprefix("W/") for tag in held.split(",")]
    return bool(etag) and (etag in tags or "*" in tags)


def _not_modified(message: Message) -> dict[str, Any]:
    dropped = (b"content-length", b"content-type")
    headers = [pair for pair in message["headers"] if pair[0].lower() not in dropped]
    return {**message, "status": 304, "headers": headers}


def _body_limit(path: str) -> int:
    if path.startswith("/v1/articles/"):
        path = "/v1/articles"
    return BODY_LIMITS.get(path, USUAL_BODY_LIMIT)
