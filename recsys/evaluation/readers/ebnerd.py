"""EB-NeRD, the Ekstra Bladet News Recommendation Dataset: Parquet files as published.

A bundle has ``articles.parquet`` and folders ``train`` and ``validation`` with
``behaviors.parquet`` and ``history.parquet``; all parts that are there are read as one.

References
----------
Kruse et al., "EB-NeRD: A Large-Scale Dataset for News Recommendation", RecSys Challenge 2024.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from recsys.data.corpus import Corpus
from recsys.data.importers import parquet
from recsys.data.rows import article_from_row, identifier
from recsys.errors import RowError
from recsys.evaluation.dataset import Dataset
from recsys.evaluation.readers.base import Reading, Values, check_columns, required
from recsys.evaluation.readers.lists import Clicks, WholeLists
from recsys.records import Article
from recsys.times import zone

T = TypeVar("T")

SITE, LANGUAGE = "ebnerd", "da"
BEHAVIORS = (
    "impression_id",
    "article_id",
    "impression_time",
    "article_ids_inview",
    "article_ids_clicked",
    "user_id",
    "session_id",
)
HISTORY = ("user_id", "impression_time_fixed", "article_id_fixed")
_ARTICLES = (
    "article_id",
    "title",
    "subtitle",
    "last_modified_time",
    "body",
    "published_time",
    "url",
    "ner_clusters",
    "topics",
    "category_str",
)
_NOTES = (
    "the log holds the articles of a list in random order: places and propensities are not known",
    "a read has the time of its page where that was logged, else of the list it was clicked in; of"
    " an article there is one read a session",
    "the time zone of the log is not stated: the site's is taken, UTC where none is set",
    "what a person read before the log is read without a session, and is the history of each of"
    " the person's lists",
)


def recognised(folder: Path) -> bool:
    """Return whether a folder holds a bundle, or one part of it with the articles."""
    return (folder / "articles.parquet").is_file() and bool(_parts(folder))


def read(folder: Path, reading: Reading) -> Dataset:
    """Return the data set; its site is ``ebnerd`` and its language Danish.

    A row that names an article which ``articles.parquet`` lacks is refused.
    """
    reading = replace(reading, site=reading.site or SITE, site_column=None)
    source = required(folder, "articles.parquet")
    items = _items(source, _ARTICLES, reading, lambda row: _article(row, reading))
    by_key = {article.key: article for article in items}
    articles = [by_key[key] for key in sorted(by_key)]
    parts = _parts(folder) or [required(folder, "behaviors.parquet").parent]
    log = _Log({article.article_id: row for row, article in enumerate(articles)}, reading)
    for part in parts:
        log.add(part)
    corpus = Corpus.of(articles)
    return Dataset.on(
        folder.name,
        articles,
        corpus,
        log.reads().reads(),
        impressions=log.lists.impressions(),
        notes=_NOTES,
    )


def _parts(folder: Path) -> list[Path]:
    """Return the folders that hold a log."""
    places = (folder, folder / "train", folder / "validation")
    return [place for place in places if (place / "behaviors.parquet").is_file()]


@dataclass(frozen=True, slots=True)
class _Before:
    """What a person had read before the log."""

    user: str
    times: Sequence[int]
    rows: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Impression:
    """One row of the log; ``page`` is the article that was open, -1 for the front page."""

    time: int
    user: str
    session: str
    page: int
    shown: Sequence[int]
    clicked: frozenset[int]


@dataclass
class _Log:
    """The parts of a log as they are read."""

    row_of: Mapping[str, int]
    reading: Reading
    lists: WholeLists = field(default_factory=WholeLists)
    _pages: dict[tuple[str, int], int] = field(default_factory=dict)  # (session, row) -> time
    _clicks: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)  # time, origin
    _before: dict[tuple[str, int], list[int]] = field(default_factory=dict)  # (user, row) -> times
    _logged: set[tuple[str, int]] = field(default_factory=set)  # (user, row)

    def add(self, folder: Path) -> None:
        """Add the part in a folder."""
        source, log = required(folder, "history.parquet"), folder / "behaviors.parquet"
        before: dict[str, Sequence[int]] = {}
        for person in _items(source, HISTORY, self.reading, self._person):
            before[person.user] = person.rows
            for time, row in zip(person.times, person.rows, strict=True):
                times = self._before.setdefault((person.user, row), [])
                if time not in times:
                    times.append(time)
        for each in _items(log, BEHAVIORS, self.reading, self._impression):
            clicked = [row in each.clicked for row in each.shown]
            self.lists.add(each.time, each.shown, clicked, before.get(each.user, ()))
            self._note_reads(each)

    def reads(self) -> Clicks:
        """Return every read once."""
        clicks, number = Clicks(), dict[str, int]()
        for key in self._pages | self._clicks:
            time, origin = self._clicks.get(key, (0, -1))
            session = number.setdefault(key[0], len(number))
            clicks.add_read(self._pages.get(key, time), key[1], session, origin)
        for key, times in self._before.items():
            if key not in self._logged:
                for time in times:
                    clicks.add_read(time, key[1], -1)
        return clicks

    def _note_reads(self, each: _Impression) -> None:
        if each.page >= 0:
            key = (each.session, each.page)
            self._pages[key] = min(each.time, self._pages.get(key, each.time))
            self._logged.add((each.user, each.page))
        for row in sorted(each.clicked):
            self._clicks.setdefault((each.session, row), (each.time, each.page))
            self._logged.add((each.user, row))

    def _person(self, row: Values) -> _Before:
        times = [self._moment(each, "impression_time_fixed") for each in _list(row, HISTORY[1])]
        rows = [self._row(each, "article_id_fixed") for each in _list(row, HISTORY[2])]
        if len(times) != len(rows):
            raise RowError("impression_time_fixed", "must be as long as article_id_fixed")
        return _Before(_required(row, "user_id"), times, rows)

    def _impression(self, row: Values) -> _Impression:
        _required(row, "impression_id")
        shown = [self._row(each, "article_ids_inview") for each in _list(row, "article_ids_inview")]
        clicked = {
            self._row(each, "article_ids_clicked") for each in _list(row, "article_ids_clicked")
        }
        if not shown:
            raise RowError("article_ids_inview", "is required")
        page = row.get("article_id")
        return _Impression(
            self._moment(row.get("impression_time"), "impression_time"),
            _required(row, "user_id"),
            _required(row, "session_id"),
            -1 if page is None or page != page else self._row(page, "article_id"),
            list(dict.fromkeys(shown)),
            frozenset(clicked),
        )

    def _row(self, value: object, name: str) -> int:
        found = self.row_of.get(_required({name: value}, name))
        if found is None:
            raise RowError(name, "names an article that articles.parquet does not have")
        return found

    def _moment(self, value: object, name: str) -> int:
        """Return milliseconds since 1970."""
        if not isinstance(value, datetime) or value != value:
            raise RowError(name, "must be a time")
        if value.tzinfo is None:
            own = self.reading.settings.site(self.reading.site or SITE)
            value = value.replace(tzinfo=zone(own.time_zone))
        return int(value.timestamp() * 1000)


def _items(
    path: Path, names: Sequence[str], reading: Reading, parse: Callable[[Values], T]
) -> Iterator[T]:
    check_columns(path, parquet.columns(path), *names)
    for n, (_, item) in enumerate(reading.parsed(path, parquet.rows(path, names), parse)):
        if n % 10_000 == 0:
            reading.progress(path.name, n, 0)
        yield item


def _article(row: Values, reading: Reading) -> Article:
    values = {
        "article_id": row["article_id"],
        "title": row["title"],
        "summary": row["subtitle"],
        "body": row["body"],
        "url": row["url"],
        "section": row["category_str"],
        "tags": [*_list(row, "topics"), *_list(row, "ner_clusters")],
        "language": LANGUAGE,
        "published_at": row["published_time"],
        "updated_at": row["last_modified_time"],
    }
    return article_from_row(values, reading.settings, reading.site)


def _list(row: Values, name: str) -> Sequence[object]:
    value = row.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise RowError(name, "must be a list")
    return value


def _required(row: Values, name: str) -> str:
    found = identifier(row, name)
    if found is None:
        raise RowError(name, "is required")
    return found
