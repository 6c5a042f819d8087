"""What all answers have in common, as plain ASGI: headers, HEAD, 304, limits, last resort."""

import json
import logging
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .auth import rights_of
from .errors import TooLargeError, error_response

log = logging.getLogger(__name__)

BODY_LIMITS = {"/v1/events": 16_000, "/v1/articles": 32_000_000, "/v1/related": 4_000_000}
TRUSTED_EVENTS_LIMIT = 1_000_000  # with a valid key
USUAL_BODY_LIMIT = 64_000
LONGEST_QUERY = 32_000
MOST_PARAMETERS = 1000
READ_AS_JSON = ("text/plain", "application/octet-stream", "application/x-www-form-urlencoded")
NOT_JSON = "the body must be JSON, sent as application/json or text/plain"

SAFE_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
}
OPEN_HEADERS = {
    **SAFE_HEADERS,
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "etag, retry-after, x-model-version",
}
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
        added = OPEN_HEADERS if _is_open(scope) else SAFE_HEADERS

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


class EmptyFragments:
    """An error where a fragment was asked for has no body, for it would stand in a page.

    Whatever includes the fragment then shows what it has instead; ``x-error`` says what is wrong.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not is_fragment(scope["path"]):
            await self.app(scope, receive, send)
            return
        held: Message | None = None

        async def send_emptied(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and message["status"] >= 400:
                held = message
            elif held is None:
                await send(message)
            elif not message.get("more_body"):
                await send({**held, "headers": emptied(held["headers"], message.get("body", b""))})
                await send({"type": "http.response.body", "body": b""})

        await self.app(scope, receive, send_emptied)


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
                unchanged = message["status"] == 200 and matches(held, _etag(message))
                message = not_modified(message) if unchanged else message
            elif unchanged:
                message = {**message, "body": b""}
            await send(message)

        await self.app(scope, receive, send_if_changed)


class WholeBody:
    """No answer ends before the body did: cut off while sending, a client would not read it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers = Headers(scope=scope) if scope["type"] == "http" else {}
        if "transfer-encoding" not in headers and headers.get("content-length", "0") == "0":
            await self.app(scope, receive, send)
            return
        body, waits_to_be_asked = _Body(receive), "expect" in headers

        async def send_and_receive(message: Message) -> None:
            unsent = waits_to_be_asked and not body.asked
            if message["type"] == "http.response.start" and unsent:
                MutableHeaders(scope=message)["connection"] = "close"
            ends = message["type"] == "http.response.body" and not message.get("more_body")
            if ends and not unsent and not body.received:
                await send({**message, "more_body": True})
                await body.rest()
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await self.app(scope, body.receive, send_and_receive)


class _Body:
    """How far a body was received."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.asked = self.received = False  # for some of it, all of it

    async def receive(self) -> Message:
        self.asked = True
        message = await self._receive()
        self.received = not message.get("more_body", False)
        return message

    async def rest(self) -> None:
        while not self.received:
            await self.receive()


class Limits:
    """Refuses what is too large, or of a kind that nothing here reads, as soon as that is known."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif reason := _query_trouble(scope["query_string"]):
            await error_response(400, message=reason)(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
        elif not may_be_json(Headers(scope=scope).get("content-type", "")):
            await error_response(400, message=NOT_JSON)(scope, receive, send)
        else:
            await self._serve_body(scope, receive, send)

    async def _serve_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        most, size = _body_limit(scope), 0
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
            log.info("%s %s: the client went away", scope["method"], _route(scope))
        except Exception:
            if scope["type"] != "http" or started:
                raise
            log.exception("%s %s failed", scope["method"], _route(scope))
            await error_response(500)(scope, receive, send)


def _route(scope: Scope) -> str:
    """Return what may be logged of a path: no id stands in it."""
    route: str = scope["app"].state.metrics.route_of(scope["path"])
    return route


def _is_open(scope: Scope) -> bool:
    return scope["method"] in ("GET", "HEAD", "OPTIONS") or scope["path"] == "/v1/events"


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


def matches(held: str, etag: str) -> bool:
    """Return whether an ``If-None-Match`` names an answer's ETag; weakly compared."""
    etag = etag.removeprefix("W/")
    tags = [tag.strip().removeprefix("W/") for tag in held.split(",")]
    return bool(etag) and (etag in tags or "*" in tags)


def is_fragment(path: str) -> bool:
    """Return whether a path is that of a fragment of HTML."""
    return path.startswith("/v1/") and path.endswith(".html")


def emptied(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> list[tuple[bytes, bytes]]:
    """Return the headers of an error that has lost its body."""
    kept = MutableHeaders(raw=[*headers])
    kept["content-type"], kept["content-length"] = "text/html; charset=utf-8", "0"
    with suppress(ValueError):  # HEAD has no body
        error = json.loads(body)["error"]
        kept["x-error"] = " ".join(filter(None, (error["code"], error["field"])))
    return kept.raw


def not_modified(message: Message) -> dict[str, Any]:
    """Return the head of 304 for the head of an answer that the reader holds."""
    dropped = (b"content-length", b"content-type", b"content-encoding")
    headers = [pair for pair in message["headers"] if pair[0].lower() not in dropped]
    return {**message, "status": 304, "headers": headers}


def _etag(message: Message) -> str:
    return Headers(raw=message["headers"]).get("etag", "")


def _body_limit(scope: Scope) -> int:
    path = scope["path"]
    if path == "/v1/events" and _has_valid_key(scope):
        return TRUSTED_EVENTS_LIMIT
    if path.startswith("/v1/articles/"):
        path = "/v1/articles"
    return BODY_LIMITS.get(path, USUAL_BODY_LIMIT)


def _has_valid_key(scope: Scope) -> bool:
    settings = scope["app"].state.service.settings
    return bool(rights_of(settings, Headers(scope=scope).get("x-api-key")))


def _query_trouble(query: bytes) -> str:
    if len(query) > LONGEST_QUERY:
        return f"the query must be at most {LONGEST_QUERY} bytes"
    if query.count(b"&") >= MOST_PARAMETERS:
        return f"the query must have at most {MOST_PARAMETERS} parameters"
    return ""


def may_be_json(content_type: str) -> bool:
    """Return whether a body may be meant as JSON; many a client says nothing, or form data."""
    kind = content_type.partition(";")[0].strip().lower()
    return not kind or "json" in kind or kind in READ_AS_JSON
