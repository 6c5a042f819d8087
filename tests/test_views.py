import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.views import KeyedCounts, ViewCounts


class Places(dict):
    def rows_of(self, keys):
        return int32(*(self.get(key, -1) for key in keys))


def int32(*values):
    return np.array(values, dtype=np.int32)


def keyed(rows, readers=(), revision=1):
    """Counts from {(article, minute): views} and {(article, day): readers}."""
    keys = sorted({("s", a) for a, _ in [*rows, *readers]})
    place = {key: i for i, key in enumerate(keys)}
    v = np.array([(place["s", a], m, n) for (a, m), n in dict(rows).items()], dtype=np.int32)
    r = np.array(
        [(place["s", a], d, n) for (a, d), n in dict(readers or {}).items()], dtype=np.int32
    )
    return KeyedCounts(keys, *v.reshape(-1, 3).T, *r.reshape(-1, 3).T, revision)


def test_a_window_counts_both_of_its_ends():
    corpus = Places({("s", "a"): 0, ("s", "b"): 1})
    seen = ViewCounts.of(keyed({("a", 10): 1, ("a", 12): 2, ("b", 13): 4}), corpus, 2)
    assert seen.window(10, 12).tolist() == [3, 0]
    assert seen.window(11, 13).tolist() == [2, 4]
    assert seen.newest_minute == 13


def test_an_article_that_arrives_late_brings_its_views_along():
    before = Places({("s", "a"): 0})
    seen = ViewCounts.of(keyed({("a", 1): 1, ("b", 1): 5}), before, 1)
    assert seen.window(0, 9).tolist() == [1]
    after = Places({("s", "a"): 0, ("s", "b"): 1})
    assert seen.moved([("s", "b")], before, after, 2).window(0, 9).tolist() == [1, 5]


def test_readers_of_several_days_are_the_sum_of_daily_readers():
    corpus = Places({("s", "a"): 0})
    seen = ViewCounts.of(keyed({}, {("a", 100): 3, ("a", 101): 4}), corpus, 1)
    assert seen.reader_window(100, 101).tolist() == [7]
    assert seen.reader_window(101, 101).tolist() == [4]


def test_views_are_worth_half_after_a_half_life(views_of):
    assert views_of((0, 40, 8), (1, -20, 8)).decayed(-100, 100, 60).tolist() == [4.0, 2.0, 0.0]


def test_each_row_may_have_a_half_life_of_its_own_and_unknown_articles_have_none():
    seen = ViewCounts.of(keyed({("c", 40): 9, ("a", 40): 8, ("b", 40): 8}), Places({}), 0)
    after = Places({("s", "a"): 0, ("s", "b"): 1})
    known = seen.moved(after, Places({}), after, 2)
    assert known.decayed(0, 100, np.array([60.0, 30.0])).tolist() == [4.0, 2.0]


def test_counts_before_a_time_can_be_left_behind(views_of):
    seen = views_of((0, 5, 1), (0, 10, 2), (0, 20, 4)).since(10, 19 * 60)
    assert seen.window(0, 100).tolist() == [2, 0, 0]


table = st.dictionaries(st.tuples(st.sampled_from("abcd"), st.integers(0, 6)), st.integers(1, 9))


@given(st.lists(table, min_size=1, max_size=5))
def test_updates_in_any_number_equal_a_dictionary(batches):
    corpus = Places({("s", name): i for i, name in enumerate("abc")})  # d is unknown
    seen = ViewCounts.of(KeyedCounts(), corpus, 3)
    truth = {}
    for batch in batches:
        seen = seen.updated(keyed(batch), corpus)
        truth |= batch
    for first, last in ((0, 6), (2, 4), (5, 5)):
        expected = [
            sum(n for (a, m), n in truth.items() if a == name and first <= m <= last)
            for name in "abc"
        ]
        assert seen.window(first, last).tolist() == expected
