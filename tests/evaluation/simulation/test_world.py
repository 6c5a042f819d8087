import numpy as np
import pytest

from recsys.evaluation.dataset import NEVER
from recsys.evaluation.simulation.exposure import nearest_rows
from recsys.evaluation.simulation.texts import texts
from recsys.evaluation.simulation.words import words
from recsys.evaluation.simulation.world import (
    SECTION_SHARES,
    Newsroom,
    publication_by_hour,
    world,
)
from recsys.times import DAY, HOUR

pytestmark = pytest.mark.slow  # a newsroom is simulated

LARGE = Newsroom(days=40, articles_per_day=150)


@pytest.fixture(scope="module")
def large():
    return world(LARGE, 3)


@pytest.fixture(scope="module")
def written():
    newsroom = Newsroom(days=4, articles_per_day=100)
    made = world(newsroom, 3)
    return made, texts(newsroom, made, 3)


def test_there_are_as_many_articles_as_asked_for_in_order_of_publication(large):
    assert len(large) == 6000
    assert (np.diff(large.published) >= 0).all()
    assert large.published[0] >= LARGE.start
    assert large.published[-1] < LARGE.start + 40 * DAY


def test_shares_are_as_configured(large):
    n = len(large)

    def near(share, expected):
        return abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / n)

    carries_on = np.diff(np.maximum.accumulate(large.story), prepend=-1) == 0
    assert near(carries_on.mean(), 0.45)
    assert near(large.breaking.mean(), 0.02)
    assert near(large.evergreen.mean(), 0.15 * (1 - 0.02))
    assert near((large.withdrawn < NEVER).mean(), 0.01)
    # Sections come with whole stories, some of which are long.
    shares = np.bincount(large.section, minlength=6) / n
    assert np.abs(shares - SECTION_SHARES).max() < 0.06


def test_articles_come_by_the_hour_as_configured(large):
    hours = np.bincount((large.published - LARGE.start) % DAY // HOUR, minlength=24)
    expected = publication_by_hour() * len(large)
    assert np.abs(hours - expected).max() < 4 * np.sqrt(expected.max())
    assert hours.argmin() in (0, 1, 2)


def test_a_story_keeps_to_its_topic_and_a_topic_to_its_section(large):
    for story in np.unique(large.story)[:200]:
        assert np.unique(large.topic[large.story == story]).size == 1
    assert (large.section == large.topic // LARGE.topics_per_section).all()


def test_only_the_first_article_of_a_story_breaks_and_breaking_stories_are_longer(large):
    first = np.unique(large.story, return_index=True)[1]
    assert np.isin(np.flatnonzero(large.breaking), first).all()
    lengths = np.bincount(large.story)
    broke = large.breaking[first]
    assert lengths[broke].mean() > 1.5 * lengths[~broke].mean()


def test_the_longest_gap_within_a_story_is_three_days(large):
    for story in np.flatnonzero(np.bincount(large.story) > 1)[:300]:
        assert np.diff(large.published[large.story == story]).max() < 72 * HOUR


def test_the_same_people_are_not_named_twice(large):
    a, b, c = large.people.T
    assert (a != b).all()
    assert ((c != a) & (c != b)).all()


def test_words_are_different_and_arabic():
    made = words(np.random.default_rng(0), 3000)
    assert len(set(made)) == 3000
    assert all("\u0621" <= letter <= "\u064a" for word in made for letter in word)


def test_more_words_than_there_are_is_refused():
    with pytest.raises(ValueError, match="n must be at most"):
        words(np.random.default_rng(0), 10**6)


def test_what_belongs_together_is_alike_in_words(written):
    made, text = written
    counts = text.counts.toarray()
    counts = np.log1p(counts) * np.log(len(made) / np.maximum((counts > 0).sum(axis=0), 1))
    counts /= np.linalg.norm(counts, axis=1, keepdims=True)
    cosines = counts @ counts.T
    upper = np.triu(np.ones_like(cosines, dtype=bool), 1)
    same = {
        name: getattr(made, name)[:, None] == getattr(made, name)
        for name in ("story", "topic", "section")
    }
    story = cosines[upper & same["story"]].mean()
    topic = cosines[upper & same["topic"] & ~same["story"]].mean()
    section = cosines[upper & same["section"] & ~same["topic"]].mean()
    other = cosines[upper & ~same["section"]].mean()
    assert story > 1.3 * topic > 1.3 * 1.3 * section > 1.3**3 * other


def test_the_nearest_rows_are_those_of_the_slow_way(written):
    made, text = written
    counts = text.counts.toarray()
    idf = np.log(len(made) / (counts > 0).sum(axis=0).clip(1))
    weights = np.where(counts > 0, 1 + np.log(counts.clip(1)), 0) * idf
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    rows = nearest_rows(text.counts)
    for row in (0, 17, 399):
        cosines = [
            (-round(float(weights[row] @ weights[other]), 6), other)
            for other in range(len(made))
            if other != row
        ]
        assert rows[row].tolist() == [other for _, other in sorted(cosines)[:60]]


def test_editors_link_to_earlier_articles_most_of_them_of_the_topic(written):
    made, text = written
    row = {article.article_id: i for i, article in enumerate(text.articles)}
    pairs = [(row[a.article_id], row[link]) for a in text.articles for link in a.inline_links]
    anchor, related = np.array(pairs).T
    assert (made.published[related] < made.published[anchor]).all()
    assert 0.75 < (made.topic[anchor] == made.topic[related]).mean() < 0.95
