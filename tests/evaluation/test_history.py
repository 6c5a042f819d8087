import numpy as np

from recsys.evaluation.dataset import Dataset
from recsys.evaluation.history import History, Query
from tests.evaluation.small import article, ms, read, site


def test_only_what_lies_strictly_before_now_is_known():
    history = History(site([read("a", 1), read("b", 2), read("c", 3)]))
    assert [history.n_reads(ms(h)) for h in (1, 1.5, 3, 4)] == [0, 1, 2, 3]
    assert history.recent(ms(3), 3_600_000) == slice(1, 2)


def test_candidates_are_published_before_now_and_not_the_article_itself():
    history = History(site())
    assert history.candidates(Query("default", 1), ms(3)).tolist() == [0, 2]
    assert history.candidates(Query("default", 1), ms(3) + 1).tolist() == [0, 2, 3]
    assert history.candidates(Query("elsewhere"), ms(9)).size == 0


def test_what_was_withdrawn_or_seen_is_no_candidate():
    history = History(site(withdrawn={("default", "a"): ms(5)}))
    assert history.candidates(Query("default", seen=(2, 3)), ms(4.5)).tolist() == [0, 1, 4]
    assert history.candidates(Query("default", seen=(2, 3)), ms(5)).tolist() == [1, 4]


def test_a_twin_of_the_article_being_read_is_no_candidate():
    data = Dataset.of(
        "twins", [article("a", 0), article("b", 1, body="body of a"), article("c", 2)]
    )
    assert History(data).candidates(Query("default", 1), ms(9)).tolist() == [2]


def test_section_language_and_among_narrow_the_candidates():
    articles = [
        article("a", 0, section=("x",), language="ar"),
        article("b", 0, section=("y", "x"), language="fr"),
        article("c", 0, language="ar"),
    ]
    history = History(Dataset.of("narrow", articles))

    def found(**asked):
        return history.candidates(Query("default", **asked), ms(1)).tolist()

    assert found(section="x") == [0, 1]
    assert found(language="ar") == [0, 2]
    assert found(language="de") == []
    assert found(among=np.array([1, 2], dtype=np.int32), language="ar") == [2]


def test_reads_after_the_end_of_learning_are_never_known():
    history = History(site([read("a", 1), read("b", 2)]), ms(2), ms(2))
    assert history.n_reads(ms(100)) == 1
    assert history.learned().tolist() == [0, 1]


def test_what_is_made_once_is_made_once():
    history, made = History(site()), []

    def make():
        made.append(1)
        return len(made)

    assert [history.once("x", make), history.once("x", make), history.once("y", make)] == [1, 1, 2]
