"""``recsys models``: the trained models on disk, and which of them is served."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from recsys import releases
from recsys.cli import options, output
from recsys.cli.options import CallError
from recsys.errors import ModelError, NotFoundError, RecsysError
from recsys.manifest import Manifest, verify


def models(
    action: Annotated[
        Literal["list", "show", "verify", "promote", "rollback"],
        typer.Argument(metavar="list|show|verify|promote|rollback"),
    ],
    models: options.ModelsDir,
    version: Annotated[str | None, typer.Argument(metavar="[VERSION]")] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="NAME", help="Otherwise default; list and verify take all."
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """List, show, verify, promote or roll back trained models.

    show tells what a version was made of, the served one's if none is named. verify checks every
    file against its checksum, of all versions or of one; the exit code is 1 if any is damaged.
    promote serves VERSION from now on, rollback what was served before.
    """
    if not models.is_dir():
        raise NotFoundError("model_not_found", f"{models}: there is no such folder")
    if action in ("list", "rollback") and version is not None:
        raise CallError(f"models {action} takes no version")
    _ACTIONS[action](models, name, version, as_json)


def _list(models: Path, name: str | None, version: None, as_json: bool) -> None:
    found = [
        {
            "name": each,
            "versions": releases.versions(models, each),
            "history": releases.history(models, each),
            "served": _served(models, each),
        }
        for each in _names(models, name)
    ]
    output.answer({"models": found}, as_json, _show_list, models, found)


def _show_list(models: Path, found: list[dict[str, Any]]) -> None:
    rows = [
        [each["name"], version, "served" if version == each["served"] else "", *_facts(folder)]
        for each in found
        for version in each["versions"]
        if (folder := models / each["name"] / version)
    ]
    output.table(["model", "version", "", "articles", "views", "last article"], rows)


def _facts(folder: Path) -> list[str]:
    try:
        data = Manifest.read(folder).data
    except ModelError:
        return ["damaged", "", ""]
    return [str(data[name] or "") for name in ("articles", "views", "last_published")]


def _show(models: Path, name: str | None, version: str | None, as_json: bool) -> None:
    name = name or "default"
    manifest = Manifest.read(_folder(models, name, version or releases.current(models, name)))
    output.answer(asdict(manifest), as_json, _show_manifest, manifest)


def _show_manifest(manifest: Manifest) -> None:
    recipe = {f"[{table}]": keys for table, keys in manifest.recipe.items()}
    size = sum(file["bytes"] for file in manifest.files.values())
    facts: dict[str, object] = {
        "model": manifest.name,
        "version": manifest.version,
        "now": manifest.now,
    }
    facts |= {**manifest.data, **manifest.metrics, **recipe, **manifest.libraries}
    for what, sites in manifest.calibration.items():
        for site, found in sites.items():
            facts[f"{what} of {site}"] = {k: v for k, v in found.items() if k != "gains"}
    facts |= {"files": len(manifest.files), "bytes": size}
    output.table(["", ""], [[name, _in_words(value)] for name, value in facts.items()])


def _in_words(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {_in_words(inner)}" for key, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _verify(models: Path, name: str | None, version: str | None, as_json: bool) -> None:
    if version is not None:
        chosen = [(name or "default", version)]
    else:
        chosen = [(n, v) for n in _names(models, name) for v in releases.versions(models, n)]
    found = [{"name": n, "version": v, "error": _damage(_folder(models, n, v))} for n, v in chosen]
    output.answer({"models": found}, as_json, _show_verified, found)
    if any(each["error"] for each in found):
        raise typer.Exit(1)


def _show_verified(found: list[dict[str, Any]]) -> None:
    rows = [[each["name"], each["version"], each["error"] or "as it was written"] for each in found]
    output.table(["model", "version", ""], rows)


def _damage(folder: Path) -> str | None:
    try:
        verify(folder)
    except ModelError as error:
        return str(error)
    return None


def _promote(models: Path, name: str | None, version: str | None, as_json: bool) -> None:
    if version is None:
        raise CallError("models promote takes the version to serve; models list shows them")
    name = name or "default"
    _folder(models, name, version)
    releases.promote(models, name, version)
    _tell_served(name, version, as_json)


def _rollback(models: Path, name: str | None, version: None, as_json: bool) -> None:
    name = name or "default"
    _tell_served(name, releases.rollback(models, name), as_json)


def _tell_served(name: str, version: str, as_json: bool) -> None:
    document = {"name": name, "version": version}
    output.answer(document, as_json, typer.echo, f"{name} {version} is served from now on")


def _names(models: Path, name: str | None) -> list[str]:
    """Return the model that is asked for, or all there are."""
    known = releases.names(models)
    if name is not None and name not in known:
        raise NotFoundError("model_not_found", f"{models}: there is no model {name!r}")
    return known if name is None else [name]


def _folder(models: Path, name: str, version: str) -> Path:
    folder = models / releases.checked_name(name) / releases.checked_version(version)
    if not folder.is_dir():
        raise NotFoundError("version_not_found", f"{folder}: there is no such version")
    return folder


def _served(models: Path, name: str) -> str | None:
    try:
        return releases.current(models, name)
    except RecsysError:
        return None


_ACTIONS: Mapping[str, Callable[[Path, Any, Any, bool], None]] = {
    "list": _list,
    "show": _show,
    "verify": _verify,
    "promote": _promote,
    "rollback": _rollback,
}
