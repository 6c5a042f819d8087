"""What an evaluation is made on: articles, reads, judgements and impressions, by row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.data.corpus import Corpus
from recsys.records import Article, Event
from recsys.times import UNKNOWN

Rows = npt.NDArray[np.int32]
Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Key = tuple[str, str]  # (site, article_id)

NEVER = np.iinfo(np.int64).max
"""When an article was withdrawn that never was."""


def _rows() -> Rows:
    return np.zeros(0, dtype=np.int32)


def _times() -> Times:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Reads:
    """What was read, in order of time; of one moment in the order of the source.

    Attributes
    ----------
    time
        int64, shape (n,), ascending: milliseconds since 1970.
    row
        int32, shape (n,): the article that was read.
    session
        int32, shape (n,): number of the session, -1 where there is none.
    from_row
        int32, shape (n,): the article that led there, -1 where nobody said.
    """

    time: Times = field(default_factory=_times)
    row: Rows = field(default_factory=_rows)
    session: Rows = field(default_factory=_rows)
    from_row: Rows = field(default_factory=_rows)

    def __len__(self) -> int:
        return int(self.time.size)

    @classmethod
    def of(
        cls, time: Times, row: Rows, session: Rows | None = None, from_row: Rows | None = None
    ) -> "Reads":
        """Return reads in order of time; what is not given is not known."""
        order = np.argsort(time, kind="stable")
        unknown = np.full(time.size, -1, dtype=np.int32)
        columns = (unknown if column is None else column for column in (session, from_row))
        return cls(
            np.asarray(time, dtype=np.int64)[order],
            *(np.asarray(column, dtype=np.int32)[order] for column in (row, *columns)),
        )

    def part(self, where: slice | npt.NDArray[Any]) -> "Reads":
        """Return some of the reads, in their order."""
        return Reads(self.time[where], self.row[where], self.session[where], self.from_row[where])


@dataclass(frozen=True, eq=False)
class Judgements:
    """Which articles belong to an article, in somebody's opinion.

    Attributes
    ----------
    anchor, related
        int32, shape (n,): rows; no pair twice.
    grade
        float64, shape (n,), over 0.
    asked
        Anchor -> the article as it is asked with, where that is not the one that is stored: the
        lines that give the answer away are taken out.
    """

    anchor: Rows = field(default_factory=_rows)
    related: Rows = field(default_factory=_rows)
    grade: Floats = field(default_factory=lambda: np.zeros(0))
    asked: Mapping[int, Article] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.anchor.size)


@dataclass(frozen=True, eq=False)
class Impressions:
    """What was shown, in lists, and what of it was clicked.

    Attributes
    ----------
    shown
        int32, shape (n,): number of the list it was shown in, ascending from 0.
    row
        int32, shape (n,).
    position
        int32, shape (n,): place in the list from 0; -1 where nobody said.
    clicked
        bool, shape (n,).
    propensity
        float64, shape (n,): probability with which it was shown there; NaN where nobody said.
    time
        int64, shape (n_lists,): milliseconds since 1970, UNKNOWN where nobody said.
    history_indptr, history_rows
        What the reader of list ``i`` had read: ``history_rows[history_indptr[i]:
        history_indptr[i + 1]]``, oldest first where times are known.
    """

    shown: Rows = field(default_factory=_rows)
    row: Rows = field(default_factory=_rows)
    position: Rows = field(default_factory=_rows)
    clicked: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    propensity: Floats = field(default_factory=lambda: np.zeros(0))
    time: Times = field(default_factory=_times)
    history_indptr: Times = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    history_rows: Rows = field(default_factory=_rows)

    @property
    def n_lists(self) -> int:
        """How many lists were shown."""
        return int(self.time.size)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Everything that is known, later things included: what may be seen of it a `History` says.

    Attributes
    ----------
    name
        For people.
    articles
        In the order of the rows: by site and id.
    corpus
        The same, by row. ``published`` is the first that is known of an article, and ``shown``
        whether it may stand in a list.
    withdrawn
        int64, shape (n,): milliseconds since 1970 from which an article may not be listed, `NEVER`
        for most.
    same
        int32, shape (n,): the row that stands for an article: of one address or one body of a site
        the first published.
    reads, judgements, impressions
        Empty where there are none.
    simulated
        Whether nobody ever read any of it.
    notes
        What whoever reads figures must know, a sentence each.
    """

    name: str
    articles: Sequence[Article]
    corpus: Corpus
    withdrawn: Times
    same: Rows
    reads: Reads = field(default_factory=Reads)
    judgements: Judgements = field(default_factory=Judgements)
    impressions: Impressions = field(default_factory=Impressions)
    simulated: bool = False
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        name: str,
        articles: Iterable[Article],
        events: Iterable[Event] = (),
        *,
        withdrawn: Mapping[Key, int] | None = None,
        **more: Any,
    ) -> "Dataset":
        """Build a data set from records.

        Parameters
        ----------
        articles
            In any order; of two with one key the later wins.
        events
            Views become reads, the others are left out; so are those without a time or about
            articles that are not there.
        withdrawn
            Key -> milliseconds since 1970.
        more
            Further attributes.
        """
        by_key = {article.key: article for article in articles}
        chosen = [by_key[key] for key in sorted(by_key)]
        corpus = Corpus.of(chosen)
        reads = reads_of(events, corpus)
        return cls.on(name, chosen, corpus, reads, withdrawn=withdrawn, **more)

    @classmethod
    def on(
        cls,
        name: str,
        articles: Sequence[Article],
        corpus: Corpus,
        reads: Reads,
        *,
        withdrawn: Mapping[Key, int] | None = None,
        **more: Any,
    ) -> "Dataset":
        """Build a data set on a corpus whose rows are ``articles``."""
        gone = np.full(len(corpus), NEVER, dtype=np.int64)
        for key, moment in (withdrawn or {}).items():
            row = corpus.row_of(*key)
            if row >= 0:
                gone[row] = moment
        known = first_known(corpus.published, reads)
        same = _standing_for(articles, corpus, known)
        has_text = bool(corpus.shown.any())
        shown = (same == np.arange(same.size)) & (corpus.shown if has_text else True)
        numbers = {**corpus.numbers, "published": known, "shown": shown}
        return cls(name, articles, replace(corpus, numbers=numbers), gone, same, reads, **more)

    def __len__(self) -> int:
        return len(self.corpus)


