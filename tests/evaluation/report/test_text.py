"""The report in a terminal."""

import doctest

import pytest

from recsys.evaluation.report import plain, text, words
from recsys.evaluation.report.text import columns
from tests.evaluation.report.documents import RANKERS, document


@pytest.mark.parametrize("module", [text, words])
def test_examples_in_docstrings_run(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width):
    made = plain(document(simulated=True), width)
    assert max(columns(line) for line in made.splitlines()) <= width


def test_the_figures_stand_in_columns_with_their_verdicts():
    lines = plain(document(), 100).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("ranker"))
    rows = lines[start + 1 : start + 1 + len(RANKERS)]
    assert " ".join(rows[0].split()) == "default 0.538 0.515 to 0.561 ▲ better +0.072"
    assert " ".join(rows[4].split()) == "tfidf_scikit_learn 0.466 0.443 to 0.489 ◆ baseline"
    assert len({row.index(" to ") for row in rows}) == 1


def test_a_simulation_is_called_one_before_anything_else():
    assert plain(document(simulated=True)).startswith("*** SIMULATION")
    assert "SIMULATION" not in plain(document())


def test_sentences_and_notes_are_there():
    made = " ".join(plain(document()).split())
    for task in document()["tasks"]:
        for said in [one["sentence"] for one in task["comparisons"]] + task["notes"]:
            assert said in made


def test_an_arabic_name_keeps_its_direction_to_itself():
    made = plain(document())
    assert "\u2068صحيفة الساحلة اليوم\u2069 (155 questions)" in made


def test_no_control_reaches_the_terminal():
    made = document()
    made["dataset"]["name"] = "a\x1b[31mred\u202e\u2069\nline"
    first = plain(made).splitlines()[0]
    assert first == "Evaluation on a\ufffd[31mred line"
