"""Requests of every route as bytes, the same spoilt, and what comes back over a raw socket."""

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import h11

from tests.torture.server import KEY

Random = random.Random
ALPHABET = "bcdfghjklmnpqrstvwxz"
MARKER_LENGTH = 24
TELLING = 12  # so many letters of a marker in an answer are an echo
PATIENCE_SECONDS = 20.0  # within which a whole request is answered
QUIET_SECONDS = 1.5  # after which a request that is not whole is given up
NEXT = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
# What lawfully comes back (stored ids, names of sections and blocks) is kept free of the marker.
ECHOING = ("/v1/articles", "/v1/overrides", "/v1/ledger", "/v1/models")
SPECIAL = (b"\0", b"\xff", b"\r", b"\n", b" ", b":", b"%", b"%00", b"%ff", b"%ed%a0%80", b"&", b"=")
BODIES: Mapping[str, Any] = {
    "/v1/events": [
        {"article_id": "g1", "event_id": "%", "visitor_id": "%", "list": "%"},
        [{"article_id": "%"}, {"url": "https://%.example/"}],
        {"article_id": "g2", "event_type": "%", "position": "%", "timestamp": "%"},
        {"article_id": "g2", "position": 10**400, "visitor_id": "\ud800%"},
        {"article_id": float("nan"), "%": float("inf"), "from_article_id": "\0%"},
    ],
    "/v1/related": [
        {"title": "ترسيم الحدود البحرية %", "body": "%", "language": "ar"},
        {"title": "%", "section": 5, "published_at": "%", "url": "%"},
        {"title": {"%": ["%"]}},
    ],
    "/v1/articles": [
        {"article_id": "p1", "title": "عنوان", "published_at": "%"},
        [{"article_id": "p2", "language": "%"}, 5, {"%": 1}, {"article_id": ["%"]}],
        {"title": "a title", "sponsored": "%"},
    ],
    "/v1/overrides": [
        {"article_id": "g1", "action": "boost", "factor": 2, "%": 1},
        {"article_id": "g1", "action": "%", "factor": "%"},
    ],
}
QUERIES: Mapping[str, Sequence[str]] = {
    "/v1/related": ("id=g1&m=%", "id=%", "url=https://%.example/a", "id=g1&limit=%", "id=g3"),
    "/v1/inline": ("id=g1&m=%", "id=%&fallback=0"),
    "/v1/page": ("id=g1&m=%", "id=g1&blocks=latest:2,section/sport:4", "id=%", "id=g1&blocks=%:5"),
    "/v1/most-read": ("window=24h&m=%", "window=%", "unit=%", "section=sport", "exclude=%"),
    "/v1/trending": ("max_age=%", "section=sport"),
    "/v1/latest": ("language=%", "sponsored=%", "site=other&m=%", "limit=101"),
    "/v1/articles": ("id=p1", "id=p1&site=other"),
    "/v1/events": ("", "site=default", "m=%"),
    "/v1/ledger": ("id=g1", ""),
    "/v1/overrides": ("id=g1", ""),
}


@dataclass
class Outcome:
    """What became of one connection."""

    sent: bytes
    received: bytes = b""
    statuses: list[int] = field(default_factory=list)
    fault: str = ""


def bases(document: Mapping[str, Any]) -> list[str]:
    """Return requests of every operation of an OpenAPI document, with % where a marker goes."""
    made = [_request("GET", path) for path in ("/openapi.json", "/docs", "/metrics", "/%", "/v1/%")]
    made += [_request("OPTIONS", "/v1/events", more="Origin: https://%.example\r\n")]
    made += [_request("HEAD", "/v1/latest?m=%"), _request("PATCH", "/v1/events?m=%")]
    made += [_request("GET", "/v1/latest?" + "&".join(f"a{n}=%" for n in range(3000)))]
    deep = '{"a":' * 20_000
    made += [_request("POST", path, deep) for path in ("/v1/events", "/v1/related")]
    for path, operations in document["paths"].items():
        for method in operations:
            made += _of_operation(method.upper(), path)
    return made


def _of_operation(method: str, path: str) -> list[str]:
    plain = path.removesuffix(".html").replace("/{id}", "")
    filled = path.replace("{id}", "g7").replace("{name}", "default")
    queries = QUERIES.get(plain, ("",))
    if plain.startswith(ECHOING):
        queries = tuple(query for query in queries if "%" not in query)
    targets = [f"{filled}?{query}" if query else filled for query in queries]
    if method in ("GET", "HEAD", "DELETE"):
        return [_request(method, target) for target in targets]
    bodies = BODIES.get(plain, [None])
    return [
        _request(method, target, json.dumps(body) if body is not None else "")
        for target in targets
        for body in bodies
    ]


def _request(method: str, target: str, body: str | None = None, more: str = "") -> str:
    target = quote(target, safe="/?&=:%,*-_.~{}")
    length = "" if body is None else "Content-Type: application/json\r\nContent-Length: @\r\n"
    key = f"X-API-Key: {KEY}\r\n" if method != "GET" or target.startswith("/v1/models") else ""
    head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Mozilla/5.0 %\r\n"
    return f"{head}{key}X-Marker: %\r\n{length}{more}\r\n{body or ''}"


