"""Millions of events as columns of numbers, without an `Event` for each.

Both ways of reading give the same columns: row by row for any format, and for Parquet a batch at
a time. There a value is checked once however often it stands in a batch, by the very functions
that check rows; a row with a value that does not pass is read again on its own, and refused for
the same reason.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.data.corpus import Corpus
from recsys.data.importers.base import Row
from recsys.data.rows import EVENT_FIELDS, event_from_row
from recsys.errors import RowError
from recsys.evaluation.dataset import Reads, Rows, Times, rows_by_name
from recsys.evaluation.readers.base import Reading, Values
from recsys.records import Event
from recsys.times import UNKNOWN

Kinds = npt.NDArray[np.int8]

VIEW, IMPRESSION, CLICK = 0, 1, 2
BATCH_ROWS = 1 << 17
NAMES = (
    "site",
    "article_id",
    "url",
    "visitor_id",
    "session_id",
    "event_id",
    "from_article_id",
    "list",
    "rec_id",
)
"""The fields that are kept as codes."""

_KINDS = {"view": VIEW, "impression": IMPRESSION, "click": CLICK}


@dataclass(frozen=True, eq=False)
class EventColumns:
    """Events in the order of the source.

    Attributes
    ----------
    time
        int64, shape (n,): milliseconds since 1970, UNKNOWN where nobody said.
    kind
        int8, shape (n,): `VIEW`, `IMPRESSION` or `CLICK`; a click keeps its kind where it names no
        list, although it is also a view.
    position
        int32, shape (n,): as the source gives it, -1 where it does not.
    codes
        By field of `NAMES`: int32, shape (n,), -1 where none is given.
    names
        By field of `NAMES`: what the codes stand for.
    """

    time: Times
    kind: Kinds
    position: Rows
    codes: Mapping[str, Rows]
    names: Mapping[str, Sequence[str]]

    def __len__(self) -> int:
        return int(self.time.size)

    @property
    def is_view(self) -> npt.NDArray[np.bool_]:
        """bool, shape (n,): views, and clicks that name no list."""
        unlisted = (self.kind == CLICK) & (self.codes["list"] < 0)
        return np.asarray((self.kind == VIEW) | unlisted, dtype=np.bool_)

    def part(self, where: npt.NDArray[Any]) -> "EventColumns":
        """Return some of the events."""
        codes = {name: column[where] for name, column in self.codes.items()}
        columns = (self.time[where], self.kind[where], self.position[where])
        return EventColumns(*columns, codes, self.names)

    def once(self) -> "EventColumns":
        """Return the events without those whose id came before on their site."""
        event, site = self.codes["event_id"], self.codes["site"]
        named = np.flatnonzero(event >= 0)
        _, first = np.unique(paired(site[named], event[named]), return_index=True)
        if first.size == named.size:
            return self
        keep = event < 0
        keep[named[first]] = True
        return self.part(keep)

    def rows(self, corpus: Corpus, field: str = "article_id") -> Rows:
        """Return int32, shape (n,): the article that a field names, -1 where there is none.

        Where ``article_id`` is not given the address is looked up.
        """
        rows = self._rows_of(field, lambda keys: rows_by_name(corpus, keys))
        if field == "article_id":
            by_address = self._rows_of(
                "url",
                lambda keys: np.array([corpus.row_at(*key) for key in keys], dtype=np.int32),
            )
            rows = np.where(self.codes["article_id"] < 0, by_address, rows)
        return rows

    def _rows_of(self, field: str, find: Callable[[list[tuple[str, str]]], Rows]) -> Rows:
        """Look up each pair of site and name once."""
        site, code = self.codes["site"], self.codes[field]
        found = np.full(len(self), -1, dtype=np.int32)
        named = np.flatnonzero(code >= 0)
        if not named.size:
            return found
        _, first, inverse = np.unique(
            paired(site[named], code[named]), return_index=True, return_inverse=True
        )
        sites, names = self.names["site"], self.names[field]
        keys = [
            (sites[s], names[c])
            for s, c in zip(site[named[first]].tolist(), code[named[first]].tolist(), strict=True)
        ]
        found[named] = find(keys)[inverse]
        return found


def paired(first: Rows, second: Rows) -> Times:
    """Return int64: one number for each pair of codes, the second at least -1."""
    width = int(second.max(initial=-1)) + 2
    return first.astype(np.int64) * width + second + 1


def numbered(values: npt.NDArray[Any]) -> Rows:
    """Return int32: distinct values numbered from 0 in the order in which they appear."""
    _, first, inverse = np.unique(values, return_index=True, return_inverse=True)
    rank = np.empty(first.size, dtype=np.int32)
    rank[np.argsort(first, kind="stable")] = np.arange(first.size, dtype=np.int32)
    return rank[inverse]


def reads_from(columns: EventColumns, corpus: Corpus, rows: Rows) -> Reads:
    """Return the views of articles that are there, with a time, as `Reads`.

    The same as `recsys.evaluation.dataset.reads_of` makes of the events one by one, where every
    event has an article id.
    """
    where = np.flatnonzero(columns.is_view & (columns.time != UNKNOWN))
    views, row = columns.part(where), rows[where]
    session = np.full(where.size, -1, dtype=np.int32)
    has = views.codes["session_id"] >= 0
    session[has] = numbered(paired(views.codes["site"][has], views.codes["session_id"][has]))
    known = row >= 0
    came_from = views.rows(corpus, "from_article_id")
    return Reads.of(views.time[known], row[known], session[known], came_from[known])


class Builder:
    """Columns as they grow, a chunk at a time."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        column = (reading.site_column,) if reading.site_column else ()
        self.known = (*EVENT_FIELDS, *column)
        self.codes: dict[str, dict[str, int]] = {name: {} for name in NAMES}
        self.done = 0
        self._chunks: list[dict[str, npt.NDArray[Any]]] = []

    def add_rows(self, source: Path, rows: Iterable[Row]) -> None:
        """Add rows one by one."""
        rows = iter(rows)
        while batch := list(islice(rows, BATCH_ROWS)):
            chunk = empty_chunk(len(batch))
            keep = np.zeros(len(batch), dtype=np.bool_)
            for place, (line, values) in enumerate(batch):
                keep[place] = self.add_row(chunk, place, source, line, values)
            self.add(source, {name: column[keep] for name, column in chunk.items()})

    def add_row(
        self,
        chunk: dict[str, npt.NDArray[Any]],
        place: int,
        source: Path,
        line: int,
        values: Values | RowError,
    ) -> bool:
        """Put one row into its place and return whether it was fit."""
        try:
            if isinstance(values, RowError):
                raise values
            event = event_from_row(
                values,
                self.reading.settings,
                self.reading.site_of(values),
                timestamp_required=False,
            )
        except RowError as error:
            self.reading.refuse(source, line, values, error)
            return False
        chunk["time"][place] = UNKNOWN if event.timestamp is None else event.timestamp
        chunk["kind"][place] = kind_of(values.get("event_type"), event)
        chunk["position"][place] = -1 if event.position is None else event.position
        for name in NAMES:
            chunk[name][place] = self.code(name, getattr(event, name))
        return True

    def code(self, field: str, name: str | None) -> int:
        """Return the code of a name, a new one if it is new; -1 for None."""
        if name is None:
            return -1
        codes = self.codes[field]
        return codes.setdefault(name, len(codes))

    def add(self, source: Path, chunk: dict[str, npt.NDArray[Any]]) -> None:
        """Add a chunk whose rows are all fit."""
        self._chunks.append(chunk)
        n = int(chunk["time"].size)
        self.reading.report.read += n
        self.done += n
        self.reading.progress(source.name, self.done, 0)

    def columns(self) -> EventColumns:
        """Return all chunks as one."""
        chunks = self._chunks or [empty_chunk(0)]
        whole = {name: np.concatenate([c[name] for c in chunks]) for name in chunks[0]}
        numbers = (whole.pop("time"), whole.pop("kind"), whole.pop("position"))
        names = {name: list(codes) for name, codes in self.codes.items()}
        return EventColumns(*numbers, whole, names)


def empty_chunk(n: int) -> dict[str, npt.NDArray[Any]]:
    """Return columns of ``n`` events of which nothing is known."""
    chunk: dict[str, npt.NDArray[Any]] = {
        "time": np.full(n, UNKNOWN, dtype=np.int64),
        "kind": np.zeros(n, dtype=np.int8),
        "position": np.full(n, -1, dtype=np.int32),
    }
    return chunk | {name: np.full(n, -1, dtype=np.int32) for name in NAMES}


def kind_of(given: object, event: Event) -> int:
    """Return the kind of an event whose type was ``given`` in the source."""
    return CLICK if given == "click" else _KINDS[event.event_type]
