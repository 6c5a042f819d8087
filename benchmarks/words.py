"""From articles to TF-IDF rows: ``python -m benchmarks.words [--data FOLDER] [--articles N]``.

Ours with one job and with two, the way without compiled loops that few documents take, and
scikit-learn's ``TfidfVectorizer`` with its default analyzer: on the same articles, in turn, each
time in a process of its own, so that each has its own peak of memory. Ours begins with articles as
a store has them (markup, furniture and all) and weighs fields; the peer is given the clean texts in
one string each, which is not counted. The first call of a process loads what it needs; the second
is warm. Real articles (saudinewsnet) if ``--data`` or RECSYS_DATA names their folder, otherwise
generated ones.

``--from 250 500 1000`` compares the compiled loops with the way without them on so many articles
instead: from where on they pay.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.generated import generated_articles
from recsys.data.documents import Documents
from recsys.data.importers.reading import read_articles
from recsys.records import Article
from recsys.settings import read_settings
from recsys.text import vectoriser
from recsys.text.vectoriser import Vectoriser

COMPILED = ("1 job", "2 jobs")
PLAIN = "plain"
PEER = "scikit-learn"
CONTESTANTS = (*COMPILED, PLAIN, PEER)
_MIB = 1024  # ru_maxrss is in KiB


def articles_of(folder: str | None, n: int | None) -> list[Article]:
    """Return the real articles, or as many generated ones as asked."""
    path = Path(folder or "") / "saudinewsnet" / "articles.parquet"
    if folder and path.is_file():
        return list(islice(read_articles(path, read_settings(None)), n))
    return list(generated_articles(n or 10_000))


def task(contestant: str, articles: list[Article]) -> Callable[[], Any]:
    """Return what is timed."""
    if contestant in COMPILED:
        vectoriser._MANY = 0  # compiled, however few there are
        jobs = 1 + COMPILED.index(contestant)
        return lambda: Vectoriser().fit_transform(Documents(articles), jobs)
    if contestant == PLAIN:
        return lambda: Vectoriser().fit_transform(Documents(articles), backend="sequential")
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [" ".join(document.fields.values()) for document in Documents(articles)]
    return lambda: TfidfVectorizer().fit_transform(texts)


def measure(contestant: str, articles: list[Article]) -> dict[str, float]:
    """Return seconds (cold, warm), seconds of processors, memory before and at its peak."""
    work, before = task(contestant, articles), _peak()
    found = {"articles": float(len(articles)), "before": before}
    for name in ("cold", "warm"):
        started, spent = time.perf_counter(), time.process_time()
        work()
        found[name] = time.perf_counter() - started
        found[f"{name}_cpu"] = time.process_time() - spent
        found.setdefault("peak", _peak())
    return found


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MIB


def compare(
    contestants: Sequence[str], rounds: int, arguments: list[str]
) -> dict[str, dict[str, float]]:
    """Return the medians of each contestant; they take turns."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name in contestants:
            call = [sys.executable, "-m", "benchmarks.words", "--only", name, *arguments]
            done = subprocess.run(call, capture_output=True, text=True, check=True)
            runs[name].append(json.loads(done.stdout))
    return {
        name: {key: statistics.median(run[key] for run in found) for key in found[0]}
        for name, found in runs.items()
    }


def print_rates(found: dict[str, dict[str, float]]) -> None:
    """Print a line of figures a contestant, and how many times faster than the peer each is."""
    print(f"{found[PEER]['articles']:,.0f} articles; seconds, (of processors), articles/s, peak MB")
    for name, run in found.items():
        rates = "  ".join(
            f"{which} {run[which]:6.2f} ({run[which + '_cpu']:6.2f})"
            f" {run['articles'] / run[which]:7,.0f}/s"
            for which in ("cold", "warm")
        )
        times = "  ".join(
            f"{which} ×{found[PEER][which] / run[which]:.1f}"
            f" (×{found[PEER][which + '_cpu'] / run[which + '_cpu']:.1f})"
            for which in ("cold", "warm")
        )
        print(f"{name:13}{rates}  {run['before']:,.0f} -> {run['peak']:,.0f}   {times}")


def print_threshold(sizes: Sequence[int], rounds: int, data: list[str]) -> None:
    """Print what the compiled loops and the way without them take on so many articles."""
    print("articles: seconds of processors, compiled and plain, cold; warm")
    for n in sizes:
        found = compare((COMPILED[0], PLAIN), rounds, [*data, "--articles", str(n)])
        pairs = (
            " ".join(f"{found[name][which]:6.2f}" for name in (COMPILED[0], PLAIN))
            for which in ("cold_cpu", "warm_cpu")
        )
        print(f"{n:8,}: {'; '.join(pairs)}")


def main() -> int:
    """Print the table, or what one contestant took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("RECSYS_DATA"))
    parser.add_argument("--articles", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--from", dest="sizes", type=int, nargs="+", metavar="N")
    parser.add_argument("--only", choices=CONTESTANTS)
    given = parser.parse_args()
    if given.only:
        print(json.dumps(measure(given.only, articles_of(given.data, given.articles))))
        return 0
    data = ["--data", given.data] if given.data else []
    if given.sizes:
        print_threshold(given.sizes, given.rounds, data)
        return 0
    data += ["--articles", str(given.articles)] if given.articles else []
    print_rates(compare(CONTESTANTS, given.rounds, data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
