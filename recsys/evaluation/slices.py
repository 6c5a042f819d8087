"""Parts of the questions of a task, in which one may be better and another worse.

A slice is ``slice(history, questions)`` -> str, shape (n,): the part each question belongs to,
``""`` for none. None of them looks at an answer.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.evaluation.dataset import Rows, Times
from recsys.evaluation.history import History
from recsys.evaluation.judged import Questions
from recsys.evaluation.past import PastReads
from recsys.records import Article
from recsys.times import UNKNOWN

Labels = npt.NDArray[np.str_]
Slice = Callable[[History, Questions], Labels]

HOUR, DAY = 3_600_000, 86_400_000  # milliseconds
MOST_SECTIONS = 12
"""Only so many sections, those asked for most, are parts of their own; the rest is ``other``."""

_AGES = ("under a day", "1 to 7 days", "7 to 30 days", "over 30 days")
_LENGTHS = ("under 50 words", "50 to 199 words", "200 to 499 words", "500 words and more")
_READ = ("at most once", "2 to 9 times", "10 times and more")
_TRAFFIC = ("thin", "middle", "thick")


def labels(history: History, questions: Questions) -> dict[str, Labels]:
    """Return the slices that have more than one part, by name."""
    found = {name: of(history, questions) for name, of in SLICES.items()}
    return {name: parts for name, parts in found.items() if len(set(parts.tolist()) - {""}) > 1}


def site(history: History, questions: Questions) -> Labels:
    """Return whose list is asked for."""
    return _text([query.site for query in questions.queries])


def section(history: History, questions: Questions) -> Labels:
    """Return the section asked for, else the main one of the article that is read."""
    corpus = history.corpus
    names = [
        query.section or (corpus.section_of(query.row) if query.row >= 0 else None) or ""
        for query in questions.queries
    ]
    each, counts = np.unique(_text([name for name in names if name]), return_counts=True)
    most = set(each[np.argsort(-counts, kind="stable")][:MOST_SECTIONS].tolist())
    return _text([name if name in most or not name else "other" for name in names])


def language(history: History, questions: Questions) -> Labels:
    """Return the language asked for, else that of the article that is read."""
    corpus = history.corpus
    return _text(
        [
            query.language or (corpus.language_of(query.row) if query.row >= 0 else None) or ""
            for query in questions.queries
        ]
    )


def age(history: History, questions: Questions) -> Labels:
    """Return how old the article that is read was."""
    return _age(history, _own(questions), questions.now)


def wanted_age(history: History, questions: Questions) -> Labels:
    """Return how old the article was that was wanted most."""
    if not questions.wanted.shape[1]:
        return _text([""] * len(questions))
    return _age(history, questions.wanted[:, 0], questions.now)


def traffic(history: History, questions: Questions) -> Labels:
    """Return thirds of the questions by the reads of their site in the hour before.

    In the day before where most questions have no read in the hour before. Equal counts are in one
    part.
    """
    past, now = PastReads.known_to(history), questions.now
    codes = np.array([_code(history, query.site) for query in questions.queries], dtype=np.int64)
    counts = past.of_sites(codes, now, now - HOUR)
    if not np.median(counts if counts.size else [0]):
        counts = past.of_sites(codes, now, now - DAY)
    if not counts.any():
        return _text([""] * len(questions))
    return _binned(counts, np.quantile(counts, [1 / 3, 2 / 3], method="higher"), _TRAFFIC)


def length(history: History, questions: Questions) -> Labels:
    """Return how many words the article asked with has: title, summary and body."""
    articles = history.dataset.articles
    asked = [
        query.article or (articles[query.row] if query.row >= 0 else None)
        for query in questions.queries
    ]
    words = np.array([0 if article is None else _words(article) for article in asked])
    return np.where(
        [article is not None for article in asked], _binned(words, [50, 200, 500], _LENGTHS), ""
    )


def cold(history: History, questions: Questions) -> Labels:
    """Return how often the article that is read had been read before, this read included."""
    own = _own(questions)
    if not len(history.reads):
        return _text([""] * len(questions))
    counts = PastReads.known_to(history).of_rows(own, questions.now)
    return np.where(own >= 0, _binned(counts, [2, 10], _READ), "")


SLICES: dict[str, Slice] = {
    "site": site,
    "section": section,
    "language": language,
    "age": age,
    "wanted_age": wanted_age,
    "traffic": traffic,
    "length": length,
    "cold": cold,
}


def _text(parts: Sequence[str]) -> Labels:
    return np.array(parts, dtype=np.str_)


def _own(questions: Questions) -> Rows:
    return np.array([query.row for query in questions.queries], dtype=np.int32)


def _code(history: History, name: str) -> int:
    sites = history.corpus.sites
    return sites.index(name) if name in sites else -1


def _words(article: Article) -> int:
    texts = (article.title, article.summary, article.body)
    return sum(len(text.split()) for text in texts if text)


def _age(history: History, rows: Rows, now: Times) -> Labels:
    published = history.corpus.published[rows]
    dated = (rows >= 0) & (published != UNKNOWN)
    ages = now - np.where(dated, published, 0) * 1000
    return np.where(dated, _binned(ages, [DAY, 7 * DAY, 30 * DAY], _AGES), "")


def _binned(values: npt.NDArray[Any], bounds: npt.ArrayLike, names: Sequence[str]) -> Labels:
    """Return the name of the part of each value; a bound belongs to the part above it."""
    return _text(names)[np.searchsorted(np.asarray(bounds), values, side="right")]
