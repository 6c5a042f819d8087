import numpy as np
import pytest

from recsys.evaluation.metrics import rbo
from tests.evaluation.metrics.answers import at_random, judged, padded


def of_two(a, b, p=0.9):
    return rbo.of_two(padded([a]), padded([b]), p)[0]


def test_equal_lists_and_beginnings_of_each_other_reach_one():
    assert of_two([3, 1, 2], [3, 1, 2]) == pytest.approx(1)
    assert of_two([3, 1], [3, 1, 2, 7]) == pytest.approx(1)
    assert of_two([3, 1], [2, 7]) == 0


def test_two_swapped_at_the_top_by_hand():
    # agreement 0 at depth 1, then 1 and 1: 0.5 / 0.5 * (0 + 0.25 + 0.125) + 0.125
    assert of_two([1, 2, 3], [2, 1, 3], p=0.5) == pytest.approx(0.5)


def test_what_is_in_common_counts_more_further_up():
    assert of_two([1, 8, 9], [1, 2, 3]) > of_two([8, 1, 9], [1, 2, 3])
    assert of_two([8, 1, 9], [1, 2, 3]) > of_two([8, 9, 1], [1, 2, 3])


def test_an_empty_list_has_nothing_in_common_and_two_have_no_value():
    assert of_two([], [1, 2]) == 0
    assert np.isnan(of_two([], []))
    values = rbo.score(judged(([], {1: 1}), ([1], {1: 1}), ([1], {})), 3)
    np.testing.assert_allclose(values, [0, 1, np.nan])


def slowly(a, b, p=0.9):
    """Equation 32, word for word."""
    if not a or not b:
        return 0.0
    short, long = sorted((a, b), key=len)
    s, n = len(short), len(long)

    def x(d):
        return len(set(a[:d]) & set(b[:d]))

    agreed = sum(x(d) / d * p**d for d in range(1, n + 1))
    beyond = sum(x(s) * (d - s) / (s * d) * p**d for d in range(s + 1, n + 1))
    return (1 - p) / p * (agreed + beyond) + ((x(n) - x(s)) / n + x(s) / s) * p**n


@pytest.mark.parametrize("k", [1, 4, 12])
def test_equal_to_the_formula_on_random_lists(k):
    pairs = at_random(k, n=300, none_wanted=False)
    best = [sorted(w, key=lambda row: (-w[row], row)) for _, w in pairs]
    expected = [slowly(rows[:k], b[:k]) for (rows, _), b in zip(pairs, best, strict=True)]
    found = rbo.score(judged(*pairs, k=12), k)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert found.min() >= 0
    assert found.max() <= 1 + 1e-12
