"""Files as they come: packed, truncated, mislabelled, with bad rows in them."""

import gzip
import json
import sys

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.data.importers import recognise
from recsys.data.importers.reading import Report, kind_of, read_articles, read_events
from recsys.errors import DataError
from recsys.settings import Settings

SETTINGS = Settings()


def articles(source, **options):
    return list(read_articles(source, SETTINGS, **options))


def refusal(source, **options):
    with pytest.raises(DataError) as error:
        articles(source, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


def written(path, *lines):
    path.write_bytes(b"".join(line if isinstance(line, bytes) else line.encode() for line in lines))
    return path


def test_the_first_bad_row_stops_with_file_line_field_and_reason(tmp_path):
    path = written(tmp_path / "a.jsonl", '{"article_id": "1"}\n\n', '{"article_id": ""}\n')
    assert refusal(path) == f"{path}:3: article_id: is required"


def test_skipped_rows_are_counted_and_written_to_a_rejects_file(tmp_path):
    path = written(
        tmp_path / "a.jsonl",
        '{"article_id": "1", "language": "arabic"}\n',
        '{"article_id": "2", "colour": 1}\n',
        "nonsense\n",
    )
    report = Report(rejects_directory=tmp_path)
    kept = articles(path, on_error="skip", report=report)
    assert [a.article_id for a in kept] == ["2"]
    assert (report.read, report.skipped, report.unknown) == (1, 2, ["colour"])
    assert report.files == [tmp_path / "a.jsonl.rejects.jsonl"]
    rejects = [json.loads(line) for line in report.files[0].read_text().splitlines()]
    assert rejects[0] == {
        "file": str(path),
        "line": 1,
        "field": "language",
        "reason": "must be a two-letter code of ISO 639-1, such as ar",
        "id": "1",
    }
    assert (rejects[1]["line"], rejects[1]["id"]) == (3, None)
    assert [str(one) for one in report.rejects][1].startswith(f"{path}:3: is not JSON")


def test_a_new_run_begins_its_rejects_file_anew(tmp_path):
    path = written(tmp_path / "a.jsonl", "{}\n")
    for _ in range(2):
        report = Report(rejects_directory=tmp_path)
        articles(path, on_error="skip", report=report)
    assert len(report.files[0].read_text().splitlines()) == 1


def test_a_rejects_file_that_cannot_be_written_is_said_so(tmp_path):
    path = written(tmp_path / "a.jsonl", "{}\n")
    report = Report(rejects_directory=tmp_path / "nowhere")
    assert "cannot be written" in refusal(path, on_error="skip", report=report)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"article_id": "\xff"}', "is not UTF-8"),
        (b"{", "is not JSON"),
        (b'["a"]', "must be one JSON object a line"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"position": ' + b"9" * 5000 + b"}", "is not JSON"),
    ],
)
def test_a_line_that_is_no_row_is_one_bad_row(tmp_path, line, reason):
    path = written(tmp_path / "a.jsonl", b'\xef\xbb\xbf{"article_id": "1"}\n', line, b"\n")
    assert refusal(path).startswith(f"{path}:2: {reason}")
    assert len(articles(path, on_error="skip")) == 1


def test_a_truncated_or_damaged_gzip_file_is_one_line(tmp_path):
    whole = gzip.compress(b'{"article_id": "1"}\n' * 1000, mtime=0)
    path = written(tmp_path / "a.jsonl.gz", whole[:-20])
    assert refusal(path) == f"{path}: the gzip file ends too early; is the copy complete?"
    path.write_bytes(whole[:30] + b"\0\0\0\0" + whole[34:])
    assert "damaged" in refusal(path)


def test_a_gzip_file_is_known_by_its_content(tmp_path):
    path = written(tmp_path / "a.csv", gzip.compress(b"article_id\n1\n", mtime=0))
    assert articles(path)[0].article_id == "1"


