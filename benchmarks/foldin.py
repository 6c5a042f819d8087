"""What a new article costs, and training since an earlier version: ``python -m benchmarks.foldin``.

Real articles (``RECSYS_DATA``): some of saudinewsnet that a model was not trained on are folded in
one at a time and many at once, beside the way of before: one term after the other looked up, all
postings gathered with arrays and every row that shares a term sorted. Then a model of 99 % of the
articles is brought up to all of them, beside training in full.

Generated rows (`benchmarks.generated`), in files that are mapped: beside looking at every row, by
which recall is told where a budget is kept.

Milliseconds are of this thread's processor time, for machines that others use as well. Every
article is measured once a round; a round's figures are its middle and the 99th of a hundred. Before
a round a space is made anew and reads `SEEN` articles of the model, so that of the words of a new
one it knows those that others had; and as after a start, none at all.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from benchmarks.generated import generated_rows
from benchmarks.results import Found, Row, Skipped, table
from benchmarks.scale import Scale
from recsys.data.documents import document_of
from recsys.incremental import Changes, retrained
from recsys.kernels.budgeted import recall
from recsys.kernels.neighbours import DECIMALS
from recsys.model import Model, groups_of
from recsys.records import Article
from recsys.signals.foldin import folded
from recsys.signals.inverted import Inverted
from recsys.signals.similarity import gathered, row_vector
from recsys.signals.space import Space
from recsys.text.columns import Columns
from recsys.text.vectoriser import Document, Vector
from recsys.topk import best_places

NAME = "foldin"
NOW = 1_460_000_000
KEPT = 100
SEEN = 2000
SHARE = 0.01  # of the articles that are new where a training carries on
OURS, BEFORE, ALL = "recsys", "as before", "looking at every row"
_ROUNDS = 3
_CSR = ("data", "indices", "indptr")
_STATISTICS = {"middle": 50, "99th of 100": 99}

Works = Sequence[Callable[[], object]]


def nothing() -> None:
    """Do nothing before a round."""


def percentiles(works: Works, begin: Callable[[], None] = nothing) -> dict[str, list[float]]:
    """Return milliseconds by statistic, a value a round, each of which is begun by ``begin``."""
    found: dict[str, list[float]] = {name: [] for name in _STATISTICS}
    for _ in range(_ROUNDS):
        taken = []
        begin()
        for work in works:
            started = time.thread_time()
            work()
            taken.append(1000 * (time.thread_time() - started))
        for name, percent in _STATISTICS.items():
            found[name].append(float(np.percentile(taken, percent)))
    return found


def compared(
    what: str, size: int, ways: dict[str, Works], begin: Callable[[], None] = nothing
) -> Iterator[Row]:
    """Yield what ways take of which the first is ours."""
    taken = {who: percentiles(works, begin) for who, works in ways.items()}
    for name in _STATISTICS:
        ours, *peers = (
            Row(NAME, f"{what}, {name}", who, size, "CPU ms", found[name])
            for who, found in taken.items()
        )
        yield ours.beside(peers)
        yield from peers


def real_articles(data: Path) -> list[Article]:
    """Return the articles of saudinewsnet, in the order of the file."""
    import pyarrow.parquet as pq

    columns = ["article_id", "url", "title", "body"]
    table = pq.read_table(data / "saudinewsnet" / "articles.parquet", columns=columns)
    return [
        Article(
            row["article_id"], url=row["url"], title=row["title"], body=row["body"], language="ar"
        )
        for row in table.to_pylist()
    ]


def by_hand(space: Space, turned: csr_array, document: Document) -> npt.NDArray[np.int32]:
    """Return the neighbours of a text as they were found before."""

    def place(term: str) -> int:
        names = space.vectoriser.vocabulary_
        return next((c for c in space.places.find(term) if names[c] == term), -1)

    terms, values = space.vectoriser.transform(document, place)
    part = gathered(turned, terms)
    products = part.data.astype(np.float64) * np.repeat(
        values.astype(np.float64), np.diff(part.indptr)
    )
    sums = np.bincount(part.indices, weights=products, minlength=turned.shape[1])
    rows = np.flatnonzero(sums).astype(np.int32)
    return rows[best_places(rows, np.round(sums[rows], DECIMALS))[:KEPT]]


def folding(articles: Sequence[Article], n_new: int) -> Iterator[Row]:
    """Yield what an article costs that is not in the model."""
    drawn = np.random.default_rng(0).permutation(len(articles))
    model = Model().fit([articles[i] for i in drawn[n_new:]], now=NOW, jobs=-1)
    corpus, space = model.snapshot_.corpus, model.snapshot_.space
    assert space is not None
    came = [articles[i] for i in drawn[:n_new]]
    documents = [document_of(article) for article in came]
    groups, turned = groups_of(corpus.with_articles(came)), csr_array(space.rows.T.tocsr())
    for document in documents[:3]:
        assert space.extended([document], groups).tail_near[0].tolist() == (
            by_hand(space, turned, document).tolist()
        )
    seen = [document_of(articles[i]) for i in drawn[n_new : n_new + SEEN]]
    live = [space]

    def begin(documents: Sequence[Document]) -> None:
        live[0] = replace(space, words=Columns(space.vectoriser.tokenizer, space.columns))
        for document in documents:
            live[0].vector_of(document)

    ours: Works = [lambda d=d: live[0].extended([d], groups) for d in documents]  # type: ignore[misc]
    before: Works = [lambda d=d: by_hand(space, turned, d) for d in documents]  # type: ignore[misc]
    ways, what = {OURS: ours, BEFORE: before}, "a new article, text to list"
    yield from compared(what, len(corpus), ways, lambda: begin(seen))
    what = "the same, no word seen since the start"
    yield from compared(what, len(corpus), {OURS: ours}, lambda: begin([]))
    at_once = percentiles([lambda: space.extended(documents, groups)])["middle"]
    what = f"each of {n_new} new articles at once"
    yield Row(NAME, what, OURS, len(corpus), "CPU ms", [each / n_new for each in at_once])
    later = space.extended(documents, groups)
    asked = np.random.default_rng(1).integers(0, len(corpus), n_new).tolist()
    neighbours: Works = [lambda r=r: later.neighbours(r) for r in asked]  # type: ignore[misc]
    yield from compared(f"neighbours, {n_new} being new", len(corpus), {OURS: neighbours})


def carrying_on(articles: Sequence[Article]) -> Iterator[Row]:
    """Yield what training since a version costs beside training in full, and what both share."""
    drawn, n = np.random.default_rng(0).permutation(len(articles)), len(articles)
    kept = drawn[int(SHARE * n) :]
    before = Model().fit([articles[i] for i in kept], now=NOW, jobs=-1)
    seconds = [time.process_time()]
    full = Model().fit(articles, now=NOW, jobs=-1)
    seconds.append(time.process_time())
    changes = Changes.between(before.snapshot_.corpus, articles)
    seconds.append(time.process_time())
    ours = retrained(before, Model(), changes, now=NOW, jobs=-1)
    seconds.append(time.process_time())
    in_full, comparing, since = np.diff(seconds).tolist()
    what, note = f"training, {SHARE:.0%} new", "a store tells at once what is new"
    whole = Row(NAME, what, "in full", n, "CPU s", [in_full])
    yield Row(NAME, what, "since a version", n, "CPU s", [since], note=note).beside([whole])
    yield whole
    yield Row(NAME, "finding what is new among all articles", OURS, n, "CPU s", [comparing])
    mine, theirs = ours.snapshot_.space, full.snapshot_.space
    assert mine is not None
    assert theirs is not None
    for k in (10, KEPT):
        share = recall(mine.near[:, :k], theirs.near[:, :k])
        what = f"top {k} shared with training in full"
        yield Row(NAME, what, OURS, n, "share", [share], better="higher", computed=True)


def mapped(inverted: Inverted, folder: Path) -> Inverted:
    """Return the same postings and rows, as files that are mapped."""

    def kept(name: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        np.save(folder / f"{name}.npy", array)
        return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))

    matrix = inverted.matrix
    assert matrix is not None
    parts = (kept(f"matrix_{name}", getattr(matrix, name)) for name in _CSR)
    return Inverted(
        kept("ends", inverted.ends),
        kept("rows", inverted.rows),
        kept("weights", inverted.weights),
        inverted.n,
        matrix=csr_array(tuple(parts), shape=matrix.shape),
    )


def own_megabytes() -> float:
    """Return the memory that is this process's own, mapped files not counted."""
    rollup = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(each.split()[1]) for each in rollup if each.startswith("Anonymous")) / 1024


