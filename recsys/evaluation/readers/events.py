"""Files of events into columns, whatever their format."""

from collections.abc import Sequence
from pathlib import Path

from recsys.data.importers import IMPORTERS, recognise
from recsys.evaluation.readers.arrow import add_batches
from recsys.evaluation.readers.base import Reading
from recsys.evaluation.readers.columns import Builder, EventColumns


def read_columns(
    sources: Sequence[Path], reading: Reading, *, by_row: bool = False
) -> EventColumns:
    """Return the events of some files.

    Parameters
    ----------
    sources
        JSONL, CSV or Parquet.
    by_row
        Whether to read Parquet row by row too: slower, and the same.
    """
    builder = Builder(reading)
    for source in sources:
        format = recognise(source)
        names = IMPORTERS[format].columns(source)
        reading.report.note_columns(set(names) - set(builder.known))
        if format == "parquet" and not by_row:
            add_batches(builder, source)
        else:
            builder.add_rows(source, IMPORTERS[format].rows(source, builder.known))
    return builder.columns().once()
