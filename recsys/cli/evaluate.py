"""``recsys evaluate``: which recipe is better, by how much, and whether it is more than noise."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli import options, output
from recsys.cli.datasets import Files
from recsys.cli.options import CallError
from recsys.cli.progress import progress
from recsys.cli.shipped import find_recipe
from recsys.data.importers.reading import OnError
from recsys.records import DEFAULT_SITE
from recsys.settings import Settings, read_settings
from recsys.times import parse_instant

if TYPE_CHECKING:
    from recsys.evaluation.split import Split

ALL, NONE = "all", "none"


def evaluate(
    recipes: Annotated[
        list[str], typer.Argument(metavar="RECIPE...", help="Paths, or names of shipped ones.")
    ],
    articles: options.ArticleFiles = None,
    events: options.EventFiles = None,
    judgements: Annotated[
        Path | None,
        typer.Option(metavar="F", help="File of judgements; otherwise the articles' inline links."),
    ] = None,
    dataset: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of a data set, in place of files."),
    ] = None,
    baselines: Annotated[
        str, typer.Option(metavar="NAMES", help="Separated by commas; all, or none.")
    ] = ALL,
    against: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whom the plots compare with.")
    ] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(metavar="T", help="Only this task; may be repeated."),
    ] = None,
    split: Annotated[
        str, typer.Option(metavar="KIND", help="prequential, rolling or fixed.")
    ] = "prequential",
    every: Annotated[
        float, typer.Option(metavar="DAYS", help="Length of a period of rolling.")
    ] = 7.0,
    first: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="ISO", help="Reads asked about begin here; else in their middle."
        ),
    ] = None,
    last: Annotated[
        str | None, typer.Option("--until", metavar="ISO", help="And end before this.")
    ] = None,
    length: Annotated[int, typer.Option("--k", min=1, max=100, metavar="N")] = 10,
    sessions: Annotated[
        int, typer.Option(min=0, metavar="N", help="Sessions drawn at most; 0 takes all.")
    ] = 10_000,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to write report.html, report.json.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of every draw.")] = 0,
    jobs: options.Jobs = -1,
    format: options.Format = None,
    site: options.Site = None,
    site_column: options.SiteColumn = None,
    on_error: Annotated[OnError, typer.Option(help="What to do with a bad row.")] = "stop",
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Compare RECIPEs with each other and with baselines on what was chosen, clicked and read.

    Lists are asked for as of the past: with nothing that came later. Figures come with 95 %
    intervals, comparisons with a verdict: better, worse, or within noise.
    """
    from recsys.evaluation import document, study
    from recsys.evaluation.contestants import contestants

    settings = read_settings(config)
    plan = study.Plan(
        split=_split(split, every),
        tasks=_tasks(task or []),
        k=length,
        seed=seed,
        first=_moment(first, settings, site),
        last=_moment(last, settings, site),
        sessions=sessions or None,
        lists=sessions or None,
        jobs=jobs,
    )
    who = contestants([find_recipe(each) for each in recipes], _baselines(baselines))
    if against is not None and against not in {each.name for each in who}:
        raise CallError(f"--against {against}: is none of those that are compared")
    given = Files(dataset, articles, events, judgements, format, site, site_column, on_error)
    with progress() as tell:
        found = study.run(given.read(settings, tell), who, plan, tell)
        made = document.document_of(found, against, tell)
    written = None if report is None else _written(made, report)
    output.answer(made, as_json, _show, made, written)


def _split(kind: str, every_days: float) -> "Split":
    from recsys.evaluation.split import KINDS, Split

    for known in KINDS:
        if kind == known:
            try:
                return Split(known, every_days)
            except ValueError as error:
                raise CallError(f"--every: {error}") from None
    raise CallError(f"--split: must be one of {', '.join(KINDS)}")


def _tasks(names: list[str]) -> tuple[str, ...]:
    from recsys.evaluation.study import TASKS

    for name in names:
        if name not in TASKS:
            raise CallError(f"--task {name}: must be one of {', '.join(TASKS)}")
    return tuple(dict.fromkeys(names))


def _baselines(names: str) -> list[str]:
    from recsys.evaluation.baselines import BASELINES

    if names in (ALL, NONE):
        return list(BASELINES) if names == ALL else []
    return [name.strip() for name in names.split(",") if name.strip()]


def _moment(asked: str | None, settings: Settings, site: str | None) -> int | None:
    """Return milliseconds since 1970; a bare date is the site's midnight."""
    if asked is None:
        return None
    try:
        return 1000 * parse_instant(asked, settings.site(site or DEFAULT_SITE).time_zone)
    except ValueError as error:
        raise CallError(f"--from, --until: {error}") from None


def _written(document: dict[str, Any], folder: Path) -> Path:
    from recsys.evaluation.report import write

    return write(document, folder)


def _show(document: dict[str, Any], written: Path | None) -> None:
    from recsys.evaluation.report import plain

    typer.echo(plain(document))
    if written is not None:
        typer.echo(f"\nThe report: {written}")