def test_missing_files_and_directories_are_one_line(tmp_path):
    assert refusal(tmp_path / "no.jsonl") == f"{tmp_path / 'no.jsonl'}: there is no such file"
    assert refusal(str(tmp_path)) == (
        f"{tmp_path}: is a directory; give a file in it, such as {tmp_path / 'articles.jsonl'}"
    )


def test_a_truncated_parquet_file_is_one_line(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"article_id": ["1"]}), path)
    path.write_bytes(path.read_bytes()[:-10])
    assert refusal(path).startswith(f"{path}: is not a readable Parquet file: ")


def test_parquet_text_that_is_not_utf8_is_one_bad_row(tmp_path):
    raw = pa.array([b"1", b"\xff", b"3"]).view(pa.string())
    pq.write_table(pa.table({"article_id": raw}), tmp_path / "a.parquet")
    report = Report()
    kept = articles(tmp_path / "a.parquet", on_error="skip", report=report)
    assert [a.article_id for a in kept] == ["1", "3"]
    assert [r.line for r in report.rejects] == [2]


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    path = written(tmp_path / "a.parquet", b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert "recsys-news[parquet]" in refusal(path)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.jsonl", b"", "jsonl"),
        ("a.JSONL.GZ", b"", "jsonl"),
        ("a.csv", b"{", "csv"),
        ("a.csv.gz", b"", "csv"),
        ("a.parquet", b"", "parquet"),
        ("a", b'{"a": 1}', "jsonl"),
        ("a", gzip.compress(b'{"a": 1}', mtime=0), "jsonl"),
        ("a.dat", b"PAR1...", "parquet"),
    ],
)
def test_a_format_is_known_by_name_and_then_by_first_bytes(tmp_path, name, content, found):
    assert recognise(written(tmp_path / name, content)) == found


def test_an_unknown_format_names_the_known_ones(tmp_path):
    path = written(tmp_path / "a.txt", b"hello")
    assert refusal(path) == f"{path}: cannot tell the format; name one of jsonl, csv, parquet"
    assert "unknown format" in refusal(path, format="xml")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_csv_may_be_separated_by_commas_semicolons_or_tabs(tmp_path, separator, start):
    lines = [["article_id", "title", "sponsored"], ["1", "من هنا", "True"], ["2", "", "0"]]
    text = start + "\r\n".join(separator.join(cells) for cells in lines)
    first, second = articles(written(tmp_path / "a.csv", text))
    assert (first.article_id, first.title, first.sponsored) == ("1", "من هنا", True)
    assert (second.title, second.sponsored) == (None, False)


def test_csv_lists_are_json_or_separated(tmp_path):
    cells = ['"[""a|b"", ""c""]"', "a|b;c", "a; b ;c", "News &amp; Views", "\"['a']\"", ""]
    lines = [f"{i},{cell}\n" for i, cell in enumerate(cells)]
    report = Report()
    path = written(tmp_path / "a.csv", "article_id,tags\n", *lines)
    kept = articles(path, on_error="skip", report=report)
    assert [a.tags for a in kept] == [
        ("a|b", "c"),
        ("a", "b;c"),
        ("a", "b", "c"),
        ("News &amp; Views",),
        (),
    ]
    assert [(r.line, r.field) for r in report.rejects] == [(6, "tags")]


def test_csv_rows_are_numbered_by_the_line_they_begin_on(tmp_path):
    path = written(
        tmp_path / "a.csv",
        'article_id,body\n1,"two\nlines"\n\n2,x,surplus\n3\n4,"quo"te\n5,',
        b"\xff\n6,ok\n",
        '7,"open\n',
    )
    report = Report()
    kept = articles(path, on_error="skip", report=report)
    assert [a.article_id for a in kept] == ["1", "6"]
    assert kept[0].body == "two\nlines"
    assert [(r.line, r.reason) for r in report.rejects[:2]] == [
        (5, "has 3 cells where the header has 2"),
        (6, "has 1 cells where the header has 2"),
    ]
    assert [r.line for r in report.rejects] == [5, 6, 7, 8, 10]
    assert report.rejects[3].reason == "is not UTF-8"


