"""The two doors for data: `read_articles` and `read_events`."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from recsys.data.importers import IMPORTERS, TABLES, recognise
from recsys.data.importers.base import Importer
from recsys.data.rows import (
    ARTICLE_FIELDS,
    EVENT_FIELDS,
    article_from_row,
    event_from_row,
    identifier,
)
from recsys.errors import DataError, RowError
from recsys.records import Article, Event
from recsys.settings import Settings

Kind = Literal["articles", "events"]
OnError = Literal["stop", "skip"]
T = TypeVar("T")
_Values = Mapping[str, object]

_MOST_KEPT = 10_000  # rejects in memory; the file has them all
_MOST_UNKNOWN = 1_000


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was refused; ``id`` is its article or event id if that was readable."""

    file: str
    line: int
    field: str
    reason: str
    id: str | None

    def __str__(self) -> str:
        """Return the line for people: where, which field, why."""
        parts = (f"{self.file}:{self.line}", self.field, self.reason)
        return ": ".join(part for part in parts if part)


@dataclass
class Report:
    """What became of the rows of one or more sources.

    Parameters
    ----------
    rejects_directory
        Where ``<name of the source>.rejects.jsonl`` is written once a row is skipped; None
        writes nothing.

    Attributes
    ----------
    read, skipped
        Rows that became an article or event, and rows that were refused.
    unknown
        Columns that mean nothing here and were left alone, in the order met.
    rejects
        The first 10,000 refused rows.
    files
        The rejects files that were written.
    """

    rejects_directory: Path | None = None
    read: int = 0
    skipped: int = 0
    unknown: list[str] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    def note_columns(self, names: set[str]) -> None:
        """Remember columns that mean nothing here, each once."""
        if len(self.unknown) < _MOST_UNKNOWN:
            self.unknown += sorted(names.difference(self.unknown))

    def refuse(self, reject: Reject) -> None:
        """Count, keep and write a refused row."""
        self.skipped += 1
        if len(self.rejects) < _MOST_KEPT:
            self.rejects.append(reject)
        if self.rejects_directory is not None:
            self._write(self.rejects_directory / f"{Path(reject.file).name}.rejects.jsonl", reject)

    def _write(self, path: Path, reject: Reject) -> None:
        begun = path in self.files
        try:
            with path.open("a" if begun else "w", encoding="utf-8") as file:
                file.write(json.dumps(asdict(reject), ensure_ascii=False) + "\n")
        except OSError as error:
            raise DataError(f"{path}: cannot be written: {error.strerror}") from None
        if not begun:
            self.files.append(path)


def read_articles(
    source: Any,
    settings: Settings,
    *,
    format: str | None = None,
    site: str | None = None,
    site_column: str | None = None,
    on_error: OnError = "stop",
    report: Report | None = None,
) -> Iterator[Article]:
    """Yield the articles of a file or table, in its order.

    Where an id comes twice both are yielded; a store keeps the later.

    Parameters
    ----------
    source
        A path, or a pandas, polars or pyarrow table.
    settings
        Languages and time zones of the sites.
    format
        A name in `recsys.data.importers.IMPORTERS`; None recognises it.
    site, site_column
        The site of every row, or the column that names it; None takes the row's own ``site``.
    on_error
        ``stop`` raises at the first bad row, ``skip`` leaves bad rows out and reports them.
    report
        Filled in while reading.

    Raises
    ------
    DataError
        If the source cannot be read, or at the first bad row: file, line, field and reason.
    """

    def parse(row: _Values) -> Article:
        return article_from_row(row, settings, _site(row, site, site_column))

    importer, path = _importer(source, format)
    reader = _Reader(importer, path, ARTICLE_FIELDS, site_column, on_error, report or Report())
    return reader.items(parse)


def read_events(
    source: Any,
    settings: Settings,
    *,
    format: str | None = None,
    site: str | None = None,
    site_column: str | None = None,
    on_error: OnError = "stop",
    report: Report | None = None,
    timestamp_required: bool = True,
) -> Iterator[Event]:
    """Yield the events of a file or table, in its order.

    Parameters and errors are those of `read_articles`; ``timestamp_required`` is that of
    `recsys.data.rows.event_from_row`.
    """

    def parse(row: _Values) -> Event:
        own = _site(row, site, site_column)
        return event_from_row(row, settings, own, timestamp_required=timestamp_required)

    importer, path = _importer(source, format)
    reader = _Reader(importer, path, EVENT_FIELDS, site_column, on_error, report or Report())
    return reader.items(parse)


def kind_of(source: Any, format: str | None = None) -> Kind:
    """Return whether a source holds articles or events: events have a type or a timestamp."""
    importer, source = _importer(source, format)
    names = importer.columns(source)
    return "events" if "event_type" in names or "timestamp" in names else "articles"


def _importer(source: Any, format: str | None) -> tuple[Importer, Any]:
    if not isinstance(source, str | Path):
        return TABLES, source
    path = Path(source)
    name = format or recognise(path)
    if name not in IMPORTERS:
        raise DataError(f"unknown format {name!r}; there are {', '.join(IMPORTERS)}")
    return IMPORTERS[name], path


def _site(row: _Values, site: str | None, column: str | None) -> str | None:
    if site is not None or column is None:
        return site
    named = identifier(row, column)
    if named is None:
        raise RowError(column, "is required: it names the site")
    return named


@dataclass
class _Reader:
    """One pass over one source."""

    importer: Importer
    source: Any
    fields: tuple[str, ...]
    site_column: str | None
    on_error: OnError
    report: Report

    def items(self, parse: Callable[[_Values], T]) -> Iterator[T]:
        """Yield what ``parse`` makes of each row that is fit."""
        known = {*self.fields, *([self.site_column] if self.site_column else [])}
        self.report.note_columns(set(self.importer.columns(self.source)) - known)
        for line, values in self.importer.rows(self.source, known):
            try:
                if isinstance(values, RowError):
                    raise values
                if not values.keys() <= known:
                    self.report.note_columns(values.keys() - known)
                item = parse(values)
            except RowError as error:
                self._refuse(line, values, error)
                continue
            self.report.read += 1
            yield item

    def _refuse(self, line: int, values: _Values | RowError, error: RowError) -> None:
        file = str(self.source) if isinstance(self.source, Path) else "table"
        known_id = None if isinstance(values, RowError) else _readable_id(values)
        reject = Reject(file, line, error.field, error.reason, known_id)
        if self.on_error == "stop":
            raise DataError(str(reject)) from None
        self.report.refuse(reject)


def _readable_id(row: _Values) -> str | None:
    """Return the id of a row, if it is one that can be written down."""
    for name in ("article_id", "event_id"):
        with suppress(RowError):
            if found := identifier(row, name):
                return found
    return None
