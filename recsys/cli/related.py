"""``recsys related``: the list of one article."""

from typing import Annotated

import typer

from recsys.cli import options, output
from recsys.cli.trained import served, site_of
from recsys.lists import DEFAULT_LIMITS, Query, recommend
from recsys.model import find
from recsys.settings import read_settings


def related(
    article: Annotated[str, typer.Argument(metavar="ID_OR_URL", help="The article being read.")],
    models: options.ModelsDir,
    store: options.MaybeStoreUrl = None,
    name: options.ModelName = "default",
    site: options.Site = None,
    limit: options.Limit = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say why, item by item.")] = False,
    now: options.Now = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """List what is related to an article, best first.

    With --store, articles and views newer than the model count as they do in the service, and
    the clock is the real one; without, it is that of the training.
    """
    settings = read_settings(config)
    snapshot, moment = served(models, name, store, settings, now, site)
    site = site_of(snapshot.corpus, site)
    limit = limit or settings.list("related").limit or DEFAULT_LIMITS["related"]
    query = Query(site, find(snapshot, site, article), limit=limit, explain=explain)
    answered = recommend(snapshot, "related", query, moment)
    output.answer(answered.document(), as_json, output.show_list, answered)
