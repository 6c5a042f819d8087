"""The first lines of requests, in the forms they may come in."""

from collections.abc import Iterable
from typing import Any


def plain_head(parser: Any, url: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the head of a request without what asks for another protocol."""
    dropped = (b"connection", b"upgrade", b"http2-settings")
    kept = [b"%b: %b" % pair for pair in headers if pair[0] not in dropped]
    if not parser.should_keep_alive():
        kept.append(b"connection: close")
    first = b"%b %b HTTP/%b" % (parser.get_method(), url, parser.get_http_version().encode())
    return b"\r\n".join((first, *kept, b"", b""))


def path_and_query(target: bytes) -> bytes:
    """Return the target of a request as a path and a query, whatever its form."""
    if target[:1] == b"/":
        return target
    if target[:7].lower() == b"http://" or target[:8].lower() == b"https://":
        behind = target.partition(b"//")[2]
        start = min((i for i in map(behind.find, (b"/", b"?")) if i >= 0), default=len(behind))
        rest = behind[start:]
        return rest if rest[:1] == b"/" else b"/" + rest
    return b"/*" if target == b"*" else target


def path_of(target: bytes) -> str:
    """Return the path of a path and query, percent-encoded."""
    return target.partition(b"?")[0].decode("latin-1")
