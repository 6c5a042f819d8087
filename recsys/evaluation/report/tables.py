"""A task's figures: the forest of its primary metric, all metrics, comparisons, slices."""

from recsys.evaluation.report.document import Part, against, metrics_of, ordered, parts_by
from recsys.evaluation.report.marks import figure, name, scrolled, sentence, text
from recsys.evaluation.report.plots import Mark, Scale, axis, lanes, scale_of, shape
from recsys.evaluation.report.words import count, interval, probability, signed

ABREAST = 6  # metrics side by side in one table, so that it fits on paper
KINDS = {"better": "better", "worse": "worse", "within noise": "noise"}


def forest(task: Part, baseline: str) -> str:
    """Return the primary metric of every ranker, the best first, as a table with a plot in it."""
    metric = task["primary"]
    rows = ordered(task["results"], metric)
    stands = against(task, metric, baseline)
    marks = [mark_of(r["name"], r["metrics"].get(metric), stands, baseline) for r in rows]
    scale = scale_of(v for mark in marks for v in (mark.mean, mark.low, mark.high))
    level = next((mark.mean for mark in marks if mark.name == baseline), None)
    body = "".join(_forest_row(mark, scale, level, metric, stands) for mark in marks)
    return (
        f'<table class="forest"><caption>{text(metric)} of each ranker with its 95 % interval, '
        f"best first; the dashed line is the baseline {name(baseline)}</caption>"
        f'<thead><tr><th scope="col">Ranker</th><th scope="col">Plot</th>'
        f'<th scope="col">{text(metric)}</th><th scope="col">Against the baseline</th></tr></thead>'
        f"<tbody>{body}</tbody><tfoot><tr><td></td><td>{axis(scale)}</td>"
        f"<td></td><td></td></tr></tfoot></table>"
    )


def mark_of(ranker: str, value: Part | None, stands: dict[str, Part], baseline: str) -> Mark:
    """Return how a ranker is drawn: its interval, and the shape of its verdict."""
    value = value or {"mean": None, "low": None, "high": None}
    kind = KINDS[stands[ranker]["verdict"]] if ranker in stands else "alone"
    if ranker == baseline:
        kind = "baseline"
    return Mark(ranker, value["mean"], value["low"], value["high"], kind)


def _forest_row(
    mark: Mark, scale: Scale, level: float | None, metric: str, stands: dict[str, Part]
) -> str:
    plot = lanes([mark], scale, f"{metric} of {mark.name}", level)
    return (
        f'<tr class="{mark.kind}"><th scope="row">{name(mark.name)}</th>'
        f'<td class="drawn">{plot}</td><td class="value">{_value(mark.mean, mark.low, mark.high)}'
        f'</td><td class="stand">{_stand(mark, stands)}</td></tr>'
    )


def _value(mean: float | None, low: float | None, high: float | None) -> str:
    ends = interval(low, high)
    return figure(mean) + (f' <span class="ends">{ends}</span>' if ends else "")


def _stand(mark: Mark, stands: dict[str, Part]) -> str:
    if mark.kind == "baseline":
        return verdict("baseline", "baseline")
    if mark.kind == "alone":
        return verdict("alone", "not compared")
    one = stands[mark.name]
    difference = figure(one["mean"], signed(one["mean"]))
    return f"{verdict(mark.kind, one['verdict'])} {difference}"


def verdict(kind: str, words: str) -> str:
    """Return a verdict as a shape and a word."""
    return f'<span class="verdict {kind}">{shape(kind)} {text(words)}</span>'


def all_metrics(task: Part) -> str:
    """Return every metric of every ranker, some metrics to a table."""
    metrics = metrics_of(task)
    groups = [metrics[i : i + ABREAST] for i in range(0, len(metrics), ABREAST)]
    rows = ordered(task["results"], task["primary"])
    return "".join(_metric_table(rows, group) for group in groups) + _seconds(rows)


def _metric_table(rows: list[Part], metrics: list[str]) -> str:
    listed = ", ".join(metrics)
    head = "".join(f'<th scope="col">{text(metric)}</th>' for metric in metrics)
    body = "".join(
        f'<tr><th scope="row">{name(row["name"])}</th>'
        + "".join(_cell(row["metrics"].get(metric)) for metric in metrics)
        + "</tr>"
        for row in rows
    )
    return scrolled(
        f"Table of {listed}",
        f'<table class="numbers"><caption>{text(listed)}</caption><thead><tr>'
        f'<th scope="col">Ranker</th>{head}</tr></thead><tbody>{body}</tbody></table>',
    )


def _cell(value: Part | None) -> str:
    if value is None:
        return f"<td>{figure(None)}</td>"
    return f"<td>{_value(value['mean'], value['low'], value['high'])}</td>"


