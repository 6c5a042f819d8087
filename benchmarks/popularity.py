"""What a refresh of the most read costs: ``python -m benchmarks.popularity``.

A generated store with so many articles and so many events of 30 days, as tidying leaves them: by
the minute for six hours, by the quarter of an hour for three days, by the hour before that. An
article's share of the reading is as one over its rank, of ranks in random order. Then, several
times over, 1,000 new events are stored and three things are timed together: reading what changed,
updating the counts, and answering most-read anew. Beside it, on the same changes, everything is
counted anew (`benchmarks.recounted`); both must answer alike.
"""

import argparse
import json
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.recounted import Recounted
from recsys.data.corpus import Corpus
from recsys.data.stores.sqlite import SqliteStore
from recsys.data.views import ViewCounts
from recsys.lists import Query, recommend
from recsys.lists.most_read import rank_read
from recsys.live import caught_up
from recsys.records import Article, Event
from recsys.snapshot import Snapshot

Places = npt.NDArray[np.int64]

NOW = 1_800_000_000
DAYS = 30
NEW = 1000  # events of a refresh
SIZES = "10000x100000,100000x1000000,1000000x1000000,1000000x10000000"


def filled(path: Path, n_articles: int, n_events: int, seed: int = 0) -> int:
    """Fill a new store with counts; return how many there are."""
    SqliteStore(path).close()
    random = np.random.default_rng(seed)
    key = random.permutation(n_articles)[ranks(random, n_articles, n_events)] + 1
    age = 1 + random.integers(0, DAYS * 1440, n_events)
    minute = NOW // 60 - age
    minute -= np.where(age > 3 * 1440, minute % 60, np.where(age > 360, minute % 15, 0))
    pairs, views = np.unique(minute << 32 | key, return_counts=True)
    columns = ((pairs >> 32).tolist(), (pairs & 0xFFFFFFFF).tolist(), views.tolist())
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    names = ((i + 1, name(i)) for i in range(n_articles))
    connection.executemany("INSERT INTO keys VALUES (?, 'default', ?)", names)
    rows = zip(*columns, strict=True)
    connection.executemany("INSERT INTO counts VALUES (?, ?, ?, 0, 1)", rows)
    connection.execute("UPDATE state SET revision = 1")
    connection.commit()
    connection.close()
    return int(pairs.size)


def ranks(random: np.random.Generator, n: int, size: int) -> Places:
    """Return int64, shape (size,): ranks from 0 to below ``n``, each as likely as one over it."""
    return (n ** random.random(size)).astype(np.int64) - 1


def name(place: int) -> str:
    """Return the id of an article."""
    return f"a{place:07}"


def news(n_articles: int, number: int) -> list[Event]:
    """Return 1,000 new events of one minute, of readers who were not there before."""
    random = np.random.default_rng(1000 + number)
    order = np.random.default_rng(0).permutation(n_articles)
    read = order[ranks(random, n_articles, NEW)]
    first = (NOW + 60 * number) * 1000
    return [
        Event(first + 60 * i, name(place), visitor_id=f"{number}.{i}")
        for i, place in enumerate(read.tolist())
    ]


def refreshes(
    store: SqliteStore, corpus: Corpus, times: int
) -> Iterator[tuple[float, float, float, float]]:
    """Yield the seconds of each: ours to take in and to answer, the slow twin's of the same."""
    counts, none = store.counts(), len(corpus)
    views = ViewCounts.of(counts, corpus, none)
    snapshot, revision = caught_up(Snapshot.untrained(corpus, views), store, 0)
    recounted = Recounted.nothing().updated(counts, corpus)
    del counts
    recommend(snapshot, "most_read", Query(limit=10), NOW)
    for number in range(times):
        store.put_events(news(none, number))
        now = NOW + 60 * number + 59
        started = time.perf_counter()
        fresh, revision = caught_up(snapshot, store, revision)
        taken = time.perf_counter()
        answer = recommend(fresh, "most_read", Query(limit=10), now)
        answered = time.perf_counter()
        recounted = recounted.updated(store.counts(snapshot.views.revision), corpus)
        taken_too = time.perf_counter()
        rows, _, seen = recounted.most_read(fresh, Query(limit=10), now, "now")
        end = time.perf_counter()
        snapshot = fresh
        assert rank_read(fresh, Query(limit=10), now).rows.tolist() == rows
        assert [item.views for item in answer.items] == seen
        yield taken - started, answered - taken, taken_too - answered, end - taken_too


def measured(folder: Path, n_articles: int, n_events: int, times: int) -> dict[str, float]:
    """Return medians of one size, in milliseconds."""
    path = folder / f"{n_articles}-{n_events}.db"
    n_counts = filled(path, n_articles, n_events)
    articles = (
        Article(name(i), title=f"Article {i}", published_at=NOW - 60 * (i + 1))
        for i in range(n_articles)
    )
    store, corpus = SqliteStore(path, patience_seconds=2.0), Corpus.of(articles)
    taken = [1e3 * np.array(each) for each in refreshes(store, corpus, times)]
    store.close()
    path.unlink()
    steps = [statistics.median(column) for column in zip(*taken, strict=True)]
    ours, slow = ([float(t[a] + t[a + 1]) for t in taken] for a in (0, 2))
    return {
        "articles": n_articles,
        "events": n_events,
        "counts": n_counts,
        "take_in_ms": round(float(steps[0]), 2),
        "answer_ms": round(float(steps[1]), 2),
        "refresh_ms": round(statistics.median(ours), 2),
        "refresh_worst_ms": round(max(ours), 2),
        "anew_ms": round(statistics.median(slow), 2),
        "ratio": round(statistics.median(slow) / statistics.median(ours), 1),
    }


def main() -> int:
    """Print a table of all sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=SIZES, help="ARTICLESxEVENTS, several after commas")
    parser.add_argument("--times", type=int, default=15, help="refreshes of each size")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    given = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for size in given.sizes.split(","):
            n_articles, n_events = map(int, size.split("x"))
            found.append(measured(Path(folder), n_articles, n_events, given.times))
            if len(found) == 1:
                print("| " + " | ".join(found[0]) + " |")
                print("|" + "---:|" * len(found[0]))
            print(
                "| " + " | ".join(f"{value:,}" for value in found[-1].values()) + " |", flush=True
            )
    if given.json:
        machine = {"python": platform.python_version(), "machine": platform.machine()}
        given.json.write_text(json.dumps({**machine, "sizes": found}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
