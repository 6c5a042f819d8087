from dataclasses import replace

import numpy as np
import pytest

from recsys.evaluation.comparison import (
    Difference,
    compare,
    compare_each,
    corrected,
    interval,
    intervals,
    sentence,
    settled,
)

UNITS = np.arange(200)
SEEDS = 1_000


def test_a_mean_weighs_every_question_alike():
    # units of 1, 2 and 3 questions; by unit the mean would be (1 + 0 + 0) / 3
    found = interval(np.array([1.0, 0, 0, 0, 0, 0]), np.array([7, 8, 8, 9, 9, 9]))
    assert found.mean == pytest.approx(1 / 6)
    assert found.n_units == 3


def test_too_few_units_have_no_interval_and_no_verdict():
    found = interval(np.array([1.0, 0, 1, 1]), np.arange(4))
    assert np.isnan([found.low, found.high]).all()
    difference = compare(np.ones(4), np.zeros(4), np.arange(4))
    assert (difference.p, difference.verdict, difference.units_needed) == (1, "within noise", None)
    assert "4 anchors are too few" in sentence("x", "y", "hit@10", difference, "anchors")


def test_no_questions_have_no_mean():
    found = interval(np.zeros(0), np.zeros(0, dtype=np.int64))
    assert np.isnan([found.mean, found.low, found.high]).all()
    assert found.n_units == 0


def test_one_unit_of_many_questions_is_one_unit():
    rng = np.random.default_rng(0)
    values = rng.random(5000)
    assert np.isnan(interval(values, np.zeros(5000, dtype=np.int64)).low)


def test_questions_without_a_value_for_both_are_left_out():
    a, b = np.array([1.0, np.nan, 1, 0]), np.array([0.0, 1, np.nan, 0])
    difference = compare(a, b, np.arange(4))
    assert difference.mean == 0.5
    assert difference.n_units == 2


def test_what_is_always_more_is_better_and_the_other_way_round_worse():
    rng = np.random.default_rng(1)
    b = rng.random(200)
    a = b + rng.random(200) * 0.1
    better, worse = compare(a, b, UNITS), compare(b, a, UNITS)
    assert (better.verdict, worse.verdict) == ("better", "worse")
    assert better.low > 0 > worse.high
    assert worse.low == pytest.approx(-better.high)
    assert compare(a, b, UNITS, better="lower").verdict == "worse"


def test_what_is_always_more_by_the_same_is_better_too():
    difference = compare(np.full(200, 0.9), np.full(200, 0.5), UNITS)
    assert (difference.low, difference.high) == pytest.approx((0.4, 0.4))
    assert difference.p < 0.001
    assert difference.verdict == "better"


def test_equal_answers_are_within_noise():
    difference = compare(np.ones(200), np.ones(200), UNITS)
    assert difference == Difference(0, 0, 0, 1, 1, 200, None, "within noise")
    assert "No difference was seen" in sentence("x", "y", "hit@10", difference)


def test_the_same_seed_draws_the_same():
    a, b = np.random.default_rng(2).random((2, 200))
    assert compare(a, b, UNITS, seed=3) == compare(a, b, UNITS, seed=3)
    assert compare(a, b, UNITS, seed=3) != compare(a, b, UNITS, seed=4)


def test_names_of_units_do_not_matter():
    a = np.random.default_rng(2).random(200)
    assert interval(a, UNITS) == interval(a, UNITS * 1000 - 7)


def test_the_bootstrap_is_the_obvious_one():
    """Draw units with return, take the ratio of their sums, read off the quantiles."""
    rng = np.random.default_rng(5)
    unit = np.repeat(np.arange(60), rng.integers(1, 6, 60))
    values = rng.integers(0, 2, unit.size).astype(float)
    by_unit = [values[unit == u] for u in range(60)]
    means = [
        np.concatenate([by_unit[u] for u in rng.integers(0, 60, 60)]).mean() for _ in range(4000)
    ]
    low, high = np.quantile(means, [0.02275, 0.97725])  # plain tails would be 0.025
    found = interval(values, unit)
    assert found.low == pytest.approx(low, abs=0.012)
    assert found.high == pytest.approx(high, abs=0.012)


@pytest.mark.parametrize("seed", range(20))
def test_p_is_small_exactly_where_the_interval_leaves_0_out(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 3, (2, 300)) / 2
    unit = np.sort(rng.integers(0, 80, 300))
    for level in (0.5, 0.8, 0.95):
        d = compare(a, b, unit, draws=1000, level=level)
        assert (d.p <= 1 - level) == (d.low > 0 or d.high < 0)


