"""Clicks in the G1 news portal: "News Portal User Interactions by Globo.com".

Read in the form in which it was published (``clicks/clicks_hour_*.csv`` and
``articles_metadata.csv``), or as a folder of our own schema whose name begins with ``globo``.
Of the articles only those that were ever read become rows. There are no texts.

References
----------
Moreira, Jannach, da Cunha, "Contextual Hybrid Session-based News Recommendation with Recurrent
Neural Networks", IEEE Access 2019.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from recsys.data.importers import csv
from recsys.data.rows import ARTICLE_FIELDS, article_from_row, identifier
from recsys.errors import DataError, RowError
from recsys.evaluation.dataset import Dataset
from recsys.evaluation.readers.base import Reading, Values, check_columns, required
from recsys.evaluation.readers.columns import Builder, EventColumns, empty_chunk
from recsys.evaluation.readers.events import read_columns
from recsys.evaluation.readers.own import on_columns
from recsys.records import Article
from recsys.times import UNKNOWN

SITE, LANGUAGE = "globo", "pt"
CLICKS = "clicks_hour_*.csv"
_CLICK_COLUMNS = ("user_id", "session_id", "click_article_id", "click_timestamp")
_ARTICLE_COLUMNS = ("article_id", "category_id", "created_at_ts")
_LAST_MILLISECOND = 32_503_680_000_000  # of the year 2999, with what follows
_TEXTS = (
    "only sessions with two or more clicks are in the data, and no article twice in a session:"
    " popularity and next reads are measured on such readers alone"
)


def recognised(folder: Path) -> bool:
    """Return whether a folder holds the published files, or was converted to our schema."""
    if (folder / "articles_metadata.csv").is_file():
        return True
    converted = (folder / "articles.parquet").is_file() and (folder / "events.parquet").is_file()
    return converted and folder.name.startswith("globo")


def read(folder: Path, reading: Reading) -> Dataset:
    """Return the data set; its site is ``globo`` and its language Portuguese."""
    reading = replace(reading, site=reading.site or SITE, site_column=None)
    if (folder / "articles_metadata.csv").is_file() or list(_click_files(folder)):
        dataset = _published(folder, reading)
    else:
        dataset = _converted(folder, reading)
    return replace(dataset, notes=(*dataset.notes, _TEXTS))


def _converted(folder: Path, reading: Reading) -> Dataset:
    source = required(folder, "articles.parquet")
    columns = read_columns([required(folder, "events.parquet")], reading)
    ids = _ever_read(columns)
    settings = reading.settings

    def parse(row: Values) -> Article | None:
        wanted = identifier(row, "article_id") in ids
        return article_from_row(row, settings, reading.site) if wanted else None

    found = reading.items(source, ARTICLE_FIELDS, parse)
    articles = _in_order(article for _, article in found if article is not None)
    return on_columns(folder.name, articles, columns)


def _published(folder: Path, reading: Reading) -> Dataset:
    metadata = required(folder, "articles_metadata.csv")
    check_columns(metadata, csv.columns(metadata), *_ARTICLE_COLUMNS)
    files = list(_click_files(folder))
    if not files:
        raise DataError(f"{folder / 'clicks' / CLICKS}: there is no such file")
    builder = Builder(reading)
    for file in files:
        check_columns(file, csv.columns(file), *_CLICK_COLUMNS)
        _add_clicks(builder, file)
    columns = builder.columns()
    ids = _ever_read(columns)
    rows = csv.rows(metadata, _ARTICLE_COLUMNS)
    found = reading.parsed(metadata, rows, lambda row: _article(row, reading))
    articles = _in_order(article for _, article in found if article.article_id in ids)
    return on_columns(folder.name, articles, columns)


def _click_files(folder: Path) -> Iterator[Path]:
    """Yield the files of clicks, in the order of the hours that they are numbered by."""
    found = [*folder.glob(CLICKS), *(folder / "clicks").glob(CLICKS)]
    return iter(sorted(found, key=lambda path: (len(path.name), path.name)))


def _add_clicks(builder: Builder, file: Path) -> None:
    found = [
        values for _, values in builder.reading.parsed(file, csv.rows(file, _CLICK_COLUMNS), _click)
    ]
    chunk = empty_chunk(len(found))
    chunk["time"] = np.array([time for time, _, _, _ in found], dtype=np.int64)
    site = builder.code("site", builder.reading.site)
    for place, (_, article, visitor, session) in enumerate(found):
        chunk["site"][place] = site
        chunk["article_id"][place] = builder.code("article_id", article)
        chunk["visitor_id"][place] = builder.code("visitor_id", visitor)
        chunk["session_id"][place] = builder.code("session_id", session)
    builder.reading.report.read -= len(found)  # the builder counts them too
    builder.add(file, chunk)


def _click(row: Values) -> tuple[int, str, str | None, str | None]:
    time = _milliseconds(row, "click_timestamp")
    if time is None:
        raise RowError("click_timestamp", "is required")
    article = identifier(row, "click_article_id")
    if article is None:
        raise RowError("click_article_id", "is required")
    return time, article, identifier(row, "user_id"), identifier(row, "session_id")


def _article(row: Values, reading: Reading) -> Article:
    article = identifier(row, "article_id")
    if article is None:
        raise RowError("article_id", "is required")
    created, category = _milliseconds(row, "created_at_ts"), identifier(row, "category_id")
    return Article(
        article,
        section=() if category is None else (category,),
        language=LANGUAGE,
        published_at=UNKNOWN if created is None else created // 1000,
        site=reading.site or SITE,
    )


def _milliseconds(row: Mapping[str, object], field: str) -> int | None:
    text = str(row.get(field) or "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 15 and int(text) < _LAST_MILLISECOND):
        raise RowError(field, "must be milliseconds since 1970")
    return int(text)


def _ever_read(columns: EventColumns) -> set[str]:
    return set(columns.names["article_id"])


def _in_order(articles: Iterable[Article]) -> list[Article]:
    by_key = {article.key: article for article in articles}
    return [by_key[key] for key in sorted(by_key)]
