"""Answers that can be worked out on paper."""

from dataclasses import replace

import numpy as np

from recsys.evaluation.baselines import BASELINES
from recsys.evaluation.dataset import NEVER
from recsys.evaluation.history import History, Query
from recsys.records import Article
from tests.evaluation.baselines.newsroom import START, Newsroom, at


def newsroom(hours, reads=(), withdrawn=(), **fields) -> History:
    """Articles published at ``hours``; fields by article; reads as (hours, row, session)."""
    articles = [
        Article(
            f"{row:03}",
            title=f"title{row}",
            published_at=START + round(3600 * hour),
            site="east",
            **{name: values[row] for name, values in fields.items()},
        )
        for row, hour in enumerate(hours)
    ]
    raw = [(at(hour), row, session, -1) for hour, row, session in reads]
    gone = [(row, at(hour)) for row, hour in withdrawn]
    return History(Newsroom.of(articles, raw, gone).dataset)


def ask(name, history, row=-1, hour=10.0, k=9, **more) -> list[int]:
    numbers = {key: more.pop(key) for key in list(more) if key not in Query.__dataclass_fields__}
    query = Query("east", row, **more)
    return BASELINES[name](history, query, at(hour), k, **numbers).tolist()


def test_newest_lists_what_came_last_and_of_one_moment_the_lower_row():
    history = newsroom([1, 3, 2, 3])
    assert ask("newest", history) == [1, 3, 2, 0]
    assert ask("newest", history, row=3, k=2) == [1, 2]


def test_what_is_published_at_now_is_not_there_yet_and_what_is_withdrawn_is_there_no_more():
    history = newsroom([1, 2, 3], withdrawn=[(0, 2.5)])
    assert ask("newest", history, hour=2) == [0]
    assert ask("newest", history, hour=2.4) == [1, 0]
    assert ask("newest", history, hour=2.5) == [1]


def test_the_section_of_the_article_comes_first_and_the_rest_of_the_site_fills_up():
    sections = [("home",), ("world",), ("home", "world"), ("world",)]
    history = newsroom([4, 3, 2, 1], section=sections)
    assert ask("newest_in_section", history, row=3) == [1, 2, 0]
    assert ask("newest_in_section", history, row=0) == [2, 1, 3]
    assert ask("newest_in_section", history, row=0, section="world") == [1, 2, 3]


def test_two_reads_an_hour_ago_are_worth_one_now_and_the_tie_goes_to_the_lower_row():
    history = newsroom([0, 0, 0], reads=[(8, 1, 0), (8, 1, 1), (9, 0, 2)])
    assert ask("most_read", history) == [0, 1, 2]
    history = newsroom([0, 0, 0], reads=[(8, 1, 0), (8, 1, 1), (8, 1, 2), (9, 0, 3)])
    assert ask("most_read", history) == [1, 0, 2]


def test_three_reads_two_hours_ago_beat_one_now_only_with_a_longer_half_life():
    history = newsroom([0, 0], reads=[(7.5, 1, 0), (7.5, 1, 1), (7.5, 1, 2), (9.5, 0, 3)])
    assert ask("most_read", history) == [0, 1]
    assert ask("most_read", history, half_life_minutes=120.0) == [1, 0]


def test_one_read_more_than_a_day_before_the_last_is_forgotten():
    history = newsroom([0, 5, 6], reads=[(7, 0, 0), (31, 2, 1), (31.1, 2, 2)])
    assert ask("most_read", history, hour=31.1) == [2, 0, 1]
    assert ask("most_read", history, hour=31.2) == [2, 1, 0]


def test_where_no_read_is_known_for_days_the_last_ones_still_count():
    history = newsroom([0, 0, 0, 1], reads=[(8, 1, 0), (8, 2, 0), (8, 2, 1)])
    assert ask("most_read", history, hour=1000) == [2, 1, 3, 0]
    assert ask("co_read", history, row=2, hour=1000, k=2) == [1, 3]


def test_the_most_read_that_may_be_listed_is_found_behind_many_that_may_not():
    reads = [(9, row, 0) for row in range(100)]
    history = newsroom([0] * 100 + [1], reads, language=["en"] * 99 + ["ar"] * 2)
    assert ask("most_read", history, language="ar", k=1) == [99]
    assert ask("most_read", history, language="ar", k=3) == [99, 100]


def test_sums_go_on_over_an_epoch_of_half_lives():
    late = 24 * 60  # 60 days, more than five epochs of 256 hours
    reads = [(1, 0, 0), (late, 1, 1), (late, 1, 2), (late + 1, 2, 3), (late + 1, 2, 4)]
    history = newsroom([0, 0, 0], reads)
    assert ask("most_read", history, hour=2) == [0, 1, 2]
    assert ask("most_read", history, hour=late + 2) == [2, 1, 0]


def test_reads_of_a_section_come_before_more_reads_elsewhere():
    sections = [("home",), ("home",), ("world",), ("home",)]
    history = newsroom([0, 0, 0, 1], reads=[(9, 2, 0), (9, 2, 1), (9, 1, 2)], section=sections)
    assert ask("most_read", history, row=0) == [2, 1, 3]
    assert ask("most_read_in_section", history, row=0) == [1, 2, 3]


def test_the_ring_holds_each_article_once_the_last_read_first():
    reads = [(1, 0, 0), (2, 1, 0), (3, 2, 0), (4, 0, 1), (5, 1, 1)]
    history = newsroom([0, 0, 0, 0.5], reads)
    assert ask("circular_buffer_distinct", history) == [1, 0, 2, 3]
    assert ask("circular_buffer_distinct", history, size=2) == [1, 0, 3, 2]
    assert ask("circular_buffer_distinct", history, hour=4) == [2, 1, 0, 3]


