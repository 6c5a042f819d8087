"""What a command prints: one JSON document, a table on a terminal, or lines with tabs."""

import json
import sys
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Any

import typer

from recsys.records import Explanation, RecommendationList
from recsys.times import format_instant


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
    for item in answered.items:
        views = [str(item.views)] if counted else []
        when = format_instant(item.published_at) or "unknown"
        rows.append([str(item.rank), f"{item.score:.6g}", *views, item.source, when,
                     item.article_id, item.title])  # fmt: skip
        if answered.explained:
            placed = "an editor put it here" if item.source == "pinned" else ""
            rows.append(["", placed or in_words(item.explain)])
    _note(answered.heading)
    table(heads, rows)
    _note(f"({answered.reason})" if answered.reason else "")


def in_words(explain: Explanation | None) -> str:
    """Return what a score is made of, on one line."""
    if explain is None:
        return "fills the list up"
    factors = ("similarity", "freshness", "popularity", "boost")
    product = " × ".join(f"{name} {getattr(explain, name):.3g}" for name in factors)
    words = ", ".join(f"{part.term or 'others'} {part.share:.3f}" for part in explain.terms)
    text = f"{product}; cosine {explain.cosine:.3f} = {words or 'no word in common'}"
    if (by := explain.lent) is None:
        return text
    return f"{text}; drawn by {by.weight:g} towards {by.article_id} with {by.cosine:.3f}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows, tabs between; on a terminal in columns.

    The last cell of a row is neither cut nor folded: titles stay whole, whatever their script.
    """
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cells:
            typer.echo("\t".join(row))
        return
    lines = [list(heads), *cells] if any(heads) else cells
    columns = zip_longest(*(row[:-1] for row in lines), fillvalue="")
    widths = [max(map(_width, column)) for column in columns]
    for row in lines:
        padded = [cell + " " * (widths[i] - _width(cell)) for i, cell in enumerate(row[:-1])]
        typer.echo("  ".join([*padded, row[-1]]))


def _width(text: str) -> int:
    """Return the columns a text takes on a terminal."""
    from rich.cells import cell_len

    return cell_len(text)


def _note(text: str) -> None:
    if text and sys.stdout.isatty():
        typer.echo(text)
