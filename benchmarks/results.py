"""What benchmarks find: rows of figures, the machine they come from, JSON and Markdown of both.

A figure is measured several times; all repeats are kept. A ratio says how many times as good as a
peer of the same run: the peer's seconds over ours, or our answers a second over the peer's, so that
more is better whatever the unit, and each is taken within one round.
"""

import json
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

FORMAT = 1
Key = tuple[str, str, str, int, str]


@dataclass(frozen=True)
class Row:
    """One figure of one contestant.

    Parameters
    ----------
    benchmark, what
        Name of the benchmark, and what was measured, for people.
    contestant
        Who was measured: ``recsys``, or a peer.
    size
        Articles.
    unit
        Of the values.
    values
        All repeats, in the order of the rounds.
    ratios
        Name of a peer -> times as good as it, a value a round (one, if it ran fewer rounds).
    better
        Which values are the better ones.
    computed
        Whether the figure is the same on every machine, as quality is.
    note
        What else must be known to read it.
    """

    benchmark: str
    what: str
    contestant: str
    size: int
    unit: str
    values: Sequence[float]
    ratios: Mapping[str, Sequence[float]] = field(default_factory=dict)
    better: Literal["lower", "higher"] = "lower"
    computed: bool = False
    note: str = ""

    @property
    def key(self) -> Key:
        """What stays the same from run to run."""
        return self.benchmark, self.what, self.contestant, self.size, self.unit

    @property
    def median(self) -> float:
        """The middle one of the values."""
        return statistics.median(self.values)

    def __str__(self) -> str:
        """Say it in one line."""
        said = f"{self.what}, {self.contestant}, {self.size:,}: {figure(self.median)} {self.unit}"
        ratios = (f"{ratio(values)} times {peer}" for peer, values in self.ratios.items())
        return "; ".join([said, *ratios])

    def beside(self, peers: "Iterable[Row]") -> "Row":
        """Return the row with its ratios to the same figure of peers."""
        ratios = {peer.contestant: tuple(self._ratios(peer)) for peer in peers}
        return replace(self, ratios={**self.ratios, **ratios})

    def _ratios(self, peer: "Row") -> Iterator[float]:
        pairs = zip(self.values, peer.values, strict=False)
        if len(self.values) != len(peer.values):
            pairs = zip((self.median,), (peer.median,), strict=True)
        for own, other in pairs:
            good, bad = (other, own) if self.better == "lower" else (own, other)
            yield good / bad


@dataclass(frozen=True)
class Skipped:
    """What was not measured, and why."""

    benchmark: str
    what: str
    reason: str


Found = Row | Skipped


@dataclass(frozen=True)
class Result:
    """One run.

    Parameters
    ----------
    date
        Day, ISO 8601.
    command
        What made it.
    revision
        Of the sources, ``+`` behind it if they were changed since; empty if not known.
    machine
        `benchmarks.machine.facts`.
    rows, skipped
        What was found, and what was not.
    """

    date: str
    command: str
    revision: str
    machine: Mapping[str, Any]
    rows: Sequence[Row] = ()
    skipped: Sequence[Skipped] = ()

    def text(self) -> str:
        """Return the JSON, a row a line."""
        head = {"format": FORMAT} | {
            name: value for name, value in asdict(self).items() if name not in ("rows", "skipped")
        }
        lines = [f" {_json(name)}: {_json(value)}" for name, value in head.items()]
        for name, parts in (("skipped", self.skipped), ("rows", self.rows)):
            inside = ",\n".join(f"  {_json(asdict(part))}" for part in parts)
            lines.append(f" {_json(name)}: [\n{inside}\n ]" if inside else f" {_json(name)}: []")
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @classmethod
    def parse(cls, text: str) -> "Result":
        """Read what `text` wrote; ValueError if it is of another format."""
        given = json.loads(text)
        if (found := given.pop("format", None)) != FORMAT:
            raise ValueError(f"results must be of format {FORMAT}, got {found!r}")
        rows = tuple(Row(**row) for row in given.pop("rows"))
        skipped = tuple(Skipped(**each) for each in given.pop("skipped"))
        return cls(**given, rows=rows, skipped=skipped)

    @classmethod
    def read(cls, path: Path) -> "Result":
        """Read a file."""
        return cls.parse(path.read_text(encoding="utf-8"))


def _json(value: object) -> str:
    return json.dumps(_rounded(value), ensure_ascii=False)


def _rounded(value: Any) -> Any:
    """Round every number to six significant digits: nothing was measured more finely."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, Mapping):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_rounded(each) for each in value]
    return value


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """Return the first and the third quartile, within the values."""
    if len(values) < 2:
        return values[0], values[0]
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def figure(value: float) -> str:
    """Return a number with three digits that count, or all those before the point."""
    size = abs(value)
    decimals = 0 if size >= 100 or value == 0 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{decimals}f}"


def markdown(result: Result) -> str:
    """Return the page of a run: the machine, a table a benchmark, what was skipped."""
    lines = [
        f"Written by `{result.command}` on {result.date}; sources {result.revision or '–'}.",
        "",
    ]
    lines += [f"- {name}: {_said(value)}" for name, value in result.machine.items()]
    for name in dict.fromkeys(row.benchmark for row in result.rows):
        lines += ["", f"## {name}", "", *table([r for r in result.rows if r.benchmark == name])]
    if result.skipped:
        lines += ["", "## Skipped", ""]
        lines += [f"- {each.benchmark}, {each.what}: {each.reason}" for each in result.skipped]
    return "# Results\n\n" + "\n".join(lines) + "\n"


def _said(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return str(value)


_HEAD = ("what", "who", "articles", "median", "quartiles", "times", "times as good as", "note")


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of a table in Markdown; a column that nobody fills is left out."""
    cells = [_cells(row) for row in rows]
    shown = [i for i in range(len(_HEAD)) if any(row[i] for row in cells)]
    yield "| " + " | ".join(_HEAD[i] for i in shown) + " |"
    yield "|" + "".join("---|" if i in (0, 1, 6, 7) else "---:|" for i in shown)
    for row in cells:
        yield "| " + " | ".join(row[i] for i in shown) + " |"


def _cells(row: Row) -> tuple[str, ...]:
    few = len(row.values) < 2
    spread = "" if few else " – ".join(map(figure, quartiles(row.values)))
    ratios = "; ".join(f"{peer} {ratio(values)}" for peer, values in row.ratios.items())
    median, times = f"{figure(row.median)} {row.unit}", "" if few else str(len(row.values))
    return row.what, row.contestant, f"{row.size:,}", median, spread, times, ratios, row.note


def ratio(values: Sequence[float]) -> str:
    """Return a ratio and, where there are several, its quartiles."""
    middle = figure(statistics.median(values))
    return (
        middle if len(values) < 2 else "{} [{}, {}]".format(middle, *map(figure, quartiles(values)))
    )
