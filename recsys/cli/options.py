"""Options that several commands take, and the clock they share."""

import time
from pathlib import Path
from typing import Annotated

import typer

from recsys.data.importers.reading import OnError
from recsys.errors import DataError, RecsysError
from recsys.records import DEFAULT_SITE
from recsys.settings import Settings
from recsys.times import DAY, format_instant, parse_instant

DATA = "data"
_YEARS = range(DAY, 32_503_680_000 - DAY)  # 1970 to 2999, in any time zone


class CallError(RecsysError):
    """Options that do not go together."""

    exit_code = 2


def _checked_now(asked: str | None) -> str | None:
    if asked is None or asked == DATA:
        return asked
    try:
        moment = parse_instant(asked)
    except ValueError as error:
        raise typer.BadParameter(f"{error}, or {DATA}") from None
    if moment not in _YEARS:
        raise typer.BadParameter("must lie in the years 1970 to 2999")
    return asked


def _checked_jobs(jobs: int) -> int:
    if jobs < -1 or jobs == 0:
        raise typer.BadParameter("must be at least 1, or -1 for all cores")
    return jobs


Now = Annotated[
    str | None,
    typer.Option(
        metavar="ISO|data",
        callback=_checked_now,
        help="What time it is; data is the newest time in the data, the default for files.",
    ),
]
Config = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Settings; otherwise ./recsys.toml.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document, as HTTP answers.")]
StoreUrl = Annotated[
    str, typer.Option("--store", metavar="URL", help="Where the data are: sqlite:///news.db.")
]
MaybeStoreUrl = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="Where the data are: sqlite:///news.db."),
]
ModelsDir = Annotated[Path, typer.Option("--models", metavar="DIR", help="Folder of the models.")]
ModelName = Annotated[str, typer.Option("--model", metavar="NAME", help="Which model.")]
Site = Annotated[str | None, typer.Option(metavar="S", help="Which site, where there are several.")]
SiteColumn = Annotated[
    str | None, typer.Option(metavar="C", help="Column of the files that names the site.")
]
ArticleFiles = Annotated[
    list[Path] | None,
    typer.Option("--articles", metavar="F", help="File of articles; may be repeated."),
]
EventFiles = Annotated[
    list[Path] | None,
    typer.Option("--events", metavar="F", help="File of events; may be repeated."),
]
Format = Annotated[
    str | None, typer.Option(metavar="F", help="Format of the files; otherwise recognised.")
]
OnBadRow = Annotated[OnError, typer.Option(help="What to do with a bad row.")]
Jobs = Annotated[
    int, typer.Option(metavar="N", callback=_checked_jobs, help="Processes; -1 is all cores.")
]
Limit = Annotated[int | None, typer.Option(min=1, max=100, metavar="N", help="How many, 1-100.")]


def clock(
    asked: str | None, newest: int | None, settings: Settings, site: str | None, *, from_files: bool
) -> int:
    """Return the time a command works at, in seconds since 1970.

    Parameters
    ----------
    asked
        The value of ``--now``. None is the newest time of files, if they have any; otherwise the
        time it is.
    newest
        Newest time in the data; None if they have none.
    settings, site
        A bare date and a time without an offset are read on the site's clock.
    from_files
        Whether the data come from files rather than from a store that lives on.

    Raises
    ------
    DataError
        If the newest time is asked for and there is none, or it is far from any clock.
    """
    if asked is not None and asked != DATA:
        return parse_instant(asked, settings.site(site or DEFAULT_SITE).time_zone)
    if asked is None and (not from_files or newest is None):
        return int(time.time())
    if newest is None:
        raise DataError("--now data: nothing in the data has a time; give --now a time")
    if newest not in _YEARS:
        raise DataError(
            f"the newest time in the data is {format_instant(newest)};"
            " give --now a time in the years 1970 to 2999"
        )
    return newest
