"""What is configured: whether it can be read, who may write, whose word on addresses counts."""

import os
from collections.abc import Iterator
from pathlib import Path

from recsys.doctor.base import Check, Findings, ok, warning
from recsys.records import DEFAULT_SITE
from recsys.settings import Settings, read_settings


def configuration(config: Path | None, found: Findings) -> Iterator[Check]:
    """Yield the checks of the settings; `SettingsError` if they cannot be read."""
    found.settings = settings = read_settings(config)
    yield ok("settings.file", f"{_source(config)}: {_sites(settings)}")
    yield _keys(settings)
    yield _proxies(settings)


def _source(config: Path | None) -> str:
    named = config or os.environ.get("RECSYS_CONFIG")
    return str(named or ("recsys.toml" if Path("recsys.toml").is_file() else "no file, defaults"))


def _sites(settings: Settings) -> str:
    """Return the sites with their time zones, all of which exist: reading checks that."""
    sites = settings.sites or {DEFAULT_SITE: settings.site(DEFAULT_SITE)}
    return ", ".join(f"site {name} in {site.time_zone}" for name, site in sites.items())


def _keys(settings: Settings) -> Check:
    name = "settings.keys"
    of_sites = [key for site in settings.sites.values() for key in site.key_hashes]
    keys = len(settings.key_hashes) + len(of_sites)
    if not keys:
        cure = "set RECSYS_API_KEY, or put hashes under [keys]"
        return warning(name, f"no API key, so that all writes but events answer 401; {cure}")
    return ok(name, f"keys that may write: {keys}")


def _proxies(settings: Settings) -> Check:
    name, trusted = "settings.proxies", settings.counting.trusted_proxies
    if not trusted:
        note = "behind a proxy all readers would look like one, until counting.trusted_proxies"
        return ok(name, f"no proxy is trusted: {note} names it")
    return ok(name, f"proxies that are trusted: {', '.join(trusted)}")
