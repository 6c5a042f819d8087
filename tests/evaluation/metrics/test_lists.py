"""Metrics of what is listed, whatever was wanted."""

from itertools import combinations
from math import log2

import numpy as np
import pytest

from recsys.evaluation.dataset import Dataset
from recsys.evaluation.history import Query
from recsys.evaluation.metrics import (
    intra_list_diversity,
    median_age,
    novelty,
    same_story_duplicates,
    share_by_section,
    stability,
)
from recsys.records import Article
from tests.evaluation.metrics.runs import run
from tests.evaluation.questions import asked, beside
from tests.evaluation.small import article, read, site

NAN = np.nan


def test_novelty_is_the_information_in_bits_that_somebody_read_it():
    # six articles by hour 6: of (6 reads + 6) a has 1 + 1, b 4 + 1, f 0 + 1; one read comes later
    reads = [read("a", 6), *[read("b", 7)] * 4, read("c", 8), read("f", 11)]
    lists = run([[0, 1], [5], []], data=site(reads))
    expected = [(log2(12 / 2) + log2(12 / 5)) / 2, log2(12), NAN]
    np.testing.assert_allclose(novelty.score(lists, 2), expected)
    np.testing.assert_allclose(novelty.score(lists, 1), [log2(6), log2(12), NAN])


def test_novelty_is_that_of_the_moment_and_of_the_own_site():
    data = Dataset.of(
        "two",
        [article("a", 0, site="x"), article("b", 5, site="x"), article("c", 0, site="y")],
        [read("a", 1, site="x"), read("c", 1, site="y"), read("a", 6, site="x")],
    )
    questions = asked((Query("x"), 2, []), (Query("x"), 7, []), (Query("y"), 7, []))
    lists = run([[0], [0], [2]], questions, data)
    # (1 + 1) / (1 read + 1 article), (2 + 1) / (2 + 2), (1 + 1) / (1 + 1)
    np.testing.assert_allclose(novelty.score(lists, 3), [0, log2(4 / 3), 0])


def test_median_age_is_in_hours_and_leaves_out_what_has_no_date():
    data = Dataset.of(
        "dated", [article("a", 0), article("b", 4), article("c", 8), Article("d", "?")]
    )
    lists = run([[0, 1, 2], [0, 1, 3], [3], []], data=data)
    np.testing.assert_allclose(median_age.score(lists, 3), [6, 8, NAN, NAN])
    np.testing.assert_allclose(median_age.score(lists, 1), [10, 10, NAN, NAN])


def test_the_share_of_the_own_section_is_that_of_the_main_sections():
    articles = [
        article("a", 0, section=("sport",)),
        article("b", 0, section=("sport", "city")),
        article("c", 0, section=("city", "sport")),
        article("d", 0),
    ]
    questions = asked(beside(0), beside(0), beside(3), (Query("default"), 10, []))
    lists = run([[1, 2], [], [0], [0]], questions, Dataset.of("filed", articles))
    np.testing.assert_allclose(share_by_section.score(lists, 3), [0.5, NAN, NAN, NAN])


def test_a_story_told_again_is_a_duplicate():
    leaders = np.array([0, 0, 2, 0, 2, 5], dtype=np.int32)
    lists = run([[0, 1, 3, 5], [0, 2, 5], [4, 0, 2], []], k=4, leaders=leaders)
    np.testing.assert_array_equal(same_story_duplicates.score(lists, 4), [2, 0, 1, NAN])
    np.testing.assert_array_equal(same_story_duplicates.score(lists, 2), [1, 0, 0, NAN])
    assert np.isnan(same_story_duplicates.score(run([[0, 1]]), 4)).all()


def cosines(rows):
    """As alike as the rows are near."""
    return 1 / (1 + np.abs(rows[:, None] - rows[None, :]))


def test_diversity_is_one_minus_the_mean_over_pairs():
    lists = run([[0, 1, 3], [3, 1, 0], [2], []], pairwise=cosines)
    expected = 1 - (1 / 2 + 1 / 4 + 1 / 3) / 3
    np.testing.assert_allclose(intra_list_diversity.score(lists, 3), [expected, expected, NAN, NAN])
    np.testing.assert_allclose(intra_list_diversity.score(lists, 2)[:2], [1 / 2, 2 / 3])
    assert np.isnan(intra_list_diversity.score(run([[0, 1]]), 3)).all()


def test_diversity_on_random_lists_is_that_of_pair_after_pair():
    rng = np.random.default_rng(0)
    lists = [rng.permutation(6)[: rng.integers(2, 7)].tolist() for _ in range(50)]
    expected = [
        1 - np.mean([1 / (1 + abs(a - b)) for a, b in combinations(rows, 2)]) for rows in lists
    ]
    found = intra_list_diversity.score(run(lists, k=6, pairwise=cosines), 6)
    np.testing.assert_allclose(found, expected)


def test_stability_compares_a_list_with_the_last_of_the_same_question():
    questions = asked(beside(0, 7), beside(1, 8), beside(0, 9), beside(0, 10), beside(1, 11))
    lists = run([[2, 3], [4, 5], [2, 3], [4, 5], []], questions)
    np.testing.assert_allclose(stability.score(lists, 3), [NAN, NAN, 1, 0, 0])


def test_another_section_or_reader_asks_another_question():
    questions = asked(
        beside(0, 7), beside(0, 8, section="x"), beside(0, 9, seen=(1,)), beside(0, 10)
    )
    assert stability.earlier_of(questions).tolist() == [-1, -1, -1, 0]


def test_logged_lists_put_into_order_have_no_stability():
    among = np.array([2, 3], dtype=np.int32)
    questions = asked(beside(0, 7, among=among), beside(0, 8, among=among))
    assert np.isnan(stability.score(run([[2, 3], [3, 2]], questions), 3)).all()


@pytest.mark.parametrize("score", [novelty.score, median_age.score, share_by_section.score])
def test_no_questions_have_no_values(score):
    assert score(run([]), 3).shape == (0,)
