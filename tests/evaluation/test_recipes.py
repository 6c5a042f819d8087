"""A recipe ranks as the service would, and knows nothing of what came later."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.evaluation.dataset import Dataset, Judgements, Reads
from recsys.evaluation.history import History, Query
from recsys.evaluation.recipes import RecipeRanker, whole_second_before
from recsys.evaluation.tasks import judgements
from recsys.model import Model
from recsys.recipe import Recipe
from tests.evaluation.small import DAY0, HOUR, article, ms, read

WORDS = ["port ship", "port strike", "port ship strike", "goal match", "goal league", "league cup"]
RANK = RecipeRanker(Recipe("plain", {"blend": {"popularity": 1.0}}))
MOST_READ = RecipeRanker(Recipe("plain"), "most_read")


@pytest.fixture
def data():
    articles = [
        article(name, hour, title=words, body=f"{words} {name}{name}")
        for hour, (name, words) in enumerate(zip("abcdef", WORDS, strict=True))
    ]
    reads = [read("abcdef"[i % 6], 6 + 0.1 * i) for i in range(60)]
    return Dataset.of("words", articles, reads)


def test_a_list_is_that_of_a_model_of_the_same_articles(data):
    now = DAY0 + 20 * HOUR
    model = Model(Recipe("plain", {"blend": {"popularity": 0.0}})).fit(data.articles, now=now)
    plain = RecipeRanker(Recipe("plain", {"blend": {"popularity": 0.0}}))
    found = plain(History(data), Query("default", 2), now * 1000 + 1, 2)
    assert [data.corpus.id_of(row) for row in found] == [
        item.article_id for item in model.related("c", limit=2).items
    ]


@pytest.mark.parametrize("ranker", [RANK, MOST_READ])
def test_what_comes_later_changes_nothing(data, ranker):
    now = ms(9) + 30_000
    reads, cut = data.reads, int(np.searchsorted(data.reads.time, now))
    later = Reads.of(
        np.concatenate([reads.time[:cut], np.full(500, now)]),
        np.concatenate([reads.row[:cut], np.full(500, 5)]),
    )
    queries = (
        [Query("default", row) for row in range(-1, 6)]
        if ranker is MOST_READ
        else [Query("default", row) for row in range(6)]
    )
    for query in queries:
        found = [ranker(History(replace(data, reads=r)), query, now, 4) for r in (reads, later)]
        assert found[0].tolist() == found[1].tolist()


def test_only_what_was_published_is_listed(data):
    history = History(data)
    for hour in range(1, 6):
        found = RANK(history, Query("default", 0), ms(hour), 9)
        assert sorted(found.tolist()) == list(range(1, hour))


def test_withdrawn_and_seen_articles_are_not_listed(data):
    gone = replace(data, withdrawn=np.where(np.arange(6) == 1, ms(10), data.withdrawn))
    history = History(gone)
    assert 1 in RANK(history, Query("default", 0), ms(10) - 1, 9)
    assert 1 not in RANK(history, Query("default", 0), ms(10), 9)
    assert 2 not in RANK(history, Query("default", 0, seen=(2,)), ms(10), 9)


def test_the_text_asked_with_decides(data):
    other = article("d", 3, title="port strike", body="port strike")
    plain = RANK(History(data), Query("default", 3), ms(5), 1)
    asked = RANK(History(data), Query("default", 3, article=other), ms(5), 1)
    assert (plain.tolist(), asked.tolist()) == ([4], [1])


def test_among_ranks_exactly_what_was_shown(data):
    shown = np.array([1, 3, 5], dtype=np.int32)
    found = RANK(History(data), Query("default", 2, among=shown), ms(20), 9)
    assert sorted(found.tolist()) == [1, 3, 5]
    assert found[0] == 1


def test_texts_from_after_the_end_of_learning_are_appended(data):
    history = History(data, ms(4), ms(4))
    assert history.learned().tolist() == [0, 1, 2, 3]
    found = RANK(history, Query("default", 3), ms(20), 2)
    assert found[0] == 4  # "goal" was learned, "league" never was


def test_a_recipe_answers_judgements(data):
    pairs = [np.array(rows, dtype=np.int32) for rows in ([2, 4], [0, 3])]
    judged = replace(data, judgements=Judgements(*pairs, np.ones(2)))
    asked = judgements.questions(judged)
    history = History(judged)
    found = [
        RANK(history, query, int(now), 2).tolist()
        for query, now in zip(asked.queries, asked.now, strict=True)
    ]
    assert found == [[1, 0], [3, 2]] or found == [[0, 1], [3, 2]]


@pytest.mark.parametrize(("now", "second"), [(1000, 0), (1001, 1), (1999, 1), (2000, 1)])
def test_the_second_before_lies_before(now, second):
    assert whole_second_before(now) == second
