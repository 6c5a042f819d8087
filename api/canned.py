"""Answers as bytes, which the protocol sends by itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.responses import Response

from . import admission
from .errors import error_response, store_trouble
from .middleware import OPEN_HEADERS, emptied

Pairs = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Canned:
    """An answer, less what stands in every answer, such as the date."""

    status: bytes
    headers: bytes
    body: bytes

    @classmethod
    def of(cls, status_code: int, headers: Pairs, body: bytes) -> "Canned":
        """Write down an answer."""
        status = HTTPStatus(status_code)
        lines = [b"%b: %b\r\n" % pair for pair in headers]
        first = f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
        return cls(first, b"".join(lines), body)

    def sent(self, every: Pairs, keep: bool) -> bytes:
        """Return all of it, with the headers of every answer and whether the connection stays."""
        dated = [b"%b: %b\r\n" % pair for pair in every]
        end = b"\r\n" if keep else b"connection: close\r\n\r\n"
        return b"".join((self.status, *dated, self.headers, end, self.body))


@cache
def overloaded(head_only: bool, fragment: bool = False) -> Canned:
    """Return the refusal of one request too many; that of a fragment of HTML has no body."""
    refusal = admission.overloaded()
    if fragment:
        refusal.raw_headers = emptied(refusal.raw_headers, bytes(refusal.body))
    return _canned(refusal, head_only or fragment)


@cache
def bad_head() -> Canned:
    """Return the refusal of what is no request."""
    return _canned(error_response(400, headers=OPEN_HEADERS))


@cache
def bad_body() -> Canned:
    """Return the refusal of a body that cannot be read."""
    message = "the body cannot be read"
    return _canned(error_response(400, message=message, headers=OPEN_HEADERS))


@cache
def too_slow() -> Canned:
    """Return the refusal of a body that does not come."""
    message = "the body did not arrive in time"
    return _canned(error_response(400, code="too_slow", message=message, headers=OPEN_HEADERS))


@cache
def unavailable() -> Canned:
    """Return the refusal of events while the store cannot be written."""
    return opened(store_trouble())


def opened(response: Response) -> Canned:
    """Return an answer with the headers by which any origin may read it."""
    headers = MutableHeaders(raw=list(response.raw_headers))
    headers.update(OPEN_HEADERS)
    return Canned.of(response.status_code, headers.raw, bytes(response.body))


def _canned(response: Response, head_only: bool = False) -> Canned:
    body = b"" if head_only else bytes(response.body)
    return Canned.of(response.status_code, response.raw_headers, body)
