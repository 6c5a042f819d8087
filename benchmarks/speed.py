"""How long training and answering take: ``python -m benchmarks.speed``.

Trains on the sample newsroom, told over and over with words shuffled in, and beside it
scikit-learn's ``TfidfVectorizer`` with brute ``NearestNeighbors`` on the same texts; then answers
from memory. Ratios within one run are what counts: machines are noisy.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from recsys.data.documents import document_of
from recsys.lists import Query, recommend
from recsys.model import Model
from recsys.page import compose, default_blocks
from recsys.records import Article
from recsys.sample import sample_articles, sample_settings

NOW = 1_800_000_000


def generated(n: int, seed: int = 0) -> list[Article]:
    """Return ``n`` articles: sample articles whose sentences are exchanged among each other."""
    random = np.random.default_rng(seed)
    sample = [a for a in sample_articles(NOW) if a.language == "ar"]
    sentences = [s for a in sample for s in (a.body or "").split(".") if s]
    made = []
    for i in range(n):
        body = ".".join(sentences[j] for j in random.integers(0, len(sentences), 6))
        likeness = sample[i % len(sample)]
        made.append(
            replace(
                likeness, article_id=f"g{i}", url=None, canonical_url=None, body=body, language="ar"
            )
        )
    return made


def timed(work: Callable[[], object], times: int) -> list[float]:
    """Return the seconds of each call."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return taken


def training(articles: list[Article]) -> Model:
    """Print what training takes, ours and the peer's."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.neighbors import NearestNeighbors

    model = Model(settings=sample_settings())
    ours = timed(lambda: model.fit(articles, now=NOW, jobs=-1), 3)
    texts = [" ".join(document_of(article).fields.values()) for article in articles]

    def peer() -> None:
        rows = TfidfVectorizer().fit_transform(texts)
        NearestNeighbors(metric="cosine", algorithm="brute", n_jobs=-1).fit(rows).kneighbors(
            rows, 20, return_distance=False
        )

    theirs = timed(peer, 3)
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(f"training {len(articles):,} articles: {statistics.median(ours):.2f} s")
    print(f"  scikit-learn with brute NearestNeighbors: {statistics.median(theirs):.2f} s")
    print(f"  ratio peer / ours: {ratio:.2f}")
    return model


def answering(model: Model, n: int = 300) -> None:
    """Print what answers take, in the middle and in the worst hundredth."""
    snapshot = model.snapshot_
    rows = np.random.default_rng(1).integers(0, len(snapshot.corpus), n).tolist()

    def page(row: int) -> None:
        query = Query(row=row)
        compose(snapshot, query, default_blocks(snapshot, query), NOW).document()

    asked: dict[str, Callable[[int], object]] = {
        "related": lambda row: recommend(snapshot, "related", Query(row=row), NOW).document(),
        "most_read": lambda row: recommend(snapshot, "most_read", Query(row=row), NOW).document(),
        "latest": lambda row: recommend(snapshot, "latest", Query(row=row), NOW).document(),
        "page": page,
    }
    for name, ask in asked.items():
        for row in rows[:20]:
            ask(row)
        taken = sorted(timed(lambda ask=ask, row=row: ask(row), 1)[0] for row in rows)  # type: ignore[misc]
        print(
            f"answering {name:10} median {taken[n // 2] * 1e3:6.2f} ms, "
            f"99 % within {taken[n * 99 // 100] * 1e3:6.2f} ms"
        )


def main() -> int:
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=3000)
    given = parser.parse_args()
    answering(training(generated(given.articles)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
