import numpy as np
import pytest

from recsys.evaluation.dataset import Impressions
from recsys.evaluation.tasks import replay
from recsys.times import UNKNOWN
from tests.evaluation.small import ms, site


def shown(clicked, propensity=None, position=True, times=None, history=((), (), ())):
    """Three lists of two articles each: a b, c d, e f."""
    indptr = np.concatenate([[0], np.cumsum([len(one) for one in history])])
    return Impressions(
        np.array([0, 0, 1, 1, 2, 2], dtype=np.int32),
        np.arange(6, dtype=np.int32),
        np.array([0, 1] * 3 if position else [-1] * 6, dtype=np.int32),
        np.array(clicked, dtype=np.bool_),
        np.full(6, np.nan) if propensity is None else np.array(propensity),
        np.array(times or [ms(9), ms(8), ms(10)], dtype=np.int64),
        indptr.astype(np.int64),
        np.array([row for one in history for row in one], dtype=np.int32),
    )


def test_lists_with_some_clicks_are_asked_about_in_order_of_time():
    logged = shown([1, 0, 0, 1, 1, 1])
    asked = replay.questions(site(impressions=logged))
    assert asked.now.tolist() == [ms(8), ms(9)]
    assert [query.among.tolist() for query in asked.queries] == [[2, 3], [0, 1]]
    assert asked.wanted.tolist() == [[3], [0]]
    assert asked.grades.tolist() == [[1], [1]]


def test_the_article_read_last_is_asked_beside():
    logged = shown([1, 0, 0, 1, 0, 0], history=((4, 5), (), ()))
    asked = replay.questions(site(impressions=logged))
    assert [(query.row, query.seen) for query in asked.queries] == [(-1, ()), (5, (4,))]


def test_clicks_weigh_by_inverse_propensity_clipped():
    logged = shown([0, 1, 0, 1, 0, 0], [0.6, 0.2, 0.99, 0.01, 0.6, 0.6])
    asked = replay.questions(site(impressions=logged))
    mean = np.mean([0.6, 0.2, 0.99, 0.01, 0.6, 0.6])
    assert asked.grades[:, 0] == pytest.approx([replay.LARGEST_WEIGHT, mean / 0.2])


@pytest.mark.parametrize(
    ("logged", "words"),
    [
        (shown([1, 0] * 3, [0.5] * 6), "the log states, clipped"),
        (shown([1, 0] * 3, [0.5, *[np.nan] * 5]), "for 17% of what was shown"),
        (shown([1, 0] * 3), "places but no propensities"),
        (shown([1, 0] * 3, position=False), "Neither places nor propensities"),
    ],
)
def test_the_notes_say_plainly_what_is_known(logged, words):
    assert words in replay.questions(site(impressions=logged)).notes[0]


def test_undated_lists_are_asked_about_after_everything():
    logged = shown([1, 0] * 3, times=[UNKNOWN] * 3)
    assert replay.questions(site(impressions=logged)).now.tolist() == [ms(5) + 1] * 3


def test_lists_are_drawn_the_same_each_time():
    data = site(impressions=shown([1, 0] * 3))
    few = [replay.questions(data, 2, seed).unit.tolist() for seed in (1, 1)]
    assert few[0] == few[1]
    assert len(few[0]) == 2
