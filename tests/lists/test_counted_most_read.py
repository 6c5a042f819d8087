"""Most read, found by what no story exceeds, against everything counted anew."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.recounted import Recounted
from recsys.data.corpus import Corpus
from recsys.data.views import KeyedCounts, ViewCounts
from recsys.lists import Query, most_read
from recsys.model import refreshed
from recsys.overrides import Overrides
from recsys.records import Article, Override
from recsys.signals.popularity import Popularity
from recsys.snapshot import Snapshot

NOW = 1_800_000_000
NAMES = [f"a{i:02}" for i in range(60)]
SITES = ("default", "other")


def article(random, name, site):
    """An article that shares its address, and so its story, with some others."""
    return Article(
        name,
        site=site,
        title=f"About {name}",
        url=f"https://news.example/{random.integers(40)}",
        published_at=NOW - int(random.integers(0, 9)) * 3600,
        section=(["sport"], ["world"], [])[random.integers(3)],
        sponsored=bool(random.random() < 0.1),
    )


def keyed(views, readers, whole=False):
    """Counts from {(key, minute): views} and {(key, day): readers}."""
    keys = sorted({key for key, _ in [*views, *readers]})
    place = {key: i for i, key in enumerate(keys)}

    def columns(table):
        triples = [(place[key], bucket, count) for (key, bucket), count in table.items()]
        return np.array(sorted(triples), dtype=np.int32).reshape(-1, 3)[:, [0, 1, 2]].T

    return KeyedCounts(keys, *columns(views), *columns(readers), 1, whole)


def some_counts(random, now, truth):
    """New absolute values: most are of the last minutes, some old, some of nobody or emptied."""
    views, readers = {}, {}
    for _ in range(random.integers(0, 40)):
        key = SITES[random.integers(2)], NAMES[int(60 * random.random() ** 3)]
        age = int(random.choice([random.integers(0, 3), random.integers(0, 1500), 20_000]))
        views[key, now // 60 - age] = int(random.integers(1, 6))
        readers[key, (now - 60 * age) // 86400] = int(random.integers(1, 9))
    for pair in random.permutation(len(truth))[: random.integers(0, 4)].tolist():
        views[list(truth)[pair]] = 0  # merged into an earlier bucket, by the store
    truth |= views
    return keyed(views, readers)


def some_query(random):
    return Query(
        site=SITES[random.integers(2)],
        limit=int(random.choice([1, 3, 10])),
        section=(None, None, "sport")[random.integers(3)],
        unit=("views", "views", "readers")[random.integers(3)],
        exclude=frozenset(random.integers(0, 50, random.integers(4)).tolist()),
        list="most_read",
    )


def check(snapshot, recounted, now, random):
    for window in ("now", "1h", "6h", "24h", "7d", "30d", "today", "yesterday"):
        query = replace(some_query(random), window=window)
        expected = recounted.most_read(snapshot, query, now, window)
        answer = most_read.rank_read(snapshot, query, now)
        found = answer.rows.tolist(), answer.scores.tolist(), answer.views.tolist()
        assert found == expected, (window, query)
    worth = recounted.decayed(snapshot, now // 60)
    rows = np.arange(len(snapshot.corpus), dtype=np.int32)
    assert snapshot.most_read(now).scores(rows).tolist() == worth.tolist()
    assert snapshot.most_read(now).highest == worth.max(initial=0.0)
    slow = Popularity().fit(snapshot.views, now // 60, *snapshot._sites)
    assert slow.scores_.tolist() == worth.tolist()
    assert snapshot.popularity(now).factors(rows).tolist() == slow.factors(rows).tolist()


@pytest.mark.slow  # counts anew at each step
@pytest.mark.parametrize("seed", range(4))
def test_any_history_of_counts_articles_and_decisions_is_answered_as_if_counted_anew(seed):
    random, now, truth = np.random.default_rng(seed), NOW, {}
    articles = [article(random, name, site) for name in NAMES[::2] for site in SITES]
    corpus = Corpus.of(articles)
    snapshot = Snapshot.untrained(corpus, ViewCounts.of(KeyedCounts(), corpus, len(corpus)))
    recounted, past = Recounted.nothing(), []
    for step in range(14):
        counts = some_counts(random, now, truth)
        puts = [
            article(random, NAMES[random.integers(60)], SITES[random.integers(2)])
            for _ in range(random.integers(-4, 4))
        ]
        gone = [(SITES[0], NAMES[random.integers(60)])] if random.random() < 0.2 else []
        recounted = recounted.updated(counts, snapshot.corpus)
        snapshot = refreshed(snapshot, puts, gone, counts)
        recounted = recounted.moved(snapshot.corpus)
        if step == 6:
            decided = [
                Override(name, action)
                for name, action in zip(
                    NAMES[:4], ("boost", "bury", "exclude", "boost"), strict=True
                )
            ]
            snapshot = snapshot.with_overrides(Overrides.of(decided, snapshot.corpus))
        check(snapshot, recounted, now, random)
        past.append((snapshot, recounted, now))
        now += int(random.choice([0, 20, 60, 700, 40_000]))
    for earlier, counted, moment in past[::5]:  # they still answer as they did
        check(earlier, counted, moment, random)


def test_batches_do_not_matter_nor_does_the_order_of_counts():
    random = np.random.default_rng(0)
    corpus = Corpus.of([article(random, name, "default") for name in NAMES])
    none = Snapshot.untrained(corpus, ViewCounts.of(KeyedCounts(), corpus, len(corpus)))
    pairs = {("default", NAMES[random.integers(60)]): 0 for _ in range(50)}
    table = {(key, NOW // 60 - int(random.integers(1400))): 3 for key in pairs for _ in range(9)}
    items = list(table.items())
    random.shuffle(items)
    at_once = refreshed(none, counts=keyed(table, {}))
    bit_by_bit = none
    for start in range(0, len(items), 7):
        bit_by_bit = refreshed(bit_by_bit, counts=keyed(dict(items[start : start + 7]), {}))
        most_read.rank_read(bit_by_bit, Query(limit=3), NOW)  # so that there are ceilings
    for window in ("now", "6h"):
        one, other = (
            most_read.rank_read(each, Query(limit=20, window=window), NOW)
            for each in (at_once, bit_by_bit)
        )
        assert one.rows.tolist() == other.rows.tolist()
        assert one.scores.tolist() == other.scores.tolist()
    rows = np.arange(60, dtype=np.int32)
    assert at_once.most_read(NOW).scores(rows).tolist() == (
        bit_by_bit.most_read(NOW).scores(rows).tolist()
    )
