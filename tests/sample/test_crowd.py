from collections import Counter
from itertools import islice, takewhile

from recsys.records import Article
from recsys.sample import Crowd
from recsys.times import DAY, HOUR, UNKNOWN

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z


def article(name: str, published_at: int) -> Article:
    return Article(name, title=name, published_at=published_at)


def test_the_same_seed_gives_the_same_views():
    articles = [article("a", NOW - DAY), article("b", NOW)]
    first, again = (list(islice(Crowd().stream(articles, {}, NOW), 200)) for _ in range(2))
    assert first == again
    assert first != list(islice(Crowd(seed=8).stream(articles, {}, NOW), 200))


def test_views_come_in_order_and_at_the_rate_that_is_asked_for():
    views = Crowd(views_per_hour=600).stream([article("a", NOW)], {}, NOW)
    hour = list(takewhile(lambda event: event.timestamp < 1000 * (NOW + 10 * HOUR), views))
    times = [event.timestamp for event in hour]
    assert times == sorted(times)
    assert times[0] >= 1000 * NOW
    assert 5700 < len(hour) < 6300  # four standard deviations of a Poisson count of 6000


def test_twice_as_old_or_half_as_read_is_half_as_many():
    articles = [article(name, NOW - DAY) for name in "ab"] + [article("c", NOW)]
    views = {("default", "b"): 3}
    stream = Crowd(half_life_hours=24).stream(articles, views, NOW)
    drawn = Counter(event.article_id for event in islice(stream, 7000))
    for name, share in {"a": 1 / 7, "b": 4 / 7, "c": 2 / 7}.items():
        assert abs(drawn[name] - 7000 * share) < 200


def test_nothing_is_read_before_it_is_published():
    articles = [article("old", NOW - DAY), article("new", NOW + 2 * HOUR), article("?", UNKNOWN)]
    for event in islice(Crowd().stream(articles, {}, NOW), 3000):
        assert event.article_id != "new" or event.timestamp >= 1000 * (NOW + 2 * HOUR)
    later = next(Crowd().stream([article("new", NOW + 9 * DAY)], {}, NOW))
    assert later.timestamp >= 1000 * (NOW + 9 * DAY)


def test_old_articles_without_dates_are_read_and_nothing_of_nothing():
    undated = [article(name, UNKNOWN) for name in "ab"]
    assert {e.article_id for e in islice(Crowd().stream(undated, {}, NOW), 50)} == {"a", "b"}
    assert list(Crowd().stream([], {}, NOW)) == []
