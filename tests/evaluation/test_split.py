import pytest

from recsys.evaluation.split import KINDS, Histories, Split
from recsys.evaluation.tasks import next_read
from tests.evaluation.small import ms, read, site

DAYS = [0, 0, 1, 3]  # on which a session of two reads takes place


@pytest.fixture
def data():
    hours = [6 + 24 * day + 0.1 * i for i, day in enumerate(DAYS)]
    return site(
        [read(name, hour + at, f"s{hour}") for hour in hours for name, at in (("a", 0), ("b", 1))]
    )


def folds_of(split, data):
    asked = next_read.questions(data, 0, ms(1000))
    return asked, [
        (h.learn_until, h.reads_until, s) for h, s in split.folds(Histories(data), asked)
    ]


def test_prequential_knows_everything_before_each_question(data):
    asked, folds = folds_of(Split(), data)
    assert folds == [(None, None, slice(0, len(asked)))]


def test_fixed_learns_until_the_first_question(data):
    asked, folds = folds_of(Split("fixed"), data)
    first = int(asked.now[0])
    assert folds == [(first, first, slice(0, 4))]


def test_rolling_learns_until_the_start_of_each_period_and_skips_empty_ones(data):
    asked, folds = folds_of(Split("rolling", every_days=1), data)
    first, day = int(asked.now[0]), 86_400_000
    assert [fold[2] for fold in folds] == [slice(0, 2), slice(2, 3), slice(3, 4)]
    assert [fold[0] for fold in folds] == [first, first + day, first + 3 * day]


@pytest.mark.parametrize("kind", KINDS)
def test_no_questions_make_no_folds(kind):
    data = site()
    assert list(Split(kind).folds(Histories(data), next_read.questions(data, 0, 1))) == []


@pytest.mark.parametrize("bad", [{"kind": "random"}, {"every_days": 0}, {"every_days": -1}])
def test_what_is_no_split_is_refused(bad):
    with pytest.raises(ValueError, match="must be"):
        Split(**bad)


@pytest.mark.parametrize("kind", KINDS)
def test_a_split_says_in_words_what_is_known(kind):
    assert "known" in Split(kind).described()
