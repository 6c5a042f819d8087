"""``recsys tune``: better parameters for a recipe, if there are any."""

from pathlib import Path
from typing import Annotated, Any

import typer

from recsys.cli import options, output, plans
from recsys.cli.datasets import Files
from recsys.cli.options import CallError
from recsys.cli.plans import moment, split_of, tasks_of
from recsys.cli.progress import progress
from recsys.cli.shipped import find_recipe
from recsys.recipe import Recipe
from recsys.settings import read_settings


def tune(
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE", help="Path, or name; its [search] says what to try.")
    ],
    articles: options.ArticleFiles = None,
    events: options.EventFiles = None,
    judgements: plans.JudgementFile = None,
    dataset: plans.Folder = None,
    trials: Annotated[
        int, typer.Option(min=2, metavar="N", help="Recipes tried, the given one among them.")
    ] = 50,
    held_out: Annotated[
        float,
        typer.Option(min=0.05, max=0.95, metavar="SHARE", help="Latest part that no trial sees."),
    ] = 0.4,
    task: Annotated[
        str | None, typer.Option(metavar="T", help="What decides; else the first there is.")
    ] = None,
    written: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Where a winner is written; else printed."),
    ] = None,
    split: plans.SplitKind = "prequential",
    every: plans.EveryDays = 7.0,
    first: plans.First = None,
    last: plans.Last = None,
    sessions: plans.Sessions = 10_000,
    seed: plans.Seed = 0,
    jobs: options.Jobs = -1,
    format: options.Format = None,
    site: options.Site = None,
    site_column: options.SiteColumn = None,
    on_error: options.OnBadRow = "stop",
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Search better parameters for RECIPE on earlier questions, and judge them on later ones.

    Without a difference that is more than noise there is no winner, and RECIPE stays as it is.
    Ctrl-C ends the search; what was found so far is judged.
    """
    from recsys.evaluation import study, tuning
    from recsys.evaluation.space import Space

    tuning.check_installed()
    settings, given = read_settings(config), find_recipe(recipe)
    Space.of(given)
    _check_folder(written)
    plan = study.Plan(
        split=split_of(split, every),
        tasks=tasks_of([task] if task else []),
        seed=seed,
        first=moment(first, settings, site),
        last=moment(last, settings, site),
        sessions=sessions or None,
        lists=sessions or None,
        jobs=jobs,
    )
    files = Files(dataset, articles, events, judgements, format, site, site_column, on_error)
    with progress() as tell:
        data = files.read(settings, tell)
        found = tuning.tune(data, given, plan, trials, held_out, tell)
    if written is not None and found.winner is not None:
        written.write_text(found.winner.write(), encoding="utf-8")
    document = found.document()
    output.answer(document, as_json, _show, document, found.winner, written)


def _check_folder(written: Path | None) -> None:
    """Refuse, before hours of work, a file that cannot be written."""
    if written is not None and (written.is_dir() or not written.parent.is_dir()):
        raise CallError(f"--output {written}: must be a file in a folder that is there")


def _show(document: Any, winner: Recipe | None, written: Path | None) -> None:
    if document["interrupted"]:
        typer.echo(f"interrupted after {document['trials']} trials")
    for name, part in (("training, before", "training"), ("untouched, from", "held_out")):
        asked = document[part]
        units = f"{asked['units']} {document['unit']}"
        typer.echo(f"{name} {document['cut']}: {asked['questions']} questions, {units}")
    rows = [_row(document["recipe"]["name"], document["recipe"])]
    if number := document["best"]["trial"]:
        rows.append(_row(f"trial {number}", document["best"]))
    output.table(["", f"{document['metric']} in training", "untouched", "parameters"], rows)
    if number:
        typer.echo(_gains(document))
    typer.echo(document["sentence"])
    if winner is not None:
        typer.echo(f"written: {written}" if written else f"\n{winner.write()}".rstrip())
    elif written is not None:
        typer.echo(f"not written: {written}")


def _row(name: str, who: Any) -> list[str]:
    return [name, *(_interval(who[part]) for part in ("training", "held_out")), _named(who)]


def _interval(figure: Any) -> str:
    if figure["low"] is None:
        return f"{figure['mean']:.4f}"
    return f"{figure['mean']:.4f} [{figure['low']:.4f}, {figure['high']:.4f}]"


def _named(who: Any) -> str:
    values = (f"{name} = {'fitted' if v is None else v}" for name, v in who["parameters"].items())
    return ", ".join(values)


def _gains(document: Any) -> str:
    """Return how much of the gain in training was left on what no trial saw."""
    best, given = document["best"], document["recipe"]
    gains = [best[part]["mean"] - given[part]["mean"] for part in ("training", "held_out")]
    return f"The gain in training was {gains[0]:+.4f}; on the untouched part it is {gains[1]:+.4f}."
