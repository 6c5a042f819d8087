"""Every way to spoil a saved model. Each harm takes the folder of a version and a seeded random.

Sealed harms write the manifest anew, checksums and all, as an attacker would.
"""

import json
import os
import pickle
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from recsys.manifest import Manifest, file_digest

Random = random.Random
Harm = Callable[[Path, Random], None]


class Creator:
    """Unpickling this makes a file: the proof that something was executed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


# --- without a new seal -------------------------------------------------------------------------


def flip(folder: Path, draw: Random) -> None:
    path = _any_file(folder, draw)
    content = bytearray(path.read_bytes())
    for _ in range(draw.choice((1, 1, 8))):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)


def truncate(folder: Path, draw: Random) -> None:
    path = _any_file(folder, draw)
    content = path.read_bytes()
    path.write_bytes(content[: draw.randrange(len(content))])


def lengthen(folder: Path, draw: Random) -> None:
    path = _any_file(folder, draw)
    path.write_bytes(path.read_bytes() + draw.randbytes(draw.choice((1, 8, 4096))))


def swap(folder: Path, draw: Random) -> None:
    one, other = draw.sample(_full_arrays(folder), 2)
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)


def remove(folder: Path, draw: Random) -> None:
    _any_file(folder, draw).unlink()


def empty_files(folder: Path, draw: Random) -> None:
    for path in folder.iterdir():
        path.write_bytes(b"")


def empty_folder(folder: Path, draw: Random) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def a_file_for_a_folder(folder: Path, draw: Random) -> None:
    shutil.rmtree(folder)
    folder.write_text("no model")


def a_folder_for_a_file(folder: Path, draw: Random) -> None:
    path = _any_file(folder, draw)
    path.unlink()
    path.mkdir()


def link_of_an_array(folder: Path, draw: Random) -> None:
    _linked_outside(draw.choice(_full_arrays(folder)))


def link_of_the_manifest(folder: Path, draw: Random) -> None:
    _linked_outside(folder / "manifest.json")


def link_to_nowhere(folder: Path, draw: Random) -> None:
    path = _any_file(folder, draw)
    path.unlink()
    path.symlink_to("/nowhere/at/all")


def link_of_the_folder(folder: Path, draw: Random) -> None:
    outside = folder.parent.parent.parent / f"outside-{folder.name}"
    folder.rename(outside)
    folder.symlink_to(outside)


def pipe_for_an_array(folder: Path, draw: Random) -> None:
    _piped(draw.choice(_full_arrays(folder)))


def pipe_for_the_manifest(folder: Path, draw: Random) -> None:
    _piped(folder / "manifest.json")


def manifest_text(text: str | bytes) -> Harm:
    def harm(folder: Path, draw: Random) -> None:
        content = text if isinstance(text, bytes) else text.encode()
        (folder / "manifest.json").write_bytes(content)

    return harm


def doubled_keys(folder: Path, draw: Random) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace("{", '{\n "format": 1,', 1))


# --- sealed -------------------------------------------------------------------------------------


def sealed(folder: Path, **changes: Any) -> None:
    """Write the manifest of what the files are now, as if we had made them."""
    document = json.loads((folder / "manifest.json").read_text())
    document.pop("sha256")
    files = {}
    for path in sorted(folder.iterdir()):
        if path.name == "manifest.json":
            continue
        facts = {"sha256": file_digest(path), "bytes": path.stat().st_size}
        files[path.name] = facts | _shape_of(path, document["files"].get(path.name, {}))
    manifest = Manifest(**{**document, "version": folder.name, "files": files})
    (folder / "manifest.json").write_text(replace(manifest, **changes).text())


def _shape_of(path: Path, before: dict[str, Any]) -> dict[str, Any]:
    if path.suffix != ".npy":
        return {}
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        return {"dtype": str(array.dtype), "shape": list(array.shape)}
    except Exception:
        return {name: before.get(name) for name in ("dtype", "shape")}


def in_array(name: str, change: Callable[[np.ndarray, Random], np.ndarray]) -> Harm:
    def harm(folder: Path, draw: Random) -> None:
        path = folder / f"{name}.npy"
        array = np.load(path)
        np.save(path, change(array.copy(), draw), allow_pickle=False)
        sealed(folder)

    return harm


def one_value(value: Any) -> Callable[[np.ndarray, Random], np.ndarray]:
    def change(array: np.ndarray, draw: Random) -> np.ndarray:
        if not array.size:  # no views: an array of one, which points outside all the same
            return np.full(1, value, array.dtype)
        array.flat[draw.randrange(array.size)] = value
        return array

    return change


def pickled(folder: Path, draw: Random, target: Path) -> None:
    path = draw.choice(_full_arrays(folder))
    objects = np.array([Creator(target)], dtype=object)
    with path.open("wb") as file:
        np.lib.format.write_array(file, objects, allow_pickle=True)
    sealed(folder)


def bare_pickle(folder: Path, draw: Random, target: Path) -> None:
    draw.choice(_full_arrays(folder)).write_bytes(pickle.dumps(Creator(target)))
    sealed(folder)


def another_array_with_a_pickle(folder: Path, draw: Random, target: Path) -> None:
    with (folder / "more.npy").open("wb") as file:
        np.lib.format.write_array(file, np.array([Creator(target)], object), allow_pickle=True)
    sealed(folder)


def header(text: str) -> Harm:
    def harm(folder: Path, draw: Random) -> None:
        path = draw.choice(_full_arrays(folder))
        content = text.encode() + b"\n"
        path.write_bytes(b"\x93NUMPY\x01\x00" + len(content).to_bytes(2, "little") + content)
        sealed(folder)

    return harm


def a_version_of_numpy_unknown(folder: Path, draw: Random) -> None:
    path = draw.choice(_full_arrays(folder))
    path.write_bytes(b"\x93NUMPY\x09\x09" + path.read_bytes()[8:])
    sealed(folder)


def files_changed(change: Callable[[dict[str, Any]], Any]) -> Harm:
    def harm(folder: Path, draw: Random) -> None:
        document = json.loads((folder / "manifest.json").read_text())
        sealed(folder, files=change(document["files"]))

    return harm


def files_of(folder: Path) -> list[tuple[str, Any]]:
    """Return what the manifest says of each file."""
    return list(json.loads((folder / "manifest.json").read_text())["files"].items())


def says(**changes: Any) -> Harm:
    return lambda folder, draw: sealed(folder, **changes)


def labels(text: str | bytes) -> Harm:
    def harm(folder: Path, draw: Random) -> None:
        (folder / "names.json").write_bytes(text if isinstance(text, bytes) else text.encode())
        sealed(folder)

    return harm


def outside_by_name(folder: Path, draw: Random) -> None:
    outside = folder.parent / "outside.npy"
    shutil.copy(folder / "idf.npy", outside)
    facts = {"sha256": file_digest(outside), "bytes": outside.stat().st_size}
    facts |= _shape_of(outside, {})
    document = json.loads((folder / "manifest.json").read_text())
    name = draw.choice(("../outside.npy", str(outside), "./../outside.npy"))
    sealed(folder, files={**document["files"], name: facts})


def _any_file(folder: Path, draw: Random) -> Path:
    return draw.choice(sorted(path for path in folder.iterdir() if path.stat().st_size))


def _full_arrays(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.npy") if path.stat().st_size > 1000)


def _linked_outside(path: Path) -> None:
    outside = path.parent.parent / f"outside-{path.parent.name}-{path.name}"
    path.rename(outside)
    path.symlink_to(outside)


def _piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)
