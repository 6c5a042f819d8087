"""``recsys train``: a recipe and data into a published model."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from recsys import saving
from recsys.cli import inputs, options, output
from recsys.cli.inputs import Data, Reading
from recsys.cli.progress import progress
from recsys.cli.shipped import find_recipe
from recsys.errors import OutgrownError
from recsys.incremental import retrained
from recsys.live import stored_changes
from recsys.model import Model
from recsys.records import Article
from recsys.settings import read_settings


def train(
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE", help="Path, or name of a shipped one.")
    ],
    models: options.ModelsDir,
    store: options.MaybeStoreUrl = None,
    articles: options.ArticleFiles = None,
    events: options.EventFiles = None,
    format: options.Format = None,
    site: options.Site = None,
    site_column: options.SiteColumn = None,
    on_error: options.OnBadRow = "stop",
    jobs: options.Jobs = -1,
    backend: Annotated[
        str | None, typer.Option(metavar="B", help="Of joblib: loky, threading, dask, …")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="Otherwise the recipe's.")
    ] = None,
    promote: Annotated[bool, typer.Option(help="Whether to serve it from now on.")] = True,
    exact: Annotated[
        bool, typer.Option("--exact", help="Look at every pair, however many articles there are.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="VERSION",
            help="Take over from a version, or from the `current` one, what has not changed since.",
        ),
    ] = None,
    now: options.Now = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Train RECIPE on a store or on files, publish the model and print its version.

    The same recipe, data, --now and library versions give the same version and the same bytes,
    whatever --jobs and --backend. With --since what is learned anew is what came, changed or went;
    if that is too much, training is in full and says so.
    """
    made, settings = find_recipe(recipe), read_settings(config)
    model = Model(replace(made, name=name or made.name), settings)
    reading = Reading(settings, format, site, site_column, on_error)
    with inputs.opened(store, articles, events, reading) as data, progress() as tell:
        moment = options.clock(now, data.newest(), settings, site, from_files=store is None)
        learn = partial(
            model.fit, now=moment, events=data.events(site), jobs=jobs, progress=tell, exact=exact
        )
        if since is None or not _carried_on(model, since, models, data, site, learn.keywords):
            known, counts = data.snapshot(site)
            del data  # what only it holds may go when it is learned
            learn(_given_away(known), counts, backend=backend)
    version = saving.publish(model, models, promote)
    document = {"name": model.name.name, "version": version, "data": model.facts_}
    output.answer(document, as_json, typer.echo, version)


def _given_away(articles: list[Article]) -> Iterator[Article]:
    """Yield articles in their order, and keep none."""
    articles.reverse()
    while articles:
        yield articles.pop()


def _carried_on(
    model: Model, version: str, models: Path, data: Data, site: str | None, given: dict[str, Any]
) -> bool:
    """Fit a model from an earlier version; False, and why on stderr, if it is to be in full."""
    try:
        before = saving.load_to_carry_on(models, model.recipe.name, model.settings, version)
        corpus = before.snapshot_.corpus
        retrained(before, model, stored_changes(corpus, data, site), data.counts(), **given)
    except OutgrownError as error:
        typer.echo(f"training in full: {error}", err=True)
        return False
    return True
