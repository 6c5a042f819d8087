"""What is published in a newsroom that does not exist, and what nobody is told of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.evaluation.dataset import NEVER, Floats, Rows, Times
from recsys.times import DAY, HOUR

Flags = npt.NDArray[np.bool_]

SECTIONS = ("politics", "world", "economy", "sport", "art", "health")
SECTION_SHARES = (0.25, 0.20, 0.15, 0.20, 0.10, 0.10)
_LOUD = 6.0  # how many times as often a story that broke is carried on
_MEMORY_HOURS = 72.0  # after which a story is not carried on any more
_FADING_HOURS = 12.0  # half-life of the wish to carry a story on
_EVERGREEN_HOURS = 240.0  # half-life of the interest in what does not age


@dataclass(frozen=True)
class Newsroom:
    """How much is published, of what, and when.

    Articles come by the hour as ``1 - 0.9 * cos(2 pi (hour - 1) / 24)`` (UTC): least at one in the
    night. Each carries on a running story or begins one; a story belongs to one topic, a topic to
    one section. The rest is drawn for each article by itself.

    Parameters
    ----------
    start
        Seconds since 1970 at which the first day begins.
    days
        At least 1.
    articles_per_day
        Mean; ``round(days * articles_per_day)`` articles in all, at least 1.
    topics_per_section, people_per_topic
        At least 1 and 2.
    thread_share
        Chance that an article carries on a story of the last three days, where there is one.
    breaking_share
        Share of the articles that break; only the first article of a story can.
    evergreen_share
        Share of the articles in which interest halves in ten days and not in about one.
    withdrawn_share
        Share of the articles that are withdrawn, one to 48 hours after publication.
    linked_share
        Share of the articles in which editors link up to two earlier ones.
    link_noise
        Chance that a link leads to any article of the last three days whatever.
    """

    start: int = 1_750_000_000 // DAY * DAY
    days: int = 14
    articles_per_day: float = 143.0
    topics_per_section: int = 12
    people_per_topic: int = 8
    thread_share: float = 0.45
    breaking_share: float = 0.02
    evergreen_share: float = 0.15
    withdrawn_share: float = 0.01
    linked_share: float = 0.5
    link_noise: float = 0.15

    @property
    def n_articles(self) -> int:
        """How many articles there are in all."""
        return max(1, round(self.days * self.articles_per_day))

    @property
    def n_topics(self) -> int:
        """How many topics there are, all sections together."""
        return len(SECTIONS) * self.topics_per_section


@dataclass(frozen=True, eq=False)
class World:
    """What is true of the articles, in order of publication, which is that of the rows.

    Attributes
    ----------
    published
        int64, shape (n,), ascending: seconds since 1970.
    withdrawn
        int64, shape (n,): milliseconds since 1970, `NEVER` for most.
    section, topic, story
        int32, shape (n,): codes.
    people
        int32, shape (n, 3): who is named, -1 for nobody; nobody twice.
    quality
        float64, shape (n,): what makes it worth reading whoever reads; mean 0, deviation 1.
    half_life_hours
        float64, shape (n,): age at which what its novelty adds has halved.
    breaking, evergreen
        bool, shape (n,).
    """

    published: Times
    withdrawn: Times
    section: Rows
    topic: Rows
    story: Rows
    people: Rows
    quality: Floats
    half_life_hours: Floats
    breaking: Flags
    evergreen: Flags

    def __len__(self) -> int:
        return int(self.published.size)


def world(newsroom: Newsroom, seed: int) -> World:
    """Return the articles of a newsroom; the same seed gives the same ones."""
    rng = np.random.default_rng([seed, 1])
    n = newsroom.n_articles
    published = _moments(newsroom, rng)
    topic, story, breaking = _threads(newsroom, published, rng)
    evergreen = (rng.random(n) < newsroom.evergreen_share) & ~breaking
    short = np.clip(18.0 * np.exp(0.5 * rng.standard_normal(n)), 4.0, 72.0)
    n_stories = int(story.max()) + 1
    own, shared = rng.standard_normal(n), rng.standard_normal(n_stories)[story]
    gone = rng.random(n) < newsroom.withdrawn_share
    after = rng.uniform(HOUR, 48 * HOUR, n)
    withdrawn = np.where(gone, np.round(1000 * (published + after)).astype(np.int64), NEVER)
    return World(
        published=published,
        withdrawn=withdrawn,
        section=(topic // newsroom.topics_per_section).astype(np.int32),
        topic=topic,
        story=story,
        people=_people(newsroom, topic, story, rng),
        quality=(own + shared) / np.sqrt(2.0),
        half_life_hours=np.where(evergreen, _EVERGREEN_HOURS, short),
        breaking=breaking,
        evergreen=evergreen,
    )


def publication_by_hour() -> Floats:
    """Return float64, shape (24,): the share of a day's articles in each hour, UTC."""
    weights = 1 - 0.9 * np.cos(2 * np.pi * (np.arange(24) - 1) / 24)
    return np.asarray(weights / weights.sum())


