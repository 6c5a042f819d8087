import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.errors import DataError
from recsys.evaluation.readers import Reading, read, recognise
from recsys.times import UNKNOWN

CLICKS = (
    "user_id,session_id,session_start,session_size,click_article_id,click_timestamp,"
    "click_environment,click_deviceGroup,click_os,click_country,click_region,click_referrer_type\n"
)
METADATA = "article_id,category_id,created_at_ts,publisher_id,words_count\n"
DATA = os.environ.get("RECSYS_DATA")


def click(user, session, article, time):
    return f"{user},{session},1506825423000,2,{article},{time},4,1,2,1,21,2\n"


@pytest.fixture
def published(tmp_path):
    (tmp_path / "clicks").mkdir()
    hours = {
        "000": click(0, 10, 5, 1506826800026) + click(1, 11, 2, 1506827017951),
        "001": click(0, 10, 2, 1506830400000),
    }
    for hour, rows in hours.items():
        (tmp_path / "clicks" / f"clicks_hour_{hour}.csv").write_text(CLICKS + rows)
    (tmp_path / "articles_metadata.csv").write_text(
        METADATA + "2,1,1506800000000,0,168\n3,1,1405341936000,0,250\n5,7,1506826900000,0,40\n"
    )
    return tmp_path


def test_the_published_files_give_reads_of_the_articles_that_were_read(published):
    assert recognise(published) == "globo"
    dataset = read(published, Reading())
    assert [a.article_id for a in dataset.articles] == ["2", "5"]
    second = dataset.articles[1]
    assert (second.section, second.language, second.site) == (("7",), "pt", "globo")
    assert dataset.corpus.published.tolist() == [1506800000, 1506826900]
    assert dataset.reads.time.tolist() == [1506826800026, 1506827017951, 1506830400000]
    assert dataset.reads.row.tolist() == [1, 0, 0]
    assert dataset.reads.session.tolist() == [0, 1, 0]
    assert "no article has a text: text similarity cannot be measured here" in dataset.notes


def test_the_converted_form_gives_the_same_reads(published, tmp_path):
    folder = tmp_path / "globo_clicks"
    folder.mkdir()
    events = {
        "timestamp": pa.array(
            [1506826800026, 1506827017951, 1506830400000], pa.timestamp("ms", "UTC")
        ),
        "article_id": ["5", "2", "2"],
        "session_id": ["10", "11", "10"],
        "event_type": ["click"] * 3,
    }
    articles = {"article_id": ["2", "3", "5"], "section": ["1", "1", "7"], "language": ["pt"] * 3}
    pq.write_table(pa.table(events), folder / "events.parquet")
    pq.write_table(pa.table(articles), folder / "articles.parquet")
    assert recognise(folder) == "globo"
    ours, theirs = read(folder, Reading()), read(published, Reading())
    for name in ("time", "row", "session"):
        assert getattr(ours.reads, name).tolist() == getattr(theirs.reads, name).tolist()
    assert ours.corpus.published.tolist() == [1506827017, 1506826800]  # of the first read
    assert ours.articles[0].published_at == UNKNOWN


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (click(0, 1, 2, "yesterday"), "click_timestamp: must be milliseconds since 1970"),
        (click(0, 1, 2, ""), "click_timestamp: is required"),
        (click(0, 1, "", 1506826800026), "click_article_id: is required"),
        ("1,2\n", "has 2 cells where the header has 12"),
    ],
)
def test_a_damaged_click_is_refused_with_its_place(published, row, reason):
    path = published / "clicks" / "clicks_hour_001.csv"
    path.write_text(CLICKS + row + click(0, 10, 2, 1506830400000))
    with pytest.raises(DataError) as error:
        read(published, Reading())
    assert str(error.value) == f"{path}:2: {reason}"
    reading = Reading(on_error="skip")
    assert len(read(published, reading).reads) == 3
    assert (reading.report.skipped, reading.report.read) == (1, 6)


def test_a_damaged_article_is_refused_with_its_place(published):
    path = published / "articles_metadata.csv"
    path.write_text(METADATA + "2,1,soon,0,168\n")
    with pytest.raises(DataError) as error:
        read(published, Reading())
    assert str(error.value) == f"{path}:2: created_at_ts: must be milliseconds since 1970"


def test_what_is_missing_is_named(published):
    path = published / "clicks" / "clicks_hour_000.csv"
    path.write_text("user_id,session_id\n")
    with pytest.raises(DataError, match=r"clicks_hour_000.csv: has no column click_article_id"):
        read(published, Reading())
    for file in (published / "clicks").iterdir():
        file.unlink()
    with pytest.raises(DataError, match=r"clicks_hour_\*.csv: there is no such file"):
        read(published, Reading())
    (published / "articles_metadata.csv").unlink()
    with pytest.raises(DataError, match=r"articles.parquet: there is no such file"):
        read(published, Reading(), format="globo")


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="RECSYS_DATA is not set")
def test_the_real_clicks_are_all_reads():
    dataset = read(Path(DATA) / "globo_clicks_2017_10", Reading())
    assert (len(dataset), len(dataset.reads)) == (32_428, 2_053_331)
    assert len(set(dataset.reads.session.tolist())) == 718_237


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="RECSYS_DATA is not set")
def test_the_real_editorial_links_are_all_known():
    reading = Reading(site_column="source")
    dataset = read(Path(DATA) / "ant_multisource", reading)
    assert len(dataset) == 23_105
    assert reading.report.read == 23_105 + 539
    assert 490 < len(dataset.judgements) <= 539
    assert set(dataset.judgements.asked) == set(dataset.judgements.anchor.tolist())


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="RECSYS_DATA is not set")
def test_the_real_lists_of_six_are_all_there():
    shown = read(Path(DATA) / "nemig_en", Reading()).impressions
    assert shown.n_lists == 15_000
    assert (shown.row.size, int(shown.clicked.sum())) == (71_070 + 14_148, 14_148)
    assert shown.history_rows.size == 69_765
