"""The document of an evaluation: checked before anybody draws it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recsys.errors import DataError

Document = Mapping[str, Any]
Part = Mapping[str, Any]

NUMBER = (int, float)
MAYBE_NUMBER = (int, float, type(None))
MAYBE_TEXT = (str, type(None))
VERDICTS = ("better", "worse", "within noise")
OPPOSITE = {"better": "worse", "worse": "better", "within noise": "within noise"}

INTERVAL = {"mean": MAYBE_NUMBER, "low": MAYBE_NUMBER, "high": MAYBE_NUMBER}
TITLED = {"article_id": str, "title": MAYBE_TEXT, "dir": str, "language": MAYBE_TEXT}
# A mapping with the one key "*" holds such a value under each of its keys, whatever they are.
SHAPE = {
    "dataset": {
        "name": str,
        "articles": int,
        "reads": int,
        "judgements": int,
        "impressions": int,
        "simulated": bool,
        "notes": [str],
    },
    "seed": int,
    "k": int,
    "baseline": str,
    "rankers": [{"name": str, "kind": str}],
    "tasks": [
        {
            "task": str,
            "title": str,
            "split": str,
            "questions": int,
            "unit": str,
            "units": int,
            "primary": str,
            "notes": [str],
            "results": [{"name": str, "seconds": NUMBER, "metrics": {"*": INTERVAL}}],
            "comparisons": [
                {"a": str, "b": str, "metric": str, "verdict": str, "sentence": str}
                | {"p": MAYBE_NUMBER, "p_corrected": MAYBE_NUMBER, "units": int}
                | {"units_needed": MAYBE_NUMBER}
                | INTERVAL
            ],
            "slices": [{"by": str, "part": str, "questions": int, "results": {"*": INTERVAL}}],
            "examples": [
                TITLED
                | {"a": str, "b": str, "difference": MAYBE_NUMBER}
                | {"lists": {"*": [TITLED | {"wanted": bool, "published_at": MAYBE_TEXT}]}}
            ],
        }
    ],
}


def checked(document: Any) -> Document:
    """Return the document as it came, once all that a report reads is there.

    Keys that nobody knows are let through.

    Raises
    ------
    DataError
        Naming the first place that is missing or of the wrong kind, and what belongs there.
    """
    for problem in _problems(document, SHAPE, ""):
        raise DataError(
            f"evaluation document: {problem}; give what recsys evaluate --json printed, unchanged"
        )
    made: Document = document
    return made


def _problems(value: Any, shape: Any, spot: str) -> Iterator[str]:
    where = spot.removeprefix(".") or "the whole"
    if isinstance(shape, dict):
        if not isinstance(value, Mapping):
            yield f"{where} must be an object, got {type(value).__name__}"
            return
        for key, inner in _expected(value, shape):
            if key in value:
                yield from _problems(value[key], inner, f"{spot}.{key}")
            else:
                yield f"{where} has no {key!r}"
    elif isinstance(shape, list):
        if not isinstance(value, Sequence) or isinstance(value, str):
            yield f"{where} must be a list, got {type(value).__name__}"
            return
        for i, one in enumerate(value):
            yield from _problems(one, shape[0], f"{spot}[{i}]")
    elif not _fits(value, shape):
        yield f"{where} must be {_said(shape)}, got {value!r:.40}"
    elif spot.endswith(".verdict") and value not in VERDICTS:
        yield f"{where} must be one of {', '.join(VERDICTS)}, got {value!r:.40}"


def _expected(value: Mapping[str, Any], shape: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if "*" in shape:
        yield from ((str(key), shape["*"]) for key in value)
    else:
        yield from shape.items()


def _fits(value: Any, kinds: Any) -> bool:
    allowed = kinds if isinstance(kinds, tuple) else (kinds,)
    if isinstance(value, bool):
        return bool in allowed
    return isinstance(value, allowed) and not (
        isinstance(value, float) and not math.isfinite(value)
    )


def _said(kinds: Any) -> str:
    names = {str: "text", int: "a whole number", float: "a finite number", bool: "true or false"}
    allowed = kinds if isinstance(kinds, tuple) else (kinds,)
    said = [names.get(kind, "null") for kind in allowed if not (kind is int and float in allowed)]
    return " or ".join(said)


def ordered(results: Sequence[Part], metric: str) -> list[Part]:
    """Return results with the best mean of a metric first; those without one last, as they came."""

    def key(result: Part) -> tuple[bool, float]:
        mean = result["metrics"].get(metric, {}).get("mean")
        return (mean is None, 0.0 if mean is None else -mean)

    return sorted(results, key=key)


def against(task: Part, metric: str, baseline: str) -> dict[str, Part]:
    """Return each ranker's comparison with the baseline, turned so that the ranker is ``a``."""
    made: dict[str, Part] = {}
    for one in task["comparisons"]:
        if one["metric"] != metric or baseline not in (one["a"], one["b"]):
            continue
        turned = one if one["b"] == baseline else _turned(one)
        made.setdefault(turned["a"], turned)
    return made


def _turned(one: Part) -> Part:
    def minus(value: float | None) -> float | None:
        return None if value is None else -value

    return dict(one) | {
        "a": one["b"],
        "b": one["a"],
        "mean": minus(one["mean"]),
        "low": minus(one["high"]),
        "high": minus(one["low"]),
        "verdict": OPPOSITE[one["verdict"]],
    }


def metrics_of(task: Part) -> list[str]:
    """Return the names of a task's metrics: the primary one first, then as they came."""
    named = (name for result in task["results"] for name in result["metrics"])
    seen = dict.fromkeys(named)
    return sorted(seen, key=lambda name: name != task["primary"])


def parts_by(slices: Sequence[Part]) -> dict[str, list[Part]]:
    """Return the slices under what they were cut by, both in the order in which they came."""
    made: dict[str, list[Part]] = {}
    for one in slices:
        made.setdefault(one["by"], []).append(one)
    return made
