from dataclasses import replace

import numpy as np

from recsys.evaluation.dataset import Dataset, Judgements
from recsys.evaluation.tasks import judgements
from tests.evaluation.small import article, ms, site


def judged(data, *triples, **more):
    anchor, related, grade = zip(*triples, strict=True)
    rows = [np.array(column, dtype=np.int32) for column in (anchor, related)]
    return replace(data, judgements=Judgements(*rows, np.array(grade, dtype=np.float64), **more))


def test_an_anchor_is_asked_about_when_it_was_published_best_grade_first():
    asked = judgements.questions(judged(site(), (4, 0, 1), (4, 2, 3), (4, 1, 1), (2, 0, 1)))
    assert [query.row for query in asked.queries] == [2, 4]
    assert asked.now.tolist() == [ms(2), ms(4)]
    assert asked.wanted.tolist() == [[0, -1, -1], [2, 0, 1]]
    assert asked.grades.tolist() == [[1, 0, 0], [3, 1, 1]]


def test_what_came_later_is_not_wanted():
    asked = judgements.questions(judged(site(), (2, 4, 1), (2, 1, 1), (1, 3, 1)))
    assert [query.row for query in asked.queries] == [2]
    assert asked.wanted.tolist() == [[1]]


def test_twins_count_as_one():
    data = Dataset.of(
        "twins",
        [
            article("a", 0),
            article("b", 1, body="body of a"),
            article("c", 2),
            article("d", 3, body="body of c"),
        ],
    )
    asked = judgements.questions(judged(data, (3, 1, 1), (2, 0, 2), (0, 1, 1)))
    assert [query.row for query in asked.queries] == [2]
    assert (asked.wanted.tolist(), asked.grades.tolist()) == ([[0]], [[2]])


def test_undated_articles_are_asked_about_after_everything():
    undated = [article(name, 0) for name in "ab"]
    data = Dataset.of(
        "undated", [replace(a, published_at=-(2**63)) for a in undated] + [article("c", 5)]
    )
    asked = judgements.questions(judged(data, (0, 1, 1), (0, 2, 0.5)))
    assert asked.now.tolist() == [ms(5) + 1]
    assert asked.wanted.tolist() == [[1, 2]]


def test_the_text_asked_with_goes_along():
    cut = article("c", 2, body="less")
    asked = judgements.questions(judged(site(), (2, 0, 1), (3, 0, 1), asked={2: cut}))
    assert [query.article for query in asked.queries] == [cut, None]
