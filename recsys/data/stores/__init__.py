"""The storage backends, and `open_store`, which finds the right one for a URL."""

from collections.abc import Callable, Mapping
from pathlib import Path

from recsys.data.stores.base import Store
from recsys.data.stores.sqlite import PATIENCE_SECONDS, SqliteStore
from recsys.errors import StoreError
from recsys.settings import Settings

_LATER = ("postgresql",)


def _sqlite(rest: str, settings: Settings | None, create: bool, patience_seconds: float) -> Store:
    if not rest.startswith("/") or rest == "/":
        raise StoreError("a SQLite store is sqlite:///relative.db or sqlite:////absolute/path.db")
    name = rest[1:]
    path = None if name == ":memory:" else Path(name)
    return SqliteStore(path, settings, create=create, patience_seconds=patience_seconds)


STORES: Mapping[str, Callable[[str, Settings | None, bool, float], Store]] = {
    "sqlite": _sqlite,
}


def open_store(
    url: str,
    settings: Settings | None = None,
    *,
    create: bool = True,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Store:
    """Open the store at a URL.

    Parameters
    ----------
    url
        ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``sqlite:///:memory:``.
    settings
        Time zones of the sites, for the days of readers, and which events count.
    create
        Whether to make a store where there is none.
    patience_seconds
        How long to wait for other writers before giving up.

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
    return STORES[scheme](rest, settings, create, patience_seconds)
