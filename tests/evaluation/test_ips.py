import math

import numpy as np
import pytest

from recsys.errors import DataError
from recsys.evaluation.dataset import Impressions
from recsys.evaluation.ips import examination, item_position, position_based
from recsys.evaluation.simulation import Parameters, simulation
from recsys.evaluation.simulation.audience import Audience
from recsys.evaluation.simulation.world import Newsroom

pytestmark = pytest.mark.slow  # a newsroom is simulated


def log(shown, clicked, propensity) -> Impressions:
    """Lists of equal length, one a line."""
    rows = np.array(shown, dtype=np.int32)
    n, length = rows.shape
    return Impressions(
        shown=np.repeat(np.arange(n, dtype=np.int32), length),
        row=rows.reshape(-1),
        position=np.tile(np.arange(length, dtype=np.int32), n),
        clicked=np.array(clicked, dtype=bool).reshape(-1),
        propensity=np.array(propensity, dtype=float).reshape(-1),
        time=np.zeros(n, dtype=np.int64),
    )


FOUR = log(
    [[1, 2], [2, 1], [1, 3], [3, 1]],
    [[1, 0], [0, 1], [0, 0], [1, 0]],
    [[0.5, 0.5], [0.25, 0.25], [0.5, 0.25], [0.25, 0.5]],
)
ONE_AND_TWO = np.array([[1, 2]] * 4, dtype=np.int32)


def test_a_click_counts_where_the_new_list_has_it_by_the_inverse_propensity():
    # list 0: 1 clicked at place 0, weight 2; list 3: 3 clicked, not in the new list.
    found = item_position(FOUR, ONE_AND_TWO, "ips")
    assert found.value == 2 / 4
    # weights: (2, 2), (0, 0), (2, 0), (0, 0) over 8 places
    assert found.support == 6 / 8


def test_self_normalised_divides_by_the_weights_of_each_place():
    # place 0: 2 / (2 + 2), place 1: 0 / 2
    assert item_position(FOUR, ONE_AND_TWO, "snips").value == 0.5
    # lists that end after one place
    assert item_position(FOUR, ONE_AND_TWO[:, :1], "snips").value == 0.5


def test_clipped_weights_are_no_larger_than_allowed():
    assert item_position(FOUR, ONE_AND_TWO, "clipped", largest_weight=1.5).value == 1.5 / 4


