import pytest

from recsys.evaluation.dataset import Dataset
from recsys.evaluation.tasks import forecast
from tests.evaluation.small import DAY0, article, read, site

FULL = (DAY0 // 3600 + 1) * 3600000  # the first full hour after DAY0
OFFSET = FULL / 1000 - DAY0


def at(hours: float) -> float:
    """Hours after the first full hour, as hours after DAY0."""
    return hours + OFFSET / 3600


def test_the_leaders_of_the_next_hour_are_wanted_most_read_first():
    reads = [
        read("a", at(0.5)),
        *[read("c", at(h)) for h in (0.1, 0.9)],
        read("b", at(0.2)),
        read("f", at(1)),
    ]
    asked = forecast.questions(site(reads), FULL, FULL + 3_600_000, 1)
    assert asked.now.tolist() == [FULL]
    assert asked.wanted[0].tolist() == [2, 0, 1] + [-1] * 7
    assert asked.grades[0].tolist() == [1, 1, 1] + [0] * 7


def test_hours_after_which_nothing_is_read_are_not_asked_about():
    data = site([read("a", at(0.5)), read("b", at(4.5))])
    asked = forecast.questions(data, FULL, FULL + 6 * 3_600_000, 1)
    assert asked.now.tolist() == [FULL, FULL + 4 * 3_600_000]
    three = forecast.questions(data, FULL, FULL + 6 * 3_600_000, 3)
    assert [(int(now) - FULL) // 3_600_000 for now in three.now] == [0, 2, 3]


def test_sites_are_asked_about_apart():
    articles = [article("a", 0), article("b", 0, site="other")]
    data = Dataset.of("two", articles, [read("a", at(0.5)), read("b", at(0.5), site="other")])
    asked = forecast.questions(data, FULL, FULL + 3_600_000, 1)
    assert [query.site for query in asked.queries] == ["default", "other"]
    assert asked.wanted[:, 0].tolist() == [0, 1]


def test_hours_of_one_block_belong_together():
    data = site([read("a", at(h + 0.5)) for h in range(13)])
    asked = forecast.questions(data, FULL, FULL + 13 * 3_600_000, 1)
    assert asked.unit.tolist() == [int(now) // (6 * 3_600_000) for now in asked.now]


def test_a_span_of_no_hours_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        forecast.questions(site(), 0, 1, 0)
