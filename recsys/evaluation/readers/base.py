"""What the readers have in common: how rows are refused, and how far a reader is."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from recsys.data.importers import IMPORTERS, recognise
from recsys.data.importers.base import Row
from recsys.data.importers.reading import OnError, Reject, Report
from recsys.data.rows import identifier
from recsys.errors import DataError, RowError
from recsys.evaluation.dataset import Dataset
from recsys.settings import Settings

T = TypeVar("T")
Values = Mapping[str, object]

_IDS = ("article_id", "event_id", "impression_id")


def _silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Reading:
    """How a data set is read.

    Parameters
    ----------
    settings
        Languages and time zones of the sites.
    site, site_column
        The site of every row, or the column that names it; None takes the row's own ``site``.
        Data sets of a format of their own name their site themselves.
    on_error
        ``stop`` raises at the first bad row, ``skip`` leaves bad rows out and reports them.
    report
        Filled in while reading.
    progress
        Told (stage, rows done, 0).
    """

    settings: Settings = field(default_factory=Settings)
    site: str | None = None
    site_column: str | None = None
    on_error: OnError = "stop"
    report: Report = field(default_factory=Report)
    progress: Callable[[str, int, int], None] = _silent

    def items(
        self, path: Path, known: Sequence[str], parse: Callable[[Values], T]
    ) -> Iterator[tuple[int, T]]:
        """Yield line and what ``parse`` makes of it for each row of a file that is fit.

        Parameters
        ----------
        path
            JSONL, CSV or Parquet.
        known
            Columns that mean something; the others are reported.
        """
        importer = IMPORTERS[recognise(path)]
        self.report.note_columns(set(importer.columns(path)) - set(known))
        return self.parsed(path, importer.rows(path, known), parse)

    def parsed(
        self, path: Path, rows: Iterable[Row], parse: Callable[[Values], T]
    ) -> Iterator[tuple[int, T]]:
        """Yield line and what ``parse`` makes of it for each of ``rows`` that is fit."""
        for line, values in rows:
            try:
                if isinstance(values, RowError):
                    raise values
                item = parse(values)
            except RowError as error:
                self.refuse(path, line, values, error)
                continue
            self.report.read += 1
            yield line, item

    def refuse(self, path: Path, line: int, values: Values | RowError, error: RowError) -> None:
        """Count a row that is refused, or raise `DataError`."""
        known_id = None if isinstance(values, RowError) else _readable_id(values)
        reject = Reject(str(path), line, error.field, error.reason, known_id)
        if self.on_error == "stop":
            raise DataError(str(reject)) from None
        self.report.refuse(reject)

    def site_of(self, row: Values) -> str | None:
        """Return the site that is given for a row; None leaves it to the row's own ``site``."""
        if self.site is not None or self.site_column is None:
            return self.site
        named = identifier(row, self.site_column)
        if named is None:
            raise RowError(self.site_column, "is required: it names the site")
        return named


class Reader(Protocol):
    """One format of data sets. The modules of `recsys.evaluation.readers.READERS` are so."""

    def recognised(self, folder: Path) -> bool:
        """Return whether the files of a folder are of this format."""

    def read(self, folder: Path, reading: Reading) -> Dataset:
        """Return the data set.

        Raises
        ------
        DataError
            If a file is missing, or at the first bad row: file, line, field and reason.
        """


def first_there(folder: Path, *names: str) -> Path | None:
    """Return the first file of those names in a folder; None if there is none."""
    return next((folder / name for name in names if (folder / name).is_file()), None)


def required(folder: Path, *names: str) -> Path:
    """Return the first file of those names in a folder.

    Raises
    ------
    DataError
        If there is none: names them.
    """
    found = first_there(folder, *names)
    if found is None:
        wanted = " or ".join(names)
        raise DataError(f"{folder / names[0]}: there is no such file; {folder} must hold {wanted}")
    return found


def check_columns(path: Path, columns: Iterable[Any], *needed: str) -> None:
    """Raise `DataError` where a file lacks a column."""
    missing = [name for name in needed if name not in columns]
    if missing:
        raise DataError(f"{path}: has no column {missing[0]}; it must have {', '.join(needed)}")


def _readable_id(row: Values) -> str | None:
    for name in _IDS:
        with suppress(RowError):
            if found := identifier(row, name):
                return found
    return None
