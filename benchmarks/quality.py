"""The quality figures that the documentation claims: ``python -m benchmarks.quality``.

The data folder comes from ``--data`` or ``RECSYS_DATA``; a set that is not there is named and left
out, and one that is there besides is evaluated with the default recipe. ``--write`` puts the
figures into ``models/SCORES.md``, those of sets that are not there being left as they were.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.lee_pincombe import correlation
from benchmarks.results import Found, Row, Skipped
from benchmarks.scale import Scale
from recsys.errors import DataError
from recsys.evaluation import readers
from recsys.evaluation.contestants import contestants
from recsys.evaluation.document import document_of
from recsys.evaluation.readers.base import Reading
from recsys.evaluation.study import Plan, run
from recsys.recipe import Recipe
from recsys.times import parse_instant

NAME = "quality"
_MODELS = Path(__file__).parent.parent / "models"
SCORES = _MODELS / "SCORES.md"
_TEXT = ("tfidf", "bm25", "title_only", "newest_in_section", "random")
_READ = ("most_read", "circular_buffer_frequent", "co_read", "newest", "random")


@dataclass(frozen=True)
class Measured:
    """One use of some recipes, measured on one data set.

    Parameters
    ----------
    folder
        Of the data set, below the data folder.
    title
        What is measured, for people.
    recipes, baselines
        Who is compared, by name.
    plan
        Parameters of `recsys.evaluation.study.Plan`.
    metrics
        What is shown, the first being the one that decides.
    """

    folder: str
    title: str
    recipes: Sequence[str]
    baselines: Sequence[str]
    plan: Mapping[str, Any] = field(default_factory=dict)
    metrics: Sequence[str] = ("ndcg@10", "hit@10", "mrr@10")
    site_column: str | None = None


def _milliseconds(day: str) -> int:
    return 1000 * parse_instant(day)


STUDIES = (
    Measured(
        "ant_multisource",
        "Related: the links of editors of three Arabic news sites",
        ("default", "arabic"),
        _TEXT,
        {"tasks": ("judgements",)},
        site_column="source",
    ),
    Measured(
        "globo_clicks_2017_10",
        "Related: what readers of a portal open next, 2 to 5 October",
        ("next_read", "default"),
        _READ,
        {
            "tasks": ("next_read",),
            "first": _milliseconds("2017-10-02"),
            "last": _milliseconds("2017-10-06"),
        },
        ("hit@10", "ndcg@10", "mrr@10", "coverage@10"),
    ),
    Measured(
        "globo_clicks_2017_10",
        "Most read: who leads in the hours to come, 5 to 10 October",
        ("default",),
        ("most_read", "circular_buffer_frequent", "newest"),
        {
            "tasks": ("read_next_1h", "read_next_3h"),
            "first": _milliseconds("2017-10-05"),
            "last": _milliseconds("2017-10-11"),
        },
        ("overlap@10", "rbo@10", "stability@10"),
    ),
    Measured(
        "nemig_en",
        "Replay: lists of six that were shown in a study",
        ("default", "english"),
        ("most_read", "random"),
        {"tasks": ("replay",)},
        ("ndcg@10", "mrr@10"),
    ),
)


def main() -> int:
    """Measure what the data allow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("RECSYS_DATA"))
    parser.add_argument("--only", help="only the data set of this folder")
    parser.add_argument("--write", action="store_true", help="write models/SCORES.md")
    parser.add_argument("--jobs", type=int, default=-1)
    given = parser.parse_args()
    if given.data is None or not given.data.is_dir():
        print("quality: skipped, no folder by --data or RECSYS_DATA")
        return 0
    parts = _kept() if given.write else {}
    for study in _studies(given.data):
        if given.only not in (None, study.folder):
            continue
        if not (given.data / study.folder).is_dir():
            print(f"{study.folder}: skipped, it is not in the data folder", file=sys.stderr)
            continue
        text = "\n".join(measure(study, given.data, given.jobs))
        print(f"## {study.title}\n\n{text}\n", flush=True)
        parts[study.title] = text
    if given.only in (None, "lee_pincombe") and (given.data / "lee_pincombe").is_dir():
        text = "\n".join(ratings(given.data))
        print(f"## {RATINGS}\n\n{text}\n")
        parts[RATINGS] = text
    if given.write:
        _write(parts)
    return 0


RATINGS = "Similarity: what people find alike"


def _studies(data: Path) -> Iterator[Measured]:
    """Yield what we claim, and whatever else lies there."""
    yield from STUDIES
    known = {study.folder for study in STUDIES}
    for folder in sorted(data.iterdir()):
        if folder.name in known or not folder.is_dir():
            continue
        if any(reader.recognised(folder) for reader in readers.READERS.values()):
            yield Measured(folder.name, f"{folder.name}: what it allows", ("default",), _READ)


def rows(scale: Scale) -> Iterator[Found]:
    """Yield figures of the default recipe on editors' links; in full, of every study."""
    short = replace(STUDIES[0], recipes=("default",), baselines=("tfidf",))
    for study in STUDIES if scale.full else (short,):
        if scale.data is None or not (scale.data / study.folder).is_dir():
            yield Skipped(NAME, study.title, f"no {study.folder} in the folder of RECSYS_DATA")
            continue
        scale.tell(f"{NAME}: {study.title}")
        found = evaluated(study, scale.data, scale.jobs)
        for task in found["tasks"]:
            title = study.title
            if len(found["tasks"]) > 1:
                title = f"{title}: {task['title']}"
            yield from _rows(title, study.metrics, task, found["dataset"]["articles"])


