"""What evaluate and tune ask about, from their options."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys.cli.options import CallError
from recsys.records import DEFAULT_SITE
from recsys.settings import Settings
from recsys.times import parse_instant

if TYPE_CHECKING:
    from recsys.evaluation.split import Split

JudgementFile = Annotated[
    Path | None,
    typer.Option(metavar="F", help="File of judgements; otherwise the articles' inline links."),
]
Folder = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder of a data set, in place of files.")
]
SplitKind = Annotated[str, typer.Option(metavar="KIND", help="prequential, rolling or fixed.")]
EveryDays = Annotated[float, typer.Option(metavar="DAYS", help="Length of a period of rolling.")]
First = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="ISO", help="Reads asked about begin here; else with the later half."
    ),
]
Last = Annotated[str | None, typer.Option("--until", metavar="ISO", help="And end before this.")]
Sessions = Annotated[
    int, typer.Option(min=0, metavar="N", help="Sessions drawn at most; 0 takes all.")
]
Seed = Annotated[int, typer.Option(min=0, metavar="N", help="Of every draw.")]


def split_of(kind: str, every_days: float) -> "Split":
    """Return the split of ``--split`` and ``--every``."""
    from recsys.evaluation.split import KINDS, Split

    for known in KINDS:
        if kind == known:
            try:
                return Split(known, every_days)
            except ValueError as error:
                raise CallError(f"--every: {error}") from None
    raise CallError(f"--split: must be one of {', '.join(KINDS)}")


def tasks_of(names: list[str]) -> tuple[str, ...]:
    """Return the tasks of ``--task``, none twice."""
    from recsys.evaluation.study import TASKS

    for name in names:
        if name not in TASKS:
            raise CallError(f"--task {name}: must be one of {', '.join(TASKS)}")
    return tuple(dict.fromkeys(names))


def moment(asked: str | None, settings: Settings, site: str | None) -> int | None:
    """Return milliseconds since 1970; a bare date is the site's midnight."""
    if asked is None:
        return None
    try:
        return 1000 * parse_instant(asked, settings.site(site or DEFAULT_SITE).time_zone)
    except ValueError as error:
        raise CallError(f"--from, --until: {error}") from None
