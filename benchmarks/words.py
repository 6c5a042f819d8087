"""From articles to TF-IDF rows: ``python -m benchmarks.words [--data FOLDER] [--articles N]``.

Ours and scikit-learn's ``TfidfVectorizer`` on the same articles, in turn, each time in a process of
its own, so that each has its own peak of memory. Ours begins with articles as a store has them
(markup, furniture and all) and weighs fields; the peer is given the clean texts in one string each,
which is not counted. The first call of a process loads what it needs; the second is warm. Real
articles (saudinewsnet) if ``--data`` or RECSYS_DATA names their folder, otherwise generated ones.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.generated import generated_articles
from recsys.data.documents import Documents
from recsys.data.importers.reading import read_articles
from recsys.records import Article
from recsys.settings import read_settings
from recsys.text.vectoriser import Vectoriser

CONTESTANTS = ("recsys", "scikit-learn")
_MIB = 1024  # ru_maxrss is in KiB


def articles_of(folder: str | None, n: int | None) -> list[Article]:
    """Return the real articles, or as many generated ones as asked."""
    path = Path(folder or "") / "saudinewsnet" / "articles.parquet"
    if folder and path.is_file():
        return list(islice(read_articles(path, read_settings(None)), n))
    return list(generated_articles(n or 10_000))


def task(contestant: str, articles: list[Article], jobs: int) -> Callable[[], Any]:
    """Return what is timed."""
    if contestant == "recsys":
        return lambda: Vectoriser().fit_transform(Documents(articles), jobs)
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [" ".join(document.fields.values()) for document in Documents(articles)]
    return lambda: TfidfVectorizer().fit_transform(texts)


def measure(contestant: str, articles: list[Article], jobs: int) -> dict[str, float]:
    """Return seconds (cold, warm), seconds of processors, memory before and at its peak."""
    work, before = task(contestant, articles, jobs), _peak()
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


def compare(rounds: int, arguments: list[str]) -> dict[str, dict[str, float]]:
    """Return the medians of each contestant; they take turns."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in CONTESTANTS}
    for _ in range(rounds):
        for name in CONTESTANTS:
            call = [sys.executable, "-m", "benchmarks.words", "--only", name, *arguments]
            done = subprocess.run(call, capture_output=True, text=True, check=True)
            runs[name].append(json.loads(done.stdout))
    return {
        name: {key: statistics.median(run[key] for run in found) for key in found[0]}
        for name, found in runs.items()
    }


def main() -> int:
    """Print the table, or what one contestant took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("RECSYS_DATA"))
    parser.add_argument("--articles", type=int)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=CONTESTANTS)
    given = parser.parse_args()
    if given.only:
        articles = articles_of(given.data, given.articles)
        print(json.dumps(measure(given.only, articles, given.jobs)))
        return 0
    arguments = ["--jobs", str(given.jobs)]
    arguments += ["--data", given.data] if given.data else []
    arguments += ["--articles", str(given.articles)] if given.articles else []
    found = compare(given.rounds, arguments)
    for name, run in found.items():
        rates = ", ".join(
            f"{which} {run['articles'] / run[which]:,.0f} articles/s"
            f" ({run[which]:.2f} s, {run[which + '_cpu']:.2f} s of processors)"
            for which in ("cold", "warm")
        )
        print(f"{name:13} {run['articles']:,.0f} articles: {rates}")
        print(f"{'':13} memory {run['before']:,.0f} MB before, {run['peak']:,.0f} MB at its peak")
    ours, theirs = (found[name] for name in CONTESTANTS)
    for which in ("cold", "warm", "cold_cpu", "warm_cpu"):
        print(f"ratio, {which.replace('_cpu', ', processors')}: {theirs[which] / ours[which]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
