import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.views import ViewCounts
from recsys.signals.popularity import Popularity, fitted_half_life


def test_a_view_counts_half_after_one_half_life(views_of):
    seen = views_of((0, 40, 8), (1, -20, 8))  # (row, minute, count): 60 and 120 min before 100
    model = Popularity(window_minutes=1440, half_life_minutes=60).fit(seen, now=100)
    assert model.scores_.tolist() == [4.0, 2.0, 0.0]


def test_the_running_minute_counts_and_the_one_before_the_window_does_not(views_of):
    seen = views_of((0, 100, 1), (1, 91, 1), (2, 90, 1))
    model = Popularity(window_minutes=10, half_life_minutes=float("inf")).fit(seen, now=100)
    assert model.scores_.tolist() == [1.0, 1.0, 0.0]


def test_views_after_the_clock_do_not_count(views_of):
    model = Popularity(half_life_minutes=60).fit(views_of((0, 101, 5)), now=100)
    assert model.scores_.tolist() == [0.0, 0.0, 0.0]


def test_refitting_forgets(views_of):
    model = Popularity(half_life_minutes=60).fit(views_of((0, 100, 5)), now=100)
    assert model.fit(views_of((1, 100, 5)), now=100).scores_.tolist() == [0.0, 5.0, 0.0]


def test_the_factor_is_one_without_readers_and_two_for_the_most_read(views_of):
    every = np.arange(3, dtype=np.int32)
    read = Popularity(half_life_minutes=60).fit(views_of((0, 100, 3), (1, 100, 1)), 100)
    assert read.factors(every).tolist() == [2.0, 1.5, 1.0]  # ln 4, ln 2, ln 1 over ln 4
    assert read.factors(every[1:2]).tolist() == [1.5]
    assert Popularity().fit(views_of(), 100).factors(every).tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("rate", "minutes"), [(9700, 12), (970, 20), (190, 45), (48, 75), (10, 125)]
)
def test_the_fitted_half_life_goes_through_the_measured_points(rate, minutes):
    assert fitted_half_life(rate) == pytest.approx(minutes)


def test_the_fitted_half_life_never_grows_with_traffic_and_has_ends():
    lives = [fitted_half_life(rate) for rate in np.geomspace(1e-4, 1e7, 200)]
    assert lives == sorted(lives, reverse=True)
    assert lives[0] == 720
    assert lives[-1] == 10


def test_a_calibrated_site_multiplies_the_half_life_that_its_traffic_would_have():
    assert fitted_half_life(970, factor=1.5) == pytest.approx(30)
    assert fitted_half_life(1e7, factor=0.5) == 5
    assert fitted_half_life(1e-4, factor=2.0) == 1440


def test_the_traffic_is_that_of_the_last_four_hours(views_of):
    seen = views_of((0, 1000, 1940), (1, 761, 1940), (2, 760, 10**6))  # 970 an hour
    assert Popularity().fit(seen, 1000).half_lives_ == pytest.approx((20,))


def test_every_site_has_the_half_life_of_its_own_traffic(views_of):
    sites = np.array([0, 0, 1])
    seen = views_of((0, 1000, 1880), (1, 980, 2000), (2, 970, 40))  # 970 and 10 an hour
    model = Popularity().fit(seen, 1000, sites, [1.0, 0.24])
    assert model.half_lives_ == pytest.approx((20, 30))
    assert model.scores_.tolist() == pytest.approx([1880, 1000, 20])


def test_a_half_life_that_the_recipe_gives_holds_for_every_site(views_of):
    seen = views_of((0, 980, 8), (2, 980, 8))
    model = Popularity(half_life_minutes=20).fit(seen, 1000, np.array([0, 0, 1]), [1.0, 0.5])
    assert model.half_lives_ == (20, 20)
    assert model.scores_.tolist() == [4.0, 0.0, 4.0]


@pytest.mark.parametrize("bad", [{"window_minutes": 0}, {"half_life_minutes": 0.0}])
def test_parameters_out_of_range_are_refused(bad, views_of):
    with pytest.raises(ValueError, match="must be"):
        Popularity(**bad).fit(views_of(), 100)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 50), st.integers(1, 9)), max_size=30))
def test_any_views_score_as_the_formula_says(triples):
    columns = np.array(triples or np.zeros((0, 3)), dtype=np.int32).T
    seen = ViewCounts.from_rows(5, list(columns), [np.zeros(0, dtype=np.int32)] * 3)
    model = Popularity(window_minutes=20, half_life_minutes=7).fit(seen, now=45)
    expected = [0.0] * 5
    for row, minute, count in triples:
        if 25 < minute <= 45:
            expected[row] += count * 2 ** (-(45 - minute) / 7)
    assert model.scores_ == pytest.approx(expected, rel=1e-6)