def reads_of(events: Iterable[Event], corpus: Corpus) -> Reads:
    """Return the views among ``events`` as reads: those with a time, of articles that are there."""
    columns: list[tuple[int, Key, str | None, str | None]] = [
        (e.timestamp, (e.site, e.article_id), e.session_id, e.from_article_id)
        for e in events
        if e.event_type == "view" and e.timestamp is not None and e.article_id is not None
    ]
    keys = [key for _, key, _, _ in columns]
    came_from = [(key[0], origin or "") for _, key, _, origin in columns]
    numbers: dict[tuple[str, str], int] = {}
    sessions = [
        -1 if session is None else numbers.setdefault((key[0], session), len(numbers))
        for _, key, session, _ in columns
    ]
    row = rows_by_name(corpus, keys)
    known = row >= 0
    return Reads.of(
        np.array([time for time, _, _, _ in columns], dtype=np.int64)[known],
        row[known],
        np.array(sessions, dtype=np.int32)[known],
        rows_by_name(corpus, came_from)[known],
    )


def rows_by_name(corpus: Corpus, keys: Sequence[Key]) -> Rows:
    """Return int32, shape (len(keys),): the row of each key, -1 where there is none."""
    distinct = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    found = corpus.rows_of(list(distinct))
    return found[np.fromiter((distinct[key] for key in keys), dtype=np.int64, count=len(keys))]


def first_known(published: Times, reads: Reads) -> Times:
    """Return int64, shape (n,), in seconds: publication or, where unknown, the first read.

    What was neither dated nor read stays UNKNOWN, as if it had always been there.
    """
    first = np.full(published.size, NEVER, dtype=np.int64)
    rows, places = np.unique(reads.row, return_index=True)
    first[rows] = reads.time[places] // 1000
    return np.where((published == UNKNOWN) & (first < NEVER), first, published)


def _standing_for(articles: Sequence[Article], corpus: Corpus, known: Times) -> Rows:
    """Return, for each row, the first published of those of the same address or body."""
    order = np.lexsort((np.arange(known.size), known))
    page = corpus.same_page()
    same = np.arange(known.size, dtype=np.int32)
    seen: dict[object, int] = {}
    for row in order.tolist():
        article = articles[row]
        keys: list[object] = [int(page[row])]
        if article.body:
            keys.append((article.site, article.body))
        first = next((seen[key] for key in keys if key in seen), row)
        same[row] = first
        for key in keys:
            seen.setdefault(key, first)
    return same