def _moments(newsroom: Newsroom, rng: np.random.Generator) -> Times:
    n = newsroom.n_articles
    day = rng.integers(newsroom.days, size=n)
    hour = rng.choice(24, n, p=publication_by_hour())
    within = rng.integers(HOUR, size=n)
    return np.sort(newsroom.start + day * DAY + hour * HOUR + within).astype(np.int64)


def _threads(
    newsroom: Newsroom, published: Times, rng: np.random.Generator
) -> tuple[Rows, Rows, Flags]:
    """Return topic and story of each article, and which break."""
    n = published.size
    topics = _topics(newsroom, rng, n)
    carries_on, picked = rng.random(n) < newsroom.thread_share, rng.random(n)
    breaks = rng.random(n) < newsroom.breaking_share / max(1 - newsroom.thread_share, 1e-9)
    loudness = np.exp(0.8 * rng.standard_normal(n)) * np.where(breaks, _LOUD, 1.0)
    story, topic = np.zeros(n, dtype=np.int32), np.zeros(n, dtype=np.int32)
    breaking = np.zeros(n, dtype=np.bool_)
    last, weight, of_topic = np.zeros(n), np.zeros(n), np.zeros(n, dtype=np.int32)  # by story
    n_stories = 0
    for i, moment in enumerate(published.tolist()):
        hours = (moment - last[:n_stories]) / HOUR
        wish = weight[:n_stories] * 2.0 ** (-hours / _FADING_HOURS) * (hours < _MEMORY_HOURS)
        total = np.cumsum(wish)
        if carries_on[i] and n_stories and total[-1] > 0:
            chosen = int(np.searchsorted(total, picked[i] * total[-1], side="right"))
        else:
            chosen, n_stories = n_stories, n_stories + 1
            weight[chosen], of_topic[chosen], breaking[i] = loudness[i], topics[i], breaks[i]
        story[i], topic[i], last[chosen] = chosen, of_topic[chosen], moment
    return topic, story, breaking


def _topics(newsroom: Newsroom, rng: np.random.Generator, n: int) -> Rows:
    """Return a topic for each article: the section by its share, in it the first ones most."""
    section = rng.choice(len(SECTIONS), n, p=SECTION_SHARES)
    weights = 1.0 / np.arange(1, newsroom.topics_per_section + 1)
    within = rng.choice(newsroom.topics_per_section, n, p=weights / weights.sum())
    return (section * newsroom.topics_per_section + within).astype(np.int32)


def _people(newsroom: Newsroom, topic: Rows, story: Rows, rng: np.random.Generator) -> Rows:
    """Return who is named: the story's own, another of the topic, and at times somebody famous.

    The topics' people are numbered topic by topic, the twenty who are known everywhere after them.
    """
    n, each = topic.size, newsroom.people_per_topic
    lead = rng.integers(each, size=int(story.max()) + 1)[story]
    second = (lead + 1 + rng.integers(each - 1, size=n)) % each
    famous = newsroom.n_topics * each + rng.integers(20, size=n)
    there = rng.random(n) < 0.3
    people = [topic * each + lead, topic * each + second, np.where(there, famous, -1)]
    return np.stack(people, axis=1).astype(np.int32)
