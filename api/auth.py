"""Who may write: whoever knows a key of the settings."""

from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request

from recsys.settings import key_hash

from .errors import UnauthorizedError


async def is_trusted(request: Request) -> bool:
    """Return whether the request bears a valid key; every hash is compared, in constant time."""
    given = request.headers.get("x-api-key")
    if given is None:
        return False
    found = key_hash(given.encode("latin-1").decode("utf-8", "surrogateescape"))
    hashes: tuple[str, ...] = request.app.state.service.settings.key_hashes
    matches = [compare_digest(found.encode(), known.lower().encode()) for known in hashes]
    return any(matches)


Trusted = Annotated[bool, Depends(is_trusted)]


async def require_key(trusted: Trusted) -> None:
    """Refuse whoever has no valid key; without a key in the settings that is everybody."""
    if not trusted:
        raise UnauthorizedError("a valid X-API-Key is required")


KeyRequired = Depends(require_key)
