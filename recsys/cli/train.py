"""``recsys train``: a recipe and data into a published model."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import typer

from recsys import saving
from recsys.cli import inputs, options, output
from recsys.cli.inputs import Reading
from recsys.cli.progress import progress
from recsys.cli.shipped import find_recipe
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
    now: options.Now = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Train RECIPE on a store or on files, publish the model and print its version.

    The same recipe, data, --now and library versions give the same version and the same bytes,
    whatever --jobs and --backend.
    """
    made, settings = find_recipe(recipe), read_settings(config)
    model = Model(replace(made, name=name or made.name), settings)
    reading = Reading(settings, format, site, site_column, on_error)
    with inputs.opened(store, articles, events, reading) as data, progress() as tell:
        moment = options.clock(now, data.newest(), settings, site, from_files=store is None)
        (known, counts), seen = data.snapshot(site), data.events(site)
        del data  # what only it holds may go when it is learned
        model.fit(
            _given_away(known),
            counts,
            now=moment,
            events=seen,
            jobs=jobs,
            backend=backend,
            progress=tell,
            exact=exact,
        )
    version = saving.publish(model, models, promote)
    document = {"name": model.name.name, "version": version, "data": model.facts_}
    output.answer(document, as_json, typer.echo, version)


def _given_away(articles: list[Article]) -> Iterator[Article]:
    """Yield articles in their order, and keep none."""
    articles.reverse()
    while articles:
        yield articles.pop()
