"""An evaluation as `recsys evaluate --json` prints it, with invented figures and sample titles."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import recsys.sample

ARTICLES = Path(recsys.sample.__file__).parent / "articles"
RANKERS = {
    "default": "recipe",
    "arabic": "recipe",
    "arabic-fresh-half-life-9-days": "recipe",
    "tfidf_scikit_learn": "baseline",
    "bm25": "baseline",
    "title_only": "baseline",
    "newest_in_section": "baseline",
    "random": "baseline",
}
MEANS = (0.538, 0.529, 0.481, 0.466, 0.479, 0.255, 0.195, 0.012)
VERDICTS = {"default": "better", "arabic": "better", "bm25": "within noise"}
VERDICTS |= {"arabic-fresh-half-life-9-days": "within noise"}
SLICES = {
    "site": ("BBC Arabic", "صحيفة الساحلة اليوم", "Marsa Nour Courier", "النخلة"),
    "section": ("سياسة", "رياضة", "اقتصاد وأعمال وأسواق المال العربية والعالمية", "health"),
    "language": ("ar", "en"),
}


@cache
def sample_articles() -> tuple[dict[str, Any], ...]:
    lines = [
        line
        for name in ("ar-1", "ar-2", "ar-3", "en")
        for line in (ARTICLES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    return tuple(json.loads(line) for line in lines)


def interval(mean: float, half: float) -> dict[str, float | None]:
    return {"mean": mean, "low": mean - half, "high": mean + half}


def comparison(name: str, mean: float, metric: str) -> dict[str, Any]:
    difference = mean - 0.466
    verdict = VERDICTS.get(name, "worse")
    said = {
        "better": f"{name} is better than tfidf_scikit_learn by {difference:.3f} {metric}.",
        "worse": f"{name} is worse than tfidf_scikit_learn by {-difference:.3f} {metric}.",
        "within noise": f"{name} and tfidf_scikit_learn are within noise in {metric}; "
        "about 2,150 anchors would settle it.",
    }
    return {
        "a": name,
        "b": "tfidf_scikit_learn",
        "metric": metric,
        **interval(difference, 0.021),
        "p": 0.0004 if verdict != "within noise" else 0.21,
        "p_corrected": 0.0028 if verdict != "within noise" else 0.42,
        "units": 343,
        "units_needed": 2150 if verdict == "within noise" else None,
        "verdict": verdict,
        "sentence": said[verdict],
    }


def listed(row: int, wanted: bool) -> dict[str, Any]:
    article = sample_articles()[row]
    return {
        "article_id": article["article_id"],
        "title": article["title"],
        "dir": "rtl" if article["language"] == "ar" else "ltr",
        "language": article["language"],
        "wanted": wanted,
        "published_at": "2026-03-04T08:30:00Z",
    }


def example(row: int, first: list[int], second: list[int], wanted: set[int]) -> dict[str, Any]:
    anchor = listed(row, False)
    lists = {"default": first, "tfidf_scikit_learn": second}
    return {
        **{key: anchor[key] for key in ("title", "article_id", "dir", "language")},
        "a": "default",
        "b": "tfidf_scikit_learn",
        "difference": 0.3869,
        "lists": {
            name: [listed(other, other in wanted) for other in rows] for name, rows in lists.items()
        },
    }


def examples() -> list[dict[str, Any]]:
    english = next(i for i, a in enumerate(sample_articles()) if a["language"] == "en")
    return [
        example(0, [1, 2, 3, 9, 5], [7, 2, 8, 1, 6], {1, 3}),
        example(english, [english + i for i in (1, 2, 3, 4)], [english + 5, english + 1, 4], {1}),
    ]


def task(name: str, title: str, unit: str) -> dict[str, Any]:
    means = dict(zip(RANKERS, MEANS, strict=True))
    return {
        "task": name,
        "title": title,
        "split": "rolling: 4 folds of 7 days, each after all that was learned",
        "questions": 343,
        "unit": unit,
        "units": 343,
        "primary": "ndcg@10",
        "notes": ["12 anchors have no wanted article among the candidates and count as 0."],
        "results": [result(name, mean) for name, mean in means.items()],
        "comparisons": [
            comparison(other, mean, "ndcg@10")
            for other, mean in means.items()
            if other != "tfidf_scikit_learn"
        ],
        "slices": [
            {
                "by": by,
                "part": part,
                "questions": 210 - 55 * i,
                "results": {
                    other: interval(mean + 0.02 * i, 0.02 + 0.012 * i)
                    for other, mean in means.items()
                },
            }
            for by, parts in SLICES.items()
            for i, part in enumerate(parts)
        ],
        "examples": examples(),
    }


def result(name: str, mean: float) -> dict[str, Any]:
    metrics = {
        "hit@10": interval(mean * 1.5, 0.03),
        "ndcg@10": interval(mean, 0.0234567),
        "recall@10": interval(mean * 1.1, 0.025),
        "mrr@10": interval(mean * 0.9, 0.03),
        "map@10": interval(mean * 0.8, 0.02),
        "rbo@10": interval(mean * 0.7, 0.02),
        "novelty@10": interval(14.25, 0.4),
        "coverage@10": {"mean": 0.31, "low": None, "high": None},
        "median_age@10": interval(132.46, 21.0),
        "stability@10": {"mean": None, "low": None, "high": None},
    }
    return {"name": name, "seconds": 3.25, "metrics": metrics}


def document(simulated: bool = False) -> dict[str, Any]:
    return {
        "dataset": {
            "name": "صحيفة الساحلة اليوم",
            "articles": 48_210,
            "reads": 1_204_377,
            "judgements": 1_020,
            "impressions": 0,
            "simulated": simulated,
            "notes": [
                "Positions of the shown lists are not known: replay is not weighted.",
                "3 articles without a date were left out.",
            ],
        },
        "seed": 1,
        "k": 10,
        "baseline": "tfidf_scikit_learn",
        "rankers": [{"name": name, "kind": kind} for name, kind in RANKERS.items()],
        "tasks": [
            task("judgements", "Related articles that editors linked", "anchors"),
            task("next_read", "The next read in the session", "sessions"),
        ],
    }
