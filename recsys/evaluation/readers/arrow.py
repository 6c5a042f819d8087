"""Events of a Parquet file, a batch at a time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.data.importers.base import arrow, arrow_rows, opened, projected
from recsys.data.rows import event_from_row, identifier
from recsys.errors import DataError, RowError
from recsys.evaluation.dataset import Rows
from recsys.evaluation.readers.base import Values
from recsys.evaluation.readers.columns import BATCH_ROWS, NAMES, Builder, empty_chunk, kind_of
from recsys.records import DEFAULT_SITE, Event
from recsys.settings import Settings
from recsys.times import UNKNOWN

Mask = npt.NDArray[np.bool_]

_BAD = -2  # the code of a value that does not pass
_LAST_MILLISECOND = 32_503_680_000_000  # of the year 2999, with what follows
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_DEFAULTS = Settings()


def add_batches(builder: Builder, source: Path) -> None:
    """Add the rows of a Parquet file to a builder."""
    parquet = arrow("pyarrow.parquet")
    with opened(source) as file:
        try:
            table = parquet.ParquetFile(file)
            names = projected(list(table.schema_arrow.names), builder.known)
            begin = 0
            for batch in table.iter_batches(BATCH_ROWS, columns=names):
                _add_batch(builder, source, batch, begin)
                begin += batch.num_rows
        except (arrow().ArrowException, OSError) as error:
            reason = str(error).splitlines()[0]
            raise DataError(f"{source}: is not a readable Parquet file: {reason}") from None


def _add_batch(builder: Builder, source: Path, batch: Any, begin: int) -> None:
    """Add one batch whose first row is number ``begin + 1``."""
    chunk = _Batch(builder, batch).chunk()
    passed = np.ones(batch.num_rows, dtype=np.bool_)
    for column in chunk.values():
        passed &= column != _BAD
    passed &= (chunk["article_id"] >= 0) | (chunk["url"] >= 0)
    again = np.flatnonzero(~passed)
    if again.size:
        alone = batch.take(arrow().array(again))
        for name, column in empty_chunk(again.size).items():
            chunk[name][again] = column
        for place, (_, values) in zip(again.tolist(), arrow_rows([alone]), strict=True):
            passed[place] = builder.add_row(chunk, place, source, begin + place + 1, values)
    builder.add(source, {name: column[passed] for name, column in chunk.items()})


class _Batch:
    """The columns of one batch, checked value by value; what does not pass is `_BAD`."""

    def __init__(self, builder: Builder, batch: Any) -> None:
        self.builder = builder
        self.batch = batch
        self.n = batch.num_rows

    def chunk(self) -> dict[str, npt.NDArray[Any]]:
        """Return the columns by name."""
        chunk = empty_chunk(self.n)
        chunk["site"] = self._sites()
        for name in NAMES:
            if name not in ("site", "url"):
                chunk[name] = self._checked(name, self._named(name))
        chunk["url"] = self._checked("url", lambda v: self._code("url", _one("url", v).url))
        chunk["position"] = self._checked("position", _position)
        kinds = self._checked("event_type", lambda v: kind_of(v, _one("event_type", v)))
        chunk["kind"] = np.where(kinds == -1, 0, kinds).astype(np.int8)
        chunk["time"] = self._times(chunk["site"])
        return chunk

    def _sites(self) -> Rows:
        reading = self.builder.reading
        if reading.site is not None:
            return np.full(self.n, self._code("site", reading.site), dtype=np.int32)
        if reading.site_column is not None:
            field = reading.site_column
            codes = self._checked(
                field, lambda v: self._code("site", identifier({field: v}, field))
            )
            codes[codes == -1] = _BAD
            return codes
        codes = self._checked("site", self._named("site"))
        if (codes == -1).any():
            codes[codes == -1] = self._code("site", DEFAULT_SITE)
        return codes

    def _named(self, field: str) -> Callable[[object], int]:
        return lambda value: self._code(field, identifier({field: value}, field))

    def _code(self, field: str, name: str | None) -> int:
        return self.builder.code(field, name)

    def _checked(self, field: str, check: Callable[[object], int]) -> Rows:
        """Return int32, shape (n,): what ``check`` makes of each value, -1 for null."""
        places, values = self._distinct(field)
        found = np.array([*(_tried(check, value) for value in values), -1], dtype=np.int64)
        return found.astype(np.int32)[places]

    def _distinct(self, field: str) -> tuple[Rows, list[object]]:
        """Return the place of each row's value among the distinct ones, -1 for null."""
        names = self.batch.schema.names
        if field not in names:
            return np.full(self.n, -1, dtype=np.int32), []
        column, types = self.batch.column(names.index(field)), arrow("pyarrow.types")
        if types.is_null(column.type):
            return np.full(self.n, -1, dtype=np.int32), []
        packed = types.is_dictionary(column.type)
        kind = column.type.value_type if packed else column.type
        if types.is_nested(kind) or types.is_temporal(kind) or types.is_float16(kind):
            return np.where(_nulls(column), -1, 0).astype(np.int32), [_Unreadable()]
        column = column if packed else column.dictionary_encode()
        try:
            values: list[object] = column.dictionary.to_pylist()
        except (ValueError, OverflowError):
            return np.zeros(self.n, dtype=np.int32), [_Unreadable()]
        return column.indices.fill_null(-1).to_numpy(zero_copy_only=False), values

    def _times(self, sites: Rows) -> npt.NDArray[np.int64]:
        names, types = self.batch.schema.names, arrow("pyarrow.types")
        if "timestamp" not in names:
            return empty_chunk(self.n)["time"]
        column = self.batch.column(names.index("timestamp"))
        if types.is_timestamp(column.type) and (column.type.tz or self._all_utc(sites)):
            return _milliseconds(column)
        places, values = self._distinct("timestamp")
        pairs, inverse = np.unique(np.stack([sites, places]), axis=1, return_inverse=True)
        site_names = list(self.builder.codes["site"])
        settings = self.builder.reading.settings
        found = [
            _BAD if s < 0 else _time(values[p] if p >= 0 else None, settings, site_names[s])
            for s, p in pairs.T.tolist()
        ]
        return np.array(found, dtype=np.int64)[inverse.ravel()]

    def _all_utc(self, sites: Rows) -> bool:
        settings = self.builder.reading.settings
        names = list(self.builder.codes["site"])
        codes = np.unique(sites[sites >= 0]).tolist()
        return all(settings.site(names[code]).time_zone == "UTC" for code in codes)


