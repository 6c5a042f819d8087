"""Answers kept as bytes: given again for as long as they would be computed alike.

A list depends on the query, on the snapshot, and on the clock only at a few instants
(`recsys.lists.clock`). So an answer is kept for one snapshot and until the next of these instants;
the one thing in it that the clock moves, ``generated_at``, is written anew when another second has
come. What is given is thus, byte for byte, what the routes would answer at that moment.

Only the event loop touches what is kept.
"""

import re
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recsys.lists.clock import next_change
from recsys.snapshot import Snapshot
from recsys.times import format_instant

from .admission import TICKET
from .answers import KEEPER, Answer
from .middleware import OPEN_HEADERS, matches, not_modified
from .service import Service

MOST_BYTES = 32 * 2**20
"""Bodies, queries and headers that are kept at most; when half of it is new, the rest goes."""
MOST_ANSWERS = 8192
OVERHEAD_BYTES = 3000
"""What an answer takes besides, as Python keeps it."""

_UNUSUAL = frozenset({b"content-length", b"transfer-encoding", b"expect"})
_GENERATED = re.compile(rb'"generated_at":"')
_MOMENTS = re.compile(rb'"(?:generated_at|data_until)":"')
_MOVING = ("max_age",)  # parameters for which every second counts


class Ready:
    """One answer as the messages that are sent.

    Attributes
    ----------
    start, body, unchanged
        The head and the body of the answer, and the head of 304.
    etag
        Of the content, as in the head.
    degraded
        As `Answer.degraded`.
    second
        Moment that the body names, in seconds since 1970.
    """

    __slots__ = ("_moments", "body", "degraded", "etag", "second", "start", "unchanged")

    def __init__(self, answer: Answer, second: int, moments: tuple[int, ...]) -> None:
        headers = MutableHeaders(raw=list(answer.raw_headers))
        headers.update(OPEN_HEADERS)
        self.start: Message = {
            "type": "http.response.start",
            "status": answer.status_code,
            "headers": headers.raw,
        }
        self.unchanged: Message = not_modified(self.start)
        self.body: Message = {"type": "http.response.body", "body": bytes(answer.body)}
        self.etag = headers["etag"]
        self.degraded = answer.degraded
        self.second = second
        self._moments = moments

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        return len(self.body["body"]) + OVERHEAD_BYTES

    def at(self, second: int) -> "Ready":
        """Return the answer, naming another moment."""
        if second != self.second:
            body, instant = bytearray(self.body["body"]), _instant(second)
            for place in self._moments:
                body[place : place + len(instant)] = instant
            self.body, self.second = {**self.body, "body": bytes(body)}, second
        return self


@dataclass(frozen=True)
class _Offer:
    """What an answer was computed from."""

    key: bytes
    snapshot: Snapshot
    second: int
    moving: bool


