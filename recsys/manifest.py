"""What a saved model says of itself, and whether its files are what it says."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from mmap import mmap
from pathlib import Path
from typing import Any

from recsys.errors import ModelError

FORMAT = 3
CURE = "train again, or promote another version"

_LONGEST_TEXT = 16_000_000  # bytes of a manifest
_BLOCK_BYTES = 2**18  # of a file, read in one go


@dataclass(frozen=True)
class Manifest:
    """What a saved model says of itself.

    ``calibration`` says what the data set of the parameters that a recipe leaves open, and why.
    ``files`` maps each file to its ``sha256``, ``bytes`` and, for an array, ``dtype`` and
    ``shape``. The manifest's own SHA-256 stands beside it, in the field ``sha256`` of the file.
    """

    format: int
    name: str
    version: str
    now: str
    recipe: Mapping[str, Any]
    data: Mapping[str, Any]
    metrics: Mapping[str, Any]
    libraries: Mapping[str, str]
    files: Mapping[str, Mapping[str, Any]]
    calibration: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Return the file's content: the same manifest, the same bytes."""
        document = {**vars(self), "sha256": _digest(_canonical(vars(self)))}
        return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read and check ``manifest.json``; `ModelError` says what is wrong with it."""
        path = folder / "manifest.json"
        try:
            text = regular_text(path)
            document = json.loads(text)
            del document["sha256"]
            manifest = cls(**document)
        except OSError:
            raise ModelError(f"{path}: missing or not readable; {CURE}") from None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise ModelError(f"{path}: damaged; {CURE}") from None
        if manifest.format != FORMAT:
            raise ModelError(
                f"{path}: format {manifest.format!r} is not known (this release reads {FORMAT});"
                " train again, or update the engine"
            )
        named = (manifest.name, manifest.version) == (folder.parent.name, folder.name)
        if text != manifest.text() or not named:
            raise ModelError(f"{path}: damaged (its checksum does not match); {CURE}")
        if not _has_facts(manifest.files):
            raise ModelError(f"{path}: does not say what its files are; {CURE}")
        return manifest


def verify(folder: Path, manifest: Manifest | None = None) -> Manifest:
    """Check every file of a saved model against its manifest; `ModelError` names the bad one."""
    manifest = manifest or Manifest.read(folder)
    check_sizes(folder, manifest)
    check_digests(folder, manifest)
    return manifest


def check_digests(folder: Path, manifest: Manifest) -> None:
    """Check that every file is as it was written, byte for byte; `ModelError` names the bad one."""
    for name, facts in manifest.files.items():
        if file_digest(folder / name) != facts["sha256"]:
            raise ModelError(f"{folder / name}: damaged (its checksum does not match); {CURE}")


def check_sizes(folder: Path, manifest: Manifest) -> None:
    """Check that every file is there, whole and nothing but a file; `ModelError` names the bad."""
    for name, facts in manifest.files.items():
        if Path(name).name != name:
            raise ModelError(f"{folder}: the manifest names a file outside of it; {CURE}")
        path = folder / name
        if not path.is_file() or path.is_symlink():
            raise ModelError(f"{path}: missing; {CURE}")
        size = path.stat().st_size
        if size != facts["bytes"]:
            raise ModelError(f"{path}: {size} bytes instead of {facts['bytes']}; {CURE}")


def regular_text(path: Path) -> str:
    """Return the text of a file; OSError for a link, and for what is no file, such as a pipe."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise OSError(f"{path}: is no regular file")
    with path.open("rb") as file:
        data = file.read(_LONGEST_TEXT + 1)
    if len(data) > _LONGEST_TEXT:
        raise ValueError(f"{path}: is too long")
    return data.decode("utf-8")


def _has_facts(files: object) -> bool:
    """Return whether every file has its size and checksum, and every array its kind."""
    if not isinstance(files, Mapping):
        return False
    for name, facts in files.items():
        needed = {"bytes": int, "sha256": str}
        if str(name).endswith(".npy"):
            needed |= {"dtype": str, "shape": list}
        if not isinstance(facts, Mapping):
            return False
        if any(type(facts.get(fact)) is not kind for fact, kind in needed.items()):
            return False
    return True


def _canonical(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=True, sort_keys=True).encode()


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    It is read into whole pages. What malloc gives for as much begins 16 bytes into one, and the
    kernel copies to there a quarter as fast: 3.7 GB in 2.3 s, not in 0.6.
    """
    digest = sha256()
    with (
        path.open("rb", buffering=0) as file,
        mmap(-1, _BLOCK_BYTES) as pages,
        memoryview(pages) as block,
    ):
        while size := file.readinto(block):
            digest.update(block[:size])
    return digest.hexdigest()


def replace_file(path: Path, text: str) -> None:
    """Write a small file so that a reader sees the old one or the new one."""
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        flush(file)
    draft.rename(path)
    flush_folder(path.parent)


def flush(file: Any) -> None:
    """Bring a file to the disk."""
    file.flush()
    os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Bring the entries of a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
