"""Runs of code points: numbered like the keys of a dict, translated like `str.translate`."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.kernels.runs import DROPPED, ODD, RunTable, runs_of, strings, translated

texts = st.lists(st.text("ab\u0627\U0001f600", max_size=4), max_size=30)


def numbered(table, runs, group=0):
    return table.number(*runs_of(runs), group).tolist()


def test_a_run_has_the_number_it_was_given_first():
    table = RunTable()
    assert numbered(table, ["ship", "sea", "ship", ""]) == [0, 1, 0, 2]
    assert numbered(table, ["sea", "sea", "seas"]) == [1, 1, 3]
    assert table.strings(0, 4) == ["ship", "sea", "", "seas"]


def test_equal_runs_of_two_groups_are_two():
    table = RunTable()
    assert numbered(table, ["son"], 0) + numbered(table, ["son"], 1) == [0, 1]
    assert table.runs(0, 2)[2].tolist() == [0, 1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(texts, st.integers(0, 2)), max_size=8))
def test_numbers_are_those_of_a_dict(calls):
    table, known = RunTable(), {}
    for runs, group in calls:
        expected = [known.setdefault((group, run), len(known)) for run in runs]
        assert numbered(table, runs, group) == expected
    assert table.strings(0, table.n_runs) == [run for _, run in known]
    assert table.runs(0, table.n_runs)[2].tolist() == [group for group, _ in known]


def test_a_table_grows_with_its_runs():
    """30,000 runs of two code points, then one of 100,000: slots, starts and store grow."""
    runs = [chr(0x4E00 + i // 200) + chr(0x4E00 + i % 200) for i in range(30_000)]
    table = RunTable()
    assert numbered(table, runs) == list(range(30_000))
    assert numbered(table, ["x" * 100_000, *runs]) == [30_000, *range(30_000)]


@pytest.mark.parametrize("runs", [[], [""], ["", "sea", ""], ["a", "\U0001f600"]])
def test_strings_come_back_as_they_were(runs):
    assert strings(*runs_of(runs)) == runs


@settings(max_examples=60, deadline=None)
@given(texts)
def test_runs_are_translated_as_strings_are_but_for_odd_ones(runs):
    table = np.full(0x110000, ODD, dtype=np.int32)
    table[[ord("a"), ord("b"), 0x627]] = ord("x"), DROPPED, 0x1F600
    odd = np.zeros(len(runs), dtype=np.bool_)
    found = strings(*translated(*runs_of(runs), table, odd))
    assert odd.tolist() == ["\U0001f600" in run for run in runs]
    changes = {"a": "x", "b": None, "\u0627": "\U0001f600"}
    plain = ["" if "\U0001f600" in run else run.translate(str.maketrans(changes)) for run in runs]
    assert found == plain
