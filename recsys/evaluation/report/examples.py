"""Examples of rank changes: the lists of two rankers side by side, the wanted marked."""

from collections.abc import Mapping

from recsys.evaluation.report.document import Part
from recsys.evaluation.report.marks import figure, name, text, titled
from recsys.evaluation.report.words import ordinal, signed


def examples(task: Part) -> str:
    """Return the task's examples; the empty string where it has none."""
    made = "".join(_example(one, task["primary"]) for one in task["examples"])
    return f"<h3>Examples of changed lists</h3>{made}" if made else ""


def _example(one: Part, metric: str) -> str:
    first, second = one["a"], one["b"]
    lists = one["lists"]
    shown = [ranker for ranker in (first, second) if ranker in lists]
    shown += [ranker for ranker in lists if ranker not in shown]
    side = one["dir"] if one["dir"] in ("rtl", "ltr") else "auto"
    columns = "".join(_column(ranker, shown, lists, side) for ranker in shown)
    title = titled(one["title"], one["article_id"], one["dir"], one["language"])
    difference = figure(one["difference"], signed(one["difference"]))
    said = f"{text(metric)} of {name(first)} minus that of {name(second)}: {difference}"
    return (
        f'<article class="example"><h4>{title}</h4>'
        f'<p class="quiet" dir="{side}"><bdi dir="ltr">{said}</bdi></p>'
        f'<div class="columns" dir="{side}">{columns}</div></article>'
    )


def _column(ranker: str, shown: list[str], lists: Mapping[str, list[Part]], side: str) -> str:
    other = next((lists[name] for name in shown if name != ranker), None)
    places = None if other is None else {x["article_id"]: i for i, x in enumerate(other, 1)}
    items = "".join(_item(item, places) for item in lists[ranker])
    body = f"<ol>{items}</ol>" if items else '<p class="quiet" dir="ltr">It gave no list.</p>'
    return f'<section dir="{side}"><h5>{name(ranker)}</h5>{body}</section>'


def _item(item: Part, places: dict[str, int] | None) -> str:
    said = ['<strong class="mark">✓ wanted</strong>'] if item["wanted"] else []
    if places is not None:
        place = places.get(item["article_id"])
        said.append(f"{ordinal(place)} in the other" if place else "not in the other")
    if item["published_at"]:
        said.append(
            f'<time datetime="{text(item["published_at"])}">'
            f"{text(item['published_at'][:10])}</time>"
        )
    title = titled(item["title"], item["article_id"], item["dir"], item["language"])
    kind = ' class="wanted"' if item["wanted"] else ""
    return f'<li{kind}>{title}<small><bdi dir="ltr">{" · ".join(said)}</bdi></small></li>'
