"""Who may write: whoever knows a key of the settings."""

from hmac import compare_digest
from typing import Annotated

from fastapi import Depends
from fastapi.security import APIKeyHeader

from recsys.settings import key_hash

from .asking import ServiceDep
from .errors import UnauthorizedError

Header = Annotated[str | None, Depends(APIKeyHeader(name="X-API-Key", auto_error=False))]


async def is_trusted(service: ServiceDep, given: Header) -> bool:
    """Return whether the request bears a valid key; every hash is compared, in constant time."""
    if given is None:
        return False
    found = key_hash(given.encode("latin-1").decode("utf-8", "surrogateescape"))
    hashes = service.settings.key_hashes
    return sum(compare_digest(found.encode(), known.lower().encode()) for known in hashes) > 0


Trusted = Annotated[bool, Depends(is_trusted)]


async def require_key(trusted: Trusted) -> None:
    """Refuse whoever has no valid key; without a key in the settings that is everybody."""
    if not trusted:
        raise UnauthorizedError("a valid X-API-Key is required")


KeyRequired = Depends(require_key)
