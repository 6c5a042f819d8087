"""Dots with whiskers as SVG: positions across in per cent, so that a plot is as wide as its place.

Shapes say what colours say: a triangle up is better than the baseline, one down is worse, a disc
is within noise, a diamond is the baseline, a ring was not compared. Names never stand in the SVG:
they are HTML beside it, where the browser shapes Arabic and turns it round.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recsys.evaluation.report.marks import text
from recsys.evaluation.report.words import interval, number

SHAPES = {
    "better": "M0-6.5 6.5 5-6.5 5z",
    "worse": "M0 6.5 6.5-5-6.5-5z",
    "noise": "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
    "baseline": "M0-7 7 0 0 7-7 0z",
    "alone": "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
}
INSET = 6.0  # per cent left free at each side, for half a label


@dataclass(frozen=True)
class Mark:
    """One ranker's mean and interval, and how it stands to the baseline (a key of `SHAPES`)."""

    name: str
    mean: float | None
    low: float | None
    high: float | None
    kind: str


@dataclass(frozen=True)
class Scale:
    """A stretch of the number line, and the round numbers on it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> str:
        """Return where a value stands from the left, such as ``12.5%``."""
        share = (value - self.low) / (self.high - self.low)
        return f"{INSET + (100 - 2 * INSET) * share:.2f}%"


def scale_of(values: Iterable[float | None]) -> Scale:
    """Return the scale from the lowest to the highest value, with one to five round ticks."""
    known = [value for value in values if value is not None] or [0.0, 1.0]
    low, high = min(known), max(known)
    if high - low < 1e-9 * max(1.0, abs(high)):
        low, high = low - 0.05, high + 0.05
    power = 10.0 ** (math.floor(math.log10(high - low)) - 1)
    for factor in (2, 5, 10, 20, 50):
        first, last = math.ceil(low / (power * factor)), math.floor(high / (power * factor))
        if last - first <= 4:
            break
    ticks = tuple(round(i * power * factor, 12) for i in range(first, last + 1))
    return Scale(low, high, ticks)


def lanes(marks: Sequence[Mark], scale: Scale, label: str, baseline: float | None) -> str:
    """Return one plot: a lane per mark from the top, ticks and the baseline's mean behind them.

    Each lane takes the same share of the height, which the page sets.
    """
    said = "; ".join(f"{mark.name} {_said(mark)}" for mark in marks)
    behind = "".join(_upright("grid", scale.at(tick)) for tick in scale.ticks)
    if baseline is not None:
        behind += _upright("level", scale.at(baseline))
    drawn = "".join(
        _lane(mark, scale, f"{100 * (i + 0.5) / len(marks):.2f}%") for i, mark in enumerate(marks)
    )
    return (
        f'<svg class="plot" role="img" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{text(label)}</title><desc>{text(said)}</desc>{behind}{drawn}</svg>"
    )


def axis(scale: Scale) -> str:
    """Return the numbers under a plot; hidden from those who hear the page, who have the table."""
    decimals = max(len(f"{tick:.6f}".rstrip("0").split(".")[1]) for tick in scale.ticks)
    labels = "".join(
        f'<text x="{scale.at(tick)}" y="14">{_label(tick, decimals)}</text>' for tick in scale.ticks
    )
    return f'<svg class="axis" aria-hidden="true" xmlns="http://www.w3.org/2000/svg">{labels}</svg>'


def shape(kind: str) -> str:
    """Return a shape by itself, for the legend and beside words."""
    return (
        f'<svg class="shape" aria-hidden="true" viewBox="-8 -8 16 16" '
        f'xmlns="http://www.w3.org/2000/svg"><path class="dot {kind}" d="{SHAPES[kind]}"/></svg>'
    )


def _label(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}".replace("-", "\u2212")


def _said(mark: Mark) -> str:
    ends = interval(mark.low, mark.high)
    return f"{number(mark.mean)} ({ends})" if ends else number(mark.mean)


def _upright(kind: str, x: str) -> str:
    return f'<line class="{kind}" x1="{x}" x2="{x}" y1="0" y2="100%"/>'


def _lane(mark: Mark, scale: Scale, y: str) -> str:
    if mark.mean is None:
        return ""
    whisker = ""
    if mark.low is not None and mark.high is not None:
        ends = f'x1="{scale.at(mark.low)}" x2="{scale.at(mark.high)}"'
        whisker = f'<line class="whisker {mark.kind}" {ends} y1="{y}" y2="{y}"/>'
    return (
        f'{whisker}<svg x="{scale.at(mark.mean)}" y="{y}" width="1" height="1" overflow="visible">'
        f'<path class="dot {mark.kind}" d="{SHAPES[mark.kind]}"/></svg>'
    )
