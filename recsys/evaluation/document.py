"""A study as a document: figures with intervals, comparisons in words, slices and examples."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from recsys.evaluation.comparison import (
    FEWEST,
    Difference,
    Interval,
    compare,
    intervals,
    sentence,
    settled,
)
from recsys.evaluation.contestants import Contestant
from recsys.evaluation.dataset import Dataset, Floats, Rows
from recsys.evaluation.history import History
from recsys.evaluation.judged import Questions
from recsys.evaluation.metrics import Run, measure, named
from recsys.evaluation.runner import Answers
from recsys.evaluation.slices import labels
from recsys.evaluation.study import TITLES, Progress, Study
from recsys.text.display import direction
from recsys.times import UNKNOWN, format_instant

Document = dict[str, Any]

EXAMPLES = 8
_RANKED = ("hit", "ndcg", "mrr", "map", "recall", "precision", "overlap", "rbo")
_OTHERS = (
    "coverage",
    "gini",
    "novelty",
    "median_age",
    "share_by_section",
    "stability",
    "intra_list_diversity",
    "same_story_duplicates",
)


def document_of(
    study: Study, against: str | None = None, progress: Progress | None = None
) -> Document:
    """Return the document that ``recsys evaluate --json`` prints and the report draws.

    Parameters
    ----------
    against
        The ranker that the plots compare with; None is the first baseline, else the first recipe.
    progress
        Told how many tasks are measured.
    """
    tell = progress or (lambda stage, done, total: None)
    tasks = []
    for place, (questions, given) in enumerate(zip(study.questions, study.given, strict=True)):
        tell("measuring", place, len(study.questions))
        tasks.append(_task(study, questions, given))
    tell("measuring", len(tasks), len(tasks))
    baselines = [each.name for each in study.contestants if each.recipe is None]
    dataset = study.dataset
    return {
        "dataset": {
            "name": dataset.name,
            "articles": len(dataset),
            "reads": len(dataset.reads),
            "judgements": len(dataset.judgements),
            "impressions": dataset.impressions.n_lists,
            "simulated": dataset.simulated,
            "notes": list(dataset.notes),
        },
        "seed": study.plan.seed,
        "k": study.plan.k,
        "baseline": against or next(iter([*baselines, study.contestants[0].name])),
        "rankers": [{"name": each.name, "kind": each.kind} for each in study.contestants],
        "tasks": tasks,
    }


def _task(study: Study, questions: Questions, given: Mapping[str, Answers]) -> Document:
    measured = {name: _measured(study, questions, answer) for name, answer in given.items()}
    seed = study.plan.seed
    return {
        "task": questions.task,
        "title": TITLES[questions.task],
        "split": study.plan.split.described(),
        "questions": len(questions),
        "unit": questions.unit_name,
        "units": int(np.unique(questions.unit).size),
        "primary": questions.primary,
        "notes": [*questions.notes, *_lent(study)],
        "results": [
            {
                "name": name,
                "seconds": round(answer.seconds, 3),
                "metrics": _figures(measured[name], questions, seed),
            }
            for name, answer in given.items()
        ],
        "comparisons": list(_comparisons(study.contestants, questions, measured, seed)),
        "slices": list(_slices(study, questions, measured)),
        "examples": _examples(study, questions, given, measured),
    }


def _lent(study: Study) -> list[str]:
    lender = next((each.name for each in study.contestants if each.recipe is not None), None)
    if study.evidence is None or lender is None:
        return []
    return [f"What counts as one story, and how alike articles are, is as {lender} sees it."]


def _measured(study: Study, questions: Questions, answer: Answers) -> dict[str, Floats]:
    """Return what each metric finds, a value a question or one for the run."""
    lent = study.evidence
    run = Run(
        answer.lists,
        questions,
        History(study.dataset),
        None if lent is None else lent.leaders,
        None if lent is None else lent.pairwise,
    )
    others = [name for name in _OTHERS if name != "novelty" or len(study.dataset.reads)]
    names = [f"{name}@{study.plan.k}" for name in (*_RANKED, *others)]
    primary = [] if questions.primary in names else [questions.primary]
    return {name: measure(name, run) for name in [*primary, *names]}


def _figures(measured: Mapping[str, Floats], questions: Questions, seed: int) -> Document:
    each = {n: v for n, v in measured.items() if v.ndim and not np.isnan(v).all()}
    found = intervals(np.stack(list(each.values())), questions.unit, seed=seed) if each else []
    figures = {name: figure(one) for name, one in zip(each, found, strict=True)}
    whole = {
        name: {"mean": _number(float(value)), "low": None, "high": None}
        for name, value in measured.items()
        if not value.ndim and isfinite(float(value))
    }
    return figures | whole


def _comparisons(
    contestants: Sequence[Contestant],
    questions: Questions,
    measured: Mapping[str, Mapping[str, Floats]],
    seed: int,
) -> Iterator[Document]:
    """Yield every recipe against everybody behind it, p corrected for all of these."""
    metric = questions.primary
    pairs = _pairs(contestants)
    better = named(metric)[0].better or "higher"
    alone = [
        compare(measured[a][metric], measured[b][metric], questions.unit, seed=seed, better=better)
        for a, b in pairs
    ]
    for (a, b), found in zip(pairs, settled(alone, better=better), strict=True):
        yield comparison(a, b, metric, found, questions.unit_name)


def figure(one: Interval) -> Document:
    """Return a mean with its interval."""
    return {"mean": _number(one.mean), "low": _number(one.low), "high": _number(one.high)}


def comparison(a: str, b: str, metric: str, found: Difference, unit_name: str) -> Document:
    """Return how much more ``a`` has than ``b``, with its verdict and in words."""
    return {
        "a": a,
        "b": b,
        "metric": metric,
        "mean": _number(found.mean),
        "low": _number(found.low),
        "high": _number(found.high),
        "p": _number(found.p),
        "p_corrected": _number(found.p_corrected),
        "units": found.n_units,
        "units_needed": found.units_needed,
        "verdict": found.verdict,
        "sentence": sentence(a, b, metric, found, unit_name),
    }


def _pairs(contestants: Sequence[Contestant]) -> list[tuple[str, str]]:
    """Return every recipe with everybody behind it, baselines behind recipes."""
    recipes = [each.name for each in contestants if each.recipe is not None]
    names = [*recipes, *(each.name for each in contestants if each.recipe is None)]
    return [(a, b) for i, a in enumerate(recipes) for b in names[i + 1 :]]


def _slices(
    study: Study, questions: Questions, measured: Mapping[str, Mapping[str, Floats]]
) -> Iterator[Document]:
    """Yield each part that has enough units: figures, and how recipes differ from the others."""
    of_data = labels(History(study.dataset), questions)
    pairs = _pairs(study.contestants)
    values = {name: each[questions.primary] for name, each in measured.items()}
    table = np.stack([*values.values(), *(values[a] - values[b] for a, b in pairs)])
    for by, parts in {**of_data, **questions.labels}.items():
        for part in sorted(set(parts.tolist()) - {""}):
            inside = parts == part
            if np.unique(questions.unit[inside]).size < FEWEST:
                continue
            found = intervals(table[:, inside], questions.unit[inside], seed=study.plan.seed)
            yield {
                "by": by,
                "part": part,
                "questions": int(inside.sum()),
                "results": dict(zip(values, map(figure, found), strict=False)),
                "differences": [
                    {"a": a, "b": b, **figure(one)}
                    for (a, b), one in zip(pairs, found[len(values) :], strict=True)
                ],
            }


def _examples(
    study: Study,
    questions: Questions,
    given: Mapping[str, Answers],
    measured: Mapping[str, Mapping[str, Floats]],
) -> list[Document]:
    """Return where the first two rankers differ most: half for the one, half for the other."""
    names = list(given)[:2]
    if len(names) < 2 or study.dataset.corpus.shown.size == 0:
        return []
    a, b = names
    difference = measured[a][questions.primary] - measured[b][questions.primary]
    order = np.lexsort((np.arange(difference.size), -np.nan_to_num(difference)))
    half = EXAMPLES // 2
    chosen = [i for i in order[:half].tolist() if difference[i] > 0]
    chosen += [i for i in order[::-1][:half].tolist() if difference[i] < 0]
    return [
        {
            **_title(study.dataset, questions.queries[i].row),
            "a": a,
            "b": b,
            "difference": _number(float(difference[i])),
            "lists": {
                name: _listed(study.dataset, questions, i, given[name].lists) for name in names
            },
        }
        for i in chosen
    ]


def _listed(dataset: Dataset, questions: Questions, i: int, lists: Rows) -> list[Document]:
    wanted = set(questions.wanted[i].tolist())
    return [
        {
            **_title(dataset, row),
            "wanted": row in wanted,
            "published_at": _published(dataset, row),
        }
        for row in lists[i].tolist()
        if row >= 0
    ]


def _published(dataset: Dataset, row: int) -> str | None:
    moment = int(dataset.corpus.published[row])
    return None if moment == UNKNOWN else format_instant(moment)


def _title(dataset: Dataset, row: int) -> Document:
    """Return how an article is shown; without one, what the question is about."""
    if row < 0:
        return {"title": None, "article_id": "", "dir": "ltr", "language": None}
    corpus = dataset.corpus
    language, title = corpus.language_of(row), corpus.texts["title"][row] or None
    return {
        "title": title,
        "article_id": corpus.id_of(row),
        "dir": direction(language, title),
        "language": language,
    }


def _number(value: float) -> float | None:
    """Return a number that JSON has, to 6 decimals."""
    return round(value, 6) if isfinite(value) else None
