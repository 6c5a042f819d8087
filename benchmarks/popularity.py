"""What a refresh of the most read costs: ``python -m benchmarks.popularity``.

A generated store with so many articles and so many events of 30 days, as tidying leaves them: by
the minute for six hours, by the quarter of an hour for three days, by the hour before that. An
article's share of the reading is as one over its rank, of ranks in random order. Then, several
times over, 1,000 new events are stored and three things are timed together: reading what changed,
updating the counts, and answering most-read anew. Beside it, on the same changes, everything is
counted anew (`benchmarks.recounted`); both must answer alike.
"""

import argparse
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.recounted import Recounted
from benchmarks.results import Found, Row, table
from benchmarks.scale import Scale
from recsys.data.corpus import Corpus
from recsys.data.stores.sqlite import SqliteStore
from recsys.data.views import ViewCounts
from recsys.lists import Query, recommend
from recsys.lists.most_read import rank_read
from recsys.live import caught_up
from recsys.records import Article, Event
from recsys.snapshot import Snapshot

NAME = "popularity"
Places = npt.NDArray[np.int64]

NOW = 1_800_000_000
DAYS = 30
NEW = 1000  # events of a refresh
SHORT = "10000x100000,100000x1000000"
FULL = f"{SHORT},1000000x1000000,1000000x10000000"
OURS, ANEW = "recsys", "counted anew"


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


Clock = tuple[float, float]  # seconds that passed, and those of this process's processor


def clocks() -> Clock:
    """Return both clocks."""
    return time.perf_counter(), time.process_time()


def refreshes(store: SqliteStore, corpus: Corpus, times: int) -> Iterator[list[Clock]]:
    """Yield clocks: before ours, when it has taken in, has answered, and the slow twin's two."""
    counts, n = store.counts(), len(corpus)
    views = ViewCounts.of(counts, corpus, n)
    snapshot, revision = caught_up(Snapshot.untrained(corpus, views), store, 0)
    recounted = Recounted.nothing().updated(counts, corpus)
    del counts
    recommend(snapshot, "most_read", Query(limit=10), NOW)
    for number in range(times):
        store.put_events(news(n, number))
        now = NOW + 60 * number + 59
        taken = [clocks()]
        fresh, revision = caught_up(snapshot, store, revision)
        taken.append(clocks())
        answer = recommend(fresh, "most_read", Query(limit=10), now)
        taken.append(clocks())
        recounted = recounted.updated(store.counts(snapshot.views.revision), corpus)
        taken.append(clocks())
        rows, _, seen = recounted.most_read(fresh, Query(limit=10), now, "now")
        taken.append(clocks())
        snapshot = fresh
        assert rank_read(fresh, Query(limit=10), now).rows.tolist() == rows
        assert [item.views for item in answer.items] == seen
        yield taken


def steps(taken: list[list[Clock]], clock: int) -> tuple[list[float], list[float]]:
    """Return milliseconds of each refresh, ours and anew, by one of the clocks."""
    spent = 1e3 * np.diff(np.array(taken)[:, :, clock], axis=1)  # refresh, step
    return spent[:, :2].sum(axis=1).tolist(), spent[:, 2:].sum(axis=1).tolist()


def measured(folder: Path, n_articles: int, n_events: int, times: int) -> Iterator[Row]:
    """Yield what refreshes of one size take."""
    path = folder / f"{n_articles}-{n_events}.db"
    n_counts = filled(path, n_articles, n_events)
    articles = (
        Article(name(i), title=f"Article {i}", published_at=NOW - 60 * (i + 1))
        for i in range(n_articles)
    )
    store, corpus = SqliteStore(path, patience_seconds=2.0), Corpus.of(articles)
    taken = list(refreshes(store, corpus, times))
    store.close()
    path.unlink()
    what = f"{NEW:,} new events, {n_events:,} in store"
    for clock, unit in enumerate(("ms", "CPU ms")):
        values = dict(zip((OURS, ANEW), steps(taken, clock), strict=True))
        ours, anew = (Row(NAME, what, who, n_articles, unit, values[who]) for who in values)
        yield replace(ours, note=f"{n_counts:,} counts").beside([anew])
        yield anew


def rows(scale: Scale) -> Iterator[Found]:
    """Yield what refreshes take."""
    yield from of_sizes(FULL if scale.full else SHORT, 15 if scale.full else 7, scale)


def of_sizes(sizes: str, times: int, scale: Scale) -> Iterator[Row]:
    """Yield what refreshes of each size take."""
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes.split(","):
            scale.tell(f"{NAME}: articles x events {size}")
            n_articles, n_events = map(int, size.split("x"))
            yield from measured(Path(folder), n_articles, n_events, times)


def main() -> int:
    """Print a table of all sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=FULL, help="ARTICLESxEVENTS, several after commas")
    parser.add_argument("--times", type=int, default=15, help="refreshes of each size")
    given = parser.parse_args()
    print(*table(list(of_sizes(given.sizes, given.times, Scale()))), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