def looking(n: int, n_new: int) -> Iterator[Row]:
    """Yield what finding the neighbours of a new row costs among ``n`` generated ones."""
    rows = generated_rows(n + n_new)
    with tempfile.TemporaryDirectory() as name:
        part = mapped(Inverted.of(csr_array(rows[:n])), Path(name))
        vectors: list[Vector] = [
            (indices.copy(), values.copy())
            for indices, values in (row_vector(rows, n + i) for i in range(n_new))
        ]
        del rows
        yield from _looked(part, vectors)


def _looked(part: Inverted, vectors: Sequence[Vector]) -> Iterator[Row]:
    groups = np.zeros(part.n + 1, dtype=np.int32)
    row = np.array([part.n], dtype=np.int32)
    before = own_megabytes()

    def near(way: Inverted, vector: Vector) -> npt.NDArray[np.int32]:
        return folded((way,), [vector], row, KEPT, groups).near

    ways = {OURS: part, ALL: replace(part, matrix=None)}
    works: dict[str, Works] = {
        who: [lambda v=v, way=way: near(way, v) for v in vectors]  # type: ignore[misc]
        for who, way in ways.items()
    }
    yield from compared("a new row, vector to list", part.n, works)
    grown = own_megabytes() - before
    yield Row(NAME, "memory of its own, more than before", OURS, part.n, "MB", [grown])
    found, every = (
        np.concatenate([near(way, vector) for vector in vectors]) for way in ways.values()
    )
    for k in (10, KEPT):
        share = recall(found[:, :k], every[:, :k])
        what = f"recall@{k} of a new row's list"
        yield Row(NAME, what, OURS, part.n, "share", [share], better="higher", computed=True)


