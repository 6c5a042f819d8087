"""What a new article costs, and training since an earlier version: ``python -m benchmarks.foldin``.

``real`` (needs ``RECSYS_DATA``): articles of saudinewsnet that a model was not trained on are
folded in one at a time and many at once, beside the way of before: one term after the other looked
up, all postings gathered with arrays and every row that shares a term sorted. Then a model of 99 %
of the articles is brought up to all of them, beside training in full.

``--generated N``: rows of `benchmarks.generated`, from files that are mapped; beside looking at
every row, by which recall is told where a budget is kept.

Milliseconds are of this thread's CPU, and each article counts with the best of three: for machines
that others use as well. ``--clock`` takes the clock instead.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from benchmarks.generated import generated_rows
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
from recsys.text.vectoriser import Document, Vector
from recsys.topk import best_places

NOW = 1_460_000_000
KEPT = 100
Clock = Callable[[], float]


def best_of(times: int, work: Callable[[], object], clock: Clock) -> float:
    """Return the least milliseconds that ``work`` took."""
    taken = []
    for _ in range(times):
        started = clock()
        work()
        taken.append(clock() - started)
    return 1000 * min(taken)


def line(name: str, milliseconds: Iterable[float]) -> None:
    """Print the middle, the 99th of a hundred and the worst."""
    p50, p99, worst = np.percentile(list(milliseconds), [50, 99, 100])
    print(f"  {name:34} {p50:8.2f} {p99:8.2f} {worst:8.2f}")


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


def folding(articles: Sequence[Article], n_new: int, clock: Clock) -> None:
    """Print what an article costs that is not in the model."""
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
    print(f"{len(corpus):,} articles, {n_new} new ones; ms an article: median, 99 %, worst")
    line(
        "folded in, from text to list",
        (best_of(3, lambda d=d: space.extended([d], groups), clock) for d in documents),  # type: ignore[misc]
    )
    line(
        "of this, the text to a vector",
        (best_of(3, lambda d=d: space.vector_of(d), clock) for d in documents),  # type: ignore[misc]
    )
    line(
        "as before, all in one",
        (best_of(3, lambda d=d: by_hand(space, turned, d), clock) for d in documents),  # type: ignore[misc]
    )
    batch = best_of(3, lambda: space.extended(documents, groups), clock) / n_new
    print(f"  {'all at once, an article':34} {batch:8.2f}")
    later = space.extended(documents, groups)
    asked = np.random.default_rng(1).integers(0, len(corpus), n_new).tolist()
    line(
        f"neighbours, {n_new} being new",
        (best_of(3, lambda r=r: later.neighbours(r), clock) for r in asked),  # type: ignore[misc]
    )


def carrying_on(articles: Sequence[Article], share: float) -> None:
    """Print what training since a version costs beside training in full, and how they differ."""
    drawn = np.random.default_rng(0).permutation(len(articles))
    kept = drawn[int(share * len(articles)) :]
    before = Model().fit([articles[i] for i in kept], now=NOW, jobs=-1)
    started = time.process_time()
    full = Model().fit(articles, now=NOW, jobs=-1)
    in_full = time.process_time() - started
    started = time.process_time()
    changes = Changes.between(before.snapshot_.corpus, articles)
    compared = time.process_time() - started
    ours = retrained(before, Model(), changes, now=NOW, jobs=-1)
    since = time.process_time() - started - compared
    print(f"{len(articles):,} articles, {len(changes.put)} of them new; seconds of all cores")
    print(f"  in full {in_full:.2f}, since a version {since:.2f}: {in_full / since:.1f} times")
    print(f"  finding what is new among all articles {compared:.2f} (a store tells it at once)")
    print(f"  manifest: {ours.facts_['since']}")
    mine, theirs = ours.snapshot_.space, full.snapshot_.space
    assert mine is not None
    assert theirs is not None
    overlaps = {k: recall(mine.near[:, :k], theirs.near[:, :k]) for k in (5, 10, 20, KEPT)}
    print("  overlap with full:", ", ".join(f"top {k} {v:.4f}" for k, v in overlaps.items()))
    apart = [
        abs(cosine - theirs_of[other])
        for row in range(0, len(articles), 7)
        for theirs_of in [
            dict(zip(theirs.near[row].tolist(), theirs.near_cosines[row].tolist(), strict=True))
        ]
        for other, cosine in zip(
            mine.near[row].tolist(), mine.near_cosines[row].tolist(), strict=True
        )
        if other in theirs_of
    ]
    middle, most = np.mean(apart), np.max(apart)
    print(f"  cosines of shared neighbours differ by {middle:.5f} on average, {most:.5f} at most")


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


_CSR = ("data", "indices", "indptr")


def own_megabytes() -> float:
    """Return the memory that is this process's own, mapped files not counted."""
    rollup = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(each.split()[1]) for each in rollup if each.startswith("Anonymous")) / 1024


def looking(n: int, n_new: int, clock: Clock) -> None:
    """Print what finding the neighbours of a new row costs among ``n`` generated ones."""
    rows = generated_rows(n + n_new)
    with tempfile.TemporaryDirectory() as name:
        part = mapped(Inverted.of(csr_array(rows[:n])), Path(name))
        vectors: list[Vector] = [
            (indices.copy(), values.copy())
            for indices, values in (row_vector(rows, n + i) for i in range(n_new))
        ]
        del rows
        _looked(part, vectors, clock)


def _looked(part: Inverted, vectors: Sequence[Vector], clock: Clock) -> None:
    groups, whole = np.zeros(part.n + 1, dtype=np.int32), replace(part, matrix=None)
    row = np.array([part.n], dtype=np.int32)
    before = own_megabytes()
    ways = {"folded in": part, "looking at every row": whole}
    print(f"{part.n:,} generated rows, {len(vectors)} new ones; ms a row: median, 99 %, worst")
    for name, way in ways.items():
        first = [best_of(1, lambda: folded((way,), vectors[:1], row, KEPT, groups), clock)]  # noqa: B023
        taken = [
            best_of(3, lambda v=v: folded((way,), [v], row, KEPT, groups), clock)  # type: ignore[misc]  # noqa: B023
            for v in vectors
        ]
        line(name, taken)
        print(f"    the very first {first[0]:.2f}; own memory + {_grown(before):.0f} MB")
    found, every = (
        np.concatenate([folded((way,), [v], row, KEPT, groups).near for v in vectors])
        for way in ways.values()
    )
    judged = {k: recall(found[:, :k], every[:, :k]) for k in (10, KEPT)}
    print("  recall:", ", ".join(f"@{k} {value:.4f}" for k, value in judged.items()))


def _grown(before: float) -> float:
    return own_megabytes() - before


def main() -> int:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generated", type=int, metavar="N", help="rows to generate")
    parser.add_argument("--new", type=int, default=500, help="articles that are folded in")
    parser.add_argument("--share", type=float, default=0.01, help="of articles that are new")
    parser.add_argument("--only", choices=["foldin", "since"], help="a part of `real`")
    parser.add_argument("--clock", action="store_true", help="the clock in place of CPU time")
    given = parser.parse_args()
    clock = time.perf_counter if given.clock else time.thread_time
    if given.generated:
        looking(given.generated, given.new, clock)
        return 0
    data = os.environ.get("RECSYS_DATA")
    if not data:
        parser.error("set RECSYS_DATA or give --generated")
    articles = real_articles(Path(data))
    if given.only != "since":
        folding(articles, given.new, clock)
    if given.only != "foldin":
        carrying_on(articles, given.share)
    return 0


if __name__ == "__main__":
    sys.exit(main())
