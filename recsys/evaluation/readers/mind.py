"""MIND, the Microsoft News Dataset: ``news.tsv`` and ``behaviors.tsv``, without a header.

References
----------
Wu et al., "MIND: A Large-scale Dataset for News Recommendation", ACL 2020.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from recsys.data.corpus import Corpus
from recsys.data.importers.base import Row, opened
from recsys.data.rows import article_from_row, identifier
from recsys.errors import RowError
from recsys.evaluation.dataset import Dataset
from recsys.evaluation.readers.base import Reading, Values, required
from recsys.evaluation.readers.lists import Clicks, WholeLists
from recsys.records import Article

SITE, LANGUAGE = "mind", "en"
NEWS = (
    "news_id",
    "category",
    "subcategory",
    "title",
    "abstract",
    "url",
    "title_entities",
    "abstract_entities",
)
BEHAVIORS = ("impression_id", "user_id", "time", "history", "impressions")
_TIME = "%m/%d/%Y %I:%M:%S %p"
_NOTES = (
    "publication times are unknown; an article counts as known from its first read",
    "the log holds the articles of a list in random order: places and propensities are not known",
    "a click has the time of the list it was made in, and the time zone of the log is not stated:"
    " it is taken as UTC",
    "an impression is a session of its own; what was read before it has no times and is history"
    " only",
)


def recognised(folder: Path) -> bool:
    """Return whether a folder holds the two files."""
    return (folder / "news.tsv").is_file() and (folder / "behaviors.tsv").is_file()


def read(folder: Path, reading: Reading) -> Dataset:
    """Return the data set; its site is ``mind`` and its language English.

    A row of ``behaviors.tsv`` that names news which ``news.tsv`` lacks is refused. What an
    impression of the test part holds without saying what was clicked is left out.
    """
    reading = replace(reading, site=reading.site or SITE, site_column=None)
    news, log = required(folder, "news.tsv"), required(folder, "behaviors.tsv")
    found = reading.parsed(news, _rows(news, NEWS), lambda row: _article(row, reading))
    by_key = {article.key: article for _, article in found}
    articles = [by_key[key] for key in sorted(by_key)]
    corpus = Corpus.of(articles)
    row_of = {article.article_id: row for row, article in enumerate(articles)}
    lists, clicks, unjudged = WholeLists(), Clicks(), 0
    for n, (_, shown) in enumerate(
        reading.parsed(log, _rows(log, BEHAVIORS), lambda row: _shown(row, row_of))
    ):
        if n % 10_000 == 0:
            reading.progress(log.name, n, 0)
        if shown.clicked is None:
            unjudged += 1
            continue
        lists.add(shown.time, shown.rows, shown.clicked, shown.history)
        clicks.add(shown.time, shown.rows, shown.clicked, n)
    notes = _NOTES + ((f"lists without clicks, left out: {unjudged}",) if unjudged else ())
    return Dataset.on(
        folder.name,
        articles,
        corpus,
        clicks.reads(),
        impressions=lists.impressions(),
        notes=notes,
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """One row of the log; ``clicked`` is None where it does not say."""

    time: int
    rows: Sequence[int]
    clicked: Sequence[bool] | None
    history: Sequence[int]


def _rows(path: Path, names: Sequence[str]) -> Iterator[Row]:
    """Yield the cells of each line by name; a quotation mark means nothing here."""
    with opened(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                cells = line.decode("utf-8").rstrip("\r\n").split("\t")
            except UnicodeDecodeError:
                yield number, RowError("", "is not UTF-8")
                continue
            if cells == [""]:
                continue
            if len(cells) != len(names):
                yield number, RowError("", f"has {len(cells)} cells, not {len(names)}")
            else:
                yield number, dict(zip(names, cells, strict=True))


def _article(row: Values, reading: Reading) -> Article:
    article_id = identifier(row, "news_id")
    if article_id is None:
        raise RowError("news_id", "is required")
    values = {
        "article_id": article_id,
        "title": row["title"],
        "summary": row["abstract"],
        "url": row["url"],
        "section": [row["category"], row["subcategory"]],
        "tags": [*_entities(row, "title_entities"), *_entities(row, "abstract_entities")],
        "language": LANGUAGE,
    }
    return article_from_row(values, reading.settings, reading.site)


def _entities(row: Values, field: str) -> list[str]:
    """Return the names of the entities that a cell holds as JSON."""
    text = str(row[field]).strip()
    try:
        found = json.loads(text) if text else []
        return [str(each["Label"]) for each in found]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise RowError(field, "must be a JSON list of entities with a Label") from None


def _shown(row: Values, row_of: Mapping[str, int]) -> _Shown:
    if identifier(row, "impression_id") is None:
        raise RowError("impression_id", "is required")
    try:
        moment = datetime.strptime(str(row["time"]).strip(), _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise RowError("time", "must be a time such as 11/15/2019 8:55:22 AM") from None
    history = [_known(each, "history", row_of) for each in str(row["history"]).split()]
    pairs = [each.rpartition("-") for each in str(row["impressions"]).split()]
    if not pairs:
        raise RowError("impressions", "is required")
    answers = {answer if name else None for name, _, answer in pairs}
    time = int(moment.timestamp()) * 1000
    if answers == {None}:  # the test part says only what was shown
        rows = [_known(answer, "impressions", row_of) for _, _, answer in pairs]
        return _Shown(time, rows, None, history)
    if not answers <= {"0", "1"}:
        raise RowError("impressions", "must be news ids with -0 or -1 behind them")
    rows = [_known(name, "impressions", row_of) for name, _, _ in pairs]
    return _Shown(time, rows, [answer == "1" for _, _, answer in pairs], history)


def _known(name: str, field: str, row_of: Mapping[str, int]) -> int:
    row = row_of.get(name)
    if row is None:
        raise RowError(field, "names news that news.tsv does not have")
    return row
