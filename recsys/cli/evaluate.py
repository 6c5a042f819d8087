"""``recsys evaluate``: which recipe is better, by how much, and whether it is more than noise."""

from pathlib import Path
from typing import Annotated, Any

import typer

from recsys.cli import options, output, plans
from recsys.cli.datasets import Files
from recsys.cli.options import CallError
from recsys.cli.plans import moment, split_of, tasks_of
from recsys.cli.progress import progress
from recsys.cli.shipped import find_recipe
from recsys.settings import read_settings

ALL, NONE = "all", "none"


def evaluate(
    recipes: Annotated[
        list[str], typer.Argument(metavar="RECIPE...", help="Paths, or names of shipped ones.")
    ],
    articles: options.ArticleFiles = None,
    events: options.EventFiles = None,
    judgements: plans.JudgementFile = None,
    dataset: plans.Folder = None,
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
    split: plans.SplitKind = "prequential",
    every: plans.EveryDays = 7.0,
    first: plans.First = None,
    last: plans.Last = None,
    length: Annotated[int, typer.Option("--k", min=1, max=100, metavar="N")] = 10,
    sessions: plans.Sessions = 10_000,
    when_opened: Annotated[
        bool,
        typer.Option("--when-opened", help="Ask when the next read begins, not with the list."),
    ] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to write report.html, report.json.")
    ] = None,
    seed: plans.Seed = 0,
    jobs: options.Jobs = -1,
    format: options.Format = None,
    site: options.Site = None,
    site_column: options.SiteColumn = None,
    on_error: options.OnBadRow = "stop",
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
        split=split_of(split, every),
        tasks=tasks_of(task or []),
        k=length,
        seed=seed,
        first=moment(first, settings, site),
        last=moment(last, settings, site),
        sessions=sessions or None,
        lists=sessions or None,
        when_opened=when_opened,
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


def _baselines(names: str) -> list[str]:
    from recsys.evaluation.baselines import BASELINES

    if names in (ALL, NONE):
        return list(BASELINES) if names == ALL else []
    return [name.strip() for name in names.split(",") if name.strip()]


def _written(document: dict[str, Any], folder: Path) -> Path:
    from recsys.evaluation.report import write

    return write(document, folder)


def _show(document: dict[str, Any], written: Path | None) -> None:
    from recsys.evaluation.report import plain

    typer.echo(plain(document))
    if written is not None:
        typer.echo(f"\nThe report: {written}")
