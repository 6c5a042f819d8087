"""What a source format is: the names of its columns, and its rows one by one."""

import gzip
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from io import BufferedReader
from pathlib import Path
from types import ModuleType
from typing import IO, Any, Protocol, cast
from zlib import error as zlib_error

from recsys.errors import DataError, RowError

Row = tuple[int, Mapping[str, object] | RowError]  # line from 1, and its values or what is wrong

_GZIP = b"\x1f\x8b"


class Importer(Protocol):
    """One source format. The modules of this package are of this shape."""

    def columns(self, source: Any) -> list[str]:
        """Return the names of the columns: those of the first row where there is no header."""

    def rows(self, source: Any, wanted: Collection[str]) -> Iterator[Row]:
        """Yield the rows; columns that are not ``wanted`` may be left out.

        Raises
        ------
        DataError
            If the source as a whole cannot be read; a row that cannot is a `RowError` in its
            place.
        """


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, unpacked where it is gzipped; whatever goes wrong is a one-line `DataError`."""
    try:
        with path.open("rb") as file:
            packed = file.peek(2)[:2] == _GZIP
            if packed:
                with gzip.GzipFile(fileobj=file) as unpacked:
                    yield BufferedReader(cast(Any, unpacked), 1 << 20)
            else:
                yield file
    except EOFError:
        raise DataError(f"{path}: the gzip file ends too early; is the copy complete?") from None
    except (gzip.BadGzipFile, zlib_error) as error:
        raise DataError(f"{path}: the gzip file is damaged: {error}") from None
    except IsADirectoryError:
        raise DataError(
            f"{path}: is a directory; give a file in it, such as {path / 'articles.jsonl'}"
        ) from None
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None


def arrow(module: str = "pyarrow") -> ModuleType:
    """Return pyarrow or a module of it.

    Raises
    ------
    DataError
        If it is not installed: names the extra that brings it.
    """
    try:
        return import_module(module)
    except ImportError:
        raise DataError(
            "Parquet and tables need pyarrow: pip install 'recsys-news[parquet]'"
        ) from None


def projected(names: list[str], wanted: Collection[str]) -> list[str]:
    """Return those of ``names`` that are wanted; where none is, one, so that rows stay rows."""
    return [name for name in names if name in wanted] or names[:1]


def arrow_rows(batches: Iterable[Any]) -> Iterator[Row]:
    """Yield the rows of Arrow record batches as Python values, numbered from 1."""
    number = 0
    for batch in batches:
        for values in _python_rows(batch):
            number += 1
            yield number, values


def _python_rows(batch: Any) -> Iterable[Mapping[str, object] | RowError]:
    names = batch.schema.names
    try:
        columns = [_python_values(column) for column in batch.columns]
    except (ValueError, OverflowError):  # a UnicodeDecodeError is one: find out which row it is
        if batch.num_rows == 1:
            return [RowError("", "holds text that is not UTF-8, or a time that does not exist")]
        half = batch.num_rows // 2
        return [*_python_rows(batch.slice(0, half)), *_python_rows(batch.slice(half))]
    return (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))


def _python_values(column: Any) -> list[object]:
    """Return a column as Python values; times with a zone are in UTC, nanoseconds cut off."""
    types = arrow("pyarrow.types")
    if types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not types.is_timestamp(column.type):
        return cast(list[object], column.to_pylist())
    microseconds = column.cast(arrow().timestamp("us", column.type.tz), safe=False)
    values = microseconds.to_numpy(zero_copy_only=False).astype(object).tolist()
    if column.type.tz is None:
        return cast(list[object], values)
    return [v.replace(tzinfo=UTC) if isinstance(v, datetime) else v for v in values]
