import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.pairs import Pairs
from recsys.signals.co_reading import CoReading

HOUR = 3_600_000


def pairs(*told):
    """From (first, then, hour, lag)."""
    first, then, time, lag = np.array(told or np.zeros((0, 4))).T
    return Pairs(
        first.astype(np.int32),
        then.astype(np.int32),
        (time * HOUR).astype(np.int64),
        lag.astype(np.int8),
    )


def learned(told, n=4, now=10, **parameters):
    return CoReading(**parameters).fit(pairs(*told), n, now * HOUR)


def test_the_best_partner_has_what_the_reads_are_worth_against_the_prior():
    # Two next reads of 1 after 0 and one of 2, all of now: long[0] = 3, confidence 3 / (3 + 3).
    told = [(0, 1, 10, 1), (0, 1, 10, 1), (0, 2, 10, 1)]
    signal = learned(told, prior_reads=3, backward=0)
    rows, values = signal.of(0)
    assert rows.tolist() == [1, 2]
    # recent + 3 * long / 6: 2 + 1 = 3 against 1 + 0.5 = 1.5, so half as much.
    assert values.tolist() == [0.5, 0.25]


def test_a_pair_counts_half_after_one_half_life():
    # recent: 1 and 1/2; long, which hardly ages, is alike: 1 / (2 + 1) each.
    told = [(0, 1, 10, 1), (0, 2, 8, 1)]
    signal = learned(told, half_life_hours=2, long_half_life_hours=1e9, prior_reads=1, backward=0)
    assert signal.of(0)[1] == pytest.approx([2 / 3, 2 / 3 * (1 / 2 + 1 / 3) / (1 + 1 / 3)])


def test_what_was_read_later_or_before_has_its_own_weight():
    signal = learned([(0, 1, 10, 1), (0, 2, 10, 2)], later=0.5, backward=0.25, prior_reads=1)
    rows, values = signal.of(0)
    assert rows.tolist() == [1, 2]
    assert values[1] / values[0] == pytest.approx(0.5, abs=1e-5)
    assert signal.of(1)[0].tolist() == [0]
    assert learned([(0, 1, 10, 1)], backward=0).of(1)[0].tolist() == []


def test_what_is_read_after_the_clock_does_not_count():
    assert learned([(0, 1, 11, 1)]).partners_.nnz == 0


def test_only_the_best_partners_are_kept_and_ties_go_to_the_lower_row():
    told = [(0, 3, 10, 1), (0, 2, 10, 1), (0, 1, 10, 1), (0, 3, 10, 1)]
    assert learned(told, partners=2, backward=0).of(0)[0].tolist() == [1, 3]


def test_strangers_score_nought_and_so_do_articles_that_came_later():
    signal = learned([(0, 1, 10, 1)], prior_reads=1, backward=0)
    every = np.array([3, 1, 0, 9], dtype=np.int32)
    assert signal.scores(0, every).tolist() == [0.0, 0.5, 0.0, 0.0]
    assert signal.scores(9, every).tolist() == [0.0] * 4
    assert signal.scores(-1, every).tolist() == [0.0] * 4


def test_no_pairs_and_no_articles_are_no_trouble():
    assert learned([], n=0).partners_.shape == (0, 0)
    assert learned([], n=3).of(1)[0].tolist() == []


@pytest.mark.parametrize(
    "bad",
    [{"half_life_hours": 0}, {"prior_reads": -1.0}, {"later": 1.5}, {"reach_reads": 101},
     {"partners": 0}, {"long_half_life_hours": float("inf")}],
)  # fmt: skip
def test_parameters_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match=f"{next(iter(bad))} must be"):
        CoReading(**bad).fit(pairs(), 1, 0)


told_pairs = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 12), st.integers(1, 3)).filter(
        lambda pair: pair[0] != pair[1]
    ),
    max_size=30,
)


@given(told_pairs)
def test_any_pairs_score_as_the_formula_says(told):
    signal = learned(told, n=5, half_life_hours=2, long_half_life_hours=8, prior_reads=3)
    recent, long = np.zeros((5, 5)), np.zeros((5, 5))
    for first, then, hour, lag in told:
        if hour <= 10:
            for i, j, weight in ((first, then, 1 if lag == 1 else 0.25), (then, first, 0.25)):
                recent[i, j] += weight * 2 ** (-(10 - hour) / 2)
                long[i, j] += weight * 2 ** (-(10 - hour) / 8)
    for i in range(5):
        usual = long[i] / (long[i].sum() + 3)
        value = (recent[i] + 3 * usual) / (recent[i].sum() + 3)
        share = long[i].sum() / (long[i].sum() + 3) * value / (value.max() or 1)
        found = signal.scores(i, np.arange(5, dtype=np.int32))
        assert found == pytest.approx(share, abs=1e-6)
