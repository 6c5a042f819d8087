"""Who sent a request: the address that can be believed, and what the browser says of itself."""

import logging
from collections.abc import Mapping
from functools import cache
from ipaddress import ip_address

from recsys.counting.base import Client
from recsys.counting.staff import lies_in
from recsys.settings import Settings

log = logging.getLogger(__name__)

_PURPOSES = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_NO_TRACE = ("sec-gpc", "dnt")
_NOBODY_LOOKS = ("prefetch", "prerender", "preview")


def client_of(headers: Mapping[str, str], peer: str | None, settings: Settings) -> Client:
    """Return the sender of a request; nothing of him is kept longer than it takes to count.

    Parameters
    ----------
    headers
        By names in lower case, of each name the first.
    peer
        Address of the connection, None where it has none.
    """
    purpose = " ".join(headers.get(name, "") for name in _PURPOSES).lower()
    trusted = settings.counting.trusted_proxies
    if "x-forwarded-for" in headers and not trusted:
        _say_that_no_proxy_is_named()
    return Client(
        address=believed_address(peer, headers, trusted),
        agent=headers.get("user-agent", ""),
        prefetch=any(word in purpose for word in _NOBODY_LOOKS),
        no_trace=any(headers.get(name, "").strip() == "1" for name in _NO_TRACE),
    )


def believed_address(
    peer: str | None, headers: Mapping[str, str], trusted: tuple[str, ...]
) -> str | None:
    """Return the address of the reader's machine.

    It is the connection's own unless that is a trusted proxy's. Then ``X-Forwarded-For`` is read
    from its end: each proxy has added who it was called by, so the first address from there that
    is no trusted proxy is the last that can be believed. What stands before it anybody can write.
    """
    if not trusted or peer is None or not lies_in(peer, trusted):
        return peer
    believed = peer
    for text in reversed(headers.get("x-forwarded-for", "").split(",")):
        address = _address(text)
        if address is None:
            break
        believed = address
        if not lies_in(address, trusted):
            break
    return believed


@cache
def _say_that_no_proxy_is_named() -> None:
    """Once: a newsroom that forgets it would wonder at its counts."""
    log.warning(
        "events come with X-Forwarded-For, and counting.trusted_proxies names nobody: if that is"
        " your proxy, name it, or all its readers are taken for one address"
    )


def _address(text: str) -> str | None:
    """Return an address without port and brackets; None for what is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return None