def _rows(
    title: str, metrics: Sequence[str], task: Mapping[str, Any], n_articles: int
) -> Iterator[Row]:
    """Yield a row of each contestant and metric of a task."""
    for result in task["results"]:
        note = f"{task['questions']:,} questions"
        for metric in metrics:
            value = result["metrics"].get(metric, {"mean": None})["mean"]
            if value is None:
                continue
            named = NAME, title, result["name"], n_articles, metric
            yield Row(*named, [value], better="higher", computed=True, note=note)


def evaluated(study: Measured, data: Path, jobs: int) -> dict[str, Any]:
    """Return the document of a study; DataError if the data do not allow it."""
    dataset = readers.read(
        data / study.folder, Reading(site_column=study.site_column, on_error="skip")
    )
    recipes = [Recipe.read(_MODELS / f"{name}.toml") for name in study.recipes]
    plan = Plan(**study.plan, jobs=jobs)
    return document_of(run(dataset, contestants(recipes, study.baselines), plan))


def measure(study: Measured, data: Path, jobs: int) -> Iterator[str]:
    """Yield the lines of one study's figures, in Markdown."""
    try:
        found = evaluated(study, data, jobs)
    except DataError as error:
        yield f"Nothing: {error}"
        return
    facts = found["dataset"]
    yield (
        f"`{facts['name']}`: {facts['articles']:,} articles, {facts['reads']:,} reads,"
        f" {facts['judgements']:,} judgements, {facts['impressions']:,} logged lists."
        f" Command: `python -m benchmarks.quality --only {study.folder}`."
    )
    for note in facts["notes"]:
        yield f"- {note}"
    for task in found["tasks"]:
        yield from _task(task, study.metrics)


def _task(task: Mapping[str, Any], metrics: Sequence[str]) -> Iterator[str]:
    yield ""
    yield (
        f"**{task['title']}** {task['questions']:,} questions in {task['units']:,} {task['unit']};"
        f" {task['split']}."
    )
    for note in task["notes"]:
        yield f"- {note}"
    shown = [name for name in metrics if any(name in r["metrics"] for r in task["results"])]
    yield ""
    yield "| |" + "".join(f" {name} |" for name in shown)
    yield "|---|" + "---|" * len(shown)
    primary = task["primary"]
    for result in sorted(task["results"], key=lambda r: -r["metrics"][primary]["mean"]):
        cells = (_cell(result["metrics"].get(name)) for name in shown)
        yield f"| {result['name']} |" + "".join(f" {cell} |" for cell in cells)
    yield from _by_site(task)
    yield ""
    for one in task["comparisons"]:
        yield f"- {one['sentence']}"


def _by_site(task: Mapping[str, Any]) -> Iterator[str]:
    parts = [part for part in task["slices"] if part["by"] == "site"]
    if not parts:
        return
    yield ""
    yield f"| {task['primary']} by site |" + "".join(
        f" {p['part']} ({p['questions']}) |" for p in parts
    )
    yield "|---|" + "---|" * len(parts)
    for name in (result["name"] for result in task["results"]):
        yield f"| {name} |" + "".join(f" {_cell(p['results'][name])} |" for p in parts)
    for place, pair in enumerate(parts[0]["differences"]):
        cells = (_cell(part["differences"][place], "+.3f") for part in parts)
        yield f"| {pair['a']} − {pair['b']} |" + "".join(f" {cell} |" for cell in cells)


def _cell(figure: Mapping[str, Any] | None, form: str = ".3f") -> str:
    if figure is None or figure["mean"] is None:
        return "–"
    if figure["low"] is None:
        return format(figure["mean"], form)
    return "{} [{}, {}]".format(*(format(figure[name], form) for name in ("mean", "low", "high")))


def ratings(data: Path) -> Iterator[str]:
    """Yield the correlation of every recipe with what people said of pairs of documents."""
    yield (
        "`lee_pincombe`: 1,225 pairs of 50 short English documents. Pearson's correlation of the"
        " cosine with the mean rating; intervals over documents. Command:"
        " `python -m benchmarks.quality --only lee_pincombe`."
    )
    yield ""
    yield "| | correlation |"
    yield "|---|---|"
    for path in sorted(_MODELS.glob("*.toml")):
        found, low, high = correlation(data, Recipe.read(path))
        yield f"| {path.stem} | {found:.3f} [{low:.3f}, {high:.3f}] |"


_HEAD = """# Scores

What each shipped recipe reached, and against whom. Written by
`RECSYS_DATA=<folder> python -m benchmarks.quality --write`; figures with 95 % intervals, p
corrected for the comparisons of a table. [docs/evaluation.md](../docs/evaluation.md) says how it is
measured, [benchmarks/README.md](../benchmarks/README.md) what else was tried and did not help.
"""


def _kept() -> dict[str, str]:
    """Return what the file says now, by heading."""
    if not SCORES.is_file():
        return {}
    parts = SCORES.read_text(encoding="utf-8").split("\n## ")[1:]
    return {head: text.strip() for head, _, text in (part.partition("\n") for part in parts)}


def _write(parts: Mapping[str, str]) -> None:
    order = [study.title for study in STUDIES] + [RATINGS]
    chosen = [title for title in order if title in parts]
    body = "".join(f"\n## {title}\n\n{parts[title]}\n" for title in chosen)
    SCORES.write_text(_HEAD + body, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
