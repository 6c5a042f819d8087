"""What every baseline keeps to, over the table of baselines."""

import inspect
from random import Random

import numpy as np
import pytest

from recsys.evaluation.baselines import BASELINES
from recsys.evaluation.history import History, Query
from tests.evaluation.baselines.newsroom import Newsroom, at

SEEDS = (0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2)))


def questions(room, seed, n=40):
    draw = Random(seed)
    return sorted((room.question(draw) for _ in range(n)), key=lambda asked: asked[1])


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_is_one_function_that_says_whether_it_pads(name):
    rank = BASELINES[name]
    assert rank.__module__ == f"recsys.evaluation.baselines.{name}"
    first, *more = inspect.signature(rank).parameters.values()
    assert [first.name, *(p.name for p in more[:3])] == ["history", "query", "now", "k"]
    assert all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in more[3:])
    assert "padded" in rank.__doc__


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_lists_k_different_rows_that_may_be_listed_or_all_there_are(name, seed):
    room = Newsroom.drawn(seed)
    history = History(room.dataset)
    for query, now in questions(room, seed):
        for k in (1, 5, 100):
            rows = BASELINES[name](history, query, now, k)
            allowed = room.allowed(query, now)
            assert rows.dtype == np.int32
            assert len(set(rows.tolist())) == rows.size == min(k, len(allowed))
            assert set(rows.tolist()) <= set(allowed)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", BASELINES)
def test_nothing_later_than_now_changes_an_answer(name, seed):
    room = Newsroom.drawn(seed)
    draw = Random(seed)
    for query, now in questions(room, seed):
        then = room.as_it_was(now, draw)
        asked = (
            query
            if query.row < 0 or then.articles[query.row] == room.dataset.articles[query.row]
            else Query(query.site)
        )
        lists = [
            BASELINES[name](History(dataset, learn_until=now), asked, now, 8).tolist()
            for dataset in (room.dataset, then)
        ]
        assert lists[0] == lists[1]


@pytest.mark.parametrize("name", BASELINES)
def test_what_was_asked_before_changes_no_answer(name):
    room = Newsroom.drawn(1)
    carried = History(room.dataset)
    asked = questions(room, 1)
    forward = [BASELINES[name](carried, query, now, 8).tolist() for query, now in asked]
    back = [BASELINES[name](carried, query, now, 8).tolist() for query, now in reversed(asked)]
    alone = [BASELINES[name](History(room.dataset), *one, 8).tolist() for one in asked]
    assert forward == back[::-1] == alone


@pytest.mark.parametrize("name", BASELINES)
def test_a_site_that_is_not_there_and_a_newsroom_without_articles_have_empty_lists(name):
    room = Newsroom.drawn(0)
    for dataset in (room.dataset, Newsroom.of([]).dataset):
        assert BASELINES[name](History(dataset), Query("north"), at(5), 8).tolist() == []


@pytest.mark.parametrize("name", BASELINES)
def test_without_reads_and_without_words_to_learn_there_is_still_a_list(name):
    dataset = Newsroom.drawn(0, n_reads=0).dataset
    history = History(dataset, learn_until=0)
    assert BASELINES[name](history, Query("east", 3), at(9), 4).size == 4
