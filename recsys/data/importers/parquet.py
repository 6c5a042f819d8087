"""Parquet, read a record batch at a time; needs the extra ``recsys-news[parquet]``."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recsys.data.importers.base import Row, arrow, arrow_rows, opened, projected
from recsys.errors import DataError

BATCH_ROWS = 8192


def columns(source: Path) -> list[str]:
    """Return the names in the file's schema."""
    with _file(source) as file:
        return list(file.schema_arrow.names)


def rows(source: Path, wanted: Collection[str]) -> Iterator[Row]:
    """Yield the rows, with the wanted columns only; "line" is the number of the row."""
    with _file(source) as file:
        names = projected(list(file.schema_arrow.names), wanted)
        yield from arrow_rows(file.iter_batches(BATCH_ROWS, columns=names))


@contextmanager
def _file(source: Path) -> Iterator[Any]:
    parquet = arrow("pyarrow.parquet")
    with opened(source) as file:
        try:
            yield parquet.ParquetFile(file)
        except (arrow().ArrowException, OSError) as error:
            reason = str(error).splitlines()[0]
            raise DataError(f"{source}: is not a readable Parquet file: {reason}") from None
