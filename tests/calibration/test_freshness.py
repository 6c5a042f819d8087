"""A site's half-life: by hand, against a slow oracle, and where the truth is known."""

from math import exp, log, log2

import numpy as np
import pytest

from recsys.calibration.freshness import (
    STEEPNESS,
    Choices,
    calibrated_freshness,
    half_lives_of,
)
from recsys.signals.freshness import MILD_HALF_LIFE_DAYS, Freshness


def choices(*made):
    """Build from (similarities, ages in days, place of the chosen)."""
    similarity, ages, chosen = zip(*made, strict=True)
    return Choices(np.array(similarity, float), np.array(ages, float), np.array(chosen))


NOTHING = Choices(np.zeros((0, 0)), np.zeros((0, 0)), np.zeros(0, dtype=np.int64))


def test_without_evidence_a_site_has_the_mild_half_life():
    found = calibrated_freshness(NOTHING, Freshness())
    assert (found.half_life_days, found.pairs, found.own_weight) == (MILD_HALF_LIFE_DAYS, 0, 0)
    assert found.best_half_life_days is found.median_age_days is None
    assert found.gains == ()


def test_the_best_half_life_is_the_mildest_of_those_under_which_the_chosen_stand_highest():
    """The fresh one was chosen over an older one that is more alike: 0.55 * 1 > 1 * 8 ** -s from
    s = 0.3 on, 8 ** -0.3 being 0.536; under it its rank is 2 and its gain 1 / log2(3)."""
    found = calibrated_freshness(choices(*[([0.55, 1.0], [0.0, 7.0], 0)] * 60), Freshness())
    assert found.best_half_life_days == pytest.approx(2 ** (1 / 0.3) - 1, abs=0.01)
    assert (found.pairs, found.median_age_days) == (60, 0.0)
    by_days = dict(found.gains)
    assert by_days[round(2 ** (1 / 0.275) - 1, 2)] == pytest.approx(1 / log2(3), abs=1e-6)
    assert by_days[round(2 ** (1 / 0.3) - 1, 2)] == 1.0


def test_the_half_life_is_a_mean_weighed_by_gains_and_prior():
    found = calibrated_freshness(choices(*[([0.55, 1.0], [0.0, 7.0], 0)] * 3), Freshness())
    weights = [
        exp(3 * (1.0 if s > 0.29 else 1 / log2(3)) / 0.5 - ((s - 0.25) / 0.1) ** 2 / 2)
        for s in STEEPNESS
    ]
    mean = sum(w * s for w, s in zip(weights, STEEPNESS, strict=True)) / sum(weights)
    assert found.half_life_days == pytest.approx(2 ** (1 / mean) - 1, abs=0.02)
    assert 0 < found.own_weight < 1


def test_a_few_choices_move_little():
    steep = ([0.4, 1.0], [0.0, 7.0], 0)
    one = calibrated_freshness(choices(steep), Freshness())
    many = calibrated_freshness(choices(*[steep] * 300), Freshness())
    assert many.half_life_days < one.half_life_days < MILD_HALF_LIFE_DAYS
    assert one.half_life_days > 10
    assert one.own_weight < 0.2 < many.own_weight


def slow(made, freshness):
    """Return each half-life's mean gain, one candidate after the other."""
    gains = []
    for s in STEEPNESS:
        total = 0.0
        for similarity, ages, chosen in made:
            factors = [max(freshness.floor, (1 + age) ** -s) for age in ages]
            scores = [round(a * b, 6) for a, b in zip(similarity, factors, strict=True)]
            better = sum(score > scores[chosen] for score in scores)
            equal = sum(score == scores[chosen] for score in scores) - 1
            total += 1 / log2(2 + better + equal / 2)
        gains.append(total / len(made))
    return gains


@pytest.mark.parametrize("seed", range(5))
def test_gains_are_what_the_slow_way_makes_them_ties_included(seed):
    random = np.random.default_rng(seed)
    made = [
        (random.choice([0.2, 0.4, 0.4, 0.8], 12), random.integers(0, 9, 12), random.integers(12))
        for _ in range(40)
    ]
    found = calibrated_freshness(choices(*made), Freshness())
    assert [g for _, g in found.gains] == pytest.approx(slow(made, Freshness()), abs=1e-6)
    assert [days for days, _ in found.gains] == pytest.approx(
        [2 ** (1 / s) - 1 for s in STEEPNESS], abs=0.01
    )


@pytest.mark.parametrize("steepness", [0.15, 0.5])
def test_the_half_life_under_which_readers_choose_is_found(steepness):
    random = np.random.default_rng(7)
    similarity = random.uniform(0.05, 0.5, (1500, 30))
    ages = random.exponential(30, (1500, 30))
    noise = random.normal(0, 0.02, ages.shape)
    chosen = (np.log(similarity) - steepness * np.log1p(ages) + noise).argmax(axis=1)
    found = calibrated_freshness(Choices(similarity, ages, chosen), Freshness(floor=0.0))
    assert log(2) / log(1 + found.best_half_life_days) == pytest.approx(steepness, abs=0.026)


def test_a_manifest_gives_the_half_lives_back_and_refuses_what_nobody_wrote():
    document = calibrated_freshness(NOTHING, Freshness()).document()
    assert half_lives_of({"a": document}) == {"a": MILD_HALF_LIFE_DAYS}
    for days in (-1.0, 1.0, 2e6, float("nan")):
        with pytest.raises(ValueError, match="half_life_days cannot be"):
            half_lives_of({"a": {**document, "half_life_days": days}})
