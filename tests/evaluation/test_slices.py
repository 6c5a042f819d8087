import numpy as np
import pytest

from recsys.evaluation import slices
from recsys.evaluation.dataset import Dataset
from recsys.evaluation.history import History, Query
from recsys.records import Article
from tests.evaluation.questions import asked, beside
from tests.evaluation.small import article, read, site


def test_only_slices_of_more_than_one_part_are_kept():
    questions = asked(beside(0), beside(1, wanted=[0]))
    assert slices.labels(History(site()), questions) == {}
    assert slices.labels(History(site()), asked()) == {}


@pytest.mark.parametrize("name", slices.SLICES)
@pytest.mark.parametrize("questions", [asked(), asked(beside(-1)), asked(beside(0), beside(-1))])
def test_each_question_has_a_part_or_none(name, questions):
    parts = slices.SLICES[name](History(site()), questions)
    assert parts.shape == (len(questions),)
    assert parts.dtype.kind == "U"


def test_sites_and_languages_are_those_asked_for_or_those_of_the_article():
    data = Dataset.of(
        "two", [article("a", 0, site="x", language="ar"), article("b", 0, site="y", language="fr")]
    )
    questions = asked(
        (Query("x", 0), 1, []), (Query("y", 1, language="en"), 1, []), (Query("y"), 1, [])
    )
    found = slices.labels(History(data), questions)
    assert found["site"].tolist() == ["x", "y", "y"]
    assert found["language"].tolist() == ["ar", "en", ""]


def test_rare_sections_are_one_part():
    articles = [article(f"{i:02}", 0, section=(f"s{i:02}",)) for i in range(14)]
    questions = asked(*(beside(i) for i in (*range(14), 13)), beside(-1), beside(-1, section="s00"))
    parts = slices.section(History(Dataset.of("many", articles)), questions)
    # s13 and s00 are asked for twice, the others once: the first ten of those are kept
    assert parts[:14].tolist() == [*(f"s{i:02}" for i in range(11)), "other", "other", "s13"]
    assert parts[14:].tolist() == ["s13", "", "s00"]


def test_age_is_that_at_the_question():
    questions = asked(beside(0, 23.9), beside(0, 24), beside(0, 24 * 8), beside(0, 24 * 30))
    assert slices.age(History(site()), questions).tolist() == [
        "under a day",
        "1 to 7 days",
        "7 to 30 days",
        "over 30 days",
    ]


def test_age_of_the_wanted_is_that_of_the_one_wanted_most():
    data = Dataset.of("dated", [article("a", 0), article("b", 48), Article("c", "no date")])
    questions = asked(beside(0, 49, [1, 0]), beside(0, 49, [0, 1]), beside(0, 49, [2]), beside(0))
    parts = slices.wanted_age(History(data), questions)
    assert parts.tolist() == ["under a day", "1 to 7 days", "", ""]


def test_traffic_is_in_thirds_by_the_reads_of_the_hour_before():
    reads = [read("a", 1.5), *[read("a", 2.5)] * 2, *[read("b", 3.5)] * 3]
    questions = asked(beside(-1, 2), beside(-1, 3), beside(-1, 4))
    parts = slices.traffic(History(site(reads)), questions)
    assert parts.tolist() == ["thin", "middle", "thick"]


def test_traffic_is_by_the_day_where_hours_are_mostly_empty():
    reads = [read("a", 1), read("a", 2), read("a", 30)]
    questions = asked(beside(-1, 20), beside(-1, 40), beside(-1, 60))  # 2, 1 and 0 in the day
    assert slices.traffic(History(site(reads)), questions).tolist() == ["thick", "middle", "thin"]


def test_length_is_that_of_the_text_asked_with():
    long = Article("x", body="word " * 500)
    data = Dataset.of("long", [article("a", 0, body="word " * 48), article("b", 0)])
    questions = asked(beside(0), beside(1), beside(1, article=long), beside(-1))
    assert slices.length(History(data), questions).tolist() == [
        "50 to 199 words",  # two more in the title
        "under 50 words",
        "500 words and more",
        "",
    ]


def test_cold_articles_were_read_once_at_most_before_the_question():
    reads = [read("a", 1 + i / 100) for i in range(10)] + [read("b", 3)]
    questions = asked(beside(0, 1), beside(0, 1.015), beside(0, 2), beside(1, 4), beside(-1, 4))
    parts = slices.cold(History(site(reads)), questions)
    assert parts.tolist() == [
        "at most once",
        "2 to 9 times",
        "10 times and more",
        "at most once",
        "",
    ]


def test_nothing_is_cold_where_nothing_is_read():
    assert set(slices.cold(History(site()), asked(beside(0))).tolist()) == {""}


def test_equal_counts_are_in_one_part():
    reads = [read("a", 0.5)] * 2
    questions = asked(*(beside(-1, 1) for _ in range(9)))
    assert len(np.unique(slices.traffic(History(site(reads)), questions))) == 1