def test_a_long_body_fits_into_a_csv_cell(tmp_path):
    path = written(tmp_path / "a.csv", "article_id,body\n1,", "x" * 1_000_000)
    assert len(articles(path)[0].body) == 1_000_000


def test_two_csv_columns_of_one_name_are_refused(tmp_path):
    assert "two columns" in refusal(written(tmp_path / "a.csv", "article_id,title,title\n"))


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_an_empty_file_has_no_rows(tmp_path, name):
    assert articles(written(tmp_path / name)) == []


def test_the_site_comes_from_the_call_or_a_column_or_the_row(tmp_path):
    path = written(tmp_path / "a.jsonl", '{"article_id": "1", "source": "BBC", "site": "own"}\n')
    assert articles(path)[0].site == "own"
    assert articles(path, site="given")[0].site == "given"
    assert articles(path, site_column="source")[0].site == "BBC"
    assert articles(path, site_column="source")[0].source == "BBC"
    assert refusal(path, site_column="brand") == f"{path}:1: brand: is required: it names the site"


def test_a_site_column_of_parquet_is_read_though_it_is_no_field(tmp_path):
    pq.write_table(
        pa.table({"article_id": ["1"], "brand": ["x"], "other": [1]}), tmp_path / "a.parquet"
    )
    report = Report()
    assert articles(tmp_path / "a.parquet", site_column="brand", report=report)[0].site == "x"
    assert report.unknown == ["other"]


def test_events_are_told_from_articles_by_their_columns(tmp_path):
    assert kind_of(written(tmp_path / "e.csv", "timestamp,article_id\n")) == "events"
    assert kind_of(written(tmp_path / "a.csv", "article_id,title\n")) == "articles"
    assert kind_of(written(tmp_path / "e.jsonl", 'x\n{"event_type": "view"}\n')) == "events"
    assert kind_of(pa.table({"event_type": ["view"]})) == "events"


STAMPS = pd.to_datetime(["2026-03-01T12:00:00.5Z", None], utc=True)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_timestamps_of_tables_keep_their_milliseconds(unit):
    table = pa.table(
        {
            "article_id": pa.array([12, 13], pa.int32()),
            "timestamp": pa.array([1772366400, None], pa.timestamp("s", "UTC")).cast(
                pa.timestamp(unit, "Africa/Casablanca")
            ),
            "event_type": pa.array(["view", "shown"]).dictionary_encode(),
        }
    )
    events = list(read_events(table, SETTINGS, timestamp_required=False))
    assert [e.timestamp for e in events] == [1772366400000, None]
    assert [e.article_id for e in events] == ["12", "13"]
    assert [e.event_type for e in events] == ["view", "impression"]


def test_pandas_tables_are_read_with_gaps_and_without_their_index():
    frame = pd.DataFrame(
        {"article_id": ["1", "2"], "timestamp": STAMPS, "position": [1, None]}, index=["x", "y"]
    )
    report = Report()
    events = list(read_events(frame, SETTINGS, timestamp_required=False, report=report))
    assert [(e.timestamp, e.position) for e in events] == [(1772366400500, 1), (None, None)]
    assert report.unknown == []


def test_a_clock_time_in_a_table_is_the_sites():
    naive = pl.DataFrame({"article_id": ["1"], "published_at": ["2026-07-01"]}).with_columns(
        pl.col("published_at").str.to_datetime()
    )
    assert articles(naive)[0].published_at == 1782864000


def test_what_is_neither_path_nor_table_is_refused():
    assert "must be a path or a pandas" in refusal({"article_id": ["1"]})
    assert refusal(pd.DataFrame({"article_id": [1, "x"]})).startswith("the table cannot be read")
