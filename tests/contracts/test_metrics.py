"""What every metric keeps to, over the table of metrics."""

import numpy as np
import pytest

from recsys.evaluation.history import History
from recsys.evaluation.judged import Judged
from recsys.evaluation.metrics import METRICS, Run, measure, named
from tests.evaluation.metrics.answers import at_random, judged, padded
from tests.evaluation.questions import asked, beside
from tests.evaluation.small import read, site

OF_ANSWERS = [name for name, metric in METRICS.items() if metric.kind == "answers"]
KS = [1, 3, 10]


def lists_at_random(seed: int, n: int = 40) -> Run:
    rng = np.random.default_rng(seed)
    reads = [read(name, h / 4) for h, name in enumerate(rng.choice(list("abcdef"), 60))]
    questions = asked(*(beside(int(rng.integers(0, 6)), 6 + i / 4, [1, 2]) for i in range(n)))
    lists = [rng.permutation(6)[: rng.integers(0, 7)].tolist() for _ in range(n)]
    leaders = np.array([0, 0, 2, 2, 4, 5], dtype=np.int32)
    return Run(
        padded(lists, 10), questions, History(site(reads)), leaders, lambda rows: np.eye(rows.size)
    )


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_has_a_value_a_question_or_one_for_all(name):
    run = lists_at_random(0)
    for k in KS:
        values = measure(f"{name}@{k}", run)
        assert values.dtype == np.float64
        assert values.shape == (() if METRICS[name].kind == "run" else (40,))
        assert not np.isinf(values).any()
        np.testing.assert_array_equal(values, measure(f"{name}@{k}", run))


@pytest.mark.parametrize("name", METRICS)
def test_nothing_asked_and_nothing_listed_break_no_metric(name):
    empty = Run(padded([[], []], 10), asked(beside(0), beside(1)), History(site()))
    none = Run(np.zeros((0, 10), dtype=np.int32), asked(), History(site()))
    assert not np.isinf(measure(f"{name}@10", empty)).any()
    assert measure(f"{name}@10", none).size == (1 if METRICS[name].kind == "run" else 0)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("k", [0, -1])
def test_a_list_of_no_length_is_refused(name, k):
    with pytest.raises(ValueError, match="k must be at least 1"):
        METRICS[name].measure(lists_at_random(0), k)


@pytest.mark.parametrize("wrong", ["ndcg", "ndcg@", "ndcg@0", "ndcg@-1", "ndcg@ten", "dcg@10", ""])
def test_a_name_that_is_none_is_refused_with_those_that_are(wrong):
    with pytest.raises(ValueError, match=r"no metric .*; name@k with k from 1 and one of hit, "):
        named(wrong)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_looks_no_further_than_the_first_k(name):
    run = lists_at_random(1)
    short = Run(run.lists[:, :3], run.questions, run.history, run.leaders, run.pairwise)
    np.testing.assert_array_equal(measure(f"{name}@3", run), measure(f"{name}@3", short))


def perfect(pairs) -> Judged:
    """The wanted rows themselves, best first, and then others."""
    lists = judged(*pairs, k=12)
    others = np.tile(np.arange(100, 112, dtype=np.int32), (len(pairs), 1))
    best = np.concatenate([lists.wanted, others], axis=1)
    packed = np.take_along_axis(best, np.argsort(best < 0, axis=1, kind="stable"), axis=1)[:, :12]
    return Judged(packed, lists.wanted, lists.grades)


@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize("name", OF_ANSWERS)
def test_answers_lie_between_those_of_an_empty_and_of_a_perfect_list(name, k):
    pairs = at_random(k, n=200)
    score = METRICS[name].score
    values, best = score(judged(*pairs, k=12), k), score(perfect(pairs), k)
    wanted = np.array([bool(w) for _, w in pairs])
    assert (np.isnan(values) == ~wanted).all()
    assert (values[wanted] >= 0).all()
    assert (values[wanted] <= best[wanted] + 1e-12).all()
    worst = score(judged(*(([], w) for _, w in pairs), k=12), k)
    np.testing.assert_array_equal(worst, np.where(wanted, 0.0, np.nan))
    assert METRICS[name].better == "higher"


@pytest.mark.parametrize("name", OF_ANSWERS)
def test_a_perfect_list_reaches_one_where_as_many_are_wanted_as_there_are_places(name):
    pairs = [([], dict.fromkeys(range(10), 1)), ([], {row: row + 1 for row in range(10)})]
    np.testing.assert_allclose(METRICS[name].score(perfect(pairs), 10), 1.0)


@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize("name", OF_ANSWERS)
def test_which_of_the_unwanted_stand_where_does_not_matter(name, k):
    pairs = at_random(k + 1, n=100)
    renamed = [([r if r in w else 1000 + r for r in rows], w) for rows, w in pairs]
    swapped = [(_unwanted_turned_round(rows, w), w) for rows, w in pairs]
    expected = METRICS[name].score(judged(*pairs, k=12), k)
    for other in (renamed, swapped):
        np.testing.assert_array_equal(METRICS[name].score(judged(*other, k=12), k), expected)


def _unwanted_turned_round(rows, wanted):
    others = [row for row in rows if row not in wanted]
    return [row if row in wanted else others.pop() for row in rows]


@pytest.mark.parametrize("name", OF_ANSWERS)
def test_something_wanted_further_up_is_never_worse(name):
    lower, upper = judged(([7, 8, 1], {1: 1, 2: 1})), judged(([1, 7, 8], {1: 1, 2: 1}))
    assert METRICS[name].score(upper, 3)[0] >= METRICS[name].score(lower, 3)[0] > 0
