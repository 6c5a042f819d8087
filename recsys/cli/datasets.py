"""The data that evaluate and tune are asked with: files, or the folder of a data set."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from recsys.cli.options import CallError
from recsys.data.importers.reading import OnError, Report
from recsys.settings import Settings

if TYPE_CHECKING:
    from recsys.evaluation.dataset import Dataset
    from recsys.model import Progress


@dataclass(frozen=True)
class Files:
    """What the options name; ``folder`` and ``articles`` exclude each other."""

    folder: Path | None
    articles: Sequence[Path] | None
    events: Sequence[Path] | None = None
    judgements: Path | None = None
    format: str | None = None
    site: str | None = None
    site_column: str | None = None
    on_error: OnError = "stop"

    def __post_init__(self) -> None:
        """Refuse no data, and two answers to one question."""
        if (self.folder is None) == (not self.articles):
            raise CallError("give either --articles F, or --dataset DIR")
        if self.folder is not None and (self.events or self.judgements):
            raise CallError("--dataset has its own events and judgements: give files, or DIR")
        if self.site is not None and self.site_column is not None:
            raise CallError("--site and --site-column exclude each other")

    def read(self, settings: Settings, tell: "Progress") -> "Dataset":
        """Read everything; rows that are skipped are told on stderr."""
        from recsys.evaluation import readers
        from recsys.evaluation.readers import own
        from recsys.evaluation.readers.base import Reading

        report = Report(Path() if self.on_error == "skip" else None)
        reading = Reading(settings, self.site, self.site_column, self.on_error, report, tell)
        if self.folder is not None:
            data = readers.read(self.folder, reading, format=self.format)
        else:
            articles = list(self.articles or ())
            name = articles[0].resolve().parent.name
            data = own.gathered(name, articles, list(self.events or ()), self.judgements, reading)
        for path in report.files:
            typer.echo(f"rows skipped: {report.skipped}, see {path}", err=True)
        return data
