"""How long the nearest rows take: ``python -m benchmarks.neighbours``.

On the real articles of ``RECSYS_DATA`` (saudinewsnet) or, with ``--generated N``, on rows of
`benchmarks.generated`: the engine of training, exact and budgeted, beside sparse_dot_topn and
scikit-learn's brute ``NearestNeighbors``, one after the other in every round. Seconds of the clock
and, for machines that others use as well, of all cores; medians, and the peer's over ours. What is
exact must agree with sparse_dot_topn, and recall is that of the budget against the exact answer.
``--queries M`` asks for every (n / M)-th row only.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, csr_matrix, load_npz, save_npz

from benchmarks.generated import generated_rows
from recsys.kernels.budgeted import Heaviest, recall
from recsys.kernels.exact import nearest
from recsys.kernels.neighbours import DECIMALS, Floats, Rows
from recsys.text.vectoriser import Document, Vectoriser

Answer = tuple[Rows, Floats]
CACHE = Path(tempfile.gettempdir()) / "neighbours"


def real_rows(data: Path) -> csr_array:
    """Return the rows of the real articles by the default recipe; kept in a temporary folder."""
    import pyarrow.parquet as pq

    kept = CACHE / "saudinewsnet.npz"
    if not kept.is_file():
        table = pq.read_table(data / "saudinewsnet" / "articles.parquet", columns=["title", "body"])
        documents = [
            Document("ar", {"title": row["title"] or "", "body": row["body"] or ""})
            for row in table.to_pylist()
        ]
        CACHE.mkdir(exist_ok=True)
        save_npz(kept, csr_matrix(Vectoriser().fit_transform(documents, -1)), compressed=False)
    return csr_array(load_npz(kept))


def joined(blocks: Iterable[tuple[int, Rows, Floats]]) -> Answer:
    """Return all blocks as one."""
    found = [(near, cosines) for _, near, cosines in blocks]
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def engines(rows: csr_array, asked: csr_array, k: int, jobs: int) -> dict[str, Callable[[], Any]]:
    """Return name -> what finds the ``k`` nearest ``rows`` of each row ``asked``, from nothing."""
    from sklearn.neighbors import NearestNeighbors
    from sparse_dot_topn import sp_matmul_topn

    def product() -> Any:
        right = csr_matrix(csr_matrix(rows, dtype=np.float64).T)
        return sp_matmul_topn(
            csr_matrix(asked, dtype=np.float64), right, k, n_threads=jobs, sort=True
        )

    def brute() -> npt.NDArray[np.int64]:
        model = NearestNeighbors(metric="cosine", algorithm="brute", n_jobs=jobs)
        return np.asarray(model.fit(rows).kneighbors(asked, k, return_distance=False))

    return {
        "ours, exact": lambda: joined(nearest(asked, rows, k, jobs)),
        "ours, budgeted": lambda: joined(Heaviest.of(rows, jobs).nearest(asked, k, jobs, 2048)),
        "sparse_dot_topn": product,
        "scikit-learn brute": brute,
    }


def measured(
    ways: dict[str, Callable[[], Any]], times: int
) -> tuple[dict[str, tuple[float, float]], dict[str, Any]]:
    """Return the median seconds of clock and cores of each way, in turn, and what it found."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    found = {}
    for _ in range(times):
        for name, way in ways.items():
            clock, cores = time.perf_counter(), time.process_time()
            found[name] = way()
            taken[name].append((time.perf_counter() - clock, time.process_time() - cores))
    medians = {
        name: (statistics.median(c for c, _ in pairs), statistics.median(p for _, p in pairs))
        for name, pairs in taken.items()
    }
    return medians, found


def report(medians: dict[str, tuple[float, float]], found: dict[str, Any], k: int) -> None:
    """Print the table, and how far the answers agree."""
    clock, cores = medians["ours, exact"]
    print(f"{'engine':20} {'seconds':>9} {'of cores':>9} {'ratio':>7} {'of cores':>9}")
    for name, (seconds, spent) in medians.items():
        ratios = f"{seconds / clock:7.2f} {spent / cores:9.2f}"
        print(f"{name:20} {seconds:9.2f} {spent:9.2f} {ratios}")
    near, cosines = found["ours, exact"]
    # The first is the row itself, or its equal.
    few, many = (
        recall(found["ours, budgeted"][0][:, 1 : m + 1], near[:, 1 : m + 1]) for m in (10, k)
    )
    print(f"budgeted: recall@10 {few:.4f}, recall@{k - 1} {many:.4f}")
    if "sparse_dot_topn" in found:
        product = found["sparse_dot_topn"]
        last = np.round(
            product.data[product.indptr[1:][np.diff(product.indptr) == k] - 1], DECIMALS
        )
        agree = np.array_equal(last, cosines[np.diff(product.indptr) == k, -1])
        print(f"the {k}-th cosine is that of sparse_dot_topn everywhere: {agree}")


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generated", type=int, metavar="N", help="rows to generate")
    parser.add_argument("--queries", type=int, metavar="M", help="how many rows are asked for")
    parser.add_argument("--k", type=int, default=101, help="neighbours, the row itself included")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--without", nargs="*", default=[], metavar="PEER")
    given = parser.parse_args()
    data = os.environ.get("RECSYS_DATA")
    if not (given.generated or data):
        parser.error("set RECSYS_DATA or give --generated")
    rows = generated_rows(given.generated) if given.generated else real_rows(Path(data or ""))
    step = max(1, rows.shape[0] // (given.queries or rows.shape[0]))
    asked = csr_array(rows[::step]) if step > 1 else rows
    ways = engines(rows, asked, given.k, given.jobs)
    for name in given.without:
        del ways[name]
    for warm in ("ours, exact", "ours, budgeted"):  # compiled before the clock runs
        engines(few := csr_array(rows[:64]), few, given.k, 1)[warm]()
    print(f"{rows.shape[0]:,} rows, {rows.nnz:,} weights, {asked.shape[0]:,} queries, k {given.k}")
    report(*measured(ways, given.times), given.k)
    return 0


if __name__ == "__main__":
    sys.exit(main())
