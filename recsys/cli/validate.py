"""``recsys validate``: what an import would refuse."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from recsys.cli import options, output
from recsys.cli.inputs import Reading
from recsys.cli.progress import progress
from recsys.data.importers.reading import Kind, Report
from recsys.errors import DataError
from recsys.settings import read_settings

_SHOWN = 20  # refused rows of a file that are printed


def validate(
    sources: Annotated[list[Path], typer.Argument(metavar="SOURCE...", help="Files to read.")],
    format: options.Format = None,
    kind: Annotated[Kind | None, typer.Option(help="What they hold; otherwise recognised.")] = None,
    site: options.Site = None,
    site_column: options.SiteColumn = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Say which rows of files would be refused, and why. Nothing is stored.

    The exit code is 1 if anything would be refused.
    """
    reading = Reading(read_settings(config), format, site, site_column, "skip")
    findings = [_finding(source, kind, reading) for source in sources]
    output.answer({"sources": findings}, as_json, _show, findings)
    if any(found["refused"] or found["error"] for found in findings):
        raise typer.Exit(1)


def _finding(source: Path, kind: Kind | None, reading: Reading) -> dict[str, Any]:
    """Read a file to its end; one that cannot be read is a finding too."""
    report, error = Report(), None
    try:
        kind = kind or reading.kind(source)
        with progress() as tell:
            for n, _ in enumerate(reading.items(source, kind, report)):
                tell(f"checking {source.name}", n + 1, 0)
    except DataError as whole:
        error = str(whole)
    causes = Counter(": ".join(filter(None, (r.field, r.reason))) for r in report.rejects)
    return {
        "source": str(source),
        "kind": kind,
        "read": report.read,
        "refused": report.skipped,
        "causes": dict(causes.most_common()),
        "rows": [asdict(reject) for reject in report.rejects[:_SHOWN]],
        "unknown_columns": report.unknown,
        "error": error,
    }


def _show(findings: list[dict[str, Any]]) -> None:
    for found in findings:
        for row in found["rows"]:
            place = f"{row['file']}:{row['line']}"
            typer.echo(": ".join(filter(None, (place, row["field"], row["reason"]))))
        if found["refused"] > len(found["rows"]):
            typer.echo(f"… and {found['refused'] - len(found['rows'])} more; in all:")
            for cause, times in found["causes"].items():
                typer.echo(f"  {times} × {cause}")
        if found["error"]:
            typer.echo(found["error"])
            continue
        counts = f"{found['read']} {found['kind']} would be read, {found['refused']} refused"
        typer.echo(f"{found['source']}: {counts}")
        if found["unknown_columns"]:
            typer.echo(f"  unknown columns, left alone: {', '.join(found['unknown_columns'])}")
