"""Bodies of requests into rows."""

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from recsys.errors import RowError

from .errors import BodyError

Row = Mapping[str, object]

MOST_EVENTS = 1000  # in one body
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines")


def one_object(body: bytes) -> Row:
    """Return the object that a body is; `BodyError` if it is not JSON, `RowError` if not one."""
    value = _json(body)
    if not isinstance(value, dict):
        raise RowError("", "must be one JSON object")
    return value


def objects(body: bytes, most: int) -> list[Row]:
    """Return the one object, or the objects of the list, that a body is.

    Raises
    ------
    BodyError
        If it is not JSON.
    RowError
        If there are more than ``most``, or something else among them.
    """
    value = _json(body)
    rows = value if isinstance(value, list) else [value]
    if len(rows) > most:
        raise RowError("", f"must be at most {most} objects")
    if not all(isinstance(row, dict) for row in rows):
        raise RowError("", "must be a JSON object or a list of them")
    return rows


def article_rows(body: bytes, media_type: str) -> list[Row | RowError]:
    """Return the rows of a body: one object, a list, or JSON Lines; bad ones in their places."""
    if media_type.partition(";")[0].strip().lower() in LINES:
        return _lines(body)
    try:
        value = _json(body)
    except BodyError:
        if b"\n" in body.strip() and body.lstrip()[:1] == b"{":
            return _lines(body)
        raise
    rows = value if isinstance(value, list) else [value]
    bad = RowError("", "must be a JSON object")
    return [row if isinstance(row, dict) else bad for row in rows]


def _lines(body: bytes) -> list[Row | RowError]:
    return [_line(line) for line in body.split(b"\n") if line.strip()]


def _line(line: bytes) -> Row | RowError:
    try:
        return one_object(line)
    except BodyError as error:
        return RowError("", str(error).replace("the body", "the line"))
    except RowError as error:
        return error


def _json(body: bytes) -> Any:
    """Return the value of a body; what one reader of JSON takes and another does not is refused."""
    try:
        return _JSON.decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BodyError("the body is not UTF-8") from None
    except (ValueError, RecursionError):
        raise BodyError("the body is not JSON") from None


def _refused(constant: str) -> Any:
    raise ValueError(constant)  # NaN and Infinity are not JSON


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _refused(text)


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise BodyError("an object of the body has a key twice")
    return found


_JSON = json.JSONDecoder(parse_constant=_refused, parse_float=_finite, object_pairs_hook=_object)
