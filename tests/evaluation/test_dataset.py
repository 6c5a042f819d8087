import numpy as np
import pytest

from recsys.evaluation.dataset import NEVER, Dataset, Reads, rows_by_name
from recsys.records import Article
from recsys.times import UNKNOWN
from tests.evaluation.small import DAY0, HOUR, article, ms, read, site


def test_reads_come_in_order_of_time_with_sessions_numbered_as_met():
    reads = site([read("b", 5, "x"), read("a", 4, "y"), read("a", 6, "x")]).reads
    assert reads.time.tolist() == [ms(4), ms(5), ms(6)]
    assert reads.row.tolist() == [0, 1, 0]
    assert reads.session.tolist() == [1, 0, 0]


def test_only_views_with_a_time_of_articles_that_are_there_are_reads():
    events = [
        read("a", 1),
        read("a", 2, event_type="impression"),
        read("gone", 3),
        read("b", 4, from_article_id="a"),
        read("c", 5, from_article_id="gone"),
    ]
    reads = site(events).reads
    assert reads.row.tolist() == [0, 1, 2]
    assert reads.from_row.tolist() == [-1, 0, -1]
    assert reads.session.tolist() == [-1, -1, -1]


def test_reads_of_one_moment_keep_their_order():
    reads = Reads.of(np.array([7, 3, 7]), np.array([1, 2, 0]))
    assert reads.row.tolist() == [2, 1, 0]


def test_an_article_of_unknown_date_counts_from_its_first_read():
    undated = [Article("a", title="x"), Article("b", title="y")]
    data = Dataset.of("undated", undated, [read("b", 3), read("b", 2)])
    assert data.corpus.published.tolist() == [UNKNOWN, DAY0 + 2 * HOUR]


def test_the_first_published_stands_for_those_of_one_body_or_address():
    articles = [
        article("a", 3, body="same"),
        article("b", 1, body="same"),
        article("c", 2, url="https://s.example/c"),
        article("d", 4, url="https://s.example/c?utm_source=x"),
        article("e", 5, site="other", body="same"),
    ]
    data = Dataset.of("twins", articles)
    names = [a.article_id for a in data.articles]
    stands = {name: names[data.same[i]] for i, name in enumerate(names)}
    assert stands == {"a": "b", "b": "b", "c": "c", "d": "c", "e": "e"}
    assert [n for n, shown in zip(names, data.corpus.shown, strict=True) if shown] == [*"bce"]


def test_where_nothing_has_a_text_everything_may_be_shown():
    data = Dataset.of("bare", [Article("a"), Article("b")], [read("a", 1)])
    assert data.corpus.shown.tolist() == [True, True]
    mixed = Dataset.of("mixed", [Article("a"), Article("b", title="t")])
    assert mixed.corpus.shown.tolist() == [False, True]


def test_withdrawals_are_told_by_key():
    data = site(withdrawn={("default", "c"): ms(9), ("default", "nobody"): ms(1)})
    assert data.withdrawn.tolist() == [NEVER, NEVER, ms(9), NEVER, NEVER, NEVER]


@pytest.mark.parametrize("keys", [[], [("default", "b"), ("default", "z"), ("default", "b")]])
def test_rows_by_name_are_those_of_the_corpus(keys):
    corpus = site().corpus
    assert rows_by_name(corpus, keys).tolist() == [corpus.row_of(*key) for key in keys]
