import random
from itertools import pairwise

import numpy as np

from recsys.evaluation.tasks import next_read
from tests.evaluation.small import ms, read, site

EVER = (0, ms(1000))


def told(questions):
    return [
        (query.row, query.seen, int(now), int(wanted[0]))
        for query, now, wanted in zip(
            questions.queries, questions.now, questions.wanted, strict=True
        )
    ]


def test_every_read_but_the_last_of_a_session_is_asked_about():
    data = site([read("a", 1, "x"), read("c", 2, "x"), read("b", 3, "x"), read("d", 2.5)])
    assert told(next_read.questions(data, *EVER)) == [
        (0, (), ms(1) + 1, 2),
        (2, (0,), ms(2) + 1, 1),
    ]


def test_what_others_read_meanwhile_is_known_when_the_next_article_is_opened():
    events = [read("a", 1, "x"), read("a", 2, "y"), read("b", 3, "y"), read("c", 4, "x")]
    asked = next_read.questions(site([*events, read("d", 3.5)]), *EVER, when_opened=True)
    assert told(asked) == [(0, (), ms(3), 1), (0, (), ms(4), 2)]
    assert asked.unit.tolist() == [1, 0]


def test_what_was_read_before_is_not_wanted_again():
    names = "abab c".replace(" ", "")
    data = site([read(name, i, "x") for i, name in enumerate(names)])
    assert [(row, wanted) for row, _, _, wanted in told(next_read.questions(data, *EVER))] == [
        (0, 1),
        (1, 2),
    ]


def test_only_reads_of_the_span_are_asked_about():
    data = site([read(name, i, "x") for i, name in enumerate("abcd")])
    assert [row for row, *_ in told(next_read.questions(data, ms(1), ms(2)))] == [1]


def test_sessions_are_drawn_whole_and_the_same_each_time():
    draw = random.Random(0)
    events = [
        read(draw.choice("abcdef"), draw.uniform(6, 90), f"s{draw.randrange(40)}")
        for _ in range(400)
    ]
    data = site(events)
    few = next_read.questions(data, *EVER, sessions=10, seed=3)
    again = next_read.questions(data, *EVER, sessions=10, seed=3)
    every = next_read.questions(data, *EVER, sessions=None)
    assert told(few) == told(again)
    assert np.unique(few.unit).size <= 10
    of_drawn = np.isin(every.unit, few.unit)
    assert told(few) == [one for one, drawn in zip(told(every), of_drawn, strict=True) if drawn]
    assert told(next_read.questions(data, *EVER, sessions=10, seed=4)) != told(few)


def test_against_a_slow_reading_of_the_sessions():
    draw = random.Random(1)
    events = [
        read(draw.choice("abcdef"), draw.uniform(6, 90), f"s{draw.randrange(9)}") for _ in range(99)
    ]
    expected = []
    for session in {event.session_id for event in events}:
        own = sorted(
            (e.timestamp, "abcdef".index(e.article_id)) for e in events if e.session_id == session
        )
        seen = []
        for (at, row), (_, following) in pairwise(own):
            before = tuple(one for one in seen if one >= 0)
            if following != row and following not in before:
                expected.append((row, before, at + 1, following))
            if row not in seen:
                seen.append(row)
    expected.sort(key=lambda one: one[2])
    assert told(next_read.questions(site(events), *EVER)) == expected
