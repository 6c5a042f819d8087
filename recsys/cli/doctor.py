"""``recsys doctor``: what is wrong, and what to do about it."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from recsys.cli import options, output
from recsys.cli.progress import progress
from recsys.doctor.base import Asked, Check
from recsys.doctor.examination import examine


def doctor(
    store: options.MaybeStoreUrl = None,
    models: Annotated[
        Path | None, typer.Option("--models", metavar="DIR", help="Folder of the models.")
    ] = None,
    model: options.ModelName = "default",
    config: options.Config = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="A running service: http://127.0.0.1:8000.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out the check of every page of the store.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Look at installation, settings, store, models, clock and service; change nothing.

    What is not named is not looked at. The exit code is 1 if there is a fault; a warning is for
    someone to look at.
    """
    asked = Asked(time.time(), store, models, model, config, url, quick)
    with progress() as tell:
        checks = list(examine(asked, tell))
    states = Counter(check.state for check in checks)
    document = {
        "checks": [asdict(check) for check in checks],
        "faults": states["fault"],
        "warnings": states["warning"],
    }
    output.answer(document, as_json, _show, checks)
    if states["fault"]:
        raise typer.Exit(1)


def _show(checks: Sequence[Check]) -> None:
    rows = [[check.name, check.state, check.message] for check in checks]
    output.table(["", "", ""], rows)
