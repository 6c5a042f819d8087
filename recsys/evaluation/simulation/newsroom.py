"""Put together: a data set of the simulated newsroom, and the truth behind it."""

from dataclasses import dataclass, field

import numpy as np

from recsys.data.corpus import Corpus
from recsys.evaluation.dataset import NEVER, Dataset, Judgements, Reads
from recsys.evaluation.simulation.audience import Audience
from recsys.evaluation.simulation.choice import Choice
from recsys.evaluation.simulation.exposure import Pages, nearest_rows
from recsys.evaluation.simulation.readers import Reading
from recsys.evaluation.simulation.texts import texts
from recsys.evaluation.simulation.truth import Truth
from recsys.evaluation.simulation.world import Newsroom, world
from recsys.records import Article

NOTE = "Simulation: nobody ever read any of it."
_NOTES = (
    NOTE,
    "Its readers follow a law that was written for it, and its words mean nothing: a difference"
    " shows what an engine can make of such a law, not what it earns on a site.",
    "The list beside an article states the propensity of everything it showed; the front page is"
    " not logged.",
)


@dataclass(frozen=True, eq=False)
class Simulation:
    """A data set, and what is true of it.

    Attributes
    ----------
    dataset
        What a newsroom would know.
    truth
        What nobody would.
    """

    dataset: Dataset
    truth: Truth


@dataclass(frozen=True)
class Parameters:
    """All that a simulation depends on but its seed.

    Parameters
    ----------
    newsroom, audience, choice, pages
        What is published, who reads, by which law, and what is shown.
    """

    newsroom: Newsroom = field(default_factory=Newsroom)
    audience: Audience = field(default_factory=Audience)
    choice: Choice = field(default_factory=Choice)
    pages: Pages = field(default_factory=Pages)


def simulate(
    seed: int,
    *,
    start: int = Newsroom.start,
    days: int = Newsroom.days,
    articles_per_day: float = Newsroom.articles_per_day,
    sessions_per_day: float = Audience.sessions_per_day,
) -> Dataset:
    """Return a data set of some days; by default 2,002 articles and some 100,000 reads.

    Parameters
    ----------
    seed
        At least 0. The same arguments give the same data set.
    start
        Seconds since 1970 at which the first day begins.
    """
    newsroom = Newsroom(start, days, articles_per_day)
    audience = Audience(sessions_per_day=sessions_per_day)
    return simulation(seed, Parameters(newsroom, audience)).dataset


def simulation(seed: int, parameters: Parameters | None = None) -> Simulation:
    """Return a data set and the truth behind it; the same arguments give the same ones."""
    given = parameters or Parameters()
    newsroom = given.newsroom
    made = world(newsroom, seed)
    written = texts(newsroom, made, seed)
    nearest = nearest_rows(written.counts)
    reading = Reading(
        made,
        given.audience,
        given.choice,
        given.pages,
        nearest,
        newsroom.start,
        newsroom.days,
        seed,
    )
    log = reading.log()
    truth = Truth(made, given.audience, given.choice, given.pages, log, nearest, newsroom.start)
    return Simulation(_dataset(seed, written.articles, truth), truth)


def _dataset(seed: int, articles: list[Article], truth: Truth) -> Dataset:
    log, gone = truth.log, np.flatnonzero(truth.world.withdrawn < NEVER)
    return Dataset.on(
        f"simulated newsroom {seed}",
        articles,
        Corpus.of(articles),
        Reads(log.time, log.row, log.session, log.from_row),
        withdrawn={articles[row].key: int(truth.world.withdrawn[row]) for row in gone.tolist()},
        judgements=_judgements(articles),
        impressions=truth.impressions(),
        simulated=True,
        notes=_NOTES,
    )


def _judgements(articles: list[Article]) -> Judgements:
    row = {article.article_id: i for i, article in enumerate(articles)}
    pairs = [(row[a.article_id], row[other]) for a in articles for other in a.inline_links]
    columns = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    return Judgements(columns[:, 0], columns[:, 1], np.ones(columns.shape[0]))
