"""All benchmarks in one form: ``python -m benchmarks.run [--full] [--only NAME]``.

Prints the tables, writes JSON, Markdown and, of the full run, the plot of cost against size into
``benchmarks/results``, and says what moved beyond the noise since the results that were committed
last. A run of some benchmarks only writes nothing, unless ``--out`` names a folder.
"""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from benchmarks import growth, machine
from benchmarks.comparison import report
from benchmarks.results import Found, Result, Row, Skipped, markdown, table
from benchmarks.scale import Scale

RESULTS = Path(__file__).parent / "results"
BROKEN = "the rest of it broke"
_PLANNED = ("training", "foldin", "serving", "popularity", "quality", "most_read")


def modules() -> tuple[str, ...]:
    """Return the benchmarks that are here, in the order in which they run."""
    return tuple(name for name in _PLANNED if find_spec(f"benchmarks.{name}"))


def measured(names: Sequence[str], scale: Scale) -> Iterator[Found]:
    """Run benchmarks one after the other; tell what comes, and how long each took."""
    for place, name in enumerate(names, 1):
        scale.tell(f"{name} ({place} of {len(names)})")
        started = time.perf_counter()
        rows = getattr(import_module(f"benchmarks.{name}"), "rows", None)
        if rows is None:
            yield Skipped(name, "all of it", "it yields no rows yet")
            continue
        try:
            for each in rows(scale):
                if isinstance(each, Row):
                    scale.tell(f"  {each}")
                yield each
        except Exception as error:  # what the others found is not to be lost
            traceback.print_exc()
            yield Skipped(name, BROKEN, type(error).__name__)  # a message may name paths
        scale.tell(f"{name}: {time.perf_counter() - started:.0f} s")


def file_name(full: bool) -> str:
    """Return what the results of a run are called."""
    return "full" if full else "short"


def committed(name: str) -> Result | None:
    """Return the results of that name that were committed last, or lie there; None if none do."""
    path = RESULTS / f"{name}.json"
    text = machine.git("show", f"HEAD:./benchmarks/results/{path.name}")
    if text is None and path.is_file():
        text = path.read_text(encoding="utf-8")
    return Result.parse(text) if text else None


def write(result: Result, name: str, folder: Path) -> None:
    """Write JSON and Markdown, and the plot where there are sizes to be compared."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(result.text(), encoding="utf-8")
    lines = growth.curves(result.rows)
    page, plot = markdown(result), folder / f"{name}.svg"
    if lines:
        plot.write_text(growth.plot(lines), encoding="utf-8")
        page += "\n" + growth.section(lines, plot.name)
    (folder / f"{name}.md").write_text(page, encoding="utf-8")


def show(found: Sequence[Found]) -> None:
    """Print the tables, and what was skipped."""
    rows = [each for each in found if isinstance(each, Row)]
    for name in dict.fromkeys(row.benchmark for row in rows):
        print(f"\n## {name}\n", *table([row for row in rows if row.benchmark == name]), sep="\n")
    for each in found:
        if isinstance(each, Skipped):
            print(f"\nskipped: {each.benchmark}, {each.what}: {each.reason}")


def compare(now: Result, only: Sequence[str], full: bool) -> None:
    """Print what moved since what was committed, of the benchmarks that ran."""
    before = committed(file_name(full))
    if before is None:
        print("\nNothing to compare with: no results were committed.")
        return
    if only:
        ran = {*only, *(row.benchmark for row in now.rows)}
        before = replace(before, rows=[row for row in before.rows if row.benchmark in ran])
    print("", *report(before, now), sep="\n")


def main() -> int:
    """Measure, print, write and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="all sizes: some hours")
    parser.add_argument("--only", nargs="+", choices=modules(), default=[], metavar="NAME")
    parser.add_argument("--data", type=Path, default=os.environ.get("RECSYS_DATA"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--peers-up-to", type=int, metavar="N", help="train peers with up to N articles only"
    )
    parser.add_argument("--out", type=Path, help="folder of the results")
    given = parser.parse_args()
    scale = Scale(given.full, given.data, given.jobs, given.peers_up_to)
    name = file_name(given.full)
    found = list(measured(given.only or modules(), scale))
    command = " ".join(["python -m benchmarks.run", *["--full"] * given.full])
    command += "".join(f" {each}" for each in ["--only", *given.only] if given.only)
    command += "" if given.peers_up_to is None else f" --peers-up-to {given.peers_up_to}"
    result = Result(
        f"{datetime.now(UTC):%Y-%m-%d}",
        command,
        machine.revision(),
        machine.facts(),
        [each for each in found if isinstance(each, Row)],
        [each for each in found if isinstance(each, Skipped)],
    )
    show(found)
    compare(result, given.only, given.full)
    if given.out or not given.only:
        write(result, name, given.out or RESULTS)
    return int(any(each.what == BROKEN for each in result.skipped))


if __name__ == "__main__":
    sys.exit(main())
