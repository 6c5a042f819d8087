import numpy as np
import pytest

from recsys.signals.trend import Trend

ONE_SECTION = np.zeros(3, dtype=np.int32)


def test_what_is_read_more_than_its_past_rises(views_of):
    # Past 24 hours: 24 views each, one an hour. Last hour: 9, 1 and 1.
    past = [(row, -60 * h, 1) for row in range(3) for h in range(24)]
    seen = views_of(*past, (0, 60, 9), (1, 60, 1), (2, 60, 1))
    trend = Trend(min_views=1).fit(seen, ONE_SECTION, now=60)
    assert np.argmax(trend.scores_) == 0
    assert trend.scores_[0] > 1 > trend.scores_[1]
    # recent 9, section now 11 + 5 over past 3 + 5 = 2; expected 2 * 1 = 2: (9 + 5) / (2 + 5)
    assert trend.scores_[0] == pytest.approx(2.0)


def test_a_whole_section_that_wakes_up_is_nobodys_scoop(views_of):
    past = [(row, -60 * h, 2) for row in range(3) for h in range(24)]
    seen = views_of(*past, *[(row, 60, 6) for row in range(3)])
    scores = Trend(min_views=1, prior_views=0.001).fit(seen, ONE_SECTION, now=60).scores_
    assert scores == pytest.approx([1, 1, 1], abs=0.01)


def test_what_is_hardly_read_has_no_trend(views_of):
    scores = Trend(min_views=3).fit(views_of((0, 60, 2), (1, 60, 3)), ONE_SECTION, 60).scores_
    assert np.isnan(scores[0])
    assert not np.isnan(scores[1])


def test_no_views_at_all_are_no_trouble(views_of):
    assert np.isnan(Trend().fit(views_of(), ONE_SECTION, 60).scores_).all()


def test_parameters_out_of_range_are_refused(views_of):
    with pytest.raises(ValueError, match="prior_views must be over 0, got 0"):
        Trend(prior_views=0).fit(views_of(), ONE_SECTION, 60)