def rows(scale: Scale) -> Iterator[Found]:
    """Yield what new articles cost, and carrying on."""
    real = (scale.data or Path()) / "saudinewsnet" / "articles.parquet"
    if scale.data is not None and real.is_file():
        articles = real_articles(scale.data)
        yield from folding(articles, 500 if scale.full else 200)
        yield from carrying_on(articles)
    else:
        yield Skipped(NAME, "real articles", "no saudinewsnet in the folder of RECSYS_DATA")
    for n in (100_000, 1_000_000) if scale.full else (20_000,):
        scale.tell(f"{NAME}: {n:,} generated rows")
        yield from looking(n, 500 if scale.full else 100)


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", action="store_true", help="new real articles, nothing else")
    parser.add_argument("--generated", type=int, metavar="N", help="rows to generate, nothing else")
    parser.add_argument("--new", type=int, default=500, help="articles that are folded in")
    given = parser.parse_args()
    data = os.environ.get("RECSYS_DATA")
    if given.generated:
        found: list[Found] = list(looking(given.generated, given.new))
    elif given.real and data:
        found = list(folding(real_articles(Path(data)), given.new))
    else:
        found = list(rows(Scale(data=Path(data) if data else None)))
    print(*table([each for each in found if isinstance(each, Row)]), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
