import numpy as np
import pytest

from recsys.signals.freshness import Freshness
from recsys.times import DAY, UNKNOWN


def factors(*days, **parameters):
    now = 1000 * DAY
    return Freshness(**parameters).factors(np.array([now - d * DAY for d in days]), now).tolist()


def test_it_halves_at_its_half_life_then_ever_more_slowly():
    freshness = {"half_life_days": 3, "floor": 0.0}  # b = ln 2 / ln 4 = 1/2
    assert factors(0, 3, 8, 15, **freshness) == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4])


def test_by_default_half_is_left_after_fifteen_days_and_the_floor_after_half_a_year():
    assert factors(0, 15, 180) == pytest.approx([1, 0.5, 0.3])


def test_on_an_infinite_scale_it_is_flat_then_halves_then_rests_on_its_floor():
    freshness = {"flat_days": 2, "half_life_days": 10, "scale_days": float("inf"), "floor": 0.3}
    assert factors(0, 2, 12, 17, 1000, **freshness) == [1, 1, 0.5, 2**-1.5, 0.3]


def test_an_unknown_age_is_the_floor():
    assert Freshness(floor=0.4).factors(np.array([UNKNOWN]), 0).tolist() == [0.4]


def test_the_future_is_no_fresher_than_now():
    assert factors(-5) == [1.0]


def test_an_infinite_half_life_never_ages():
    for scale in (1.0, float("inf")):
        assert factors(5000, half_life_days=float("inf"), scale_days=scale) == [1.0]


@pytest.mark.parametrize(
    "bad", [{"flat_days": -1}, {"half_life_days": 0}, {"scale_days": 0}, {"floor": 1.1}]
)
def test_parameters_out_of_range_are_refused(bad):
    with pytest.raises(ValueError, match=r"must be"):
        Freshness(**bad)
