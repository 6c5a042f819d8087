from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

import numpy as np
import pytest

from recsys.records import Article, Event
from recsys.sample import Readers, sample_articles
from recsys.times import DAY, HOUR, UNKNOWN

NOON = int(datetime(2026, 5, 20, 12, tzinfo=UTC).timestamp())
READERS = Readers()


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    return sample_articles(NOON)


@pytest.fixture(scope="module")
def history(articles: list[Article]) -> list[Event]:
    return READERS.history(articles, NOON - 3 * DAY, NOON)


def views_of(events: list[Event]) -> list[Event]:
    return [event for event in events if event.event_type == "view"]


def ranks(values: list[float]) -> np.ndarray:
    return np.argsort(np.argsort(np.array(values)))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_events(articles, history):
    start = NOON - 3 * DAY
    end = start + 6 * HOUR
    again = READERS.history(articles, start, end)
    assert repr(again) == repr([event for event in history if event.timestamp < 1000 * end])
    assert READERS.history(articles[::-1], start, end) == again
    assert replace(READERS, seed=8).history(articles, start, end) != again


@pytest.mark.slow
def test_the_stream_begins_with_the_history(articles, history):
    stream = READERS.stream(articles, NOON - 3 * DAY)
    assert list(islice(stream, 500)) == history[:500]


def test_events_are_ordered_and_inside_of_the_span(history):
    times = [event.timestamp for event in history]
    assert times == sorted(times)
    assert times[0] >= 1000 * (NOON - 3 * DAY)
    assert times[-1] < 1000 * NOON


def test_nothing_is_read_before_its_publication(articles):
    published = {article.article_id: article.published_at for article in articles}
    seen = READERS.history(articles, NOON - 12 * DAY, NOON - 11 * DAY)
    assert all(event.timestamp >= 1000 * published[event.article_id] for event in seen)
    assert not READERS.history(articles, NOON - 14 * DAY, NOON - 12 * DAY)


def test_an_article_without_a_date_is_never_read(articles):
    undated = [replace(article, published_at=UNKNOWN) for article in articles]
    assert list(READERS.stream(undated, NOON)) == []
    assert READERS.history([], NOON - DAY, NOON) == []
    assert set(READERS.truth(undated, NOON).values()) == {0.0}


def test_a_lonely_article_has_all_the_readers():
    alone = [Article("a", published_at=NOON - HOUR)]
    readers = Readers(rhythm_depth=0, continue_probability=0.5)
    assert readers.truth(alone, NOON) == pytest.approx({"a": 120.0})  # 60 sessions of 2 views
    assert {event.article_id for event in readers.history(alone, NOON, NOON + HOUR)} == {"a"}


def test_every_click_comes_from_a_list_and_is_followed_by_its_view(history):
    by_event = {event.event_id: event for event in history}
    clicks = [event for event in history if event.event_type == "click"]
    assert 0.5 < len(clicks) / len(views_of(history)) < 1
    for click in clicks[:-20]:  # the view of a last one may lie behind the end
        session, step = click.event_id.split("-")
        view = by_event[f"{session}-{int(step) + 1}"]
        assert view.event_type == "view"
        assert view.article_id == click.article_id
        assert view.from_article_id == click.from_article_id
        assert click.list in ("section", "related")
        assert (click.list == "related") is (click.from_article_id is not None)
        assert 1 <= click.position <= 5
        assert click.rec_id is None


def test_readers_go_on_to_what_shares_tags_or_section(articles, history):
    by_id = {article.article_id: article for article in articles}
    last_day = 1000 * (NOON - DAY)  # by then every Arabic section has more than a list can show
    steps = [e for e in views_of(history) if e.from_article_id and e.timestamp >= last_day]
    steps = [step for step in steps if by_id[step.article_id].language == "ar"]
    assert len(steps) > 1000
    for step in steps:
        here, there = by_id[step.from_article_id], by_id[step.article_id]
        assert here != there
        assert set(here.tags) & set(there.tags) or here.section == there.section


