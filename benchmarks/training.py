"""Raw texts to a saved model, beside peers: ``python -m benchmarks.run --only training``.

Each contestant has a process of its own for each run (`benchmarks.contestants`); they take turns.
Its peak of memory is that of the whole process, reading and libraries included. ``nothing
compiled`` is ours with an empty cache of compiled code, all other runs find it filled. Up to 31,030
articles a peer is asked for the neighbours of all; beyond that of some, and the time is scaled (the
note says so), which favours nobody: each question is answered by itself.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import starting
from benchmarks.contestants import CONTESTANTS, Task, missing
from benchmarks.generated import generated_articles
from benchmarks.results import Found, Row, Skipped
from benchmarks.scale import Scale
from recsys.times import format_instant

NAME = "training"
WHOLE = 31_030
"""Up to so many articles peers are asked about all."""

_SHORT, _FULL = (10_000,), (31_030, 100_000, 300_000, 1_000_000)
_STARTED = 10_000  # articles of the smallest model that is also served
_BATCH, _ROUNDS = 10_000, 3
_OURS = "recsys"


@dataclass(frozen=True)
class Taken:
    """What one run took: seconds of the clock and of processors, memory at its peak in MB."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    facts: Mapping[str, Any]

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.seconds:.1f} s, {self.cpu_seconds:.1f} CPU s, {self.peak_mb:,.0f} MB"


def run(name: str, task: Task, cache: Path) -> Taken:
    """Run a contestant in a process of its own, with compiled code kept in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.contestants", name],
        input=json.dumps(asdict(task)),
        stdout=subprocess.PIPE,
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache)},
        text=True,
        check=True,
    )
    stages = json.loads(done.stdout)
    passed, spent = (sum(stages[kind].values()) for kind in ("passed", "spent"))
    return Taken(passed, spent, stages["facts"].pop("peak_mb"), stages["facts"])


@dataclass(frozen=True)
class Size:
    """One set of articles, and how often everybody runs."""

    kind: str
    n: int
    path: Path
    rounds: int

    @property
    def what(self) -> str:
        """For people."""
        return f"{self.kind} articles to a saved model"

    @property
    def step(self) -> int:
        """Every how manyth article a peer is asked about."""
        return 1 if self.n <= WHOLE else max(1, self.n // (5000 if self.n <= 100_000 else 2000))


def write(path: Path, n: int) -> None:
    """Write generated articles as Parquet."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    names = ("article_id", "title", "body", "section", "language", "published_at")
    schema = arrow.schema([(name, arrow.string()) for name in names])
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        batch: list[dict[str, Any]] = []
        for place, article in enumerate(generated_articles(n), 1):
            row = {name: getattr(article, name) for name in names}
            row["section"] = article.section[0]
            row["published_at"] = format_instant(article.published_at)
            batch.append(row)
            if len(batch) == _BATCH or place == n:
                writer.write_table(arrow.Table.from_pylist(batch, schema))
                batch = []


def sizes(scale: Scale, folder: Path) -> Iterator[Size | Skipped]:
    """Yield what is measured, each written just before."""
    if scale.full:
        real = (scale.data or Path()) / "saudinewsnet" / "articles.parquet"
        if scale.data and real.is_file():
            yield Size("real", 31_030, real, _ROUNDS)
        else:
            yield Skipped(NAME, "real articles", "no saudinewsnet in the folder of RECSYS_DATA")
    for n in _FULL if scale.full else _SHORT:
        path = folder / f"{n}.parquet"
        scale.tell(f"{NAME}: writing {n:,} generated articles")
        write(path, n)
        yield Size("generated", n, path, _ROUNDS if n <= WHOLE else 1)
        path.unlink()


def rows(scale: Scale) -> Iterator[Found]:
    """Yield what every size took."""
    names = [name for name in CONTESTANTS if not missing(name)]
    for name in CONTESTANTS:
        if reason := missing(name):
            yield Skipped(NAME, name, reason)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for size in sizes(scale, folder):
            if isinstance(size, Skipped):
                yield size
                continue
            alone = scale.peers_up_to is not None and size.n > scale.peers_up_to
            if alone:
                yield Skipped(NAME, f"peers, {size.n:,} {size.kind} articles", "--peers-up-to")
            yield from _rows(size, [_OURS] if alone else names, scale, folder)


