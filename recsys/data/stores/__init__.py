"""The storage backends, and `open_store`, which finds the right one for a URL."""

from collections.abc import Callable, Mapping
from pathlib import Path

from recsys.data.stores.base import Store
from recsys.data.stores.sqlite import SqliteStore
from recsys.errors import StoreError
from recsys.settings import Settings

_LATER = ("postgresql",)


def _sqlite(rest: str, settings: Settings | None, create: bool) -> Store:
    if not rest.startswith("/") or rest == "/":
        raise StoreError("a SQLite store is sqlite:///relative.db or sqlite:////absolute/path.db")
    name = rest[1:]
    return SqliteStore(None if name == ":memory:" else Path(name), settings, create=create)


STORES: Mapping[str, Callable[[str, Settings | None, bool], Store]] = {
    "sqlite": _sqlite,
}


def open_store(url: str, settings: Settings | None = None, *, create: bool = True) -> Store:
    """Open the store at a URL.

    Parameters
    ----------
    url
        ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``sqlite:///:memory:``.
    settings
        Time zones of the sites, for the days of readers.
    create
        Whether to make a store where there is none.

    Raises
    ------
    StoreError
        If no backend is of that name, or there is no store, or something that is none.
    """
    scheme, separator, rest = url.partition("://")
    if scheme in _LATER:
        raise StoreError(f"{scheme} stores come in a later version; there is sqlite:///news.db")
    if not separator or scheme not in STORES:
        known = ", ".join(STORES)
        raise StoreError(
            f"a store is named by a URL such as sqlite:///news.db; known before the ://: {known}"
        )
    return STORES[scheme](rest, settings, create)
