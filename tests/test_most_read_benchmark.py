import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks.most_read import (
    AHEAD,
    GRID,
    JUDGED,
    Clicks,
    Reads,
    difference,
    overlap,
    ranked,
    read_clicks,
    ten,
)
from recsys.signals.popularity import Popularity

DATA = Path(os.environ.get("RECSYS_DATA", "nowhere"))


def clicks(n=3000, seed=0) -> Clicks:
    rng = np.random.default_rng(seed)
    minute = np.sort(rng.integers(0, 4 * 1440, n))
    return Clicks(rng.zipf(1.3, n) % 30 + minute // 1440, minute, rng.integers(0, 500, n))


def test_the_ten_are_those_read_most_with_ties_to_the_lower_row():
    scores = np.array([0, 5, 1, 0, *[2] * 10, 9])
    assert ten(scores) == {14, 1, 4, 5, 6, 7, 8, 9, 10, 11}
    assert ten(np.array([0.0, 2.0, 0.0])) == {1}


def test_every_half_life_ranks_as_popularity_does():
    reads = Reads(clicks(), 40)
    for hour in (5, 30, 77):
        found = reads.by_half_life(hour)
        for place in range(0, GRID.size, 7):
            signal = Popularity(1440, float(GRID[place])).fit(reads.views, hour * 60 - 1)
            assert found[place] == ten(signal.scores_)


def test_nothing_of_the_hour_ahead_is_known_to_the_lists():
    whole = clicks()
    until = Clicks(*(column[whole.minute < 60 * 60] for column in vars(whole).values()))
    both = [ranked(Reads(each, 40), range(60, 61)) for each in (whole, until)]
    assert both[0].tens == both[1].tens


def test_an_overlap_is_the_share_of_the_true_ten():
    reads = Reads(Clicks(np.arange(10), np.full(10, 60), np.arange(10)), 20)  # in hour 1
    lists = [[set(range(5)), set(range(10, 20)), set(range(10))]]
    assert overlap(lists, reads, range(1, 2), 1).tolist() == [[0.5], [0.0], [1.0]]
    assert (
        np.isnan(overlap([*lists, *lists], reads, range(238, 240), 3)).tolist()
        == [[True, True]] * 3
    )


def test_thinning_keeps_whole_sessions_or_single_clicks():
    whole = clicks()
    thin = whole.thinned(0.3, "session", 1)
    kept = set(thin.session.tolist())
    assert thin.row.size == np.isin(whole.session, list(kept)).sum()
    assert 0.2 < len(kept) / 500 < 0.4
    assert 0.25 < whole.thinned(0.3, "event", 1).row.size / 3000 < 0.35
    assert whole.thinned(1.0, "event", 1) is whole


def test_the_interval_lies_around_the_mean_and_is_a_point_without_spread():
    assert difference(np.full(24, 0.25)) == (0.25, 0.25, 0.25)
    mean, low, high = difference(np.repeat([0.0, 1.0, 0.0, 1.0], 6))
    assert (mean, low, high) == (0.5, 0.0, 1.0)


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.skipif(
    not (DATA / "globo_clicks_2017_10").is_dir(), reason="no globo_clicks_2017_10 in RECSYS_DATA"
)
def test_the_calibrated_half_life_comes_within_a_hundredth_of_the_best_in_hindsight():
    log = read_clicks(DATA)
    n_rows = int(log.row.max()) + 1
    whole = Reads(log, n_rows)
    for share in (1.0, 0.1, 0.02, 0.005):
        reads = Reads(log.thinned(share, "session", 100), n_rows) if share < 1 else whole
        tens = ranked(reads, JUDGED).tens
        for ahead in AHEAD:
            means = np.nanmean(overlap(tens, whole, JUDGED, ahead), axis=1)
            assert means[-2] >= means[: GRID.size].max() - 0.01
