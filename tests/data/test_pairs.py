import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.corpus import Corpus
from recsys.data.pairs import Pairs, Reads, Sessions
from recsys.records import Article, Event

MINUTE = 60_000


def reads(*told):
    """From (minute, row, session) or (minute, row, session, from_row)."""
    time, row, session, origin = np.array([(*t, -1)[:4] for t in told] or np.zeros((0, 4))).T
    return Reads(
        time.astype(np.int64) * MINUTE,
        row.astype(np.int32),
        session.astype(np.int64),
        origin.astype(np.int32),
    )


def pairs(told, now=10_000, **parameters):
    made = Pairs.of(reads(*told), now * MINUTE, **parameters)
    columns = (made.first, made.then, made.time // MINUTE, made.lag)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_every_two_reads_of_a_session_are_a_pair_at_the_time_of_the_later():
    told = [(1, 0, 7), (3, 1, 7), (6, 2, 7), (4, 3, 8)]
    assert pairs(told) == [(0, 1, 3, 1), (0, 2, 6, 2), (1, 2, 6, 1)]


def test_the_order_in_which_reads_come_does_not_matter():
    told = [(1, 0, 7), (3, 1, 7), (6, 2, 7), (4, 3, 8), (9, 0, 8)]
    assert pairs(told[::-1]) == pairs(told)


def test_what_is_not_read_yet_makes_no_pair():
    told = [(1, 0, 7), (3, 1, 7), (6, 2, 7)]
    assert pairs(told, now=5) == [(0, 1, 3, 1)]
    assert pairs(told, now=2) == []


def test_an_article_that_is_read_again_counts_where_it_was_read_first():
    assert pairs([(1, 0, 7), (2, 1, 7), (3, 0, 7), (4, 1, 7)]) == [(0, 1, 2, 1)]


def test_a_reader_who_was_away_for_long_begins_another_session():
    told = [(0, 0, 7), (30, 1, 7), (61, 2, 7)]
    assert pairs(told, max_gap_minutes=30) == [(0, 1, 30, 1)]
    assert pairs([(0, 0, 7), (61, 0, 7), (62, 1, 7)], max_gap_minutes=30) == [(0, 1, 62, 1)]


def test_reads_far_apart_in_a_session_are_no_pair():
    told = [(minute, minute, 7) for minute in range(4)]
    assert [(a, b) for a, b, _, _ in pairs(told, reach_reads=2)] == [
        (0, 1), (0, 2), (1, 2), (1, 3), (2, 3)
    ]  # fmt: skip


def test_a_read_without_a_session_pairs_with_what_led_to_it():
    assert pairs([(5, 1, -1, 0), (6, 1, -1, 1), (7, 2, 3, 0)]) == [(0, 1, 5, 1)]


def test_articles_that_are_not_known_are_passed_over():
    assert pairs([(1, 0, 7), (2, -1, 7), (3, 1, 7)]) == [(0, 1, 3, 1)]


def test_views_of_a_store_become_reads_by_row():
    corpus = Corpus.of([Article("a", title="A"), Article("b", title="B")])
    events = [
        Event(1000, "b", session_id="s"),
        Event(2000, "a", session_id="s", from_article_id="b"),
        Event(3000, "gone", from_article_id="a"),
        Event(None, "a", session_id="s"),
        Event(4000, "a", event_type="impression"),
        Event(5000, "b", session_id="s", site="other"),
    ]
    made = Reads.of(events, corpus)
    assert made.time.tolist() == [1000, 2000, 3000, 5000]
    assert made.row.tolist() == [1, 0, -1, -1]
    first, second, none, other = made.session.tolist()
    assert first == second >= 0
    assert none == -1
    assert other not in (first, -1)  # a session of another site
    assert made.from_row.tolist() == [-1, 1, 0, -1]


def test_no_events_are_no_pairs():
    made = Reads.of([], Corpus.of([]))
    assert Pairs.of(made, 0).first.tolist() == []


told_reads = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 4), st.integers(-1, 3), st.integers(-1, 4)),
    max_size=40,
)


@given(told_reads, st.integers(0, 60), st.integers(1, 3), st.integers(1, 20))
def test_any_reads_make_the_pairs_that_a_walk_along_each_session_finds(told, now, reach, gap):
    expected, sessions = [], {}
    for minute, row, session, origin in sorted(told, key=lambda t: (t[2], t[0], t[1])):
        if minute > now:
            continue
        if session < 0:
            if origin not in (-1, row):
                expected.append((origin, row, minute, 1))
            continue
        last, seen = sessions.get(session, (minute, []))
        if minute - last > gap:
            seen = []
        if row not in seen:
            for lag, earlier in enumerate(seen[::-1][:reach], 1):
                expected.append((earlier, row, minute, lag))
            seen.append(row)
        sessions[session] = (minute, seen)
    found = pairs(told, now, reach_reads=reach, max_gap_minutes=gap)
    assert sorted(found) == sorted(expected)


def test_sessions_let_go_of_what_is_old_and_find_articles_that_arrive_later():
    sessions = Sessions()
    sessions.take([Event(1000, "a", session_id="s"), Event(3000, "b", session_id="s")])
    assert sessions.reads(Corpus.of([Article("b", title="B")])).row.tolist() == [-1, 0]
    sessions.let_go(3000)
    sessions.take([Event(2000, "a", session_id="t")])
    both = Corpus.of([Article("a", title="A"), Article("b", title="B")])
    assert sessions.reads(both).time.tolist() == [3000, 2000]
    assert sessions.reads(both).row.tolist() == [1, 0]
