"""Which version of a model is served: ``CURRENT``, ``HISTORY``, promote and rollback."""

import re
from pathlib import Path

from recsys.errors import ModelError, NotFoundError
from recsys.manifest import regular_text, replace_file, verify

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


def current(models: Path, name: str) -> str:
    """Return the version that is served.

    Raises
    ------
    NotFoundError
        If none was published.
    ModelError
        If ``CURRENT`` cannot be read or names no version that is there.
    """
    path = models / checked_name(name) / "CURRENT"
    try:
        version = regular_text(path).removesuffix("\n")
    except FileNotFoundError:
        raise NotFoundError(
            "model_not_found", f"{path}: no model was published; run recsys train"
        ) from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: not readable ({error}); promote a version") from error
    if not _VERSION.fullmatch(version):
        raise ModelError(f"{path}: does not hold the name of a version; promote a version")
    if not (path.parent / version).exists():
        raise ModelError(f"{path}: names {version}, which is not there; promote a version")
    return version


def history(models: Path, name: str) -> list[str]:
    """Return the promoted versions, the latest last."""
    path = models / checked_name(name) / "HISTORY"
    try:
        lines = regular_text(path).split()
    except (OSError, ValueError):
        return []
    return [line for line in lines if _VERSION.fullmatch(line)]


def names(models: Path) -> list[str]:
    """Return the names of all models."""
    if not models.is_dir():
        return []
    return sorted(p.name for p in models.iterdir() if p.is_dir() and versions(models, p.name))


def versions(models: Path, name: str) -> list[str]:
    """Return every version on disk, the oldest clock first."""
    home = models / name
    return sorted(p.name for p in home.iterdir() if p.is_dir() and _VERSION.fullmatch(p.name))


def promote(models: Path, name: str, version: str) -> None:
    """Make a version the one that is served, after checking it."""
    home = models / checked_name(name)
    folder = home / checked_version(version)
    if not folder.is_dir():
        raise NotFoundError("version_not_found", f"{folder}: there is no such version")
    verify(folder)
    past = history(models, name)
    if past[-1:] != [version]:
        past.append(version)
    replace_file(home / "HISTORY", "".join(f"{line}\n" for line in past))
    replace_file(home / "CURRENT", f"{version}\n")


def rollback(models: Path, name: str) -> str:
    """Serve what was promoted before the current version, and return its version.

    Raises
    ------
    NotFoundError
        If nothing was promoted before it.
    """
    past = history(models, name)[:-1]
    while past and not (models / name / past[-1]).is_dir():
        past.pop()
    if not past:
        raise NotFoundError("version_not_found", f"model {name}: nothing was promoted before")
    home = models / name
    verify(home / past[-1])
    replace_file(home / "HISTORY", "".join(f"{line}\n" for line in past))
    replace_file(home / "CURRENT", f"{past[-1]}\n")
    return past[-1]


def checked_name(name: str) -> str:
    """Return ``name``; `NotFoundError` if no model can have it."""
    if not _NAME.fullmatch(name):
        raise NotFoundError("model_not_found", "a model's name is letters, digits, '.', '_', '-'")
    return name


def checked_version(version: str) -> str:
    """Return ``version``; `NotFoundError` if no model can have it."""
    if not _VERSION.fullmatch(version):
        raise NotFoundError("version_not_found", "a version looks like 20260301T120000Z-1a2b3c4d")
    return version
