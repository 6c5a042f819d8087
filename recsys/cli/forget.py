"""``recsys forget``: a reader who asks to be forgotten."""

from contextlib import closing
from typing import Annotated

import typer

from recsys.cli import options, output
from recsys.cli.options import CallError
from recsys.data.stores import open_store
from recsys.records import DEFAULT_SITE
from recsys.settings import read_settings


def forget(
    store: options.StoreUrl,
    visitor: Annotated[
        str | None, typer.Option(metavar="ID", help="The visitor_id that the site gave him.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(metavar="IP", help="His address, with --agent.")
    ] = None,
    agent: Annotated[
        str | None, typer.Option(metavar="UA", help="His browser's User-Agent.")
    ] = None,
    site: options.Site = None,
    config: options.Config = None,
    as_json: options.Json = False,
) -> None:
    """Delete what is known of a reader: raw events, and hashes that still lead to him.

    Name him by --visitor, or by --address and --agent. Addresses and agents were never written;
    his hash can be found for 48 hours, then its salt is gone and nothing leads to him any more.
    Counts stay, for nobody can be found in them.
    """
    if (visitor is None) == (address is None) or (address is None) != (agent is None):
        raise CallError("give either --visitor ID, or --address IP and --agent UA")
    of = site or DEFAULT_SITE
    with closing(open_store(store, read_settings(config), create=False)) as opened:
        n = opened.forget(of, visitor_id=visitor, address=address, agent=agent)
    output.answer({"site": of, "deleted": n}, as_json, typer.echo, f"{n} rows deleted")