def test_the_ring_looks_further_back_where_one_article_was_read_again_and_again():
    reads = [(1, 0, 0), (2, 1, 1), *((3 + i / 1000, 2, i) for i in range(2000))]
    history = newsroom([0, 0, 0, 0.5], reads)
    assert ask("circular_buffer_distinct", history, k=3) == [2, 1, 0]
    assert ask("circular_buffer_frequent", history, k=3) == [2, 3, 0]


def test_the_most_frequent_of_the_last_reads_come_first_whenever_they_were():
    reads = [(1, 2, 0), (1, 2, 1), (1, 2, 2), (2, 1, 3), (3, 0, 4), (3, 1, 5)]
    history = newsroom([0, 0, 0], reads)
    assert ask("circular_buffer_frequent", history) == [2, 1, 0]
    assert ask("circular_buffer_frequent", history, size=4) == [1, 0, 2]


def test_articles_of_one_session_are_neighbours_once_however_often_they_were_read():
    reads = [(8, 0, 7), (8, 1, 7), (8, 0, 7), (8, 1, 7), (8, 0, 8), (8, 2, 8), (8, 0, 9), (8, 2, 9)]
    history = newsroom([0, 0, 0, 0], reads)
    assert ask("co_read", history, row=0, k=2) == [2, 1]
    assert ask("co_read", history, row=1, k=2) == [0, 2]


def test_a_pair_counts_from_when_both_were_read_and_half_after_an_hour():
    reads = [(1, 0, 0), (9, 1, 0), (7, 0, 1), (8, 2, 1), (7, 0, 2), (8, 2, 2), (3, 3, 3)]
    history = newsroom([0, 0, 0, 0], reads)
    assert ask("co_read", history, row=0, k=2) == [1, 2]
    assert ask("co_read", history, row=0, k=2, hour=9) == [2, 3]


def test_where_nobody_read_on_the_most_read_fill_up():
    history = newsroom([0, 0, 0, 1], reads=[(9, 2, 0), (9, 1, 1), (9, 1, 2)])
    assert ask("co_read", history, row=0) == [1, 2, 3]


def test_reads_without_a_session_are_neighbours_of_the_article_that_led_there():
    articles = [Article(str(row), title="t", published_at=START, site="east") for row in range(3)]
    history = History(Newsroom.of(articles, [(at(1), 2, -1, 0)]).dataset)
    assert ask("co_read", history, row=0, k=1) == [2]
    assert ask("co_read", history, row=2, k=1) == [0]
    assert ask("co_read", history, row=-1, seen=(1, 0), k=1) == [2]


def test_reads_of_a_copy_count_for_the_first_published():
    reads = [(8, 2, 0), (8, 2, 1), (8, 1, 2)]
    history = newsroom([1, 0, 2], reads, body=["same words", "other", "same words"])
    for name in ("most_read", "circular_buffer_frequent"):
        assert ask(name, history) == [0, 1]


def test_the_most_words_in_common_come_first_and_the_newest_fill_up():
    bodies = ["flood river rescue", "election vote", "flood river", "flood", "vote", None]
    history = newsroom([0, 1, 2, 3, 4, 5], body=bodies)
    for name in ("tfidf", "bm25"):
        assert ask(name, history, row=0) == [2, 3, 5, 4, 1]


def test_an_article_is_asked_with_the_text_that_the_question_brings():
    history = newsroom([0, 1, 2, 3], body=["flood a", "vote b", "flood c", "vote d"])
    asked = replace(history.dataset.articles[0], title="", body="vote")
    assert ask("bm25", history, row=0, article=asked, k=2) == [1, 3]
    assert ask("tfidf", history, row=0, k=1) == [2]


def test_titles_alone_are_compared_by_title_only():
    articles = [
        Article(str(row), title=title, body=body, published_at=START, site="east")
        for row, (title, body) in enumerate(
            [("river floods", "vote"), ("vote today", "vote now"), ("river calm", "sports")]
        )
    ]
    history = History(Newsroom.of(articles).dataset)
    assert ask("title_only", history, row=0) == [2, 1]
    assert ask("tfidf", replace(history, _memo={}), row=0)[0] in (1, 2)


def test_words_of_articles_that_may_not_be_learned_from_are_not_known():
    history = newsroom([0, 1, 2, 3], body=["flood river", "river levee", "levee flood", "flood"])
    assert ask("tfidf", history, row=0) == [1, 3, 2]  # "levee" makes the third less alike
    early = History(history.dataset, learn_until=at(0.5))  # "levee" is no word yet
    assert ask("tfidf", early, row=0) == [1, 2, 3]


def test_chance_draws_every_article_equally_often():
    history = newsroom([0] * 10)
    drawn = [ask("random", history, hour=1 + i / 100, k=3) for i in range(1000)]
    times = np.bincount(np.concatenate(drawn), minlength=10)
    assert times.sum() == 3000
    assert abs(times - 300).max() < 60  # four standard deviations are 58
    first = np.bincount([rows[0] for rows in drawn], minlength=10)
    assert abs(first - 100).max() < 40


def test_chance_finds_the_few_that_may_be_listed_among_many_that_may_not():
    history = newsroom([0] * 300, language=["ar"] * 2 + ["en"] * 298)
    assert sorted(ask("random", history, language="ar", k=5)) == [0, 1]
    assert (history.dataset.withdrawn == NEVER).all()


def test_another_seed_is_another_draw_and_the_same_seed_the_same():
    dataset = newsroom([0] * 50).dataset
    lists = [ask("random", History(dataset, seed=seed), k=10) for seed in (1, 1, 2)]
    assert lists[0] == lists[1] != lists[2]
