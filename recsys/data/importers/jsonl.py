"""JSON Lines: one JSON object a line, in UTF-8, gzipped or not."""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from recsys.data.importers.base import Row, opened
from recsys.errors import RowError

LONGEST_LINE = 128_000_000  # bytes: a body of 20 MB with every character escaped


def columns(source: Path) -> list[str]:
    """Return the names in the first row that is an object."""
    for _, values in rows(source, ()):
        if not isinstance(values, RowError):
            return list(values)
    return []


def rows(source: Path, wanted: Collection[str]) -> Iterator[Row]:
    """Yield every line that is not blank."""
    with opened(source) as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield number, _values(line)


def _values(line: bytes) -> Mapping[str, object] | RowError:
    try:
        return parse(line)
    except RowError as error:
        return error


def parse(line: bytes) -> Mapping[str, object]:
    """Return the object on a line.

    Raises
    ------
    RowError
        If the line is not UTF-8, not JSON or not an object.
    """
    try:
        values = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise RowError("", "is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", "too deep, or a number too long")
        raise RowError("", f"is not JSON: {reason}") from None
    if not isinstance(values, dict):
        raise RowError("", "must be one JSON object a line")
    return values
