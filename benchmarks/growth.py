"""Cost against size: fitted exponents, and a plot as SVG with both axes logarithmic.

The exponent is that of ``cost = c * size ** exponent``, fitted by least squares to the logarithms.
A shape and a colour say who it is, and the name stands at the line's end.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.results import Row, figure
from recsys.evaluation.report.marks import text
from recsys.evaluation.report.plots import SHAPES

FEWEST = 3
"""Sizes that make a curve."""

_BENCHMARK, _UNIT, _OURS = "training", "s", "recsys"
_SHAPES = {**SHAPES, "square": "M-5-5h10v10h-10z"}
_MARKS = ("baseline", "better", "worse", "noise", "square")  # by contestant, ours first
_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 200, 20, 45
_LINE = 18  # between two names
_STYLE = """
svg { color-scheme: light dark; font: 13px system-ui, sans-serif; background: #fdfcfa; }
text { fill: #1d1f21; } .quiet { fill: #5c6166; } .grid { stroke: #dcd9d3; }
.ours { stroke: #0b62a4; } .other { stroke: #5c6166; } polyline { fill: none; stroke-width: 1.5; }
path.ours { fill: #0b62a4; } path.other { fill: #5c6166; }
@media (prefers-color-scheme: dark) {
  svg { background: #16181a; } text { fill: #e8e6e1; } .quiet { fill: #a3a8ad; }
  .grid { stroke: #35393d; } .ours { stroke: #6cb8f2; } .other { stroke: #a3a8ad; }
  path.ours { fill: #6cb8f2; } path.other { fill: #a3a8ad; }
}
"""


@dataclass(frozen=True)
class Curve:
    """Seconds of one contestant by the number of articles, the smallest first."""

    name: str
    points: Sequence[tuple[int, float]]

    @property
    def exponent(self) -> float:
        """Slope in logarithms."""
        return slope([(math.log(n), math.log(cost)) for n, cost in self.points])


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the line that fits points best by least squares."""
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    above = sum((x - x_mean) * (y - y_mean) for x, y in points)
    return above / sum((x - x_mean) * (x - x_mean) for x, _ in points)


def curves(rows: Sequence[Row]) -> list[Curve]:
    """Return the curve of everybody who was measured at several sizes, ours first."""
    points: dict[tuple[str, str], dict[int, float]] = {}
    for row in rows:
        if row.benchmark == _BENCHMARK and row.unit == _UNIT:
            points.setdefault((row.what, row.contestant), {})[row.size] = row.median
    found = [
        Curve(name, sorted(by_size.items()))
        for (_, name), by_size in points.items()
        if len(by_size) >= FEWEST
    ]
    return sorted(found, key=lambda curve: (curve.name != _OURS, curve.name))


def section(found: Sequence[Curve], plot_name: str) -> str:
    """Return the plot's part of the page: seconds by size, and exponents."""
    sizes = sorted({n for curve in found for n, _ in curve.points})
    lines = ["## Cost against size", "", f"![Seconds by number of articles]({plot_name})", ""]
    lines.append("| | " + " | ".join(f"{n:,}" for n in sizes) + " | exponent |")
    lines.append("|---|" + "---:|" * (len(sizes) + 1))
    for curve in found:
        by_size = dict(curve.points)
        cells = [f"{figure(by_size[n])} s" if n in by_size else "" for n in sizes]
        lines.append(f"| {curve.name} | {' | '.join(cells)} | {curve.exponent:.2f} |")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Axis:
    """A logarithmic axis: where values lie between two ends, in pixels."""

    low: float
    high: float
    first: float
    last: float

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return float(round(self.first + (self.last - self.first) * share, 1))


def plot(found: Sequence[Curve]) -> str:
    """Return the plot."""
    sizes = sorted({n for curve in found for n, _ in curve.points})
    costs = [cost for curve in found for _, cost in curve.points]
    powers = range(math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs))) + 1)
    across = Axis(sizes[0], sizes[-1], _LEFT, _WIDTH - _RIGHT)
    up = Axis(10.0 ** powers[0], 10.0 ** powers[-1], _HEIGHT - _BOTTOM, _TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>Seconds from texts to a saved model</title><style>{_STYLE}</style>",
        *_grid(across, up, sizes, [10.0**power for power in powers]),
    ]
    marks = dict(zip((curve.name for curve in found), _MARKS * len(found), strict=False))
    for curve in found:
        parts += _drawn(curve, across, up, marks[curve.name])
    parts += _names(found, up)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _grid(across: Axis, up: Axis, sizes: Sequence[int], costs: Sequence[float]) -> Iterator[str]:
    for n in sizes:
        x = across.at(n)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{up.last}" y2="{up.first}"/>'
        yield _label(x, up.first + 18, f"{n:,}", "middle")
    for cost in costs:
        y = up.at(cost)
        yield f'<line class="grid" x1="{across.first}" x2="{across.last}" y1="{y}" y2="{y}"/>'
        yield _label(across.first - 12, y + 4, f"{cost:,.15g} s", "end")
    yield _label((across.first + across.last) / 2, up.first + 38, "articles", "middle")


def _label(x: float, y: float, said: str, anchor: str) -> str:
    return f'<text class="quiet" x="{x}" y="{y}" text-anchor="{anchor}">{text(said)}</text>'


def _drawn(curve: Curve, across: Axis, up: Axis, mark: str) -> Iterator[str]:
    kind = "ours" if curve.name == _OURS else "other"
    places = [(across.at(n), up.at(cost)) for n, cost in curve.points]
    joined = " ".join(f"{x},{y}" for x, y in places)
    yield f'<polyline class="{kind}" points="{joined}"/>'
    for x, y in places:
        yield f'<path class="{kind}" transform="translate({x} {y})" d="{_SHAPES[mark]}"/>'


def _names(found: Sequence[Curve], up: Axis) -> Iterator[str]:
    """Yield names at the ends of the lines, moved apart where they would lie on each other."""
    for curve, y in zip(*apart(found, up), strict=True):
        said = f"{curve.name}: size^{curve.exponent:.2f}"
        yield f'<text x="{_WIDTH - _RIGHT + 12}" y="{y + 4:.1f}">{text(said)}</text>'


def apart(found: Sequence[Curve], up: Axis) -> tuple[list[Curve], list[float]]:
    """Return curves from the top down, and a place for each name: near its line's end."""
    ends: Mapping[str, float] = {curve.name: up.at(curve.points[-1][1]) for curve in found}
    ordered = sorted(found, key=lambda curve: ends[curve.name])
    places: list[float] = []
    for curve in ordered:
        least = places[-1] + _LINE if places else 0.0
        places.append(max(ends[curve.name], least))
    return ordered, places
