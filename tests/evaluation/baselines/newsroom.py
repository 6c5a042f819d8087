"""Small newsrooms of chance, and the slow, obvious truth about them."""

import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

import numpy as np

from recsys.evaluation.dataset import NEVER, Dataset
from recsys.evaluation.history import Query
from recsys.records import Article, Event
from recsys.times import UNKNOWN

START = 1_800_000_000  # a full hour
HOUR = 3_600_000  # milliseconds: half-lives in the tests are an hour, so that all sums are exact
SITES = ("east", "west")


def at(hours: float) -> int:
    """Milliseconds since 1970, so many hours after the start."""
    return START * 1000 + round(hours * HOUR)


@dataclass
class Newsroom:
    """A data set, and the records it was made of: reads are (time, row, session, from_row)."""

    dataset: Dataset
    reads: list[tuple[int, int, int, int]]

    @classmethod
    def of(cls, articles, reads=(), withdrawn=()) -> "Newsroom":
        """``articles`` by row, ``reads`` in any order, ``withdrawn`` as (row, time)."""
        events = [
            Event(
                time,
                articles[row].article_id,
                session_id=None if session < 0 else str(session),
                from_article_id=articles[origin].article_id if origin >= 0 else None,
                site=articles[row].site,
            )
            for time, row, session, origin in reads
        ]
        gone = {articles[row].key: moment for row, moment in withdrawn}
        dataset = Dataset.of("made by hand", articles, events, withdrawn=gone)
        assert list(dataset.articles) == list(articles)
        return cls(dataset, sorted(reads, key=lambda read: read[0]))

    @classmethod
    def drawn(cls, seed: int, n: int = 40, n_reads: int = 200) -> "Newsroom":
        draw = Random(seed)
        articles = [_article(draw, i, n) for i in range(n)]
        sites = [article.site for article in articles]
        reads = [_read(draw, sites) for _ in range(n_reads)]
        withdrawn = [(draw.randrange(n), at(draw.randrange(12))) for _ in range(4)]
        return cls.of(articles, reads, withdrawn)

    def known(self, row: int) -> float:
        """Milliseconds from which the article was there."""
        published = self.dataset.articles[row].published_at
        if published != UNKNOWN:
            return published * 1000
        return min((t // 1000 * 1000 for t, r, _, _ in self.reads if r == row), default=-math.inf)

    def standing_for(self, row: int) -> int:
        """The first published of one body and site."""
        articles = self.dataset.articles
        mine = articles[row]
        alike = [
            other
            for other, article in enumerate(articles)
            if other == row
            or (mine.body and (article.site, article.body) == (mine.site, mine.body))
        ]
        return min(alike, key=lambda other: (self.known(other), other))

    def allowed(self, query: Query, now: int) -> list[int]:
        articles = self.dataset.articles
        read = {self.standing_for(row) for row in (query.row, *query.seen) if row >= 0}
        return [
            row
            for row, article in enumerate(articles)
            if article.site == query.site
            and self.known(row) < now
            and self.dataset.withdrawn[row] > now
            and self.standing_for(row) == row
            and row not in read
            and (query.section is None or query.section in article.section)
            and (query.language is None or article.language == query.language)
            and (query.among is None or row in query.among)
        ]

    def log(self, site: str, now: int) -> list[tuple[int, int, int, int]]:
        """The reads of a site before ``now``, oldest first, told as the articles that stand."""
        return [
            (
                time,
                self.standing_for(row),
                session,
                self.standing_for(origin) if origin >= 0 else -1,
            )
            for time, row, session, origin in self.reads
            if time < now and self.dataset.articles[row].site == site
        ]

    def question(self, draw: Random) -> tuple[Query, int]:
        """Something to ask, and when."""
        articles = self.dataset.articles
        site = draw.choice(SITES)
        of_site = [row for row, article in enumerate(articles) if article.site == site]
        row = draw.choice([-1, *of_site])
        query = Query(
            site,
            row,
            article=replace(articles[row], body="ab cd ab")
            if row >= 0 and _one_in(draw, 4)
            else None,
            seen=tuple(draw.sample(of_site, draw.randrange(3))),
            section=draw.choice("pqr") if _one_in(draw, 4) else None,
            language=draw.choice(["ar", "en"]) if _one_in(draw, 4) else None,
            among=np.array(sorted(draw.sample(range(len(articles)), 15)), dtype=np.int32)
            if _one_in(draw, 4)
            else None,
        )
        return query, at(draw.choice([3, 5.5, 8, 11.5, 20]))

    def as_it_was(self, now: int, draw: Random) -> Dataset:
        """The data set with everything later than ``now`` thrown about or taken away."""
        dataset, reads = self.dataset, self.dataset.reads
        n = int(np.searchsorted(reads.time, now))
        later = reads.part(np.arange(n, len(reads)))
        order = np.array(draw.sample(range(len(later)), len(later) // 2), dtype=np.int64)
        shuffled = replace(later.part(np.sort(order)), row=later.row[order])
        both = zip(vars(reads.part(slice(0, n))).values(), vars(shuffled).values(), strict=True)
        published = dataset.corpus.published
        unborn = (published != UNKNOWN) & (published * 1000 >= now)
        moved = np.where(unborn, now // 1000 + 1 + np.arange(len(dataset)) % 7, published)
        return replace(
            dataset,
            articles=[
                replace(article, title="xx yy", body="zz ab") if unborn[row] else article
                for row, article in enumerate(dataset.articles)
            ],
            corpus=replace(dataset.corpus, numbers={**dataset.corpus.numbers, "published": moved}),
            withdrawn=np.where(dataset.withdrawn > now, NEVER, dataset.withdrawn),
            reads=type(reads)(*(np.concatenate(columns) for columns in both)),
        )


def _one_in(draw: Random, n: int) -> bool:
    return draw.randrange(n) == 0


def _words(draw: Random, least: int, most: int) -> str:
    known = ["ab", "cd", "ef", "gh", "ij", "kl", "mn"]
    return " ".join(draw.choice(known) for _ in range(draw.randint(least, most)))


def _article(draw: Random, i: int, n: int) -> Article:
    return Article(
        f"{i:03}",
        title=_words(draw, 1, 3),
        body=None if _one_in(draw, 3) else _words(draw, 1, 5),
        section=tuple(draw.sample("pqr", draw.randrange(3))),
        language=draw.choice(["ar", "en"]),
        published_at=UNKNOWN if _one_in(draw, 5) else START + 3600 * draw.randint(-3, 12),
        site=SITES[i * 2 // n],
    )


def _read(draw: Random, sites: list[str]) -> tuple[int, int, int, int]:
    row = draw.randrange(len(sites))
    of_site = [other for other, site in enumerate(sites) if site == sites[row]]
    session = draw.choice([-1, *range(40)])
    origin = draw.choice([-1, *of_site])
    return at(draw.randrange(12)), row, session, origin


def decayed(times: list[int]) -> Fraction:
    """Reads that count half after an hour, as of the start."""
    return sum((Fraction(2) ** ((time - at(0)) // HOUR) for time in times), Fraction(0))


def tokens(text: str) -> list[str]:
    return re.findall(r"\b\w\w+\b", text.lower())


def cosines(texts: dict[int, str], asked: str) -> dict[int, float]:
    """TF-IDF cosines of the texts with what is asked, worked out word by word."""
    df = Counter(word for text in texts.values() for word in set(tokens(text)))
    idf = {word: math.log((1 + len(texts)) / (1 + df[word])) + 1 for word in df}

    def vector(text: str) -> dict[str, float]:
        counts = Counter(word for word in tokens(text) if word in idf)
        weights = {word: count * idf[word] for word, count in counts.items()}
        length = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        return {word: weight / length for word, weight in weights.items()}

    question = vector(asked)
    return {
        row: sum(weight * question.get(word, 0.0) for word, weight in vector(text).items())
        for row, text in texts.items()
    }


def bm25(texts: dict[int, str], asked: str, k1: float = 1.5, b: float = 0.75) -> dict[int, float]:
    """Robertson's sum for each text, word by word, every word of the question as often as it is."""
    df = Counter(word for text in texts.values() for word in set(tokens(text)))
    mean = sum(len(tokens(text)) for text in texts.values()) / len(texts)
    scores = {}
    for row, text in texts.items():
        counts, length = Counter(tokens(text)), len(tokens(text))
        scores[row] = sum(
            math.log(1 + (len(texts) - df[word] + 0.5) / (df[word] + 0.5))
            * counts[word]
            * (k1 + 1)
            / (counts[word] + k1 * (1 - b + b * length / mean))
            for word in tokens(asked)
            if word in counts
        )
    return scores
