"""Every baseline answers as a slow, obvious twin that knows only the raw records before now."""

from collections import Counter
from random import Random

import pytest

from recsys.evaluation.baselines import BASELINES
from recsys.evaluation.history import History, Query
from tests.evaluation.baselines.newsroom import Newsroom, bm25, cosines, decayed

pytestmark = pytest.mark.slow  # slow twins

K = 6
FASTER = {"co_read": {"half_life_minutes": 60.0}}
SMALLER = {"circular_buffer_distinct": {"size": 5}, "circular_buffer_frequent": {"size": 30}}
NUMBERS = {**FASTER, **SMALLER}


def by_score(room: Newsroom, query: Query, now: int, scores) -> list[int]:
    """The allowed rows with a score over 0, highest first, ties to the lower row."""
    rows = [row for row in room.allowed(query, now) if scores.get(row, 0) > 0]
    return sorted(rows, key=lambda row: (-scores[row], row))


def newest(room, query, now):
    return sorted(room.allowed(query, now), key=lambda row: (-room.known(row), row))


def section(room, query):
    if query.section is not None:
        return query.section
    article = query.article or (room.dataset.articles[query.row] if query.row >= 0 else None)
    return article.section[0] if article and article.section else None


def own_section_only(room, query, rows):
    own = section(room, query)
    return [row for row in rows if own in room.dataset.articles[row].section]


def newest_in_section(room, query, now):
    everywhere = newest(room, query, now)
    return own_section_only(room, query, everywhere) + everywhere


def read(room, query, now):
    times: dict[int, list[int]] = {}
    for time, row, _, _ in room.log(query.site, now):
        times.setdefault(row, []).append(time)
    return by_score(room, query, now, {row: decayed(ts) for row, ts in times.items()})


def most_read(room, query, now):
    return read(room, query, now) + newest(room, query, now)


def most_read_in_section(room, query, now):
    return own_section_only(room, query, read(room, query, now)) + most_read(room, query, now)


def circular_buffer_distinct(room, query, now):
    rows = [row for _, row, _, _ in reversed(room.log(query.site, now))]
    ring = list(dict.fromkeys(rows))[:5]
    allowed = room.allowed(query, now)
    return [row for row in ring if row in allowed] + newest(room, query, now)


def circular_buffer_frequent(room, query, now):
    counts = Counter(row for _, row, _, _ in room.log(query.site, now)[-30:])
    return by_score(room, query, now, counts) + newest(room, query, now)


def co_read(room, query, now):
    asked = query.row if query.row >= 0 else (query.seen[-1] if query.seen else -1)
    if asked < 0:
        return most_read(room, query, now)
    first: dict[tuple[int, int], int] = {}
    moments: dict[int, list[int]] = {}
    asked = room.standing_for(asked)
    for time, row, session, origin in room.log(query.site, now):
        if session < 0 and asked in (row, origin) and origin not in (-1, row):
            moments.setdefault(origin if row == asked else row, []).append(time)
        elif session >= 0:
            first.setdefault((session, row), time)
    for (session, row), time in first.items():
        if row != asked and (session, asked) in first:
            moments.setdefault(row, []).append(max(time, first[session, asked]))
    scores = {row: decayed(times) for row, times in moments.items()}
    return by_score(room, query, now, scores) + most_read(room, query, now)


def by_words(room, query, now, text, measure):
    articles = room.dataset.articles
    article = query.article or (articles[query.row] if query.row >= 0 else None)
    if article is None:
        return newest(room, query, now)
    texts = {
        row: text(one)
        for row, one in enumerate(articles)
        if one.site == query.site and room.standing_for(row) == row
    }
    scores = {row: round(score, 9) for row, score in measure(texts, text(article)).items()}
    return by_score(room, query, now, scores) + newest(room, query, now)


def whole(article):
    return f"{article.title} {article.body or ''}"


ORACLES = {
    "newest": newest,
    "newest_in_section": newest_in_section,
    "most_read": most_read,
    "most_read_in_section": most_read_in_section,
    "circular_buffer_distinct": circular_buffer_distinct,
    "circular_buffer_frequent": circular_buffer_frequent,
    "co_read": co_read,
    "title_only": lambda *asked: by_words(*asked, lambda article: article.title, cosines),
    "tfidf": lambda *asked: by_words(*asked, whole, cosines),
    "bm25": lambda *asked: by_words(*asked, whole, bm25),
}


def test_every_baseline_but_chance_has_a_twin():
    assert {*ORACLES, "random"} == set(BASELINES)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ORACLES)
def test_a_baseline_answers_as_its_slow_twin(name, seed):
    room = Newsroom.drawn(seed)
    history = History(room.dataset)
    draw = Random(seed)
    questions = sorted((room.question(draw) for _ in range(40)), key=lambda asked: asked[1])
    longest = 0
    for query, now in questions:
        expected = list(dict.fromkeys(ORACLES[name](room, query, now)))[:K]
        answer = BASELINES[name](history, query, now, K, **NUMBERS.get(name, {})).tolist()
        assert answer == expected
        longest = max(longest, len(answer))
    assert longest == K
