"""The articles' texts: words of the language, the section, the topic, the story and its people."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from recsys.evaluation.dataset import Floats, Rows
from recsys.evaluation.simulation.choice import Ints
from recsys.evaluation.simulation.words import words
from recsys.evaluation.simulation.world import SECTIONS, Newsroom, World
from recsys.records import Article
from recsys.times import DAY, HOUR

SITE = "simulated"
_KINDS = ("general", "section", "topic", "story", "people")
_IN_BODY = (0.58, 0.14, 0.13, 0.08, 0.07)
_IN_TITLE = (0.30, 0.10, 0.20, 0.25, 0.15)
_GENERAL, _OF_SECTION, _OF_TOPIC, _OF_STORY = 1200, 80, 40, 8
_EVENTS = 3000  # words that stories draw theirs from: two may share some
_SENTENCE = 11  # words
_TITLE = 7  # words


@dataclass(frozen=True, eq=False)
class Texts:
    """What is written.

    Attributes
    ----------
    articles
        In the order of the rows.
    counts
        float64, shape (n, n_words), sparse: how often each word stands in title and body.
    """

    articles: list[Article]
    counts: csr_array


def texts(newsroom: Newsroom, world: World, seed: int) -> Texts:
    """Write the articles of a world.

    Reports of one story share its eight words beside those of its topic and section, but each
    draws its own: they are alike and not the same. Words of low number come more often.
    """
    rng = np.random.default_rng([seed, 2])
    layout = _Layout(newsroom, world, rng)
    names = np.array(layout.names(rng), dtype=object)
    lengths = np.clip(90 * np.exp(0.5 * rng.standard_normal(len(world))), 25, 300).astype(int)
    owner_of_body = np.repeat(np.arange(len(world)), lengths)
    owner_of_title = np.repeat(np.arange(len(world)), _TITLE)
    body = layout.drawn(owner_of_body, _IN_BODY, rng)
    title = layout.drawn(owner_of_title, _IN_TITLE, rng)
    links, tagged = _links(newsroom, world, rng), rng.random(len(world)) < 0.5
    bodies = np.split(names[body], np.cumsum(lengths)[:-1])
    titles = names[title].reshape(len(world), _TITLE)
    articles = [
        Article(
            article_id=identifier(row),
            title=" ".join(dict.fromkeys(titles[row])),
            body=_sentences(bodies[row].tolist()),
            section=(SECTIONS[world.section[row]],),
            tags=_tags(layout, names, world, row, bool(tagged[row])),
            language="ar",
            published_at=int(world.published[row]),
            inline_links=tuple(identifier(other) for other in links[row]),
            site=SITE,
        )
        for row in range(len(world))
    ]
    rows, columns = np.concatenate([owner_of_body, owner_of_title]), np.concatenate([body, title])
    shape = (len(world), names.size)
    return Texts(articles, csr_array((np.ones(rows.size), (rows, columns)), shape=shape))


def identifier(row: int) -> str:
    """Return the id of a row; ids are in the order of the rows."""
    return f"sim-{row:07d}"


def _sentences(words_of: list[str]) -> str:
    parts = (words_of[i : i + _SENTENCE] for i in range(0, len(words_of), _SENTENCE))
    return " ".join(" ".join(part) + "." for part in parts)


class _Layout:
    """Where each kind of words begins, and which of them an article may use."""

    def __init__(self, newsroom: Newsroom, world: World, rng: np.random.Generator) -> None:
        n_people = newsroom.n_topics * newsroom.people_per_topic + 20
        sizes = (
            _GENERAL,
            len(SECTIONS) * _OF_SECTION,
            newsroom.n_topics * _OF_TOPIC,
            _EVENTS,
            n_people,
        )
        self.sizes = dict(zip(_KINDS, sizes, strict=True))
        self.starts = dict(zip(_KINDS, np.cumsum([0, *sizes[:-1]]).tolist(), strict=True))
        self.world = world
        n_stories = int(world.story.max()) + 1
        self.of_story = rng.integers(_EVENTS, size=(n_stories, _OF_STORY))

    def names(self, rng: np.random.Generator) -> list[str]:
        """Return every word; a person has two."""
        n_people = self.sizes["people"]
        made = words(rng, sum(self.sizes.values()) + n_people)
        first, last = made[-2 * n_people : -n_people], made[-n_people:]
        return made[: -2 * n_people] + [f"{a} ال{b}" for a, b in zip(first, last, strict=True)]

    def drawn(self, owner: Ints, shares: tuple[float, ...], rng: np.random.Generator) -> Rows:
        """Return int32, shape of ``owner``: a word for each place of each text."""
        world, n = self.world, owner.size
        kind, low = rng.choice(len(_KINDS), n, p=shares), rng.random(n) ** 2
        which = rng.integers(3, size=n)
        person = world.people[owner, which]
        person = np.where(person < 0, world.people[owner, 0], person)
        section = world.section[owner] * _OF_SECTION + (low * _OF_SECTION).astype(int)
        topic = world.topic[owner] * _OF_TOPIC + (low * _OF_TOPIC).astype(int)
        story = self.of_story[world.story[owner], (low * _OF_STORY).astype(int)]
        own = ((low * _GENERAL).astype(int), section, topic, story, person)
        placed = [self.starts[name] + each for name, each in zip(_KINDS, own, strict=True)]
        return np.choose(kind, placed).astype(np.int32)


def _tags(
    layout: _Layout, names: Floats, world: World, row: int, with_topic: bool
) -> tuple[str, ...]:
    """Return who is named and, in half of the articles, the topic by its first word."""
    people = [int(p) for p in world.people[row] if p >= 0]
    tags = [str(names[layout.starts["people"] + person]) for person in people]
    if with_topic:
        tags.append(str(names[layout.starts["topic"] + int(world.topic[row]) * _OF_TOPIC]))
    return tuple(tags)


def _links(newsroom: Newsroom, world: World, rng: np.random.Generator) -> list[list[int]]:
    """Return the earlier articles that editors link to from each one.

    They look at the last three days and take what is of the story, then of the topic; among equals
    by chance. One link in so many is noise, and where nothing fits there is none.
    """
    links: list[list[int]] = []
    linked = rng.random(len(world)) < newsroom.linked_share
    first = np.searchsorted(world.published, world.published - 3 * DAY)
    until = np.searchsorted(world.published, world.published - HOUR // 4)
    for row in range(len(world)):
        near = np.arange(first[row], until[row])
        worth = 2.0 * (world.story[near] == world.story[row])
        worth += world.topic[near] == world.topic[row]
        order = near[np.lexsort((rng.random(near.size), -worth))][: int((worth > 0).sum())]
        chosen = order[: 1 + int(rng.random() < 0.5)].tolist() if linked[row] else []
        noisy = rng.random(len(chosen)) < newsroom.link_noise
        mixed = [
            int(rng.choice(near)) if noise else int(one)
            for one, noise in zip(chosen, noisy, strict=True)
        ]
        links.append(sorted(set(mixed)))
    return links
