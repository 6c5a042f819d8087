"""The report as one HTML page: no script, no request, nothing beside it."""

import json
import os
from importlib.resources import files
from pathlib import Path
from tempfile import mkstemp

from recsys.errors import DataError
from recsys.evaluation.report.document import Document, Part, checked
from recsys.evaluation.report.examples import examples
from recsys.evaluation.report.marks import name, notes, sentence, text
from recsys.evaluation.report.plots import shape
from recsys.evaluation.report.tables import all_metrics, comparisons, forest, slices
from recsys.evaluation.report.words import count

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
SIMULATED = (
    "These readers and articles were made by a program. The figures say how the recipes do on that "
    "program, not how they do on real readers."
)
LEGEND = (
    ("better", "better than the baseline"),
    ("worse", "worse than the baseline"),
    ("noise", "within noise"),
    ("baseline", "the baseline"),
    ("alone", "not compared"),
)


def write(document: Document, folder: Path) -> Path:
    """Write ``report.html`` and ``report.json`` into a folder, and return the page's path.

    Parameters
    ----------
    document
        What ``recsys evaluate --json`` prints.
    folder
        Made where it is absent. Each file replaces an older one at once, or not at all.

    Raises
    ------
    DataError
        If the document lacks something or the folder cannot be written.
    """
    made = page(document).encode("utf-8")
    figures = _json(document)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / "report.json", figures)
        _replace(folder / "report.html", made)
    except OSError as error:
        reason = error.strerror or error
        raise DataError(
            f"{folder}: cannot write the report ({reason}); name a folder that can be written"
        ) from None
    return folder / "report.html"


def _json(document: Document) -> bytes:
    try:
        whole = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"evaluation document: not JSON ({error}); leave NaN and objects out of it"
        ) from None
    # A lone half of a character becomes its JSON escape, so that reading gives the same text.
    return f"{whole}\n".encode("utf-8", "backslashreplace")


def _replace(path: Path, content: bytes) -> None:
    handle, draft = mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def page(document: Document) -> str:
    """Return the whole page.

    Raises
    ------
    DataError
        If the document lacks something that the page shows.
    """
    document = checked(document)
    style = (files("recsys.evaluation.report") / "report.css").read_text(encoding="utf-8")
    title = f"Evaluation on {document['dataset']['name']}"
    tasks = "".join(
        _task(task, i, document["baseline"]) for i, task in enumerate(document["tasks"], 1)
    )
    return (
        '<!doctype html>\n<html lang="en" dir="ltr"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{text(title)}</title>'
        f"<style>\n{style}</style></head><body>{_banner(document)}{_head(document)}"
        f"<main>{tasks or '<p>No task was run.</p>'}</main></body></html>\n"
    )


def _banner(document: Document) -> str:
    if not document["dataset"]["simulated"]:
        return ""
    return f'<p class="simulated" role="note"><strong>Simulation</strong> {SIMULATED}</p>'


def _head(document: Document) -> str:
    dataset = document["dataset"]
    recipes = sum(ranker["kind"] == "recipe" for ranker in document["rankers"])
    others = len(document["rankers"]) - recipes
    amounts = ", ".join(
        count(dataset[key], key.removesuffix("s"), key)
        for key in ("articles", "reads", "judgements", "impressions")
        if dataset[key]
    )
    rankers = ", ".join(f"{name(r['name'])}" for r in document["rankers"])
    return (
        f'<header><h1>Evaluation on {name(dataset["name"])}</h1><p class="lead">'
        f"{count(recipes, 'recipe', 'recipes')} and {count(others, 'baseline', 'baselines')}, "
        f"compared with {name(document['baseline'])}, on {amounts or 'no data'}.</p>"
        f"{notes(dataset['notes'])}{_contents(document)}"
        f'<p class="quiet">Rankers: {rankers}. Lists of {document["k"]}; seed {document["seed"]}. '
        f"The figures are in report.json beside this page.</p>{_legend()}</header>"
    )


def _contents(document: Document) -> str:
    links = "".join(
        f'<li><a href="#task-{i}">{name(task["title"])}</a></li>'
        for i, task in enumerate(document["tasks"], 1)
    )
    return f'<nav aria-label="Tasks"><ol>{links}</ol></nav>' if links else ""


def _legend() -> str:
    keys = "".join(f"<li>{shape(kind)} {words}</li>" for kind, words in LEGEND)
    return f'<ul class="legend" aria-label="What the shapes mean">{keys}</ul>'


def _task(task: Part, place: int, baseline: str) -> str:
    asked = count(task["questions"], "question", "questions")
    figures = (
        f"{forest(task, baseline)}{comparisons(task)}<h3>All metrics</h3>{all_metrics(task)}"
        f"{slices(task, baseline)}{examples(task)}"
        if task["results"]
        else '<p class="quiet">No ranker was run on this task.</p>'
    )
    return (
        f'<section class="task" id="task-{place}"><h2>{name(task["title"])}</h2>'
        f'<p class="lead">{asked} in {task["units"]:,} {name(task["unit"])}; '
        f"split: {sentence(task['split'])}.</p>{notes(task['notes'])}{figures}</section>"
    )
