"""Scales: where a number stands."""

import numpy as np
import pytest

from recsys.evaluation.report.plots import INSET, Mark, lanes, scale_of


def test_a_scale_runs_from_the_lowest_to_the_highest_with_round_ticks():
    scale = scale_of([0.03, None, 0.61])
    assert (scale.low, scale.high, scale.ticks) == (0.03, 0.61, (0.2, 0.4, 0.6))
    assert scale.at(0.03) == f"{INSET:.2f}%"
    assert scale.at(0.32) == "50.00%"


@pytest.mark.parametrize("values", [[], [None], [0.5], [0.0, 0.0], [1e6, 1e6]])
def test_a_scale_of_one_value_or_none_has_some_width(values):
    scale = scale_of(values)
    assert scale.high > scale.low
    assert scale.ticks


def test_any_scale_has_one_to_five_ticks_inside_it():
    random = np.random.default_rng(4)
    for _ in range(2000):
        low = random.uniform(-1, 1) * 10 ** random.uniform(-4, 5)
        scale = scale_of([low, low + 10 ** random.uniform(-3, 5)])
        assert 1 <= len(scale.ticks) <= 5
        assert scale.low - 1e-9 <= scale.ticks[0] <= scale.ticks[-1] <= scale.high + 1e-9


def test_a_mark_without_an_interval_has_no_whisker_and_one_without_a_mean_is_not_drawn():
    scale = scale_of([0.0, 1.0])
    alone = lanes([Mark("a", 0.5, None, None, "alone")], scale, "a", None)
    assert "whisker" not in alone
    assert 'x="50.00%"' in alone
    assert "dot" not in lanes([Mark("a", None, None, None, "alone")], scale, "a", None)
