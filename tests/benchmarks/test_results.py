"""The one form of results: ratios, JSON there and back, the page."""

import json

import pytest

from benchmarks import machine
from benchmarks.results import Result, Row, Skipped, figure, markdown, quartiles, table

OURS = Row("training", "articles to model", "recsys", 10000, "s", (2.0, 4.0, 5.0))
PEER = Row("training", "articles to model", "peer", 10000, "s", (10.0, 10.0, 10.0))
MACHINE = {"processor": "P", "cores": 2, "memory": "4 GiB", "libraries": {"numpy": "2.0"}}


def result(*rows, **changed):
    given = {"date": "2026-11-24", "command": "make bench", "revision": "abc", "machine": MACHINE}
    return Result(**{**given, **changed}, rows=rows)


def test_a_ratio_is_taken_within_each_round():
    assert OURS.beside([PEER]).ratios == {"peer": (5.0, 2.5, 2.0)}


def test_more_is_better_whatever_the_unit():
    ours = Row("serving", "latest", "recsys", 1, "answers/s", (30.0,), better="higher")
    bare = Row("serving", "latest", "bare", 1, "answers/s", (20.0,), better="higher")
    assert ours.beside([bare]).ratios == {"bare": (1.5,)}


def test_a_peer_of_fewer_rounds_is_compared_by_medians():
    once = Row("training", "articles to model", "slow", 10000, "s", (20.0,))
    assert OURS.beside([once]).ratios == {"slow": (5.0,)}


def test_ratios_to_several_peers_stand_side_by_side():
    other = Row("training", "articles to model", "other", 10000, "s", (4.0, 4.0, 5.0))
    both = OURS.beside([PEER]).beside([other])
    assert both.ratios == {"peer": (5.0, 2.5, 2.0), "other": (2.0, 1.0, 1.0)}


def test_what_is_written_is_read_back():
    skipped = (Skipped("training", "Lucene", "there is no java"),)
    whole = result(OURS.beside([PEER]), PEER, skipped=skipped)
    again = Result.parse(whole.text())
    assert again.text() == whole.text()
    assert [row.key for row in again.rows] == [OURS.key, PEER.key]
    assert again.skipped == skipped
    assert list(again.rows[0].ratios["peer"]) == [5.0, 2.5, 2.0]


def test_a_row_is_a_line_and_numbers_have_six_digits():
    text = result(Row("b", "w", "c", 1, "s", (1.23456789,)), PEER).text()
    assert sum("contestant" in line for line in text.splitlines()) == 2
    assert json.loads(text)["rows"][0]["values"] == [1.23457]


def test_another_format_is_refused():
    text = result().text().replace('"format": 1', '"format": 2')
    with pytest.raises(ValueError, match="must be of format 1, got 2"):
        Result.parse(text)


def test_quartiles_lie_within_the_values():
    assert quartiles([1, 2, 3, 4, 5]) == (2, 4)
    assert quartiles([7.0]) == (7.0, 7.0)


@pytest.mark.parametrize(
    ("value", "said"),
    [(1234.5, "1,234"), (12.34, "12.3"), (1.234, "1.23"), (0.1234, "0.123"), (0, "0")],
)
def test_a_figure_has_three_digits_that_count(value, said):
    assert figure(value) == said


def test_a_table_leaves_out_columns_that_nobody_fills():
    once = Row("quality", "links", "default", 300, "nDCG@10", (0.566,))
    assert list(table([once])) == [
        "| what | who | articles | median |",
        "|---|---|---:|---:|",
        "| links | default | 300 | 0.566 nDCG@10 |",
    ]


def test_a_table_gives_median_quartiles_and_ratios():
    line = list(table([OURS.beside([PEER])]))[2]
    assert line == (
        "| articles to model | recsys | 10,000 | 4.00 s | 3.00 – 4.50 | 3 |"
        " peer 2.50 [2.25, 3.75] |"
    )


def test_a_row_says_itself_in_one_line():
    said = "articles to model, recsys, 10,000: 4.00 s; 2.50 [2.25, 3.75] times peer"
    assert str(OURS.beside([PEER])) == said


def test_the_page_names_machine_command_and_what_was_skipped():
    page = markdown(result(OURS, skipped=[Skipped("training", "Lucene", "there is no java")]))
    assert "Written by `make bench` on 2026-11-24; sources abc." in page
    assert "- libraries: numpy 2.0" in page
    assert "## training" in page
    assert "- training, Lucene: there is no java" in page


def test_the_machine_is_told_without_names_and_paths():
    import getpass
    import platform

    told = machine.facts()
    assert told["cores"] >= 1
    assert told["libraries"]["numpy"]
    names = {platform.node(), str(machine._ROOT)} - {""}
    assert not any(name in json.dumps(told) for name in names)
    assert getpass.getuser() not in told.values()