class _Unreadable:
    """Stands for a value that only the row itself can tell; nothing passes it."""


def _tried(check: Callable[[object], int], value: object) -> int:
    if value is None:
        return -1
    try:
        return check(value)
    except RowError:
        return _BAD


def _one(field: str, value: object) -> Event:
    """Return an event with nothing but that field; `RowError` if it does not pass."""
    row: Values = {"article_id": "0", field: value}
    return event_from_row(row, _DEFAULTS, timestamp_required=False)


def _position(value: object) -> int:
    found = _one("position", value).position
    return -1 if found is None else found


def _time(value: object, settings: Settings, site: str) -> int:
    row: Values = {"article_id": "0", "timestamp": value}
    try:
        found = event_from_row(row, settings, site, timestamp_required=False).timestamp
    except RowError:
        return _BAD
    return UNKNOWN if found is None else found


def _milliseconds(column: Any) -> npt.NDArray[np.int64]:
    """Return milliseconds since 1970; what lies outside of the years of the web is `_BAD`."""
    per_second = _PER_SECOND[column.type.unit]
    raw = column.cast(arrow().int64()).fill_null(0).to_numpy(zero_copy_only=False)
    inside = (raw >= 0) & (raw < _LAST_MILLISECOND // 1000 * per_second)
    raw = np.where(inside, raw, 0)
    found = raw * (1000 // per_second) if per_second < 1000 else raw // (per_second // 1000)
    return np.where(_nulls(column), UNKNOWN, np.where(inside, found, _BAD))


def _nulls(column: Any) -> Mask:
    return np.asarray(column.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)
