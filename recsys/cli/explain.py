"""``recsys explain``: why one article is, or is not, in the list of another."""

from typing import Annotated

import typer

from recsys.cli import options, output
from recsys.cli.trained import served, site_of
from recsys.lists import Query
from recsys.lists.explain import Verdict, verdict
from recsys.model import find
from recsys.settings import read_settings
from recsys.snapshot import Snapshot


def explain(
    article: Annotated[str, typer.Argument(metavar="ID", help="The article being read.")],
    other: Annotated[str, typer.Argument(metavar="ID", help="The one that may be related.")],
    models: options.ModelsDir,
    store: options.MaybeStoreUrl = None,
    name: options.ModelName = "default",
    site: options.Site = None,
    now: options.Now = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Say why the second article is, or is not, related to the first. Addresses do as well."""
    settings = read_settings(config)
    snapshot, moment = served(models, name, store, settings, now, site)
    site = site_of(snapshot.corpus, site)
    rows = find(snapshot, site, article), find(snapshot, site, other)
    found = verdict(snapshot, Query(site, rows[0]), rows[1], moment)
    output.answer(found.document(), as_json, _show, snapshot, rows, found)


def _show(snapshot: Snapshot, rows: tuple[int, int], found: Verdict) -> None:
    titles = [" ".join(snapshot.corpus.texts["title"][row].split()) for row in rows]
    typer.echo(f"{found.article_id}: {titles[0]}")
    typer.echo(f"{found.related_article_id}: {titles[1]}")
    where = "is not in its list" if found.rank is None else f"is number {found.rank} in its list"
    typer.echo(f"The second {where}{': ' if found.reasons else ''}{'; '.join(found.reasons)}.")
    if found.explain is not None:
        typer.echo(f"score {found.score:.6g} = {output.in_words(found.explain)}")
