import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.topk import best_first, top_k


def test_the_best_come_first_and_ties_go_to_the_lower_row():
    rows, scores = top_k(np.array([1.0, 3.0, 2.0, 3.0]), 3)
    assert rows.tolist() == [1, 3, 2]
    assert scores.tolist() == [3.0, 3.0, 2.0]


def test_no_opinion_is_never_returned():
    rows, _ = top_k(np.array([np.nan, 1.0, np.nan]), 5)
    assert rows.tolist() == [1]


def test_a_list_of_no_length_is_refused():
    with pytest.raises(ValueError, match="at least 1, got 0"):
        top_k(np.array([1.0]), 0)


@given(
    st.lists(st.one_of(st.integers(-3, 3).map(float), st.just(float("nan"))), max_size=40),
    st.integers(1, 45),
)
def test_any_scores_come_as_a_stable_sort_would_bring_them(values, k):
    rows, _ = top_k(np.array(values, dtype=np.float32), k)
    numbers = [i for i, value in enumerate(values) if value == value]
    assert rows.tolist() == sorted(numbers, key=lambda i: -values[i])[:k]


def test_best_first_orders_the_rows_it_is_given():
    rows = np.array([7, 3, 5], dtype=np.int32)
    assert best_first(rows, np.array([1.0, 1.0, 2.0])).tolist() == [5, 3, 7]
