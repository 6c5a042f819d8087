"""Metrics that are one number for a run."""

import numpy as np
import pytest

from recsys.evaluation.dataset import Dataset
from recsys.evaluation.history import Query
from recsys.evaluation.metrics import coverage, gini
from tests.evaluation.metrics.runs import run
from tests.evaluation.questions import asked, beside
from tests.evaluation.small import article, ms, site


def test_coverage_is_the_share_of_articles_that_are_ever_listed():
    lists = run([[0, 1], [1, 2]])
    assert coverage.score(lists, 3) == 3 / 6
    assert coverage.score(lists, 1) == 2 / 6


def test_the_catalogue_is_what_could_be_listed_at_some_question():
    data = site(withdrawn={("default", "a"): ms(2)})
    questions = asked((Query("default"), 2.5, []), (Query("default"), 3.5, []))
    assert coverage.catalogue(run([[], []], questions, data)).tolist() == [1, 2, 3]


def test_the_catalogue_is_of_the_sites_that_are_asked():
    data = Dataset.of("two", [article("a", 0, site="x"), article("b", 0, site="y")])
    lists = run([[0]], asked((Query("x"), 5, [])), data)
    assert coverage.score(lists, 3) == 1
    assert np.isnan(coverage.score(run([[]], asked((Query("z"), 5, [])), data), 3))


def test_the_catalogue_of_logged_lists_is_what_stood_in_them():
    questions = asked(*(beside(0, 7, among=np.array(a, dtype=np.int32)) for a in ([1, 2], [2, 4])))
    assert coverage.catalogue(run([[], []], questions)).tolist() == [1, 2, 4]


def test_gini_by_hand():
    assert gini.score(run([[0, 1, 2], [3, 4, 5]]), 3) == 0  # all once
    assert gini.score(run([[0], [0]]), 3) == pytest.approx(5 / 6)  # one of six
    # times 0, 0, 0, 1, 1, 2: (-5*0 - 3*0 - 1*0 + 1*1 + 3*1 + 5*2) / (6 * 4)
    assert gini.score(run([[0, 1], [0, 2]]), 3) == pytest.approx(14 / 24)
    assert np.isnan(gini.score(run([[]]), 3))


def test_gini_is_half_the_relative_mean_difference_on_random_lists():
    rng = np.random.default_rng(0)
    lists = [rng.permutation(6)[: rng.integers(0, 4)].tolist() for _ in range(9)]
    times = np.array([sum(row in rows for rows in lists) for row in range(6)])
    apart = np.mean([[abs(a - b) for a in times] for b in times])
    assert gini.score(run(lists), 3) == pytest.approx(apart / (2 * times.mean()))
