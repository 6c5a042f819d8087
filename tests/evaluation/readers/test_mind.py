from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest

from recsys.errors import DataError
from recsys.evaluation.readers import Reading, read, recognise

SAMPLE = Path(__file__).parents[1] / "samples" / "mind"


def milliseconds(*moment):
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)


def changed(tmp_path, name, line):
    folder = Path(copytree(SAMPLE, tmp_path / "mind"))
    with (folder / name).open("a") as file:
        file.write(line + "\n")
    return folder


def refusal(folder):
    with pytest.raises(DataError) as error:
        read(folder, Reading())
    return str(error.value).removeprefix(f"{folder}/")


def test_the_published_files_give_articles_and_lists_in_order_of_time():
    assert recognise(SAMPLE) == "mind"
    dataset = read(SAMPLE, Reading())
    assert [a.article_id for a in dataset.articles] == ["N1", "N2", "N3", "N4"]
    first, second = dataset.articles[:2]
    assert first.title == 'Harbour Town draw 2-2 after "late" equaliser'
    assert (first.section, first.language, first.site) == (("sports", "football"), "en", "mind")
    assert second.tags == ("Harbour Town", "Ferry Line")
    shown = dataset.impressions
    assert shown.time.tolist() == [
        milliseconds(2019, 11, 14, 0, 5, 0),  # "12:05:00 AM" is just after midnight
        milliseconds(2019, 11, 15, 8, 55, 22),
        milliseconds(2019, 11, 15, 13, 0, 0),
    ]
    assert shown.shown.tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert shown.row.tolist() == [0, 1, 2, 1, 3, 0, 1]
    assert shown.clicked.tolist() == [True, False, False, False, True, False, True]
    assert shown.position.tolist() == [-1] * 7
    assert shown.history_indptr.tolist() == [0, 0, 2, 5]
    assert shown.history_rows.tolist() == [2, 0, 2, 0, 3]


def test_clicks_are_reads_and_each_list_a_session():
    dataset = read(SAMPLE, Reading())
    assert dataset.reads.row.tolist() == [0, 3, 1]
    assert len(set(dataset.reads.session.tolist())) == 3
    # N3 was never clicked: not known to have a time at all.
    assert dataset.corpus.published.tolist()[0] == milliseconds(2019, 11, 14, 0, 5, 0) // 1000
    assert any("first read" in note for note in dataset.notes)


def test_lists_that_do_not_say_what_was_clicked_are_left_out_and_counted(tmp_path):
    folder = changed(tmp_path, "behaviors.tsv", "4\tU7\t11/15/2019 1:00:00 PM\t\tN1 N2")
    dataset = read(folder, Reading())
    assert dataset.impressions.n_lists == 3
    assert "lists without clicks, left out: 1" in dataset.notes


LATER = "11/15/2019 1:00:00 PM"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (
            ("4", "U7", "yesterday", "", "N1-0"),
            "time: must be a time such as 11/15/2019 8:55:22 AM",
        ),
        (("4", "U7", LATER, "N9", "N1-0"), "history: names news that news.tsv does not have"),
        (("4", "U7", LATER, "", "N9-0"), "impressions: names news that news.tsv does not have"),
        (("4", "U7", LATER, "", "N1-2"), "impressions: must be news ids with -0 or -1 behind them"),
        (("4", "U7", LATER, "", ""), "impressions: is required"),
        (("4", "U7", LATER), "has 3 cells, not 5"),
        (("", "U7", LATER, "", "N1-0"), "impression_id: is required"),
    ],
)
def test_a_damaged_row_is_refused_with_its_place(tmp_path, cells, reason):
    assert (
        refusal(changed(tmp_path, "behaviors.tsv", "\t".join(cells)))
        == f"behaviors.tsv:4: {reason}"
    )


def test_damaged_news_is_refused_with_its_place(tmp_path):
    row = "N5\ta\tb\ttitle\ttext\thttps://news.example/5\t[{]\t"
    folder = changed(tmp_path, "news.tsv", row)
    assert refusal(folder) == (
        "news.tsv:5: title_entities: must be a JSON list of entities with a Label"
    )
    reading = Reading(on_error="skip")
    assert len(read(folder, reading)) == 4
    assert (reading.report.skipped, reading.report.rejects[0].line) == (1, 5)


def test_a_missing_file_is_named(tmp_path):
    folder = Path(copytree(SAMPLE, tmp_path / "mind"))
    (folder / "behaviors.tsv").unlink()
    with pytest.raises(DataError, match=r"behaviors.tsv: there is no such file"):
        read(folder, Reading(), format="mind")
