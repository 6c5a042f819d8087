"""The source formats, and which of them a source is in."""

from collections.abc import Mapping
from pathlib import Path

from recsys.data.importers import csv, jsonl, parquet, tables
from recsys.data.importers.base import Importer, opened
from recsys.errors import DataError

IMPORTERS: Mapping[str, Importer] = {
    "jsonl": jsonl,
    "csv": csv,
    "parquet": parquet,
}
TABLES: Importer = tables

_ENDINGS = {
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".csv": "csv",
    ".csv.gz": "csv",
    ".parquet": "parquet",
}
_FIRST_BYTES = {b"{": "jsonl", b"\xef\xbb\xbf{": "jsonl", b"PAR1": "parquet"}


def recognise(path: Path) -> str:
    """Return the format of a file: by the ending of its name, else by its first bytes.

    Raises
    ------
    DataError
        If the file cannot be read, or neither name nor content gives it away.
    """
    with opened(path) as file:
        start = file.read(4)
    for ending, name in _ENDINGS.items():
        if path.name.lower().endswith(ending):
            return name
    for first, name in _FIRST_BYTES.items():
        if start.startswith(first):
            return name
    raise DataError(f"{path}: cannot tell the format; name one of {', '.join(IMPORTERS)}")
