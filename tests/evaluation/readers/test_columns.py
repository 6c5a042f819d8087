"""Columns of events against the events one by one."""

import json
import random
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.data.importers.reading import read_events
from recsys.errors import DataError
from recsys.evaluation.dataset import Dataset
from recsys.evaluation.readers import Reading
from recsys.evaluation.readers.columns import numbered, reads_from
from recsys.evaluation.readers.events import read_columns
from recsys.evaluation.readers.lists import impressions_from
from recsys.records import Article
from recsys.settings import Settings, Site

SETTINGS = Settings(sites={"b": Site(time_zone="Africa/Casablanca")})
ARTICLES = [
    Article(name, title=name, url=f"https://n.example/{name}", site=site)
    for site in ("a", "b", "default")
    for name in ("1", "2", "3")
]
VALUES = {
    "timestamp": [
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00.250Z",
        "2026-03-02",
        None,
        "",
        "x",
        "2026-03-01T09:30:00",
        "1969-03-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
    ],
    "article_id": ["1", "2", "3", "9", None, " ", "bad\n", "x" * 600],
    "url": [None, None, "https://n.example/1?utm_source=x", "nonsense", "https://n.example/zz"],
    "event_type": [None, "view", "history", "shown", "impression", "click", "like", ""],
    "visitor_id": [None, "v1", "v2", ""],
    "session_id": [None, "s1", "s2", "s3", "\x00"],
    "from_article_id": [None, "1", "2", "nobody", "\ud7ff"],
    "list": [None, "related", "most_read"],
    "position": [None, 0, 1, 2, -1],
    "rec_id": [None, "r1", "r2"],
    "site": ["a", "b", None, "c"],
    "colour": [None, "blue"],
}


def random_rows(rng, n, sound=0.9):
    """Rows of which many have one or the other value that does not pass."""

    def pick(values):
        return values[0] if rng.random() < sound else rng.choice(values)

    rows = [{name: rng.choice(v[:4]) for name, v in VALUES.items()} for _ in range(n)]
    for row in rows:
        row.update({name: pick(v) for name, v in VALUES.items() if rng.random() < 0.4})
    return rows


def as_numbers(reads):
    return [column.tolist() for column in (reads.time, reads.row, reads.session, reads.from_row)]


def same_lists(one, other):
    names = ("shown", "row", "position", "clicked", "time", "history_indptr", "history_rows")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def outcome(path, corpus, *, by_row=False, **options):
    reading = Reading(SETTINGS, on_error="skip", **options)
    columns = read_columns([path], reading, by_row=by_row)
    rows = columns.rows(corpus)
    reads = as_numbers(reads_from(columns, corpus, rows))
    report = reading.report
    return reads, impressions_from(columns, rows), (report.read, report.rejects, report.unknown)


@pytest.fixture(scope="module")
def corpus():
    return Dataset.of("x", ARTICLES).corpus


@pytest.mark.slow  # reads row by row
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("options", [{}, {"site": "a"}, {"site_column": "visitor_id"}])
def test_a_batch_at_a_time_gives_what_row_by_row_gives(tmp_path, corpus, seed, options):
    rows = random_rows(random.Random(seed), 300)
    path = tmp_path / "events.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    fast, slow = outcome(path, corpus, **options), outcome(path, corpus, by_row=True, **options)
    assert fast[0] == slow[0]
    assert same_lists(fast[1], slow[1])
    assert fast[2] == slow[2]
    assert 0 < fast[2][0] < 300


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("tz", [None, "UTC", "Asia/Riyadh"])
def test_times_and_numbers_as_a_table_holds_them_give_the_same(tmp_path, corpus, unit, tz):
    rng = np.random.default_rng(3)
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    seconds = rng.integers(1_700_000_000, 1_700_000_100, 200) * per_second
    seconds[:4] = [-per_second, 0, 1, 5 * per_second]
    table = pa.table(
        {
            "timestamp": pa.array(seconds, pa.timestamp(unit, tz), mask=rng.random(200) < 0.1),
            "article_id": pa.array(rng.integers(0, 5, 200), pa.int16()).dictionary_encode(),
            "session_id": pa.array(rng.choice([1.0, 2.0, np.nan, 2.5], 200)),
            "position": pa.array(rng.integers(-1, 3, 200), pa.int8()),
            "event_type": pa.array(rng.choice(["view", "click"], 200)).dictionary_encode(),
            "site": pa.array(rng.choice(["a", "b"], 200), pa.large_string()),
            "list": pa.nulls(200),
        }
    )
    path = tmp_path / "events.parquet"
    pq.write_table(table, path)
    fast, slow = outcome(path, corpus), outcome(path, corpus, by_row=True)
    assert fast[0] == slow[0]
    assert fast[2] == slow[2]
    assert fast[2][0] > 50


