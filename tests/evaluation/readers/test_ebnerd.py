from datetime import UTC

import numpy as np
import pytest

from recsys.errors import DataError
from recsys.evaluation.readers import Reading, read, recognise
from tests.evaluation.samples.ebnerd import article, at, impression, write_bundle


def milliseconds(moment):
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000)


def test_a_bundle_gives_articles_lists_and_reads(tmp_path):
    folder = write_bundle(tmp_path)
    assert recognise(folder) == "ebnerd"
    dataset = read(folder, Reading())
    assert [a.article_id for a in dataset.articles] == ["10", "20", "30", "40"]
    first = dataset.articles[0]
    assert (first.site, first.language, first.section) == ("ebnerd", "da", ("sport",))
    assert (first.summary, first.tags) == ("Kort om sagen", ("Transport", "Havnen"))
    assert first.published_at * 1000 == milliseconds(at(6))
    shown = dataset.impressions
    assert shown.time.tolist() == [milliseconds(at(10)), milliseconds(at(10, 2))]
    assert shown.shown.tolist() == [0, 0, 0, 1, 1]
    assert shown.row.tolist() == [2, 1, 3, 3, 0]
    assert shown.clicked.tolist() == [False, True, False, True, False]
    assert shown.position.tolist() == [-1] * 5
    assert shown.history_indptr.tolist() == [0, 2, 4]
    assert shown.history_rows.tolist() == [0, 1, 0, 1]


def test_a_click_and_the_page_it_led_to_are_one_read(tmp_path):
    reads = read(write_bundle(tmp_path), Reading()).reads
    # Article 10 the day before; 20 is read at its page's time, and led to 40. The 20 of the day
    # before was logged again, and counts once.
    assert reads.row.tolist() == [0, 1, 3]
    assert reads.time.tolist() == [milliseconds(at(8, day=24))] + [milliseconds(at(10, 2))] * 2
    assert reads.session.tolist() == [-1, 0, 0]
    assert reads.from_row.tolist() == [-1, -1, 1]


def test_a_row_that_names_no_article_is_refused_with_its_place(tmp_path):
    rows = [impression(1, 7, 70, at(10), [30, 99], [30])]
    folder = write_bundle(tmp_path, train=rows)
    path = folder / "train" / "behaviors.parquet"
    with pytest.raises(DataError) as error:
        read(folder, Reading())
    reason = "names an article that articles.parquet does not have"
    assert str(error.value) == f"{path}:1: article_ids_inview: {reason}"
    reading = Reading(on_error="skip")
    assert read(folder, reading).impressions.n_lists == 0
    assert reading.report.skipped == 1


def test_the_first_damaged_field_is_named(tmp_path):
    history = [{"user_id": 7, "impression_time_fixed": [at(8)], "article_id_fixed": [10, 20]}]
    with pytest.raises(DataError, match=r"history.parquet:1: impression_time_fixed: must be as"):
        read(write_bundle(tmp_path / "a", history=history), Reading())
    with pytest.raises(DataError, match=r"articles.parquet:1: url: must be an http"):
        read(write_bundle(tmp_path / "b", articles=[article(1, 2, url="x")]), Reading())
    late = [impression(1, 7, 70, None, [30], [])]
    with pytest.raises(DataError, match=r"behaviors.parquet:1: impression_time: must be a time"):
        read(write_bundle(tmp_path / "c", train=late), Reading())


def test_a_missing_file_is_named(tmp_path):
    folder = write_bundle(tmp_path)
    (folder / "train" / "history.parquet").unlink()
    with pytest.raises(DataError, match=r"train/history.parquet: there is no such file"):
        read(folder, Reading())
    (folder / "articles.parquet").unlink()
    with pytest.raises(DataError, match=r"articles.parquet: there is no such file"):
        read(folder, Reading(), format="ebnerd")


def test_propensities_are_not_known(tmp_path):
    dataset = read(write_bundle(tmp_path), Reading())
    assert np.isnan(dataset.impressions.propensity).all()
    assert any("random order" in note for note in dataset.notes)
