"""CSV: a header line, then a line a row; UTF-8, separated by commas, semicolons or tabs.

An empty cell is "not given". A cell of `LISTS` is a JSON list, or else a list separated by ``|``,
or else by ``;`` (the end of an HTML entity does not separate).
"""

import csv
import json
import re
from collections.abc import Collection, Iterator, Mapping
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from recsys.data.importers.base import Row, opened
from recsys.errors import DataError, RowError

LISTS = ("section", "tags", "inline_links")

_SEPARATORS = (",", ";", "\t")
_LONGEST_CELL = 128_000_000  # characters; the csv module's own limit is 131,072
_BETWEEN_SEMICOLONS = re.compile(r"(?:&#?\w{1,31};|[^;])+")


def columns(source: Path) -> list[str]:
    """Return the header."""
    with opened(source) as file, _lines(file) as text:
        return _header(source, text)[0]


def rows(source: Path, wanted: Collection[str]) -> Iterator[Row]:
    """Yield every line, or lines where a quoted cell spans several, below the header."""
    csv.field_size_limit(_LONGEST_CELL)
    with opened(source) as file, _lines(file) as text:
        header, separator = _header(source, text)
        reader = csv.reader(text, delimiter=separator, strict=True)
        while True:
            number = reader.line_num + 2  # where the row begins; the header is line 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield number, RowError("", f"is not CSV: {error}")
                continue
            if cells:
                yield number, _values(header, cells)


def _lines(file: IO[bytes]) -> TextIOWrapper:
    """Return the text; bytes that are not UTF-8 stay recognisable until their row is known."""
    return TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")


def _header(source: Path, text: TextIOWrapper) -> tuple[list[str], str]:
    """Read the header and return the names in it and what separates them."""
    line = text.readline()
    tried = {separator: _cells(line, separator) for separator in _SEPARATORS}
    separator = max(_SEPARATORS, key=lambda one: len(tried[one]))
    names = [name.strip() for name in tried[separator]]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{source}:1: two columns of the same name: {twice!a}")
    return names, separator


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _values(header: list[str], cells: list[str]) -> Mapping[str, object] | RowError:
    if len(cells) != len(header):
        return RowError("", f"has {len(cells)} cells where the header has {len(header)}")
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return RowError("", "is not UTF-8")
    values: dict[str, object] = dict(zip(header, cells, strict=True))
    try:
        values.update((name, _list(values[name], name)) for name in LISTS if name in values)
    except RowError as error:
        return error
    return values


def _list(value: object, name: str) -> list[object]:
    """Return the list that a cell holds."""
    cell = str(value).strip()
    if cell.startswith("[") and cell.endswith("]"):
        try:
            return list(json.loads(cell))
        except (ValueError, RecursionError):
            raise RowError(name, "must be a JSON list, or separated by | or ;") from None
    parts = cell.split("|") if "|" in cell else _BETWEEN_SEMICOLONS.findall(cell)
    return [part.strip() for part in parts]
