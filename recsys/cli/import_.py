"""``recsys import``: files into a store."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from recsys.cli import inputs, options, output
from recsys.cli.inputs import Reading, Tally
from recsys.cli.progress import progress
from recsys.data.importers.reading import Kind
from recsys.data.stores import open_store
from recsys.data.stores.base import Store
from recsys.errors import RecsysError
from recsys.settings import read_settings


def import_(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE...", help="Files to read.")],
    store: options.StoreUrl,
    format: options.Format = None,
    kind: Annotated[Kind | None, typer.Option(help="What they hold; otherwise recognised.")] = None,
    site: options.Site = None,
    site_column: options.SiteColumn = None,
    on_error: options.OnBadRow = "stop",
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Read articles and events from files into a store, which is made if it is not there.

    With --on-error stop, all files are read to their end before anything is stored: a bad row
    leaves the store as it was. With skip, bad rows go to NAME.rejects.jsonl in this directory.
    Articles are stored before events, a batch a transaction.
    """
    settings = read_settings(config)
    reading = Reading(settings, format, site, site_column, on_error)
    kinds = [(source, kind or reading.kind(source)) for source in sources]
    with closing(open_store(store, settings)) as opened:
        tallies = _imported(opened, sorted(kinds, key=lambda pair: pair[1]), reading)
    output.answer({"sources": [tally.document() for tally in tallies]}, as_json, _summary, tallies)


def _imported(store: Store, sources: Sequence[tuple[Path, Kind]], reading: Reading) -> list[Tally]:
    with progress() as tell:
        if reading.on_error == "stop":
            inputs.check_all(sources, reading, tell)
        tallies = [Tally(source, kind) for source, kind in sources]
        for tally in tallies:
            with _saying_what_is_stored(tallies):
                inputs.fill(store, tally, reading, tell)
    return tallies


@contextmanager
def _saying_what_is_stored(tallies: Sequence[Tally]) -> Iterator[None]:
    """Let an error, or an interruption, say what was committed before it."""
    try:
        yield
    except (RecsysError, KeyboardInterrupt) as error:
        stored = [f"{t.source}: the first {t.stored} {t.kind}" for t in tallies if t.stored]
        if not stored:
            raise
        said = f"committed before that: {', '.join(stored)}"
        if isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt(said) from None
        raise RecsysError(f"{error}; {said}") from error


def _summary(tallies: Sequence[Tally]) -> None:
    for tally in tallies:
        facts = tally.document()
        counts = [f"{facts[name]} {name}" for name in ("new", "replaced", "counted", "skipped")
                  if name in facts]  # fmt: skip
        typer.echo(f"{tally.source}: {tally.report.read} {tally.kind} read, {', '.join(counts)}")
        if tally.report.unknown:
            typer.echo(f"  unknown columns, left alone: {', '.join(tally.report.unknown)}")
        for path in tally.report.files:
            typer.echo(f"  skipped rows are in {path}")
