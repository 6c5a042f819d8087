"""The report as plain text: what a terminal shows, as wide as it is."""

import re
from collections.abc import Iterator, Sequence
from textwrap import wrap
from unicodedata import bidirectional, category, east_asian_width

from recsys.evaluation.report.document import (
    Document,
    Part,
    against,
    checked,
    metrics_of,
    ordered,
    parts_by,
)
from recsys.evaluation.report.words import clean, count, interval, number, signed

NARROWEST = 40
_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ISOLATE, _END = "\u2068", "\u2069"  # keep a right-to-left name from moving what follows it
MARKS = {"better": "▲", "worse": "▼", "within noise": "●"}


def plain(document: Document, width: int = 80) -> str:
    """Return the report as text of lines no wider than ``width`` columns (at least 40).

    A single name or word that is wider stands out alone.

    Raises
    ------
    DataError
        If the document lacks something that the text shows.
    """
    document = checked(document)
    width = max(width, NARROWEST)
    return "\n".join(line.rstrip() for line in _lines(document, width)) + "\n"


def columns(text: str) -> int:
    """Return how many terminal columns a text takes: none for marks, two for wide characters.

    >>> columns("abc"), columns("مُدُن"), columns("新聞")
    (3, 3, 4)
    """
    return sum(
        0 if category(c) in ("Mn", "Me", "Cf") else 2 if east_asian_width(c) in "WF" else 1
        for c in text
    )


def isolated(text: str) -> str:
    """Return a name with its direction kept to itself, and no control that could undo that."""
    bare = _BIDI_CONTROLS.sub("", clean(text))
    if any(bidirectional(c) in ("R", "AL", "AN") for c in bare):
        return f"{_ISOLATE}{bare}{_END}"
    return bare


def _lines(document: Document, width: int) -> Iterator[str]:
    dataset = document["dataset"]
    if dataset["simulated"]:
        yield from _wrapped("*** SIMULATION: no real reader made these figures ***", width)
        yield ""
    yield from _wrapped(f"Evaluation on {isolated(dataset['name'])}", width)
    yield from _wrapped(f"compared with {isolated(document['baseline'])}", width)
    for note in dataset["notes"]:
        yield from _wrapped(f"! {isolated(note)}", width)
    for task in document["tasks"]:
        yield ""
        yield from _task(task, document["baseline"], width)


def _task(task: Part, baseline: str, width: int) -> Iterator[str]:
    title = isolated(task["title"])
    asked = count(task["questions"], "question", "questions")
    yield from _wrapped(title, width)
    yield "=" * min(columns(title), width)
    facts = (
        f"{asked} in {task['units']:,} {isolated(task['unit'])}; split: {isolated(task['split'])}"
    )
    yield from _wrapped(facts, width)
    for note in task["notes"]:
        yield from _wrapped(f"! {isolated(note)}", width)
    yield ""
    yield from _results(task, baseline, width)
    for one in sorted(task["comparisons"], key=lambda one: one["metric"] != task["primary"]):
        yield from _wrapped(f"{MARKS[one['verdict']]} {isolated(one['sentence'])}", width)
    yield from _other_metrics(task, width)
    for by, parts in parts_by(task["slices"]).items():
        yield from _slices(task, by, parts, width)


def _results(task: Part, baseline: str, width: int) -> Iterator[str]:
    metric = task["primary"]
    stands = against(task, metric, baseline)
    rows = [("ranker", metric, "95 % interval", "against the baseline")]
    for result in ordered(task["results"], metric):
        value = result["metrics"].get(metric, {"mean": None, "low": None, "high": None})
        ends = interval(value["low"], value["high"])
        said = _stand(result["name"], baseline, stands)
        rows.append((isolated(result["name"]), number(value["mean"]), ends, said))
    yield from _table(rows, width)
    yield ""


def _stand(ranker: str, baseline: str, stands: dict[str, Part]) -> str:
    if ranker == baseline:
        return "◆ baseline"
    if ranker not in stands:
        return ""
    one = stands[ranker]
    return f"{MARKS[one['verdict']]} {one['verdict']} {signed(one['mean'])}"


def _other_metrics(task: Part, width: int) -> Iterator[str]:
    """Yield the metrics beside the primary one, as many abreast as fit."""
    metrics = [metric for metric in metrics_of(task) if metric != task["primary"]]
    results = ordered(task["results"], task["primary"])
    longest = max((columns(isolated(r["name"])) for r in results), default=0)
    widest = max((max(columns(metric), 6) for metric in metrics), default=1)
    abreast = max(1, (width - longest) // (widest + 2))
    for i in range(0, len(metrics), abreast):
        some = metrics[i : i + abreast]
        rows: list[Sequence[str]] = [("ranker", *some)]
        for result in results:
            means = (result["metrics"].get(metric, {}).get("mean") for metric in some)
            rows.append((isolated(result["name"]), *map(number, means)))
        yield ""
        yield from _table(rows, width)


def _slices(task: Part, by: str, parts: Sequence[Part], width: int) -> Iterator[str]:
    """Yield one block per part, its name on a line of its own, so that no column depends on it."""
    yield from ("", f"{task['primary']} by {isolated(by)}")
    names = [result["name"] for result in ordered(task["results"], task["primary"])]
    for part in parts:
        asked = count(part["questions"], "question", "questions")
        yield from _wrapped(f"  {isolated(part['part'])} ({asked})", width)
        rows = []
        for name in names:
            value = part["results"].get(name)
            if value is not None:
                ends = interval(value["low"], value["high"])
                rows.append((f"    {isolated(name)}", number(value["mean"]), ends))
        yield from _table(rows, width)


def _table(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Yield rows with the first column to the left, numbers to the right, the last as it is.

    Where they do not fit, the first column takes a line of its own.
    """
    if not rows:
        return
    sizes = [max(columns(row[i]) for row in rows) for i in range(len(rows[0]))]
    alone = sum(sizes) + 2 * (len(sizes) - 1) > width
    for row in rows:
        first = row[0] + " " * (sizes[0] - columns(row[0]))
        rest = [
            " " * (size - columns(cell)) + cell
            if _is_number(cell)
            else cell + " " * (size - columns(cell))
            for cell, size in zip(row[1:], sizes[1:], strict=True)
        ]
        if alone:
            yield row[0]
            yield from _wrapped("    " + "  ".join(rest).strip(), width)
        else:
            yield "  ".join([first, *rest])


def _is_number(cell: str) -> bool:
    return not cell or cell[0].isdigit() or cell[0] in "−–" or "@" in cell


def _wrapped(text: str, width: int) -> Iterator[str]:
    indent = " " * (len(text) - len(text.lstrip()))
    hanging = indent + ("  " if text[:1] in "!▲▼●" else "")
    yield from wrap(
        text.strip(),
        width,
        initial_indent=indent,
        subsequent_indent=hanging,
        break_long_words=False,
    )
