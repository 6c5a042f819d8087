"""A folder of exported files: changed files only are written, and each as a whole.

A manifest lists what is ours, so that nothing else is ever removed.
"""

import json
import os
import re
from collections.abc import Callable, Collection
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from recsys.errors import DataError

MANIFEST = "manifest.json"
FORMAT = 1

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_DEVICES = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")  # no names of files on Windows
_PART = r"[a-z0-9~][a-z0-9_-]{0,63}"
_OURS = re.compile(rf"(?:{_PART}/)+{_PART}\.(?:json|html)")

Same = Callable[[bytes], bytes]


def name_of(text: str) -> str:
    """Return the name of a file for an id, a site or a section, on any file system.

    What is made of a to z, digits, ``-`` and ``_`` only, begins with no sign and has at most 64
    characters is its own name. Everything else is ``~`` and the first 32 hexadecimal digits of the
    SHA-256 of its UTF-8.
    """
    if _PLAIN.fullmatch(text) and not _DEVICES.fullmatch(text):
        return text
    return "~" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Folder:
    """Files of one export after another.

    Parameters
    ----------
    path
        Made if it is not there; otherwise empty, or one that was exported to before.

    Attributes
    ----------
    written, unchanged, removed
        How many files.

    Raises
    ------
    DataError
        If it holds anything else, or its manifest cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written = self.unchanged = self.removed = 0
        self._known = self._read()

    def begin(self, planned: Collection[str]) -> None:
        """Note what will be here, so that the next export knows it whatever becomes of this one."""
        self.path.mkdir(parents=True, exist_ok=True)
        self._note(self._known.union(planned))

    def put(self, name: str, body: bytes, same: Same = bytes) -> None:
        """Write a file, unless it holds the same.

        Parameters
        ----------
        name
            Its path in the folder.
        same
            What two bodies are compared by.
        """
        path = self.path / name
        with suppress(FileNotFoundError):
            if same(path.read_bytes()) == same(body):
                self.unchanged += 1
                return
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, body)
        self.written += 1

    def end(self, planned: Collection[str]) -> None:
        """Remove what an earlier export wrote and this one did not, and the folders it leaves."""
        for name in sorted(self._known.difference(planned)):
            path = self.path / name
            with suppress(FileNotFoundError):
                path.unlink()
                self.removed += 1
            with suppress(OSError):  # it is not empty
                for parent in list(path.relative_to(self.path).parents)[:-1]:
                    (self.path / parent).rmdir()
        self._note(planned)

    def _read(self) -> frozenset[str]:
        """Return the files of the export before; those only that may be ours."""
        manifest = self.path / MANIFEST
        if self.path.exists() and not self.path.is_dir():
            raise DataError(f"{self.path}: must be a folder")
        try:
            document = json.loads(manifest.read_bytes())
        except FileNotFoundError:
            if self.path.exists() and any(self.path.iterdir()):
                raise DataError(
                    f"{self.path}: must be empty or hold an earlier export, and has no {MANIFEST}"
                ) from None
            return frozenset()
        except ValueError:
            document = None
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise DataError(f"{manifest}: must be of format {FORMAT}; export to a new folder")
        files = document.get("files")
        named = files if isinstance(files, list) else []
        return frozenset(name for name in named if isinstance(name, str) and _OURS.fullmatch(name))

    def _note(self, files: Collection[str]) -> None:
        document = {"format": FORMAT, "files": sorted(files)}
        body = json.dumps(document, indent=0).encode() + b"\n"
        path = self.path / MANIFEST
        with suppress(FileNotFoundError):
            if path.read_bytes() == body:
                return
        _replace(path, body)


def _replace(path: Path, body: bytes) -> None:
    """Write a file whole: whoever reads it meanwhile has the one before."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(body)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
