"""What a command prints: one JSON document, a table on a terminal, or lines with tabs."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer

from recsys.records import Explanation, RecommendationList


def answer(document: Any, as_json: bool, show: Callable[..., None], *shown: Any) -> None:
    """Print a document as JSON, or let ``show`` say the same to a person."""
    if as_json:
        utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
        typer.echo(json.dumps(document, ensure_ascii=not utf8, indent=2))
    else:
        show(*shown)


def show_list(answered: RecommendationList) -> None:
    """Print the items of a list; on a terminal also its heading and why it is as it is."""
    counted = any(item.views is not None for item in answered.items)
    heads = ["", "score", *(["views"] if counted else []), "source", "published", "id", "title"]
    rows = []
    for item, facts in zip(answered.items, answered.document()["items"], strict=True):
        views = [str(item.views)] if counted else []
        when = facts["published_at"] or "unknown"
        rows.append([str(item.rank), f"{item.score:.6g}", *views, item.source, when,
                     item.article_id, item.title])  # fmt: skip
        if answered.explained:
            rows.append([""] * (len(heads) - 1) + [in_words(item.explain)])
    _note(answered.heading)
    table(heads, rows)
    if answered.reason:
        _note(f"({answered.reason})")


def in_words(explain: Explanation | None) -> str:
    """Return what a score is made of, on one line."""
    if explain is None:
        return "fills the list up"
    factors = ("similarity", "freshness", "popularity", "boost")
    product = " × ".join(f"{name} {getattr(explain, name):.3g}" for name in factors)
    words = ", ".join(f"{part.term or 'others'} {part.share:.3f}" for part in explain.terms)
    return f"{product}; cosine {explain.cosine:.3f} = {words or 'no word in common'}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns on a terminal, the last one folded; otherwise a line a row, tabs between."""
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cells:
            typer.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, header_style="dim", show_header=any(heads))
    for head in heads:
        drawn.add_column(head, no_wrap=head != heads[-1], overflow="fold")
    for row in cells:
        drawn.add_row(*(Text(cell) for cell in row))
    Console().print(drawn)


def _note(text: str) -> None:
    if sys.stdout.isatty():
        typer.echo(text)