@pytest.mark.parametrize("seed", range(6))
def test_reads_are_those_of_the_events_one_by_one(tmp_path, seed):
    rows = random_rows(random.Random(seed), 300)
    for row in rows:
        row["article_id"], row["url"] = row["article_id"] or "1", None
    path = tmp_path / "events.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    events = read_events(path, SETTINGS, on_error="skip", timestamp_required=False)
    dataset = Dataset.of("x", ARTICLES, events)
    reads, _, _ = outcome(path, dataset.corpus)
    assert reads == as_numbers(dataset.reads)
    assert len(reads[0]) > 20


def test_the_first_bad_row_stops_with_file_line_field_and_reason(tmp_path):
    rows = [{"article_id": "1", "position": n} for n in (0, 1, -1, -2)]
    path = tmp_path / "events.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    with pytest.raises(DataError) as error:
        read_columns([path], Reading())
    assert str(error.value) == f"{path}:3: position: must be a whole number, at least 0"


def test_text_that_is_not_utf_8_is_refused_with_its_row(tmp_path):
    binary = pa.array([b"1", b"\xff", b"2"], pa.binary())
    path = tmp_path / "events.parquet"
    pq.write_table(pa.table({"article_id": binary.view(pa.string())}), path)
    reading = Reading(on_error="skip")
    assert len(read_columns([path], reading)) == 2
    assert [reject.line for reject in reading.report.rejects] == [2]


def test_an_event_id_that_comes_again_is_the_same_event(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("event_id,article_id,site\nx,1,a\nx,2,a\nx,3,b\n,1,a\n,1,a\n")
    columns = read_columns([path], Reading())
    names = columns.names["article_id"]
    assert [names[code] for code in columns.codes["article_id"]] == ["1", "3", "1", "1"]


def test_an_event_with_an_address_belongs_to_the_article_there(tmp_path, corpus):
    path = tmp_path / "events.csv"
    path.write_text(
        "url,article_id,site\nhttp://n.example/2/,,b\nhttps://n.example/2,3,b\nhttps://n.example/x,,b\n"
    )
    rows = read_columns([path], Reading()).rows(corpus)
    assert rows.tolist() == [4, 5, -1]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none.parquet: there is no such file"):
        read_columns([tmp_path / "none.parquet"], Reading())
    damaged = tmp_path / "bad.parquet"
    damaged.write_bytes(b"PAR1 nonsense PAR1")
    with pytest.raises(DataError, match=r"bad.parquet: is not a readable Parquet file"):
        read_columns([damaged], Reading())


def test_values_are_numbered_as_they_come():
    assert numbered(np.array([7, 3, 7, 9, 3])).tolist() == [0, 1, 0, 2, 1]


def test_milliseconds_are_kept(tmp_path, corpus):
    path = tmp_path / "events.parquet"
    moment = datetime(2026, 3, 1, 12, 0, 0, 250_999, tzinfo=UTC)
    pq.write_table(pa.table({"timestamp": [moment], "article_id": ["1"], "site": ["a"]}), path)
    columns = read_columns([path], Reading())
    assert columns.time.tolist() == [int(moment.timestamp() * 1000)]