def test_visitors_are_known_for_a_day_only(history):
    days = {}
    for event in history:
        local = (event.timestamp // 1000 + HOUR) // DAY  # Casablanca is an hour ahead in May
        days.setdefault(event.visitor_id, set()).add(local)
    late = sum(len(of_visitor) > 1 for of_visitor in days.values())  # a visit over midnight
    assert late < 0.02 * len(days)
    assert len({event.session_id for event in history}) > len(days)


def test_languages_have_their_shares(articles, history):
    language = {article.article_id: article.language for article in articles}
    counts = Counter(language[event.article_id] for event in views_of(history))
    for name, share in {"ar": 0.70, "fr": 0.15, "en": 0.15}.items():
        assert counts[name] / sum(counts.values()) == pytest.approx(share, abs=0.03)


def test_languages_without_articles_leave_their_readers_to_the_others(articles):
    arabic = [article for article in articles if article.language == "ar"]
    rate = READERS.sessions_per_hour * READERS.rhythm(NOON) / (1 - READERS.continue_probability)
    assert sum(READERS.truth(arabic, NOON).values()) == pytest.approx(rate)
    assert sum(READERS.truth(articles, NOON).values()) == pytest.approx(rate)


def test_the_rhythm_is_quiet_at_four_busy_at_sixteen_and_one_on_average():
    three = NOON + 15 * HOUR  # 3:00 in UTC is 4:00 in Casablanca in May
    assert READERS.rhythm(three) == pytest.approx(0.6)
    assert READERS.rhythm(three + 12 * HOUR) == pytest.approx(1.4)
    assert np.mean([READERS.rhythm(NOON + h * HOUR) for h in range(24)]) == pytest.approx(1)


def test_the_busy_half_of_the_day_has_more_views(history):
    hours = Counter((event.timestamp // 1000 // HOUR + 1) % 24 for event in views_of(history))
    day = sum(hours[h] for h in range(10, 22))
    night = sum(hours.values()) - day
    assert 1.4 < day / night < 2.0  # (1 + 2 * 0.4 / pi) / (1 - 2 * 0.4 / pi) = 1.68


@pytest.mark.slow
def test_realised_rates_follow_the_truth(articles):
    many = replace(READERS, sessions_per_hour=80 * 60, dwell_seconds=0.1)
    events = many.history(articles, NOON - 900, NOON + 900)
    seen = Counter(event.article_id for event in views_of(events))
    truth = READERS.truth(articles, NOON)
    expected = np.array([40 * truth[article.article_id] for article in articles])
    realised = np.array([seen[article.article_id] for article in articles])
    assert np.corrcoef(ranks(list(expected)), ranks(list(realised)))[0, 1] > 0.95
    assert realised.sum() == pytest.approx(expected.sum(), rel=0.05)
    deviations = (realised - expected) / np.sqrt(expected + 1)
    assert np.abs(deviations).max() < 6


def test_a_breaking_article_is_read_many_times_as_much_for_an_hour():
    pair = [Article(name, section=("x",), published_at=NOON) for name in ("a", "b")]
    calm = Readers(appeal_sigma=0, breaking_share=0, continue_probability=0)
    wild = replace(calm, breaking_share=0.5, breaking_factor=3)
    assert calm.truth(pair, NOON)["a"] == calm.truth(pair, NOON)["b"]
    breaking = next(
        readers
        for readers in (replace(wild, seed=seed) for seed in range(100))
        if readers.truth(pair, NOON)["a"] > readers.truth(pair, NOON)["b"]
    )
    early, late = breaking.truth(pair, NOON + HOUR - 1), breaking.truth(pair, NOON + HOUR)
    assert early["a"] == pytest.approx(3 * early["b"])
    assert late["a"] == pytest.approx(late["b"])


def test_the_last_hour_and_the_last_day_fill_the_lists(articles, history):
    place = {a.article_id: (a.language, a.section[0]) for a in articles}
    hour = {e.article_id for e in views_of(history) if e.timestamp >= 1000 * (NOON - HOUR)}
    day = {e.article_id for e in views_of(history) if e.timestamp >= 1000 * (NOON - DAY)}
    in_hour = Counter(place[name] for name in hour)
    in_day = Counter(place[name] for name in day)
    assert all(in_hour[which] >= 6 for which in place.values() if which[0] == "ar")
    assert all(in_day[which] >= 4 for which in place.values())


def test_parameters_out_of_range_are_refused(articles):
    with pytest.raises(ValueError, match="sessions_per_hour must be above 0, got 0"):
        Readers(sessions_per_hour=0).history(articles, NOON - HOUR, NOON)
    with pytest.raises(ValueError, match="continue_probability must be from 0 to below 1, got 1"):
        Readers(continue_probability=1).history(articles, NOON - HOUR, NOON)
    with pytest.raises(ValueError, match="rhythm_depth must be from 0 to 1, got 2"):
        Readers(rhythm_depth=2).history(articles, NOON - HOUR, NOON)
