"""Data sets that people have on their disks, one file each."""

from collections.abc import Mapping
from pathlib import Path

from recsys.errors import DataError
from recsys.evaluation.dataset import Dataset
from recsys.evaluation.readers import ebnerd, globo, mind, own
from recsys.evaluation.readers.base import Reader, Reading

READERS: Mapping[str, Reader] = {
    "mind": mind,
    "ebnerd": ebnerd,
    "globo": globo,
    "own": own,
}
"""By name; where several recognise a folder the first of them reads it."""


def recognise(folder: Path) -> str:
    """Return the format of the data set in a folder.

    Raises
    ------
    DataError
        If it is no folder, or no reader recognises it.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such folder")
    for name, reader in READERS.items():
        if reader.recognised(folder):
            return name
    raise DataError(f"{folder}: is no data set of a known format: {', '.join(READERS)}")


def read(folder: Path, reading: Reading, *, format: str | None = None) -> Dataset:
    """Return the data set in a folder; ``format`` is a name in `READERS`, None recognises it."""
    name = recognise(folder) if format is None else format
    if name not in READERS:
        raise DataError(f"unknown format {name!r}; there are {', '.join(READERS)}")
    return READERS[name].read(folder, reading)
