"""Who may write, and to which sites: whoever knows a key of the settings."""

from collections.abc import Iterable
from dataclasses import dataclass
from hmac import compare_digest
from typing import Annotated

from fastapi import Depends
from fastapi.security import APIKeyHeader

from recsys.data.rows import identifier
from recsys.errors import RowError
from recsys.records import DEFAULT_SITE
from recsys.settings import Settings, key_hash

from .asking import ServiceDep
from .bodies import Row
from .errors import UnauthorizedError

Header = Annotated[str | None, Depends(APIKeyHeader(name="X-API-Key", auto_error=False))]


@dataclass(frozen=True, slots=True)
class Rights:
    """The sites that whoever asks may write to: all, some, or none, which is false.

    Attributes
    ----------
    everywhere
        Whether the key is good for all sites, those that no settings name included.
    sites
        The sites for which it is good by itself.
    """

    everywhere: bool = False
    sites: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.sites)

    def may_write_to(self, site: str) -> bool:
        """Return whether what is sent for a site may be believed and stored."""
        return self.everywhere or site in self.sites

    def require(self, site: str) -> None:
        """Refuse a site that may not be written to; `UnauthorizedError`."""
        if not self.may_write_to(site):
            raise UnauthorizedError("an X-API-Key that is valid for this site is required")


def rights_of(settings: Settings, given: str | None) -> Rights:
    """Return what an ``X-API-Key`` is good for; every hash is compared, in constant time.

    Parameters
    ----------
    given
        The header as Starlette gives it, decoded as Latin-1; None where there is none.
    """
    if given is None:
        return Rights()
    found = key_hash(given.encode("latin-1").decode("utf-8", "surrogateescape"))
    sites = [name for name, site in settings.sites.items() if _is_among(found, site.key_hashes)]
    return Rights(_is_among(found, settings.key_hashes), frozenset(sites))


def _is_among(found: str, hashes: Iterable[str]) -> bool:
    return sum(compare_digest(found.encode(), known.lower().encode()) for known in hashes) > 0


async def _rights(service: ServiceDep, given: Header) -> Rights:
    return rights_of(service.settings, given)


RightsDep = Annotated[Rights, Depends(_rights)]


async def _require_key(rights: RightsDep) -> None:
    """Refuse whoever has no valid key; without a key in the settings that is everybody."""
    if not rights:
        raise UnauthorizedError("a valid X-API-Key is required")


async def _require_key_for_all_sites(rights: RightsDep) -> None:
    if not rights.everywhere:
        raise UnauthorizedError("an X-API-Key that is valid for all sites is required")


KeyRequired = Depends(_require_key)
KeyForAllSitesRequired = Depends(_require_key_for_all_sites)


def site_of(row: Row, site: str | None) -> str:
    """Return the site that a row belongs to: ``site`` for all rows, else its own.

    Raises
    ------
    RowError
        If what the row says cannot be a site.
    """
    return site or identifier(row, "site") or DEFAULT_SITE


def checked(rights: Rights, row: Row | RowError, site: str | None) -> Row | RowError:
    """Return the row, or in its place why it is refused."""
    try:
        if not isinstance(row, RowError):
            rights.require(site_of(row, site))
    except RowError as error:
        return error
    except UnauthorizedError as error:
        return RowError("site", str(error))
    return row
