import math

import numpy as np
import pytest

from recsys import saving
from recsys.calibration.half_life import (
    FACTORS,
    calibrated_half_life,
    factors_of,
    site_half_lives,
)
from recsys.data.views import KeyedCounts, ViewCounts
from recsys.errors import ModelError
from recsys.manifest import Manifest
from recsys.model import Model
from recsys.recipe import Recipe
from recsys.records import Article
from recsys.signals.popularity import fitted_half_life
from tests.conftest import NOW

NOBODY = [np.zeros(0, dtype=np.int32)] * 3


def columns(triples):
    """(row, minute, views) as three arrays, by minute and row."""
    ordered = sorted(triples, key=lambda triple: (triple[1], triple[0]))
    return tuple(np.array(ordered or np.zeros((0, 3)), dtype=np.int32).T)


def learned(triples, now, **given):
    return calibrated_half_life(*columns(triples), now, **given)


def parade(hours, per_hour, lives_for, crowd=40):
    """Each article is all that is read for ``lives_for`` hours, and then the next one is."""
    return [
        (hour // lives_for % crowd, hour * 60 + minute, per_hour // 60)
        for hour in range(hours)
        for minute in range(60)
    ]


def crowd(hours, per_hour, n_articles, seed=0):
    """Every article is as likely to be read as it ever was, but for luck."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(per_hour / 60 / n_articles, (hours * 60, n_articles))
    return [
        (int(row), int(m), int(counts[m, row])) for m, row in zip(*counts.nonzero(), strict=True)
    ]


def test_a_site_that_nobody_reads_keeps_the_rule_of_its_traffic():
    found = learned([], 1000)
    assert (found.factor, found.hours, found.views) == (1.0, 0, 0)
    assert {gain for _, gain in found.gains} == {0.0}


@pytest.mark.parametrize(
    ("now", "hours"), [(419, 0), (420, 1), (479, 1), (480, 2), (1440 * 30, 168)]
)
def test_a_site_forecasts_whole_hours_from_six_hours_after_its_first_view(now, hours):
    assert learned([(0, 1440 * day + 1, 1) for day in range(30)], now).hours == hours


def test_the_evidence_is_counted_by_the_hour():
    triples = [(0, 0, 5), *((0, 360 + 60 * hour, 30) for hour in range(4))]
    found = learned(triples, 599)
    assert (found.hours, found.views, found.views_per_hour) == (4, 120, 30.0)
    assert found.traffic_half_life_minutes == round(fitted_half_life(30), 1)
    assert found.half_life_minutes == round(fitted_half_life(30, found.factor), 1)


def test_a_site_whose_readers_move_on_each_hour_forgets_faster():
    assert learned(parade(48, 600, lives_for=2), 48 * 60 - 1).factor < 0.6


def test_a_site_that_always_reads_the_same_remembers_longer():
    assert learned(crowd(48, 600, 50), 48 * 60 - 1).factor > 1.6


def test_little_evidence_leaves_the_rule_as_it_is():
    thick, thin = (learned(crowd(48, rate, 50), 48 * 60 - 1) for rate in (600, 1))
    assert 1.0 < thin.factor < 1.1
    assert thick.factor > 1.6


@pytest.mark.slow
def test_what_comes_after_now_or_lies_beyond_a_week_and_the_window_is_not_looked_at():
    triples, now = crowd(20 * 24, 12, 9), 18 * 1440 - 1
    early = now + 1 - 8 * 1440  # a week of hours and a day's window
    seen = [triple for triple in triples if early <= triple[1] <= now]
    whole = learned(triples, now)
    assert whole == learned([t for t in triples if t[1] <= now], now)
    assert whole.hours == 168
    assert learned([(8, early - 1, 50), *seen, (8, now + 1, 50)], now) == learned(
        [(0, early - 361, 1), *seen], now
    )


def oracle(triples, now, window):
    """Log likelihoods by factor, views of a burst counted one by one, in plain loops."""
    first = min(minute for _, minute, _ in triples)
    articles = {row for row, minute, _ in triples if minute <= now}
    total = {(u, f): 0.0 for u in (0.02, 0.05, 0.1, 0.2, 0.4) for f in FACTORS}
    t = now + 1 - 60
    while t >= first + 360:
        traffic = sum(n for _, m, n in triples if t - 240 <= m < t) / 4
        for f in FACTORS:
            life, scores = fitted_half_life(traffic, f), dict.fromkeys(articles, 0.0)
            for row, m, n in triples:
                if t - window <= m < t:
                    scores[row] += n * 2 ** (-(t - 1 - m) / life)
            whole = sum(scores.values()) or 1.0
            for row, m, n in triples:
                if t <= m < t + 60:
                    for u in (0.02, 0.05, 0.1, 0.2, 0.4):
                        share = (1 - u) * scores[row] / whole + u / len(articles)
                        total[u, f] += n * math.log(share)
        t -= 60
    top = max(total.values())
    sums = [
        math.log(sum(math.exp((total[u, f] - top) / 64) for u in (0.02, 0.05, 0.1, 0.2, 0.4)))
        for f in FACTORS
    ]
    weights = [
        math.exp(s - max(sums) - math.log2(f) ** 2 / 2) for s, f in zip(sums, FACTORS, strict=True)
    ]
    mean = sum(w * math.log2(f) for w, f in zip(weights, FACTORS, strict=True)) / sum(weights)
    return 2**mean, [64 * (s - sums[8]) for s in sums]


@pytest.mark.parametrize("seed", range(6))
def test_random_reading_is_judged_as_the_formula_says(seed):
    rng = np.random.default_rng(seed)
    minutes = np.sort(rng.integers(-300, 700, 150)).tolist()
    rows = rng.integers(0, 6, 150) + np.array(minutes) // 200  # what is read moves on
    triples = [
        (int(r) + 2, m, int(n))
        for r, m, n in zip(rows, minutes, rng.integers(1, 9, 150), strict=True)
    ]
    window, now = int(rng.integers(60, 900)), int(rng.integers(200, 650))
    factor, gains = oracle([t for t in triples if t[1] <= now], now, window)
    found = learned(triples, now, window_minutes=window)
    assert found.factor == pytest.approx(factor, abs=0.0006)
    assert [gain for _, gain in found.gains] == pytest.approx(gains, abs=0.06)
    assert [f for f, _ in found.gains] == pytest.approx(FACTORS, abs=0.0006)


@pytest.mark.slow
def test_every_site_is_calibrated_on_its_own_reading():
    moving, still = parade(48, 600, lives_for=2), crowd(48, 600, 50)
    both = ViewCounts.from_rows(
        90, list(columns([*moving, *((row + 40, m, n) for row, m, n in still)])), NOBODY
    )
    site = np.array([0] * 40 + [1] * 50)
    found = site_half_lives(both, site, ["moving", "still", "empty"], 48 * 60 - 1)
    assert found["moving"] == learned(moving, 48 * 60 - 1)
    assert found["still"] == learned(still, 48 * 60 - 1)
    assert found["empty"].factor == 1.0


@pytest.mark.parametrize("bad", [0.2, 4.1, float("nan"), float("inf"), -1, "1e400"])
def test_a_factor_that_calibration_cannot_have_written_is_refused(bad):
    with pytest.raises(ValueError, match="factor must be"):
        factors_of({"site": {"factor": bad}})


# --- in a model ---------------------------------------------------------------------------------


def trained(tables=None) -> Model:
    """Two sites: the readers of one move on every two hours, those of the other never do."""
    articles = [Article(f"{n}", title=f"story {n}", site=s) for s in ("a", "b") for n in range(50)]
    start = NOW // 60 - 48 * 60 + 1
    reads = [(row, start + m, n) for row, m, n in parade(48, 600, lives_for=2)]
    reads += [(row + 50, start + m, n) for row, m, n in crowd(48, 600, 50)]
    row, minute, count = columns(reads)
    counts = KeyedCounts([a.key for a in articles], row, minute, count)
    return Model(Recipe("mine", tables or {})).fit(articles, counts, now=NOW)


@pytest.fixture(scope="module")
def model():
    return trained()


def test_training_calibrates_each_site_and_the_lists_use_it(model):
    found = model.calibration_["half_life"]
    assert found["a"]["factor"] < 0.6 < 1.6 < found["b"]["factor"]
    assert found["a"]["hours"] == found["b"]["hours"] == 42
    lives = model.snapshot_.most_read(NOW).span.half_lives
    rates = [
        model.snapshot_.views.window(NOW // 60 - 239, NOW // 60)[half].sum() / 4
        for half in (slice(50), slice(50, 100))
    ]
    assert lives == pytest.approx(
        [fitted_half_life(rate, found[s]["factor"]) for rate, s in zip(rates, "ab", strict=True)]
    )
    assert model.refreshed().snapshot_.most_read(NOW).span.half_lives == lives
    assert model.refreshed().calibration_ is model.calibration_


def test_a_snapshot_without_a_model_follows_the_traffic_alone(model):
    bare = type(model.snapshot_).untrained(model.snapshot_.corpus, model.snapshot_.views)
    found = model.calibration_["half_life"]
    calibrated = model.snapshot_.most_read(NOW).span.half_lives
    assert bare.most_read(NOW).span.half_lives == pytest.approx(
        [life / found[site]["factor"] for life, site in zip(calibrated, "ab", strict=True)]
    )


def test_a_recipe_may_fix_the_half_life():
    fixed = trained({"most_read": {"half_life_minutes": 30.0}})
    assert fixed.calibration_["half_life"] == {}
    assert set(fixed.snapshot_.most_read(NOW).span.half_lives) == {30.0}


def test_the_manifest_holds_the_estimate_with_its_evidence(model, tmp_path):
    version = saving.publish(model, tmp_path)
    manifest = Manifest.read(tmp_path / "mine" / version)
    assert manifest.calibration == model.calibration_
    loaded = saving.load(tmp_path, "mine")
    assert loaded.calibration_ == model.calibration_
    assert (
        loaded.snapshot_.most_read(NOW).span.half_lives
        == model.snapshot_.most_read(NOW).span.half_lives
    )


@pytest.mark.parametrize(
    "calibration",
    [{}, {"half_life": 3}, {"half_life": {"a": {}}}, {"half_life": {"a": {"factor": 9}}}],
)
def test_a_model_with_an_impossible_calibration_is_refused(model, tmp_path, calibration):
    folder = tmp_path / "mine" / saving.publish(model, tmp_path)
    manifest = Manifest.read(folder)
    changed = Manifest(**{**manifest.__dict__, "calibration": calibration})
    (folder / "manifest.json").write_text(changed.text(), encoding="utf-8")
    with pytest.raises(ModelError, match="do not fit together"):
        saving.load(tmp_path, "mine")