def test_the_interval_is_students_over_the_units():
    many = log([[1, 2]] * 100, [[1, 0]] * 50 + [[0, 0]] * 50, [[0.5, 0.5]] * 100)
    lists = np.array([[1, 2]] * 100, dtype=np.int32)
    found = item_position(many, lists, "ips")  # fifty times 2, fifty times 0
    reach = 1.9842170 * 1 / math.sqrt(99)  # t with 99 degrees of freedom, deviation 1
    assert (found.value, found.matched, found.units) == (1.0, 100.0, 100)
    assert (found.low, found.high) == pytest.approx((1 - reach, 1 + reach))
    # Each list ten times, and each time one unit: nothing is known any better.
    ten = log([[1, 2]] * 1000, [[1, 0]] * 500 + [[0, 0]] * 500, [[0.5, 0.5]] * 1000)
    lists = np.array([[1, 2]] * 1000, dtype=np.int32)
    found = item_position(ten, lists, "ips", unit=np.arange(1000) // 10)
    assert found.units == 100
    assert (found.low, found.high) == pytest.approx((1 - reach, 1 + reach))


def test_where_few_lists_speak_of_a_place_there_is_no_interval():
    found = item_position(FOUR, ONE_AND_TWO, "ips")
    assert found.matched == 1.0  # of place 1 only list 0 speaks
    assert np.isnan([found.low, found.high]).all()


def test_what_the_log_never_shows_has_no_interval():
    many = log([[1, 2]] * 100, [[1, 0]] * 50 + [[0, 0]] * 50, [[1.0, 1.0]] * 100)
    lists = np.array([[1, 2]] * 60 + [[1, 9]] * 40, dtype=np.int32)
    assert item_position(many, lists, "ips").support == 0.8
    assert not np.isnan(item_position(many, lists, "ips").low)
    lists = np.array([[1, 2]] * 60 + [[9, 9]] * 40, dtype=np.int32)
    assert item_position(many, lists, "ips").support == 0.6
    assert np.isnan(item_position(many, lists, "ips").low)


def test_a_click_counts_by_how_much_more_its_new_place_is_looked_at():
    seen = np.array([1.0, 0.5])
    # list 0: place 0 to 0, 1. list 1: 1 from place 1 to 0, 2. list 3: 3 is left out.
    found = position_based(FOUR, ONE_AND_TWO, seen)
    assert found.value == 3 / 4
    assert found.support == pytest.approx((1.5 + 1.5 + 1 + 1) / 6)
    assert position_based(FOUR, ONE_AND_TWO, seen, largest_weight=1.0).value == 2 / 4


def test_how_places_are_looked_at_is_worked_out_of_weighed_clicks():
    # place 0: 1 / 0.5 + 1 / 0.25, place 1: 1 / 0.25
    assert examination(FOUR).tolist() == [1.0, pytest.approx(4 / 6)]


def test_without_propensities_nothing_is_claimed():
    unknown = log([[1, 2]], [[1, 0]], [[np.nan, 0.5]])
    for estimate in (lambda: item_position(unknown, ONE_AND_TWO[:1]), lambda: examination(unknown)):
        with pytest.raises(DataError, match="1 of 2 state no place or no propensity"):
            estimate()


def test_places_that_nobody_spoke_of_are_refused():
    with pytest.raises(DataError, match="how likely place 1 is looked at"):
        position_based(FOUR, ONE_AND_TWO, np.ones(1))


def test_one_list_has_no_interval():
    found = item_position(log([[1, 2]], [[1, 0]], [[0.5, 0.5]]), ONE_AND_TWO[:1], "ips")
    assert found.value == 2.0
    assert np.isnan(found.low)


@pytest.fixture(scope="module")
def truth():
    newsroom = Newsroom(days=2, articles_per_day=100, topics_per_section=4)
    return simulation(3, Parameters(newsroom, Audience(sessions_per_day=2000))).truth


def covered(truth, estimate, order, seeds=150, n=300) -> float:
    """The share of logs whose interval covers what is true of all places."""
    places = truth.log.list_place
    pool = truth.pool(places)[:, order]
    true = truth.clicks(places, pool).mean()
    hits = 0
    for seed in range(seeds):
        rng = np.random.default_rng([seed, 9])
        drawn = rng.integers(places.size, size=n)
        found = estimate(truth.shown_again(places[drawn], rng), pool[drawn])
        hits += found.low <= true <= found.high
    return hits / seeds


@pytest.mark.parametrize("kind", ["ips", "snips"])
def test_intervals_cover_the_truth_of_the_simulation(truth, kind):
    """150 logs: four standard errors below 0.95 lies 0.88. The benchmark takes 1,000."""
    assert covered(truth, lambda log, new: item_position(log, new, kind), [0, 1, 2, 3, 4]) >= 0.88


def test_intervals_by_place_cover_the_truth_where_only_the_order_is_new(truth):
    places, rng = truth.log.list_place, np.random.default_rng(4)
    hits = 0
    for _ in range(150):
        drawn = rng.choice(places, 300)
        logged = truth.shown_again(drawn, rng)
        shown = logged.row.reshape(300, -1)[:, ::-1]
        # What is true of these very lists, turned round, before anybody clicks.
        true = truth.clicks(drawn, shown).mean()
        found = position_based(logged, shown, truth.choice.examination(5))
        hits += found.low <= true <= found.high
    assert hits / 150 >= 0.88
