"""``recsys ledger``: what became of events."""

from contextlib import closing
from typing import Annotated, Any

import typer

from recsys.cli import options, output
from recsys.data.stores import open_store
from recsys.errors import NotFoundError
from recsys.records import DEFAULT_SITE
from recsys.settings import read_settings


def ledger(
    store: options.StoreUrl,
    article: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="An article; otherwise the whole site.")
    ] = None,
    site: options.Site = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Say how many events were received and counted, and how many each rule dropped.

    What was received is what was counted and what was dropped, always.
    """
    settings, of = read_settings(config), site or DEFAULT_SITE
    with closing(open_store(store, settings, create=False)) as opened:
        found = opened.ledger(of, article).document()
        if (
            article is not None
            and not found["received"]
            and not opened.get_articles([(of, article)])
        ):
            raise NotFoundError("article_not_found", f"{store}: there is no article {article!r}")
    document = {"site": of, "article_id": article, **found}
    output.answer(document, as_json, _show, document)


def _show(document: dict[str, Any]) -> None:
    rows = [["received", str(document["received"])], ["counted", str(document["counted"])]]
    if document["from_own_lists"]:
        rows.append(["  of them from our own lists", str(document["from_own_lists"])])
    rows += [[f"dropped: {rule}", str(n)] for rule, n in document["dropped"].items()]
    for kind, facts in document["types"].items():
        rows.append([f"{kind}s", f"{facts['received']} received, {facts['counted']} counted"])
    output.table(["", ""], rows)
