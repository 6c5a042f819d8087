"""Every source format: the same rows give the same records."""

import csv
import gzip
import json

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.data.importers import IMPORTERS, recognise
from recsys.data.importers.reading import Report, kind_of, read_articles, read_events
from recsys.data.rows import ARTICLE_FIELDS
from recsys.errors import DataError
from recsys.records import Article, Event
from recsys.settings import Settings, Site

SETTINGS = Settings(sites={"default": Site(language="ar", time_zone="Africa/Casablanca")})

ROWS = [
    {
        "article_id": "1",
        "title": "أيضــــا، «عنوان»",
        "url": "https://site.example/1?a=1&b=2",
        "body": 'first line\nsecond "line"; third, line\t.',
        "section": "sport",
        "tags": ["كرة", "two words"],
        "language": "AR",
        "published_at": "2026-07-01",
        "sponsored": True,
        "inline_links": ["2", "https://site.example/3"],
        "shade": "blue",
    },
    {
        "article_id": "2",
        "title": None,
        "url": None,
        "body": None,
        "section": None,
        "tags": [],
        "language": "fr",
        "published_at": "2026-07-01T12:00:00Z",
        "sponsored": None,
        "inline_links": None,
        "shade": "red",
    },
    {
        **dict.fromkeys(["title", "url", "body", "section", "tags", "language", "published_at"]),
        "article_id": "3",
    },
]
EXPECTED = [
    Article(
        "1",
        "أيضــــا، «عنوان»",
        "https://site.example/1?a=1&b=2",
        'first line\nsecond "line"; third, line\t.',
        section=("sport",),
        tags=("كرة", "two words"),
        language="ar",
        published_at=1782860400,  # 2026-06-30T23:00:00Z
        sponsored=True,
        inline_links=("2", "https://site.example/3"),
    ),
    Article("2", language="fr", published_at=1782907200),
    Article("3", language="ar"),
]
EVENTS = [
    {
        "timestamp": "2026-07-01T12:00:00.250Z",
        "article_id": "1",
        "event_type": "click",
        "list": "related",
        "position": 0,
    },
    {
        "timestamp": "2026-07-01T12:00:00",
        "article_id": "2",
        "event_type": "history",
        "list": None,
        "position": None,
    },
]
EXPECTED_EVENTS = [
    Event(1782907200250, "1", event_type="click", list="related", position=0),
    Event(1782903600000, "2"),
]


def as_jsonl(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def as_csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for row in rows:
            lists = {k: "|".join(v) for k, v in row.items() if isinstance(v, list)}
            writer.writerow({**row, **lists})


def as_parquet(path, rows):
    pq.write_table(pa.Table.from_pylist(rows), path)


WRITERS = {"jsonl": as_jsonl, "csv": as_csv, "parquet": as_parquet}
TABLES = {
    "pyarrow": pa.Table.from_pylist,
    "pandas": pd.DataFrame,
    "polars": lambda rows: pl.DataFrame(rows, infer_schema_length=None),
}


def test_every_format_has_a_contract():
    assert set(WRITERS) == set(IMPORTERS)


@pytest.fixture(params=[*IMPORTERS, *TABLES])
def source_of(request, tmp_path):
    def make(rows):
        if request.param in TABLES:
            return TABLES[request.param](rows)
        path = tmp_path / f"rows.{request.param}"
        WRITERS[request.param](path, rows)
        return path

    return make


def test_the_same_rows_are_the_same_articles(source_of):
    report = Report()
    assert list(read_articles(source_of(ROWS), SETTINGS, report=report)) == EXPECTED
    assert (report.read, report.skipped, report.unknown) == (3, 0, ["shade"])


def test_the_same_rows_are_the_same_events(source_of):
    assert list(read_events(source_of(EVENTS), SETTINGS)) == EXPECTED_EVENTS


def test_the_kind_is_seen_in_the_columns(source_of):
    assert (kind_of(source_of(ROWS)), kind_of(source_of(EVENTS))) == ("articles", "events")


def test_a_bad_row_stops_or_is_left_out(source_of):
    source = source_of([*ROWS, {**ROWS[1], "article_id": "4", "language": "klingon"}])
    with pytest.raises(DataError, match=r":\d+: language: must be"):
        list(read_articles(source, SETTINGS))
    report = Report()
    assert list(read_articles(source, SETTINGS, on_error="skip", report=report)) == EXPECTED
    assert [(r.field, r.id) for r in report.rejects] == [("language", "4")]


def test_rows_of_something_else_altogether_are_refused_one_by_one(source_of):
    report = Report()
    source = source_of([{"shade": "blue"}, {"shade": "red"}])
    assert list(read_articles(source, SETTINGS, on_error="skip", report=report)) == []
    assert [(r.field, r.reason) for r in report.rejects] == [("article_id", "is required")] * 2
    assert report.unknown == ["shade"]


@pytest.mark.parametrize("name", IMPORTERS)
def test_a_file_is_recognised_and_missing_ones_are_one_line(name, tmp_path):
    path = tmp_path / f"rows.{name}"
    WRITERS[name](path, ROWS)
    assert recognise(path) == name
    with pytest.raises(DataError, match="no such file"):
        list(read_articles(tmp_path / "no", SETTINGS, format=name))


@pytest.mark.parametrize("name", ["jsonl", "csv"])
def test_a_packed_text_file_reads_like_the_plain_one(name, tmp_path):
    WRITERS[name](tmp_path / "plain", ROWS)
    packed = tmp_path / f"rows.{name}.gz"
    packed.write_bytes(gzip.compress((tmp_path / "plain").read_bytes()))
    assert list(read_articles(packed, SETTINGS)) == EXPECTED


def test_rows_are_of_fields_that_exist():
    assert {name for row in ROWS for name in row} - {"shade"} <= set(ARTICLE_FIELDS)
