"""Where things are and what the sites are called: TOML and ``RECSYS_*`` into dataclasses.

A recipe says what a model is; settings say everything else. Nothing is read at import time.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from recsys.errors import SettingsError
from recsys.times import zone
from recsys.typed import from_table, nearest

LISTS = ("related", "most_read", "trending", "latest", "section", "inline", "page")
RULES = (
    "bots",
    "prefetch",
    "staff",
    "future",
    "too_old",
    "rate_limit",
    "repeated",
    "unknown_article",
    "own_lists",
    "half_hour",
    "concentration",
)
"""The rules by which events do not count, in the order in which they are asked."""
ALWAYS = ("repeated", "unknown_article", "half_hour")
"""Rules that cannot be left out: without them a count means nothing."""


@dataclass(frozen=True)
class Site:
    """One website: the language and the clock of its readers.

    ``headings`` maps the name of a list or section, or that name with ``.language`` behind it, to
    what stands above it. ``key_hashes`` are of keys that may write to this site and no other.
    """

    language: str | None = None
    time_zone: str = "UTC"
    hosts: tuple[str, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)
    key_hashes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a time zone that does not exist."""
        zone(self.time_zone)


@dataclass(frozen=True)
class ListSettings:
    """What a list does unless the request says otherwise; None leaves the built-in default."""

    limit: int | None = None
    window: str | None = None
    title_words: int = 9

    def __post_init__(self) -> None:
        """Refuse lengths that no list can have."""
        if self.limit is not None and not 1 <= self.limit <= 100:
            raise ValueError(f"limit must be from 1 to 100, got {self.limit}")
        if self.title_words < 1:
            raise ValueError(f"title_words must be at least 1, got {self.title_words}")


@dataclass(frozen=True)
class Counting:
    """Which events count, and how long what is known of readers is kept.

    Parameters
    ----------
    trusted_proxies
        Addresses or networks (``10.0.0.0/8``) whose ``X-Forwarded-For`` is believed. Nobody's
        unless named.
    staff
        Addresses or networks whose views do not count.
    rules
        Which of `RULES` are asked. ``own_lists``, which drops views that came from our own lists,
        is not among them unless named; those of `ALWAYS` must be.
    retention
        How many days raw events that came over HTTP are kept; 0 keeps none.
    events_per_minute
        How many events of one reader count in a minute.
    too_old_hours
        Age beyond which an event that comes over HTTP does not count, up to 24.
    """

    trusted_proxies: tuple[str, ...] = ()
    staff: tuple[str, ...] = ()
    rules: tuple[str, ...] = tuple(name for name in RULES if name != "own_lists")
    retention: int = 30
    events_per_minute: int = 120
    too_old_hours: int = 24

    def __post_init__(self) -> None:
        """Refuse rules that do not exist, networks that are none, and impossible spans."""
        for name in self.rules:
            if name not in RULES:
                raise ValueError(f"rules: unknown rule {name}; {nearest(name, list(RULES))}")
        for name in ALWAYS:
            if name not in self.rules:
                raise ValueError(f"rules must have {name}")
        for field_name in ("trusted_proxies", "staff"):
            for text in getattr(self, field_name):
                _check_network(field_name, text)
        if not 0 <= self.retention <= 3650:
            raise ValueError(f"retention must be from 0 to 3650 days, got {self.retention}")
        if self.events_per_minute < 1:
            raise ValueError(f"events_per_minute must be at least 1, got {self.events_per_minute}")
        if not 1 <= self.too_old_hours <= 24:
            raise ValueError(f"too_old_hours must be from 1 to 24, got {self.too_old_hours}")


def _check_network(field_name: str, text: str) -> None:
    try:
        ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{field_name} must be addresses or networks such as 10.0.0.0/8") from None


@dataclass(frozen=True)
class Settings:
    """Everything that is configured.

    Attributes
    ----------
    sites
        By name; a site that is not listed has the defaults of `Site`.
    lists
        By name of the list (`LISTS`).
    counting
        Which events count.
    keys
        ``hashes``: hexadecimal SHA-256 of the API keys that may write.
    max_age_seconds
        Overrides how long answers may be cached; None leaves 300 for related, 60 for the others.
    """

    sites: Mapping[str, Site] = field(default_factory=dict)
    lists: Mapping[str, ListSettings] = field(default_factory=dict)
    counting: Counting = field(default_factory=Counting)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    max_age_seconds: int | None = None

    def __post_init__(self) -> None:
        """Refuse lists that do not exist."""
        for name in self.lists:
            if name not in LISTS:
                raise ValueError(f"unknown list lists.{name}; {nearest(name, list(LISTS))}")

    def site(self, name: str) -> Site:
        """Return the settings of a site."""
        return self.sites.get(name, Site())

    def list(self, name: str) -> ListSettings:
        """Return the settings of a list."""
        return self.lists.get(name, ListSettings())

    @property
    def key_hashes(self) -> tuple[str, ...]:
        """SHA-256, in hexadecimal, of every key that may write."""
        return tuple(self.keys.get("hashes", ()))


def key_hash(key: str) -> str:
    """Return what is kept of an API key."""
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def read_settings(
    path: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Read the configuration.

    Parameters
    ----------
    path
        A TOML file; otherwise the one ``RECSYS_CONFIG`` names, otherwise ``./recsys.toml`` if it
        is there.
    environment
        ``RECSYS_TABLE__KEY=value`` overrides a key (a value that reads as TOML is TOML, any other
        is a string); ``RECSYS_API_KEY`` is hashed into ``[keys]``. Defaults to `os.environ`.

    Raises
    ------
    SettingsError
        If a file is missing or is not TOML, or a key or value is not allowed.
    """
    environment = os.environ if environment is None else environment
    named = path or (
        Path(environment["RECSYS_CONFIG"]) if environment.get("RECSYS_CONFIG") else None
    )
    document = _document(named or Path("recsys.toml"), required=named is not None)
    where = str(named or "recsys.toml")
    settings = _built(document, where)
    for name, value in sorted(environment.items()):
        if name.startswith("RECSYS_") and name not in _NOT_KEYS:
            keys = name.removeprefix("RECSYS_").lower().split("__")
            _set(document, keys, _value(value), name)
            settings = _built(document, name)
    if environment.get("RECSYS_API_KEY"):
        hashes = (*settings.key_hashes, key_hash(environment["RECSYS_API_KEY"]))
        settings = replace(settings, keys={"hashes": hashes})
    return settings


# Read elsewhere: by read_settings itself, by the benchmarks, by the tests.
_NOT_KEYS = frozenset({"RECSYS_CONFIG", "RECSYS_API_KEY", "RECSYS_DATA", "RECSYS_FOUNDING_PAGE"})


def _document(path: Path, required: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if required:
            raise SettingsError(f"{path}: there is no such configuration file") from None
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: not a readable TOML file: {error}") from error


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _set(document: dict[str, Any], keys: list[str], value: Any, name: str) -> None:
    for key in keys[:-1]:
        document = document.setdefault(key, {})
        if not isinstance(document, dict):
            raise SettingsError(f"{name}: {key} is a value, not a table")
    document[keys[-1]] = value


def _built(document: dict[str, Any], where: str) -> Settings:
    try:
        return from_table(Settings, document)
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from None
