import numpy as np
import pytest

from recsys.evaluation.baselines import BASELINES
from recsys.evaluation.runner import RankerError, answers
from recsys.evaluation.split import Histories, Split
from recsys.evaluation.tasks import next_read
from tests.evaluation.small import ms, read, site


@pytest.fixture
def data():
    return site([read(name, 6 + i, f"s{i // 3}") for i, name in enumerate("abcdefabc")])


@pytest.fixture
def questions(data):
    return next_read.questions(data, 0, ms(1000))


def given(data, questions, ranker, k=3):
    return answers(Histories(data), questions, ranker, Split(), k, name="tried")


def test_lists_are_padded_where_they_are_short(data, questions):
    found = given(data, questions, lambda history, query, now, k: np.array([5], dtype=np.int32), 3)
    assert found.lists.shape == (len(questions), 3)
    assert (found.lists[:, 1:] == -1).all()


def test_a_ranker_sees_the_questions_in_order_with_one_history(data, questions):
    asked = []

    def ranker(history, query, now, k):
        asked.append((id(history), query.row, now))
        return np.zeros(0, dtype=np.int32)

    given(data, questions, ranker)
    assert len({one for one, _, _ in asked}) == 1
    assert [now for _, _, now in asked] == sorted(questions.now.tolist())


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([5, 5], "twice"),
        ([5, 4, 3, 2], "4 articles, 3"),
    ],
)
def test_a_list_that_breaks_the_rules_ends_the_evaluation(data, questions, rows, message):
    with pytest.raises(RankerError, match=f"tried: .*{message}"):
        given(data, questions, lambda *asked: np.array(rows, dtype=np.int32))


def test_a_list_with_the_article_itself_ends_the_evaluation(data, questions):
    with pytest.raises(RankerError, match="may not be listed"):
        given(data, questions, lambda h, query, n, k: np.array([query.row], dtype=np.int32))


def test_every_question_is_told_once(data, questions):
    told = []
    answers(Histories(data), questions, BASELINES["newest"], Split(), 3, tell=told.append)
    assert sum(told) == len(questions)