def test_several_are_compared_as_each_alone():
    rng = np.random.default_rng(9)
    table = rng.integers(-1, 2, (3, 200)).astype(float)
    table[2, :20] = np.nan
    found = compare_each(table, UNITS // 2)
    assert found == [compare(row, np.zeros(200), UNITS // 2) for row in table]


def test_rows_of_a_table_have_the_intervals_they_have_alone():
    rng = np.random.default_rng(6)
    table = rng.random((3, 200))
    table[1, :50] = np.nan
    found = intervals(table, UNITS // 2)
    assert found == [interval(row, UNITS // 2) for row in table]
    assert [one.n_units for one in found] == [100, 75, 100]


def test_holm_by_hand():
    assert corrected([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert corrected([0.6, 0.9]) == [1, 1]
    assert corrected([]) == []


def test_many_comparisons_ask_for_more():
    by = np.where(UNITS % 2 == 0, 0.13, -0.09)  # mean 0.02, standard error 0.0078
    alone = compare(by, np.zeros(200), UNITS)
    assert (alone.verdict, alone.p_corrected) == ("better", alone.p)
    noise = replace(alone, p=0.9)
    again = settled([noise, alone, *[noise] * 8])[1]
    assert again.p_corrected == pytest.approx(10 * alone.p)
    assert (again.verdict, again.mean) == ("within noise", alone.mean)
    assert again.units_needed > alone.units_needed


def test_bonferroni_where_the_others_are_not_at_hand():
    a, b = np.random.default_rng(8).random((2, 200))
    once, often = (compare(a, b, UNITS, n_comparisons=n) for n in (1, 4))
    assert often.p_corrected == pytest.approx(min(1, 4 * once.p))
    assert once.units_needed < often.units_needed


def test_units_needed_are_about_what_theory_says():
    # spread 1, mean 0.05: (1.96 + 0.84)^2 / 0.05^2 = 3,140
    values = np.where(np.arange(400) % 2 == 0, 1.0, -1.0) + 0.05
    difference = compare(values, np.zeros(400), np.arange(400))
    assert difference.units_needed == pytest.approx(3140, rel=0.05)
    told = sentence("light", "plain", "ndcg@10", difference, "anchors")
    assert "noise in ndcg@10: +0.0500" in told
    assert "400 anchors" in told
    assert "3,200 anchors would settle it" in told or "3,100 anchors would settle it" in told


def test_a_sentence_says_who_is_better_and_by_how_much():
    difference = Difference(0.0123, 0.004, 0.0206, 0.004, 0.012, 343, None, "better")
    assert sentence("default", "bm25", "ndcg@10", difference, "anchors") == (
        "default is better than bm25 in ndcg@10: +0.0123, from +0.0040 to +0.0206"
        " (p = 0.012, 343 anchors)."
    )
    worse = replace(difference, mean=-0.0123, verdict="worse", p_corrected=0.0001)
    assert "default is worse than bm25" in sentence("default", "bm25", "ndcg@10", worse)
    assert "p = 0.001 at most" in sentence("default", "bm25", "ndcg@10", worse)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"draws": 10}, "draws must be at least 1,000, got 10"),
        ({"level": 1.0}, "level must be between 0 and 1, got 1.0"),
        ({"n_comparisons": 0}, "n_comparisons must be at least 1, got 0"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        compare(np.ones(9), np.ones(9), np.arange(9), **wrong)


def sizes_of(kind, n_units):
    """Questions of each unit: one, about three, a few of many, or six."""
    rng = np.random.default_rng(n_units)
    return {
        "one": np.ones(n_units, dtype=np.int64),
        "about three": rng.geometric(1 / 3, n_units),
        "few of many": np.minimum((rng.pareto(1.5, n_units) + 1).astype(np.int64), 20),
        "six": np.full(n_units, 6),
    }[kind]


def alike(rng, rate, unit, correlation=0.1, seeds=SEEDS):
    """Return bool, shape (seeds, n): hits at a rate that each unit has for itself."""
    a, b = (share * (1 - correlation) / correlation for share in (rate, 1 - rate))
    return rng.random((seeds, unit.size)) < rng.beta(a, b, (seeds, unit.max() + 1))[:, unit]


def truths(kind, n_units):
    """Yield name, values (SEEDS, n), unit, truth: hits, their differences, and graded gains."""
    rng = np.random.default_rng(n_units)
    unit = np.repeat(np.arange(n_units), sizes_of(kind, n_units))
    yield "hits", alike(rng, 0.3, unit).astype(float), unit, 0.3
    sign = rng.choice([-1.0, 1.0], (SEEDS, unit.size))
    yield "differences, 9 of 10 are 0", alike(rng, 0.1, unit) * sign, unit, 0.0
    gains = rng.beta(0.5, 0.5, (SEEDS, n_units))[:, unit] * alike(rng, 0.7, unit)
    yield "gains", gains, unit, 0.35


@pytest.mark.slow
@pytest.mark.parametrize("n_units", [40, 150, 1000])
@pytest.mark.parametrize("kind", ["one", "about three", "few of many", "six"])
def test_intervals_cover_the_truth_as_often_as_they_say(kind, n_units):
    for name, values, unit, truth in truths(kind, n_units):
        found = intervals(values, unit, draws=2000, seed=1)
        covered = np.mean([one.low <= truth <= one.high for one in found])
        assert 0.93 <= covered <= 0.97, (name, kind, n_units, covered)


@pytest.mark.slow
@pytest.mark.parametrize("n_units", [40, 150, 1000])
@pytest.mark.parametrize("kind", ["one", "about three", "few of many", "six"])
def test_two_equal_recipes_are_within_noise_as_often_as_they_should(kind, n_units):
    seeds = SEEDS * (4 if n_units == 40 else 1)  # 1,000 alone stray by 0.6 points
    rng = np.random.default_rng(n_units)
    unit = np.repeat(np.arange(n_units), sizes_of(kind, n_units))
    base = alike(rng, 0.4, unit, seeds=seeds)
    a, b = (
        np.where(rng.random(base.shape) < 0.2, alike(rng, 0.4, unit, seeds=seeds), base)
        for _ in "ab"
    )
    found = compare_each(a.astype(float) - b, unit, draws=2000, seed=1)
    verdicts = [one.verdict for one in found]
    assert 0.93 <= verdicts.count("within noise") / seeds <= 0.97
    assert verdicts.count("better") == pytest.approx(verdicts.count("worse"), abs=0.03 * seeds)