class ReadyAnswers:
    """What is kept, all of one snapshot, in two generations.

    Parameters
    ----------
    service
        Whose answers these are.
    most_bytes, most_answers
        How much is kept at most.
    """

    def __init__(
        self, service: Service, most_bytes: int = MOST_BYTES, most_answers: int = MOST_ANSWERS
    ) -> None:
        self._service = service
        self._most_bytes, self._most_answers = most_bytes // 2, most_answers // 2
        self._young: dict[bytes, Ready] = {}
        self._old: dict[bytes, Ready] = {}
        self._young_bytes = self._old_bytes = 0
        self._snapshot: weakref.ref[Snapshot] | None = None
        self._since, self._until = 0, 0  # seconds in which what is kept holds

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        return self._young_bytes + self._old_bytes

    def get(self, key: bytes) -> Ready | None:
        """Return the answer to a path and query, as of now; None if it must be computed."""
        snapshot, now = self._service.snapshot, self._service.now
        if not self._holds(snapshot, now):
            return None
        found = self._young.get(key)
        if found is None:
            found = self._old.pop(key, None)
            if found is None:
                return None
            self._old_bytes -= found.size + len(key)
            self._put(key, found)
        return found.at(now)

    def offer(self, scope: Scope) -> _Offer:
        """Return what an answer to a request is computed from, if it is computed at once."""
        moving = not QueryParams(scope["query_string"]).keys().isdisjoint(_MOVING)
        return _Offer(key_of(scope), self._service.snapshot, self._service.now, moving)

    def take(self, offer: _Offer, answer: Answer) -> None:
        """Keep an answer, unless something has changed since it was begun."""
        snapshot, now = self._service.snapshot, self._service.now
        if snapshot is not offer.snapshot or now != offer.second or offer.moving:
            return
        if not self._holds(snapshot, now):
            self._begin(snapshot, now)
        self._put(offer.key, Ready(answer, now, _moments(answer, snapshot, now)))

    def _holds(self, snapshot: Snapshot, now: int) -> bool:
        kept_of = self._snapshot
        return kept_of is not None and kept_of() is snapshot and self._since <= now < self._until

    def _begin(self, snapshot: Snapshot, now: int) -> None:
        """Forget everything; what comes now is of this snapshot."""
        self._young, self._old = {}, {}
        self._young_bytes = self._old_bytes = 0
        self._snapshot = weakref.ref(snapshot)
        self._since, self._until = now, next_change(snapshot, now)

    def _put(self, key: bytes, ready: Ready) -> None:
        size = ready.size + len(key)
        full = len(self._young) >= self._most_answers
        if full or self._young_bytes + size > self._most_bytes:
            self._old, self._old_bytes = self._young, self._young_bytes
            self._young, self._young_bytes = {}, 0
        if size <= self._most_bytes:
            self._young[key] = ready
            self._young_bytes += size


class Keeping:
    """Offers what the routes answer to be kept. Must be the innermost layer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "GET":
            ready: ReadyAnswers = scope["app"].state.ready
            scope[KEEPER] = partial(ready.take, ready.offer(scope))
        await self.app(scope, receive, send)


class ReadyFirst(FastAPI):
    """FastAPI, behind the answers that are ready: those reach none of its layers and no route.

    They take no turn: one costs less than refusing it would.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            begin = perf_counter()
            held, usual = _condition(scope["headers"])
            found = self.state.ready.get(key_of(scope)) if usual else None
            if found is not None:
                await self._give(found, held, scope, send, begin)
                return
        await super().__call__(scope, receive, send)

    async def _give(
        self, found: Ready, held: str | None, scope: Scope, send: Send, begin: float
    ) -> None:
        state, method = self.state, scope["method"]
        ticket = scope.get(TICKET)
        if ticket is not None:
            state.admission.withdraw(ticket)
        if found.degraded:
            state.metrics.degraded(found.degraded)
        unchanged = held is not None and matches(held, found.etag)
        start = found.unchanged if unchanged else found.start
        try:
            await send(start)
            await send(_EMPTY if unchanged or method == "HEAD" else found.body)
        finally:
            seconds = perf_counter() - begin
            state.metrics.answered(method, scope["path"], start["status"], seconds)
            state.metrics.shed(state.admission.shed)


_EMPTY: Message = {"type": "http.response.body", "body": b""}


def key_of(scope: Scope) -> bytes:
    """Return what an answer is kept under: all that is read of a GET."""
    return bytes(scope["raw_path"]) + b"?" + bytes(scope["query_string"])


def _condition(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str | None, bool]:
    """Return the first If-None-Match, and whether nothing unusual stands in the head."""
    held = None
    for name, value in headers:
        if name in _UNUSUAL:
            return None, False
        if name == b"if-none-match" and held is None:
            held = value.decode("latin-1")
    return held, True


def _moments(answer: Answer, snapshot: Snapshot, now: int) -> tuple[int, ...]:
    """Return where in a body the moment of answering stands."""
    if answer.media_type != "application/json":
        return ()
    until = snapshot.data_until
    moving = _MOMENTS if until is not None and until > now else _GENERATED
    return tuple(match.end() for match in moving.finditer(bytes(answer.body)))


def _instant(second: int) -> bytes:
    return (format_instant(second) or "").encode()
