"""A pandas, polars or pyarrow table, or whatever else speaks Arrow's C stream."""

from collections.abc import Collection, Iterator
from typing import Any

from recsys.data.importers.base import Row, arrow, arrow_rows, projected
from recsys.errors import DataError

BATCH_ROWS = 8192

_INDEX = "__index_level_"  # the row labels of pandas are no data


def columns(source: Any) -> list[str]:
    """Return the names of the columns."""
    return [name for name in _table(source).column_names if not name.startswith(_INDEX)]


def rows(source: Any, wanted: Collection[str]) -> Iterator[Row]:
    """Yield the rows, with the wanted columns only; "line" is the number of the row."""
    table = _table(source)
    names = projected(list(table.column_names), wanted)
    yield from arrow_rows(table.select(names).to_batches(BATCH_ROWS))


def _table(source: Any) -> Any:
    if not hasattr(source, "__arrow_c_stream__"):
        raise DataError(
            f"a source must be a path or a pandas, polars or pyarrow table,"
            f" got {type(source).__name__}"
        )
    try:
        return arrow().table(source)
    except (arrow().ArrowException, TypeError, ValueError) as error:
        raise DataError(f"the table cannot be read: {str(error).splitlines()[0]}") from None