def rendered(base: str, marker: str) -> bytes:
    """Return a request with its marker and the right length."""
    head, _, body = base.replace("%", marker).partition("\r\n\r\n")
    content = body.encode()
    return head.replace("Content-Length: @", f"Content-Length: {len(content)}").encode() + (
        b"\r\n\r\n" + content
    )


def marker_of(draw: Random) -> str:
    return "".join(draw.choice(ALPHABET) for _ in range(MARKER_LENGTH))


def mutated(request: bytes, donor: bytes, draw: Random) -> bytes:
    """Return a request that differs in one to four places of its target, its body or anywhere.

    Where the body is another, its length mostly stays what the head says.
    """
    head, _, body = request.partition(b"\r\n\r\n")
    where = draw.random()
    if where < 0.4:
        method, target, rest = head.split(b" ", 2)
        other = _spoilt(target, donor, draw)
        if draw.random() < 0.8:  # spoilt behind the parser
            other = quote(other, safe="/?&=:%,*-_.~").encode()
        return b"%b %b %b\r\n\r\n%b" % (method, other, rest, body)
    if where < 0.75 and body:
        other = _spoilt(body, donor, draw)
        if draw.random() < 0.8:
            head = head.replace(b"Length: %d" % len(body), b"Length: %d" % len(other))
        return head + b"\r\n\r\n" + other
    return _spoilt(request, donor, draw)


def _spoilt(text: bytes, donor: bytes, draw: Random) -> bytes:
    content = bytearray(text)
    for _ in range(draw.randint(1, 4)):
        at, size = draw.randrange(len(content) + 1), draw.choice((1, 1, 2, 5, 20))
        kind = draw.randrange(6)
        if kind == 0 and content:
            content[min(at, len(content) - 1)] ^= 1 << draw.randrange(8)
        elif kind == 1:
            content[at:at] = draw.randbytes(size)
        elif kind == 2:
            del content[at : at + size]
        elif kind == 3:
            content[at:at] = content[at : at + size]
        elif kind == 4:
            begin = draw.randrange(len(donor))
            content[at : at + size] = donor[begin : begin + draw.choice((5, 40, 300))]
        else:
            content[at : at + 1] = draw.choice(SPECIAL)
    return bytes(content)


async def exchange(port: int, sent: bytes, marker: str, pipelined: bool, cut: int) -> Outcome:
    """Send bytes and wait for what they ask for; ``cut`` bytes only, then gone, unless negative."""
    outcome = Outcome(sent + NEXT * pipelined)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        if cut >= 0:
            writer.write(sent[:cut])
            await writer.drain()
            return outcome
        writer.write(outcome.sent)
        with suppress(ConnectionError):
            await writer.drain()
        await _receive(reader, outcome, 2 if pipelined else 1)
    except ConnectionError as error:
        if not outcome.received:
            outcome.fault = f"dropped without an answer ({type(error).__name__})"
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
    outcome.fault = outcome.fault or _fault(outcome, marker)
    return outcome


async def _receive(reader: asyncio.StreamReader, outcome: Outcome, wanted: int) -> None:
    bodiless = outcome.sent.startswith(b"HEAD")
    whole = None
    while len(outcome.statuses) < wanted:
        patience = PATIENCE_SECONDS if whole else QUIET_SECONDS
        try:
            received = await asyncio.wait_for(reader.read(1 << 16), patience)
        except TimeoutError:
            if whole is None:
                whole = is_whole(outcome.sent) and not outcome.statuses
            if whole and patience == QUIET_SECONDS:
                continue
            if whole:
                outcome.fault = "a whole request was not answered"
            return
        if not received:
            if not outcome.received:
                outcome.fault = "dropped without an answer"
            return
        outcome.received += received
        outcome.statuses = statuses_of(outcome.received, bodiless)


def is_whole(sent: bytes) -> bool:
    """Return whether the bytes begin with a request that is well formed and complete."""
    server = h11.Connection(h11.SERVER)
    server.receive_data(sent)
    try:
        while True:
            event = server.next_event()
            if isinstance(event, h11.EndOfMessage):
                return True
            if event in (h11.NEED_DATA, h11.PAUSED):
                return False
    except h11.RemoteProtocolError:
        return False


def statuses_of(received: bytes, bodiless: bool) -> list[int]:
    """Return the status of each answer that came whole."""
    found, rest = [], received
    while (end := rest.find(b"\r\n\r\n")) >= 0:
        head, rest = rest[:end].lower(), rest[end + 4 :]
        status = int(head.split(b" ", 2)[1])
        if status not in (204, 304) and not (bodiless and not found):
            taken = _body_bytes(head, rest)
            if taken < 0:
                break
            rest = rest[taken:]
        found.append(status)
    return found


def _body_bytes(head: bytes, rest: bytes) -> int:
    """Return how many bytes a body has; -1 if they are not all there."""
    if b"transfer-encoding: chunked" in head:
        end = rest.find(b"0\r\n\r\n")
        return end + 5 if end >= 0 else -1
    lengths = [line for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2]) if lengths else 0
    return length if len(rest) >= length else -1


def _fault(outcome: Outcome, marker: str) -> str:
    for status in outcome.statuses:
        if status >= 500 and not (status == 503 and b"retry-after:" in outcome.received.lower()):
            return f"answered {status}"
    for start in range(MARKER_LENGTH - TELLING + 1):
        if marker[start : start + TELLING].encode() in outcome.received:
            return f"echoed: {outcome.received[-600:]!r}"
    return ""
