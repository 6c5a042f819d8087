"""The files of the widget, read once: their bytes, plain and compressed, and what names them."""

import gzip
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b, sha384
from pathlib import Path
from typing import Any, Self

from starlette.responses import Response

MEDIA_TYPES: Mapping[str, str] = {".js": "text/javascript", ".css": "text/css"}
"""Which files of the folder are served, and as what."""
FLOATING: Mapping[str, str] = {
    "news-list.js": "/widget/v1.js",
    "beacon.js": "/widget/beacon/v1.js",
    "looks/classic.css": "/widget/looks/classic.css",
    "looks/cards.css": "/widget/looks/cards.css",
}
"""Addresses that lead to whatever the engine ships now."""

FOR_GOOD = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600, stale-while-revalidate=86400"
"""A mended widget is on every page within the hour after its next reader, and none waits for it."""
ALWAYS_ASKED = "no-cache"

_ZERO = re.compile(r"\bq=0(?:\.0*)?\s*$")


@dataclass(frozen=True)
class WidgetFile:
    """One file.

    ``body`` are its bytes as they lie in the folder, ``zipped`` the same compressed by gzip, and
    ``media_type`` says what they are.
    """

    body: bytes
    zipped: bytes
    media_type: str

    @property
    def integrity(self) -> str:
        """What a page may demand of these bytes: their SHA-384 as Subresource Integrity has it."""
        return f"sha384-{b64encode(sha384(self.body).digest()).decode()}"

    @cached_property
    def etag(self) -> str:
        """Names the content; weak, as compressed or not it is the same."""
        return f'W/"{blake2b(self.body, digest_size=12).hexdigest()}"'

    def answer(self, cache_control: str, accept_encoding: str) -> Response:
        """Return the file, compressed for whoever takes that; any page of any site may use it."""
        headers = {
            "cache-control": cache_control,
            "cross-origin-resource-policy": "cross-origin",
            "etag": self.etag,
            "vary": "accept-encoding",
        }
        body = self.body
        if takes_gzip(accept_encoding):
            body, headers["content-encoding"] = self.zipped, "gzip"
        return Response(body, 200, headers, self.media_type)


class WidgetFiles:
    """All files of one version of the widget.

    Parameters
    ----------
    files
        By name, such as ``looks/cards.css``.

    Attributes
    ----------
    version
        Names the content of all of them: 12 hexadecimal digits that change with any byte.
    """

    def __init__(self, files: Mapping[str, WidgetFile]) -> None:
        self._files = dict(files)
        told = blake2b(digest_size=6)
        for name, file in sorted(files.items()):
            told.update(f"{name}\0{file.integrity}\n".encode())
        self.version = told.hexdigest()

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what lies in a folder."""
        paths = sorted(path for path in folder.rglob("*") if path.suffix in MEDIA_TYPES)
        return cls({path.relative_to(folder).as_posix(): _file(path) for path in paths})

    def get(self, name: str) -> WidgetFile | None:
        """Return a file by its name; None where there is none."""
        return self._files.get(name)

    def document(self) -> dict[str, Any]:
        """Return the version, and of each file where it lies and what a page may demand of it."""
        files = {
            name: {
                "path": f"/widget/{self.version}/{name}",
                "floating": FLOATING.get(name),
                "integrity": file.integrity,
            }
            for name, file in self._files.items()
        }
        return {"version": self.version, "files": files}


def takes_gzip(accept_encoding: str) -> bool:
    """Return whether an ``Accept-Encoding`` allows gzip, named or by ``*``."""
    weights = {}
    for part in accept_encoding.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip()] = not _ZERO.search(parameters)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", False)))


def _file(path: Path) -> WidgetFile:
    body = path.read_bytes()
    return WidgetFile(body, gzip.compress(body, 9, mtime=0), MEDIA_TYPES[path.suffix])
