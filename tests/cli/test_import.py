import gzip
import json

import pytest

from recsys.data.stores import open_store
from tests.cli.conftest import jsonl

ARTICLES = [
    {"article_id": "1", "title": "مباراة الرجاء والوداد", "published_at": "2026-03-01T10:00:00Z"},
    {"article_id": "2", "title": "قرعة كأس العالم", "published_at": "2026-03-01T11:00:00Z"},
]
EVENTS = [
    {"timestamp": "2026-03-01T12:00:00Z", "article_id": "1", "visitor_id": "a"},
    {"timestamp": "2026-03-01T12:01:00Z", "article_id": "1", "visitor_id": "a"},  # counted already
    {"timestamp": "2026-03-01T12:02:00Z", "article_id": "2", "event_type": "impression"},
]


@pytest.fixture
def store(tmp_path):
    return f"sqlite:///{tmp_path / 'news.db'}"


def stored(url: str) -> list[str]:
    opened = open_store(url, create=False)
    try:
        return [article.article_id for article in opened.articles()]
    finally:
        opened.close()


def test_files_come_into_a_store_and_are_counted(recsys, store, tmp_path):
    events = jsonl(tmp_path / "a-events.jsonl", EVENTS)
    articles = jsonl(tmp_path / "b-articles.jsonl", ARTICLES)
    said = recsys("import", events, articles, "--store", store)
    assert said.code == 0
    assert said.out.splitlines() == [
        f"{articles}: 2 articles read, 2 new, 0 replaced, 0 skipped",
        f"{events}: 3 events read, 1 counted, 0 skipped",
    ]
    assert stored(store) == ["1", "2"]


def test_the_second_time_nothing_is_new(recsys, store, tmp_path):
    articles = jsonl(tmp_path / "articles.jsonl", ARTICLES)
    recsys("import", articles, "--store", store)
    (source,) = recsys("import", articles, "--store", store, "--json").document["sources"]
    assert (source["read"], source["new"], source["replaced"]) == (2, 0, 2)


def test_articles_are_stored_before_the_events_that_name_them_by_address(recsys, store, tmp_path):
    url = "https://news.example/1"
    events = jsonl(tmp_path / "1.jsonl", [{"timestamp": "2026-03-01T12:00:00Z", "url": url}])
    articles = jsonl(tmp_path / "2.jsonl", [{**ARTICLES[0], "url": url}])
    sources = recsys("import", events, articles, "--store", store, "--json").document["sources"]
    assert [source["kind"] for source in sources] == ["articles", "events"]
    assert sources[1]["counted"] == 1


def test_a_bad_row_leaves_the_store_as_it_was(refused, recsys, store, tmp_path):
    good = jsonl(tmp_path / "good.jsonl", ARTICLES)
    bad = jsonl(tmp_path / "bad.jsonl", [*ARTICLES, {"title": "no id"}])
    assert refused(1, "import", good, bad, "--store", store) == f"{bad}:3: article_id: is required"
    assert stored(store) == []


def test_a_bad_row_may_be_skipped_and_is_kept_beside(recsys, store, tmp_path):
    bad = jsonl(tmp_path / "bad.jsonl", [*ARTICLES, {"title": "no id"}])
    said = recsys("import", bad, "--store", store, "--on-error", "skip")
    assert said.code == 0
    assert said.out.splitlines() == [
        f"{bad}: 2 articles read, 2 new, 0 replaced, 1 skipped",
        "  skipped rows are in bad.jsonl.rejects.jsonl",
    ]
    (line,) = (tmp_path / "bad.jsonl.rejects.jsonl").read_text().splitlines()
    assert json.loads(line)["line"] == 3


def test_a_failure_half_way_says_what_was_stored(refused, recsys, store, tmp_path):
    rows = ({"article_id": str(i), "title": "x"} for i in range(300))
    articles = jsonl(tmp_path / "a.jsonl", rows)
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no more")
    files = [articles, tmp_path / "a.parquet"]
    call = ["import", *files, "--kind", "articles", "--store", store, "--on-error", "skip"]
    assert f"committed before that: {articles}: the first 300 articles" in refused(1, *call)
    assert len(stored(store)) == 300
    assert "committed" not in refused(1, "import", files[1], *call[3:])


def test_unknown_columns_are_named_and_left_alone(recsys, store, tmp_path):
    rows = [{**row, "desk": "sport", "ref": 7} for row in ARTICLES]
    said = recsys("import", jsonl(tmp_path / "a.jsonl", rows), "--store", store)
    assert said.out.splitlines()[1] == "  unknown columns, left alone: desk, ref"


def test_a_column_may_name_the_site(recsys, store, tmp_path):
    rows = [{**ARTICLES[0], "source": "north"}, {**ARTICLES[0], "source": "south"}]
    articles = jsonl(tmp_path / "a.jsonl", rows)
    said = recsys("import", articles, "--store", store, "--site-column", "source")
    assert "2 new" in said.out
    (north,) = recsys("most-read", "--store", store, "--site", "north").lines
    assert north[5] == "1"


def test_csv_parquet_and_gzip_are_recognised(recsys, store, tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "a.csv").write_text("article_id,title\nc,عنوان\n", encoding="utf-8")
    with gzip.open(tmp_path / "a.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write('{"article_id": "g", "title": "عنوان"}\n')
    parquet.write_table(
        arrow.table({"article_id": ["p"], "title": ["عنوان"]}), tmp_path / "a.parquet"
    )
    files = [tmp_path / name for name in ("a.csv", "a.jsonl.gz", "a.parquet")]
    assert recsys("import", *files, "--store", store).code == 0
    assert stored(store) == ["c", "g", "p"]


def test_what_would_be_refused_is_listed(recsys, tmp_path):
    rows = [*ARTICLES, {"title": "no id"}, {"article_id": "3", "url": "ftp://x"}]
    bad = jsonl(tmp_path / "bad.jsonl", rows)
    said = recsys("validate", bad)
    assert (said.code, said.err) == (1, "")
    assert said.out.splitlines() == [
        f"{bad}:3: article_id: is required",
        f"{bad}:4: url: must be an http or https address",
        f"{bad}: 2 articles would be read, 2 refused",
    ]


def test_many_refused_rows_are_counted_by_cause(recsys, tmp_path):
    bad = jsonl(tmp_path / "bad.jsonl", [{"title": "no id"}] * 25)
    said = recsys("validate", bad, "--kind", "articles")
    assert said.out.splitlines()[20:] == [
        "… and 5 more; in all:",
        "  25 × article_id: is required",
        f"{bad}: 0 articles would be read, 25 refused",
    ]
    (found,) = recsys("validate", bad, "--json").document["sources"]
    assert (found["refused"], found["causes"]) == (25, {"article_id: is required": 25})


def test_a_good_file_is_code_0_and_a_missing_one_is_a_finding(recsys, tmp_path):
    good = jsonl(tmp_path / "good.jsonl", ARTICLES)
    said = recsys("validate", good)
    assert (said.code, said.out) == (0, f"{good}: 2 articles would be read, 0 refused\n")
    said = recsys("validate", good, "no.jsonl")
    assert said.code == 1
    assert said.out.splitlines()[-1] == "no.jsonl: there is no such file"
