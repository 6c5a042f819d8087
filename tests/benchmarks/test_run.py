"""The runner: which benchmarks there are, what is written, what it is compared with."""

from importlib import import_module

import pytest

from benchmarks import popularity, run
from benchmarks.results import Result, Row, Skipped
from benchmarks.scale import Scale

QUIET = Scale(tell=lambda line: None)


def result(*values, name="training"):
    rows = [Row(name, "model", "recsys", 10 * 10**i, "s", (v, v)) for i, v in enumerate(values)]
    return Result("2026-11-24", "make bench", "abc", {"processor": "P"}, rows)


@pytest.mark.parametrize(
    "name", ["training", "foldin", "serving", "popularity", "quality", "most_read"]
)
def test_a_benchmark_of_the_table_yields_rows(name):
    assert name in run.modules()
    assert callable(import_module(f"benchmarks.{name}").rows)


def test_a_benchmark_that_is_not_here_is_not_in_the_table(monkeypatch):
    monkeypatch.setattr(run, "_PLANNED", ("training", "never_written"))
    assert run.modules() == ("training",)


def test_what_breaks_does_not_lose_what_was_found(monkeypatch, capsys):
    def rows(scale):
        yield Row("popularity", "w", "recsys", 1, "s", (1.0,))
        raise ValueError("no more")

    monkeypatch.setattr(popularity, "rows", rows)
    first, broken, *others = run.measured(["popularity", "quality"], QUIET)
    assert first.values == (1.0,)
    assert (broken.what, broken.reason) == (run.BROKEN, "ValueError")
    assert [each.benchmark for each in others] == ["quality"]
    assert "no more" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["quality", "most_read"])
def test_without_the_data_it_is_skipped_with_a_reason(name):
    (skipped,) = run.measured([name], QUIET)
    assert isinstance(skipped, Skipped)
    assert "in the folder of RECSYS_DATA" in skipped.reason


def test_json_page_and_plot_are_written(tmp_path):
    made = result(1.0, 10.0, 100.0)
    run.write(made, "full", tmp_path)
    assert Result.read(tmp_path / "full.json").text() == made.text()
    page = (tmp_path / "full.md").read_text()
    assert "| recsys | 1.00 s | 10.0 s | 100 s | 1.00 |" in page
    assert (tmp_path / "full.svg").read_text().startswith("<svg")


def test_without_three_sizes_there_is_no_plot(tmp_path):
    run.write(result(1.0, 2.0), "short", tmp_path)
    assert not (tmp_path / "short.svg").exists()


def test_what_was_not_run_is_not_gone(monkeypatch, capsys):
    monkeypatch.setattr(run, "committed", lambda name: result(1.0))
    run.compare(result(1.0, name="serving"), ["serving"], False)
    assert "Gone" not in capsys.readouterr().out
    monkeypatch.setattr(run, "committed", lambda name: result(1.0, name="starting"))
    run.compare(result(1.0, 2.0, name="starting"), ["training"], False)
    assert "New: 1." in capsys.readouterr().out  # what came with it is compared
    run.compare(result(1.0, name="serving"), [], False)
    assert "Gone: 1." in capsys.readouterr().out


def test_without_earlier_results_nothing_is_compared(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(run, "RESULTS", tmp_path)
    monkeypatch.setattr(run.machine, "git", lambda *arguments: None)
    run.compare(result(1.0), [], False)
    assert "no results were committed" in capsys.readouterr().out
    run.write(result(1.0), "short", tmp_path)
    run.compare(result(2.0), [], False)
    assert "Moved beyond the noise: 1 of 1." in capsys.readouterr().out


def test_a_refresh_is_its_two_steps_and_the_slow_twin_the_other_two():
    clocks = [[(0, 0), (1, 0.5), (3, 1), (6, 2), (10, 4)]]
    assert popularity.steps(clocks, 0) == ([3000.0], [7000.0])
    assert popularity.steps(clocks, 1) == ([1000.0], [3000.0])


@pytest.mark.slow
def test_popularity_yields_ours_beside_counting_anew():
    ours, anew, *_ = popularity.of_sizes("200x1000", 3, QUIET)
    assert (ours.contestant, anew.contestant, ours.size) == ("recsys", "counted anew", 200)
    assert len(ours.ratios["counted anew"]) == 3
