from math import log2

import ir_measures
import numpy as np
import pytest
from ir_measures import AP, RR, P, Qrel, R, ScoredDoc, Success, nDCG

from recsys.evaluation.metrics import METRICS, hit, map, mrr, ndcg, overlap, precision, recall
from tests.evaluation.metrics.answers import at_random, judged

ANSWERS = judged(
    ([5, 1, 9], {1: 1, 9: 1, 7: 1, 3: 1}),  # two of four, at places 2 and 3
    ([5], {5: 2, 6: 1}),
    ([4, 8], {2: 1}),
    ([], {2: 1}),
    ([1, 2], {}),
)


@pytest.mark.parametrize(
    ("score", "at_2", "at_3"),
    [
        (hit.score, [1, 1, 0, 0], [1, 1, 0, 0]),
        (recall.score, [1 / 4, 1 / 2, 0, 0], [1 / 2, 1 / 2, 0, 0]),
        (precision.score, [1 / 2, 1 / 2, 0, 0], [2 / 3, 1 / 3, 0, 0]),
        (mrr.score, [1 / 2, 1, 0, 0], [1 / 2, 1, 0, 0]),
        (map.score, [1 / 8, 1 / 2, 0, 0], [(1 / 2 + 2 / 3) / 4, 1 / 2, 0, 0]),
        (overlap.score, [1 / 2, 1 / 2, 0, 0], [1 / 3, 1 / 2, 0, 0]),
    ],
)
def test_answers_by_hand(score, at_2, at_3):
    np.testing.assert_allclose(score(ANSWERS, 2), [*at_2, np.nan], rtol=1e-12)
    np.testing.assert_allclose(score(ANSWERS, 3), [*at_3, np.nan], rtol=1e-12)


def test_overlap_looks_at_no_more_wanted_rows_than_it_looks_at_places():
    # of 1, 3, 7, 9 the first three are 1, 3, 7; [5, 1, 9] holds one of them
    assert overlap.score(ANSWERS, 3)[0] == pytest.approx(1 / 3)
    assert overlap.score(ANSWERS, 10)[0] == pytest.approx(2 / 4)


def test_ndcg_by_hand_takes_grades_as_gains():
    values = ndcg.score(judged(([8, 6, 5], {5: 2, 6: 1})), 3)
    assert values[0] == pytest.approx((1 / log2(3) + 2 / 2) / (2 + 1 / log2(3)))


def test_a_length_beyond_the_lists_counts_their_places_as_empty():
    assert precision.score(ANSWERS, 10)[0] == pytest.approx(2 / 10)
    assert recall.score(ANSWERS, 10)[0] == pytest.approx(1 / 2)


MEASURES = {"hit": Success, "recall": R, "precision": P, "mrr": RR, "ndcg": nDCG, "map": AP}


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("name", MEASURES)
def test_equal_to_ir_measures(name, k):
    pairs = at_random(k, n=120, none_wanted=False)
    found = METRICS[name].score(judged(*pairs, k=12), k)
    qrels = [Qrel(str(q), str(row), g) for q, (_, w) in enumerate(pairs) for row, g in w.items()]
    run = [
        ScoredDoc(str(q), str(row), float(-place))
        for q, (rows, _) in enumerate(pairs)
        for place, row in enumerate(rows)
    ]
    theirs = np.zeros(len(pairs))
    for metric in ir_measures.iter_calc([MEASURES[name] @ k], qrels, run):
        theirs[int(metric.query_id)] = metric.value
    np.testing.assert_allclose(found, theirs, rtol=0, atol=1e-9)


def slowly(name, rows, wanted, k):
    """The textbook, one question at a time."""
    rows, relevant = rows[:k], [row in wanted for row in rows[:k]]
    best = sorted(wanted, key=lambda row: (-wanted[row], row))
    places = [i for i, right in enumerate(relevant, 1) if right]
    dcg = [wanted.get(row, 0) / log2(i + 1) for i, row in enumerate(rows, 1)]
    ideal = [wanted[row] / log2(i + 1) for i, row in enumerate(best[:k], 1)]
    return {
        "hit": lambda: float(any(relevant)),
        "recall": lambda: sum(relevant) / len(wanted),
        "precision": lambda: sum(relevant) / k,
        "mrr": lambda: 1 / places[0] if places else 0.0,
        "ndcg": lambda: sum(dcg) / sum(ideal),
        "map": lambda: sum(sum(relevant[:i]) / i for i in places) / len(wanted),
        "overlap": lambda: len(set(best[:k]) & set(rows)) / len(best[:k]),
    }[name]()


@pytest.mark.parametrize("k", [1, 2, 5, 12])
@pytest.mark.parametrize("name", [*MEASURES, "overlap"])
def test_equal_to_the_textbook_on_random_lists(name, k):
    pairs = at_random(7 * k, n=200)
    expected = [slowly(name, rows, w, k) if w else np.nan for rows, w in pairs]
    np.testing.assert_allclose(METRICS[name].score(judged(*pairs, k=12), k), expected, rtol=1e-12)
