import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.ranking.blend import Blend
from recsys.ranking.diversity import maximal_marginal_relevance
from recsys.ranking.stories import Stories
from recsys.times import HOUR, UNKNOWN


def rows(*values):
    return np.array(values, dtype=np.int32)


def test_the_score_is_the_product_of_its_factors():
    ones = np.ones(1)
    factors = Blend(freshness=2.0, popularity=0.5).factors(ones * 0.5, ones * 0.5, ones * 4.0)
    assert factors.freshness.tolist() == [0.25]
    assert factors.popularity.tolist() == [2.0]
    assert factors.scores.tolist() == [0.25]


def test_an_exponent_of_nought_leaves_a_signal_out():
    factors = Blend(freshness=0, popularity=0).factors(np.ones(1), np.zeros(1), np.ones(1) * 9)
    assert factors.scores.tolist() == [1.0]


@pytest.mark.parametrize("bad", [{"freshness": -1.0}, {"diversity": 1.5}, {"depth": 0}])
def test_a_blend_out_of_range_is_refused(bad):
    with pytest.raises(ValueError, match="must be"):
        Blend(**bad)


def test_diversity_passes_over_what_is_already_said():
    scores = np.array([1.0, 0.9, 0.5])
    alike = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=float)
    assert maximal_marginal_relevance(scores, alike, 2, 0.0).tolist() == [0, 1]
    assert maximal_marginal_relevance(scores, alike, 2, 0.5).tolist() == [0, 2]


@given(st.integers(0, 1000), st.integers(1, 8), st.integers(1, 8), st.floats(0.01, 1))
def test_mmr_chooses_what_the_greedy_definition_chooses(seed, n, k, diversity):
    random = np.random.default_rng(seed)
    scores = np.sort(random.integers(0, 4, n) / 4)[::-1]
    half = np.round(random.random((n, n)), 1)
    alike = np.maximum(half, half.T)
    best, chosen = float(scores.max()) or 1.0, []
    while len(chosen) < min(k, n):
        worth = {
            i: (1 - diversity) * scores[i] / best
            - diversity * max((alike[i][j] for j in chosen), default=0.0)
            for i in range(n)
            if i not in chosen
        }
        chosen.append(max(worth, key=lambda i: (worth[i], -i)))
    found = maximal_marginal_relevance(scores, alike, k, diversity).tolist()
    assert found == sorted(chosen)


def leaders(near, cosines, hours, same=None, **parameters):
    published = np.array([UNKNOWN if h is None else h * HOUR for h in hours])
    same = rows(*range(len(hours))) if same is None else rows(*same)
    return (
        Stories(**parameters)
        .leaders(np.array(near, dtype=np.int32), np.array(cosines), published, same)
        .tolist()
    )


def test_a_second_report_joins_the_first():
    near, cosines = [[1], [0], [0]], [[0.9], [0.9], [0.3]]
    assert leaders(near, cosines, [5, 2, 3], min_cosine=0.6) == [1, 1, 2]


def test_reports_far_apart_in_time_are_two_stories():
    assert leaders([[1], [0]], [[0.9], [0.9]], [0, 100], max_hours=72) == [0, 1]
    assert leaders([[1], [0]], [[0.9], [0.9]], [0, 70], max_hours=72) == [0, 0]


def test_an_article_of_unknown_time_is_within_reach_and_counts_as_first():
    assert leaders([[1], [0]], [[0.9], [0.9]], [9, None]) == [1, 1]


def test_a_chain_of_changing_reports_does_not_grow_into_one_story():
    # 0 is like 1 and 1 like 2, but 2 is not like 0: 2 begins a story of its own.
    near = [[1, -1], [0, 2], [1, -1]]
    cosines = [[0.9, 0], [0.9, 0.9], [0.9, 0]]
    assert leaders(near, cosines, [0, 1, 2]) == [0, 0, 2]


def test_one_address_is_one_story_whatever_the_text():
    assert leaders([[-1]] * 3, [[0.0]] * 3, [0, 500, 900], same=[0, 0, 2]) == [0, 0, 2]


@given(st.integers(0, 500), st.integers(1, 12))
def test_a_leader_leads_itself(seed, n):
    random = np.random.default_rng(seed)
    near = np.array([random.permutation(n)[:4] if n >= 4 else [-1] * 4 for _ in range(n)])
    near = np.where(near == np.arange(n)[:, None], -1, near)
    same = np.minimum(np.arange(n), random.integers(0, n, n))
    same = same[same][same]
    found = np.array(leaders(near, random.random((n, 4)), random.integers(0, 50, n), same))
    assert (found[found] == found).all()
