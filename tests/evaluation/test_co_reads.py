from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.data.pairs import Pairs, Reads
from recsys.evaluation.co_reads import CoReads, LiveCoReading, rank
from recsys.evaluation.dataset import Reads as DataReads
from recsys.evaluation.history import History, Query
from recsys.evaluation.recipes import RecipeRanker
from recsys.recipe import Recipe
from recsys.signals.co_reading import CoReading
from tests.evaluation.small import ms, read, site

MINUTE = 60_000


def columns(told):
    time, row, session, origin = np.array([(*t, -1)[:4] for t in told] or np.zeros((0, 4))).T
    return (
        time.astype(np.int64) * MINUTE,
        row.astype(np.int32),
        session.astype(np.int64),
        origin.astype(np.int32),
    )


def tracked(told, **parameters):
    tracker = CoReads(CoReading(**parameters))
    tracker.add(*columns(told))
    return tracker


def test_what_is_read_next_most_often_comes_first():
    told = [(0, 0, 1), (1, 1, 1), (2, 0, 2), (3, 1, 2), (4, 0, 3), (5, 2, 3)]
    assert tracked(told).ranked(0, 6 * MINUTE, 5).tolist() == [1, 2]


def test_what_the_reader_has_read_is_left_out_and_ties_go_to_the_lower_row():
    told = [(0, 0, 1), (1, 2, 1), (0, 0, 2), (1, 1, 2)]
    told.sort()
    assert tracked(told).ranked(0, MINUTE, 5).tolist() == [1, 2]
    assert tracked(told).ranked(0, MINUTE, 5, [1]).tolist() == [2]
    assert tracked(told).ranked(0, MINUTE, 1).tolist() == [1]


def test_an_article_that_nobody_read_has_what_is_popular():
    popular = np.array([5, 3], dtype=np.int32), np.array([0.2, 0.7])
    assert tracked([]).ranked(9, 0, 5, (), popular).tolist() == [3, 5]


def test_popularity_is_the_prior_of_the_prior():
    # One read of 1 after 0, now: long = recent = 1. usual[1] = (1 + 3 * 0.5) / 4 = 0.625 and
    # usual[2] = 3 * 0.5 / 4 = 0.375; values (1 + 3 * 0.625) / 4 and 3 * 0.375 / 4.
    tracker = tracked([(0, 0, 1), (1, 1, 1)], prior_reads=3)
    popular = np.array([1, 2], dtype=np.int32), np.array([0.5, 0.5])
    rows, values = tracker.value(0, MINUTE, popular)
    assert dict(zip(rows.tolist(), values.tolist(), strict=True)) == pytest.approx(
        {1: 0.71875, 2: 0.28125}
    )


told_reads = st.lists(
    st.tuples(st.integers(0, 9000), st.integers(0, 5), st.integers(-1, 3), st.integers(-1, 5)),
    max_size=60,
)
parameters = st.builds(
    CoReading,
    half_life_hours=st.sampled_from([0.05, 0.25, 3.0]),
    prior_reads=st.sampled_from([1.0, 20.0]),
    backward=st.sampled_from([0.0, 0.25]),
    reach_reads=st.integers(1, 3),
    max_gap_minutes=st.sampled_from([60.0, 5000.0]),
)


@settings(deadline=None)
@given(told_reads, st.integers(0, 9000), parameters)
def test_at_any_moment_it_values_what_the_signal_would_learn_then(told, now, signal):
    told = sorted(told)
    time, row, session, origin = columns(told)
    known = int(np.searchsorted(time, now * MINUTE, side="right"))
    tracker, done = CoReads(signal), 0
    for end in (known // 3, known // 2, known):  # in parts of any size
        where = slice(done, end)
        tracker.add(time[where], row[where], session[where], origin[where])
        done = end
    pairs = Pairs.of(
        Reads(time, row, session, origin),
        now * MINUTE,
        reach_reads=signal.reach_reads,
        max_gap_minutes=signal.max_gap_minutes,
    )
    learned = signal.fit(pairs, 6, now * MINUTE)
    anchor, other, values, _ = learned._values(pairs, 6, now * MINUTE)
    for i in range(6):
        rows, found = tracker.value(i, now * MINUTE)
        told_of = dict(zip(rows.tolist(), found.tolist(), strict=True))
        expected = dict(zip(other[anchor == i].tolist(), values[anchor == i].tolist(), strict=True))
        assert told_of == pytest.approx(expected, abs=1e-9)


@settings(deadline=None)
@given(told_reads, st.integers(0, 9000), parameters)
def test_live_co_reading_answers_as_the_signal_fitted_at_that_moment(told, now, signal):
    told = sorted(told)
    time, row, session, origin = columns(told)
    reads = DataReads.of(time, row, session.astype(np.int32), origin)
    live = LiveCoReading(**vars(signal)).follow(reads)
    live.move(now * MINUTE)
    pairs = Pairs.of(
        Reads(time, row, session, origin),
        now * MINUTE - 1,  # what lies strictly before
        reach_reads=signal.reach_reads,
        max_gap_minutes=signal.max_gap_minutes,
    )
    learned = replace(signal).fit(pairs, 6, now * MINUTE)
    every = np.arange(6, dtype=np.int32)
    for i in range(6):
        assert live.scores(i, every) == pytest.approx(learned.scores(i, every), abs=2e-6)


def test_a_recipe_ranks_by_what_was_read_before_the_question():
    events = [read("b", 3, "s"), read("e", 4.5, "s"), read("b", 5, "t"), read("a", 5.2, "t")]
    data = site([*events, read("a", 6, "u"), read("a", 6, "v")])
    tables = {
        "blend": {"co_reading": 1.0, "popularity": 0.0},
        "co_reading": {"prior_reads": 1.0},
        "stories": {"min_cosine": 2.0},  # the texts are much alike
    }
    ranker, history = RecipeRanker(Recipe("r", tables)), History(data)
    query = Query("default", data.corpus.row_of("default", "b"))
    first = [data.corpus.id_of(int(ranker(history, query, ms(hour), 1)[0])) for hour in (5.1, 5.3)]
    assert first == ["e", "a"]  # at 5.3 a was read six minutes ago, e 48


def test_a_ranker_knows_what_lies_before_the_question_and_nothing_else():
    events = [read("a", 4, "s"), read("d", 5, "s"), read("a", 6, "t")]
    data = site([*events, read("b", 6.1), read("b", 6.2)])
    history, signal = History(data), CoReading(half_life_hours=1, prior_reads=1)
    query = Query("default", data.corpus.row_of("default", "a"))

    def asked(hour, k):
        found = rank(history, query, ms(hour), k, signal=signal)
        return [data.corpus.id_of(row) for row in found.tolist()]

    assert asked(5, 1) == ["e"]  # the newest: d was read at 5, which is not before 5
    assert asked(5.5, 1) == ["d"]
    assert asked(6.5, 2) == ["d", "b"]
    assert asked(5.5, 2) == ["d", "f"]  # going back, what came later is forgotten


def test_without_an_article_the_last_one_seen_is_asked_about():
    data = site([read("a", 7, "s"), read("c", 8, "s")])
    row = data.corpus.row_of("default", "a")
    found = rank(History(data), Query("default", seen=(row,)), ms(9), 1)
    assert [data.corpus.id_of(each) for each in found.tolist()] == ["c"]