def _seconds(rows: list[Part]) -> str:
    said = ", ".join(
        f"{name(row['name'])} {figure(row['seconds'], format(row['seconds'], ',.1f'))}"
        for row in rows
    )
    return f'<p class="quiet">Seconds that each took: {said}.</p>' if said else ""


def comparisons(task: Part) -> str:
    """Return the comparisons in words, the primary metric's first, then in numbers."""
    told = sorted(task["comparisons"], key=lambda one: one["metric"] != task["primary"])
    if not told:
        return ""
    lines = "".join(
        f"<li>{verdict(KINDS[one['verdict']], one['verdict'])} {sentence(one['sentence'])}</li>"
        for one in told
    )
    return (
        f'<h3>In words</h3><ul class="sentences">{lines}</ul><details><summary>The comparisons in '
        f"numbers</summary>{_comparison_table(task, told)}</details>"
    )


def _comparison_table(task: Part, told: list[Part]) -> str:
    titles = ("Difference", "p", "p corrected", task["unit"], "would settle it")
    head = "".join(f'<th scope="col">{text(title)}</th>' for title in titles)
    body = "".join(_comparison_row(one) for one in told)
    return scrolled(
        "Table of comparisons",
        '<table class="numbers"><caption>The first ranker minus the second, with 95 % interval; '
        "p corrected for the number of comparisons</caption><thead><tr>"
        f'<th scope="col">Comparison</th><th scope="col">Metric</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>",
    )


def _comparison_row(one: Part) -> str:
    ends = interval(one["low"], one["high"])
    needed = one["units_needed"]
    cells = (
        f'{figure(one["mean"], signed(one["mean"]))} <span class="ends">{ends}</span>',
        figure(one["p"], probability(one["p"])),
        figure(one["p_corrected"], probability(one["p_corrected"])),
        figure(one["units"], format(one["units"], ",")),
        figure(needed, "" if needed is None else format(needed, ",")),
    )
    return (
        f'<tr><th scope="row">{name(one["a"])} − {name(one["b"])}</th>'
        f"<td>{text(one['metric'])}</td>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    )


def slices(task: Part, baseline: str) -> str:
    """Return small multiples: for each way to cut, one panel per part, all on one scale."""
    rows = [r["name"] for r in ordered(task["results"], task["primary"])]
    made = "".join(
        _cut(by, parts, rows, task["primary"], baseline)
        for by, parts in parts_by(task["slices"]).items()
    )
    return f"<h3>By slice</h3>{made}" if made else ""


def _cut(by: str, parts: list[Part], rows: list[str], metric: str, baseline: str) -> str:
    values = [v for part in parts for v in part["results"].values()]
    scale = scale_of(v[key] for v in values for key in ("mean", "low", "high"))
    panels = "".join(_panel(part, rows, metric, scale, baseline) for part in parts)
    return (
        f'<h4>{text(metric)} by {name(by)}</h4><div class="panels">{panels}</div>'
        f"<details><summary>By {name(by)} in numbers</summary>"
        f"{_slice_table(by, parts, rows)}</details>"
    )


def _panel(part: Part, rows: list[str], metric: str, scale: Scale, baseline: str) -> str:
    """Return one part's panel; shapes tell the baseline only, for slices have no verdicts."""
    shown = [row for row in rows if row in part["results"]]
    marks = [mark_of(row, part["results"][row], {}, baseline) for row in shown]
    level = next((mark.mean for mark in marks if mark.name == baseline), None)
    names = "".join(f'<li title="{text(row)}">{name(row)}</li>' for row in shown)
    plot = lanes(marks, scale, f"{metric} in {part['part']}", level)
    asked = count(part["questions"], "question", "questions")
    return (
        f'<figure class="panel"><figcaption>{name(part["part"])} <small>{asked}</small>'
        f'</figcaption><ol>{names}</ol><div class="drawn">{plot}</div>'
        f'<div class="under">{axis(scale)}</div></figure>'
    )


def _slice_table(by: str, parts: list[Part], rows: list[str]) -> str:
    head = "".join(f'<th scope="col">{name(row)}</th>' for row in rows)
    body = "".join(
        f'<tr><th scope="row">{name(part["part"])} <small>{part["questions"]:,}</small></th>'
        + "".join(_cell(part["results"].get(row)) for row in rows)
        + "</tr>"
        for part in parts
    )
    return scrolled(
        f"Table by {by}",
        f'<table class="numbers"><caption>By {name(by)}; after each part its number of questions'
        f'</caption><thead><tr><th scope="col">Part</th>{head}</tr></thead><tbody>{body}</tbody>'
        "</table>",
    )