def _rows(size: Size, names: Sequence[str], scale: Scale, folder: Path) -> Iterator[Found]:
    """Yield the rows of one size."""
    taken: dict[str, list[Taken]] = {name: [] for name in names}
    starts: list[Found] = []
    with tempfile.TemporaryDirectory(dir=folder) as made:
        cache = Path(made)
        first = _first(size, scale, cache)
        for turn in range(size.rounds):
            for name in list(taken):
                said = f"{turn + 1} of {size.rounds}"
                last = name == _OURS and turn + 1 == size.rounds and size.n >= _STARTED
                then = partial(_started, starts, size, scale) if last else None
                try:
                    taken[name].append(_one(name, size, scale, cache, said, then))
                except subprocess.CalledProcessError as error:
                    if name == _OURS:
                        raise
                    del taken[name]  # hours of the others are not to be lost
                    yield Skipped(
                        NAME, f"{name}, {size.n:,} articles", f"ended with {error.returncode}"
                    )
    for found in (_seconds, _cpu_seconds, _memory):
        ours, *peers = [found(size, name, runs) for name, runs in taken.items()]
        yield ours.beside(peers)
        yield from peers
    if first is not None:
        cold = Row(NAME, f"{size.what}, nothing compiled", _OURS, size.n, "s", [first.seconds])
        warm = Row(NAME, "", "compiled before", size.n, "s", [t.seconds for t in taken[_OURS]])
        yield cold.beside([warm])
    recall = taken[_OURS][0].facts["recall_at_10"]
    if recall is not None:
        yield Row(NAME, size.what, _OURS, size.n, "recall@10", [recall], {}, "higher", True)
    yield from starts


def _started(found: list[Found], size: Size, scale: Scale, models: Path) -> None:
    """Serve what was saved, and keep what that took."""
    scale.tell(f"{starting.NAME}: {size.n:,} {size.kind} articles")
    found.extend(starting.rows(models, size.n, size.kind))


def _first(size: Size, scale: Scale, cache: Path) -> Taken | None:
    """Fill the cache: with a training or, where that takes long, with the loops alone."""
    if size.n <= WHOLE:
        return _one(_OURS, size, scale, cache, "nothing compiled")
    small = Size("generated", 3000, cache / "small.parquet", 1)
    write(small.path, small.n)
    _one(_OURS, small, scale, cache, "to compile")
    run("compiled", Task("", "", scale.jobs), cache)
    return None


def _one(
    name: str,
    size: Size,
    scale: Scale,
    cache: Path,
    said: str,
    then: Callable[[Path], None] | None = None,
) -> Taken:
    """Run a contestant; ``then`` is given the folder it saved into, before that is gone."""
    scale.tell(f"{NAME}: {size.n:,} {size.kind} articles, {name}, {said}")
    with tempfile.TemporaryDirectory(dir=cache.parent) as out:
        taken = run(name, Task(str(size.path), out, scale.jobs, size.step), cache)
        scale.tell(f"  {taken}")
        if then:
            then(Path(out))
        return taken


def _seconds(size: Size, name: str, taken: Sequence[Taken]) -> Row:
    values = [each.seconds for each in taken]
    return Row(NAME, size.what, name, size.n, "s", values, note=_note(size, name))


def _cpu_seconds(size: Size, name: str, taken: Sequence[Taken]) -> Row:
    values = [each.cpu_seconds for each in taken]
    return Row(NAME, size.what, name, size.n, "CPU s", values, note=_note(size, name))


def _memory(size: Size, name: str, taken: Sequence[Taken]) -> Row:
    return Row(NAME, size.what, name, size.n, "MB at its peak", [each.peak_mb for each in taken])


def _note(size: Size, name: str) -> str:
    if name == _OURS or size.step == 1:
        return ""
    return f"asked about 1 in {size.step}, scaled"
