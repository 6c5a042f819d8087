"""``recsys export-static``: all lists as files, which a site can live on without the engine."""

from pathlib import Path
from typing import Annotated

import typer

from recsys.cli import options, output
from recsys.cli.progress import progress
from recsys.cli.trained import served, site_of
from recsys.settings import read_settings
from recsys.times import format_instant


def export_static(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of the files.")],
    models: options.ModelsDir,
    store: options.MaybeStoreUrl = None,
    name: options.ModelName = "default",
    site: options.Site = None,
    newest: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Lists of the N newest articles of a site only."),
    ] = None,
    thumbnails: Annotated[
        bool, typer.Option("--thumbnails", help="Images of the articles in the HTML.")
    ] = False,
    now: options.Now = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Write all lists as JSON and HTML files for a CDN; only what has changed is written again.

    With --store, articles and views newer than the model count as they do in the service, and
    the clock is the real one; without, it is that of the training.
    """
    from recsys.api.export import Export, Site
    from recsys.api.folder import Folder
    from recsys.api.fragments import Look
    from recsys.api.lists import Lists

    folder, settings = Folder(out), read_settings(config)
    snapshot, moment = served(models, name, store, settings, now, site)
    corpus = snapshot.corpus
    names = corpus.sites if site is None else (site_of(corpus, site),)
    sites = [Site.of(snapshot, each, newest) for each in sorted(names)]
    lists = Lists(settings, lambda: snapshot, lambda: moment)
    with progress() as tell:
        Export(lists, sites, Look(thumbnails)).into(folder, tell)
    done = {
        "folder": str(out),
        "generated_at": format_instant(moment),
        "articles": sum(len(each.rows) for each in sites),
        "written": folder.written,
        "unchanged": folder.unchanged,
        "removed": folder.removed,
    }
    counts = ("articles", "written", "unchanged", "removed")
    output.answer(done, as_json, output.table, ("", ""), [[n, str(done[n])] for n in counts])
