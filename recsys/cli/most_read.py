"""``recsys most-read``: what is read most, of a store or of files."""

from typing import Annotated, Literal

import typer

from recsys.cli import inputs, options, output
from recsys.cli.inputs import Reading
from recsys.cli.trained import site_of
from recsys.data.corpus import Corpus
from recsys.data.views import ViewCounts
from recsys.lists import DEFAULT_LIMITS, Query, recommend
from recsys.lists.windows import WINDOWS, check_window
from recsys.overrides import Overrides
from recsys.settings import read_settings
from recsys.snapshot import Snapshot


def most_read(
    store: options.MaybeStoreUrl = None,
    articles: options.ArticleFiles = None,
    events: options.EventFiles = None,
    window: Annotated[
        str | None, typer.Option(metavar="W", help=f"One of {', '.join(WINDOWS)}.")
    ] = None,
    section: Annotated[str | None, typer.Option(metavar="S", help="Only this section.")] = None,
    limit: options.Limit = None,
    unit: Annotated[Literal["views", "readers"], typer.Option(help="What is counted.")] = "views",
    format: options.Format = None,
    site: options.Site = None,
    site_column: options.SiteColumn = None,
    on_error: options.OnBadRow = "stop",
    now: options.Now = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """List what is read most, on one site or in one of its sections; it needs no model."""
    settings = read_settings(config)
    usual = settings.list("most_read")
    window = check_window(window or usual.window or "now")
    reading = Reading(settings, format, site, site_column, on_error)
    with inputs.opened(store, articles, events, reading) as data:
        known, counts = data.snapshot()
        decisions = data.overrides()
        moment = options.clock(now, data.newest(), settings, site, from_files=store is None)
    corpus = Corpus.of(known)
    snapshot = Snapshot.untrained(corpus, ViewCounts.of(counts, corpus, len(corpus)), settings)
    snapshot = snapshot.with_overrides(Overrides.of(decisions, corpus))
    query = Query(
        site_of(corpus, site),
        limit=limit or usual.limit or DEFAULT_LIMITS["most_read"],
        section=section,
        window=window,
        unit=unit,
    )
    answered = recommend(snapshot, "most_read", query, moment)
    output.answer(answered.document(), as_json, output.show_list, answered)
