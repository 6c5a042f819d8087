"""Python, the package, what it depends on, SQLite, and what is known of time zones."""

import platform
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from itertools import zip_longest
from pathlib import Path
from zoneinfo import TZPATH

from recsys.data.stores.sqlite_health import SAFE_SQLITE, sqlite_version
from recsys.doctor.base import Check, fault, ok, warning

PACKAGE = "recsys-news"
OLDEST_PYTHON = (3, 11)
OLDEST_ZONES_YEARS = 2

_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[.*?\])?\s*\(?([^;)]*)\)?(?:;(.*))?")
_BOUND = re.compile(r"(>=|<=|==|!=|>|<|~=)\s*([0-9][^\s,]*)")


def installation(now: float) -> Iterator[Check]:
    """Yield the checks of what is installed."""
    yield _python()
    yield _package()
    yield _dependencies()
    yield _sqlite()
    yield _time_zones(now)


def _python() -> Check:
    found = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        return fault("installation.python", f"Python {found} is too old; install {oldest} or later")
    return ok("installation.python", f"Python {found}")


def _package() -> Check:
    try:
        return ok("installation.package", f"{PACKAGE} {version(PACKAGE)}")
    except PackageNotFoundError:
        cure = "it runs from its source; install it with pip for its dependencies to be checked"
        return warning("installation.package", f"{PACKAGE} is not installed: {cure}")


def _dependencies() -> Check:
    """Compare what is installed with what the package says it needs."""
    name = "installation.dependencies"
    try:
        needed = requires(PACKAGE) or []
    except PackageNotFoundError:
        return warning(name, f"not known; pip install {PACKAGE}")
    found = [requirement for line in needed if (requirement := _parsed(line)) is not None]
    wrong = [trouble for each in found if (trouble := _trouble(*each))]
    if wrong:
        return fault(name, f"{', '.join(wrong)}; run pip install --upgrade {PACKAGE}")
    return ok(name, f"{len(found)} packages, each within its bounds")


def _parsed(line: str) -> tuple[str, str] | None:
    """Return name and bounds of a requirement; None for one that only an extra or system has."""
    match = _REQUIREMENT.fullmatch(line.strip())
    if match is None or match[3]:
        return None
    return match[1], match[2]


def _trouble(name: str, bounds: str) -> str:
    """Return what is wrong with an installed package; empty if nothing is."""
    try:
        installed = version(name)
    except PackageNotFoundError:
        return f"{name} is missing"
    if all(within(installed, *bound) for bound in _BOUND.findall(bounds)):
        return ""
    return f"{name} is {installed} and must be {bounds.strip()}"


def within(installed: str, relation: str, bound: str) -> bool:
    """Return whether a version keeps a bound, by its release numbers alone."""
    both = zip_longest(_numbers(installed), _numbers(bound), fillvalue=0)
    order = next(((a > b) - (a < b) for a, b in both if a != b), 0)
    if relation == "~=":
        return order >= 0 and _numbers(installed)[0] == _numbers(bound)[0]
    return {
        ">=": order >= 0,
        "<=": order <= 0,
        ">": order > 0,
        "<": order < 0,
        "==": order == 0,
        "!=": order != 0,
    }[relation]


def _numbers(text: str) -> list[int]:
    found = re.match(r"\d+(?:\.\d+)*", text)
    return [int(part) for part in found[0].split(".")] if found else [0]


def _sqlite() -> Check:
    found, safe = sqlite_version(), ".".join(map(str, SAFE_SQLITE))
    if tuple(_numbers(found)) < SAFE_SQLITE:
        note = f"before {safe} two writers at once could damage a store, so they take turns"
        return ok("installation.sqlite", f"SQLite {found}; {note}")
    return ok("installation.sqlite", f"SQLite {found}")


def _time_zones(now: float) -> Check:
    name, found = "installation.time_zones", _zones_version()
    if found is None:
        return ok(name, "time zones are the system's; it does not tell their version")
    age = datetime.fromtimestamp(now, UTC).year - int(found[:4])
    if age > OLDEST_ZONES_YEARS:
        cure = "update the system's tzdata, or run pip install --upgrade tzdata"
        return warning(
            name, f"time zones are those of {found}, and governments change them; {cure}"
        )
    return ok(name, f"time zones of {found}")


def _zones_version() -> str | None:
    """Return the version of the time zones in use: the system's where it has any."""
    for folder in map(Path, TZPATH):
        if (folder / "UTC").exists():
            for file, mark in (("+VERSION", ""), ("tzdata.zi", "# version ")):
                if (folder / file).is_file():
                    first = (folder / file).read_bytes()[:100].decode("ascii", "replace")
                    text = first.partition("\n")[0].strip().removeprefix(mark)
                    return text if text[:4].isdigit() else None
            return None
    return version("tzdata")
