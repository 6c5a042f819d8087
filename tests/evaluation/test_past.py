import numpy as np
import pytest

from recsys.evaluation.dataset import Dataset
from recsys.evaluation.history import History
from recsys.evaluation.past import PastReads
from tests.evaluation.small import article, ms, read, site


def test_reads_are_counted_up_to_now_and_from_since():
    past = PastReads.of(History(site([read("a", 1), read("a", 2), read("b", 2), read("a", 3)])))
    rows = np.array([0, 1, 2, -1], dtype=np.int32)
    assert past.of_rows(rows, np.int64(ms(3))).tolist() == [2, 1, 0, 0]
    assert past.of_rows(rows, np.int64(ms(9))).tolist() == [3, 1, 0, 0]
    assert past.of_rows(rows, np.int64(ms(3)), np.int64(ms(2))).tolist() == [1, 1, 0, 0]
    assert past.of_sites(np.array([0, -1]), np.int64(ms(3))).tolist() == [3, 0]


def test_a_twin_counts_for_the_first():
    data = Dataset.of(
        "twins",
        [article("a", 0), article("b", 1, body="body of a")],
        [read("a", 2), read("b", 3)],
    )
    past = PastReads.of(History(data))
    assert past.of_rows(np.array([0, 1], dtype=np.int32), np.int64(ms(4))).tolist() == [2, 2]


def test_reads_that_a_history_does_not_know_are_not_counted():
    past = PastReads.of(History(site([read("a", 1), read("a", 2)]), reads_until=ms(2)))
    assert past.of_rows(np.array([0], dtype=np.int32), np.int64(ms(9))).tolist() == [1]


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_those_of_counting_one_by_one(seed):
    rng = np.random.default_rng(seed)
    hours = rng.integers(0, 8, 60) / 2
    names = rng.choice(list("abcdef"), 60)
    past = PastReads.of(History(site([read(n, h) for n, h in zip(names, hours, strict=True)])))
    rows, since, now = (
        rng.integers(0, 6, 80),
        rng.integers(0, 6, 80) / 2,
        rng.integers(0, 9, 80) / 2,
    )
    expected = [
        sum(
            name == "abcdef"[row] and s <= hour < n for name, hour in zip(names, hours, strict=True)
        )
        if s <= n
        else None
        for row, s, n in zip(rows, since, now, strict=True)
    ]
    found = past.of_rows(
        rows.astype(np.int32), np.array([ms(h) for h in now]), np.array([ms(h) for h in since])
    )
    assert [f for f, e in zip(found.tolist(), expected, strict=True) if e is not None] == [
        e for e in expected if e is not None
    ]
