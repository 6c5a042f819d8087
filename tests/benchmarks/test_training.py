"""Contestants in processes of their own: what they save is right, and what they took is told."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import training
from benchmarks.contestants import CONTESTANTS, K, Stages, Task, missing
from benchmarks.results import Row
from benchmarks.scale import Scale
from benchmarks.training import Size, write

N = 300


@pytest.fixture(scope="module")
def articles(tmp_path_factory):
    path = tmp_path_factory.mktemp("articles") / "articles.parquet"
    write(path, N)
    return path


def test_a_stage_of_which_a_part_is_done_is_multiplied():
    stages = Stages()
    with stages.timed("whole"):
        sum(range(100_000))
    with stages.timed("tenth", 10):
        sum(range(100_000))
    assert stages.spent["tenth"] > stages.spent["whole"]
    assert set(stages.passed) == {"whole", "tenth"}


def test_peers_are_asked_about_all_up_to_the_real_size_and_about_some_beyond():
    size = Size("generated", 31_030, "", 1)
    assert size.step == 1
    assert replace(size, n=100_000).step == 20
    assert replace(size, n=1_000_000).step == 500


def test_who_cannot_run_says_why():
    assert missing("recsys") == ""
    assert "the extra bench" in missing("nobody at all")


def test_the_texts_of_a_task_are_title_and_body(articles):
    from benchmarks.generated import generated_articles

    first = next(generated_articles(N))
    assert Task(str(articles), "", 1).texts()[0] == f"{first.title} {first.body}"


@pytest.mark.slow  # compiles the peers
def test_the_exact_peers_find_the_same_neighbours(articles, tmp_path):
    for name in ("scikit-learn", "sparse_dot_topn"):
        if missing(name):
            pytest.skip(missing(name))
        out = tmp_path / name
        out.mkdir()
        CONTESTANTS[name](Task(str(articles), str(out), 1), Stages())
    brute = np.load(tmp_path / "scikit-learn" / "near.npz")
    product = np.load(tmp_path / "sparse_dot_topn" / "near.npz")
    assert brute["near"].shape == (N, K + 1)
    cosines = product["cosines"].reshape(N, K + 1)
    assert np.allclose(1 - brute["distances"], cosines, atol=1e-9)


@pytest.mark.slow
def test_a_peer_asked_about_some_saves_some(articles, tmp_path):
    CONTESTANTS["scikit-learn"](Task(str(articles), str(tmp_path), 1, 7), Stages())
    assert np.load(tmp_path / "near.npz")["near"].shape == (43, K + 1)


@pytest.mark.slow
def test_a_peer_that_breaks_is_left_out_and_named(monkeypatch):
    monkeypatch.setattr(training, "_SHORT", (N,))
    monkeypatch.setattr(training, "_ROUNDS", 1)
    monkeypatch.setattr(training, "CONTESTANTS", {"recsys": None, "nobody": None})
    monkeypatch.setattr(training, "missing", lambda name: "")
    first, *rows = training.rows(Scale(jobs=1, tell=lambda line: None))
    assert first.what == "nobody, 300 articles"
    assert first.reason == "ended with 1"
    assert {row.contestant for row in rows} == {"recsys"}


@pytest.mark.slow
def test_peers_are_trained_up_to_the_size_that_was_asked_for(monkeypatch):
    monkeypatch.setattr(training, "_SHORT", (N,))
    monkeypatch.setattr(training, "_ROUNDS", 1)
    monkeypatch.setattr(training, "CONTESTANTS", {"recsys": None, "nobody": None})
    monkeypatch.setattr(training, "missing", lambda name: "")
    found = list(training.rows(Scale(jobs=1, peers_up_to=N - 1, tell=lambda line: None)))
    assert [each.what for each in found if not isinstance(each, Row)] == [
        "peers, 300 generated articles"
    ]
    assert {each.contestant for each in found if isinstance(each, Row)} >= {"recsys"}


@pytest.mark.slow
def test_the_rows_of_a_size_are_those_of_everybody_beside_ours(monkeypatch):
    monkeypatch.setattr(training, "_SHORT", (N,))
    monkeypatch.setattr(training, "_ROUNDS", 1)
    held = b"x" * 600_000_000  # is not to be taken for memory of the contestants
    found = list(training.rows(Scale(jobs=1, tell=lambda line: None)))
    rows = [each for each in found if isinstance(each, Row)]
    peers = {name for name in CONTESTANTS if name != "recsys" and not missing(name)}
    ours = [row for row in rows if row.contestant == "recsys" and row.unit == "s"]
    assert [set(row.ratios) for row in ours] == [peers, {"compiled before"}]
    assert all(row.size == N and row.median > 0 for row in rows)
    peaks = [row.median for row in rows if row.unit == "MB at its peak"]
    assert all(20 < peak < len(held) / 2**20 for peak in peaks)
    assert {row.unit for row in rows} == {"s", "CPU s", "MB at its peak"}
    assert len({row.key for row in rows}) == len(rows)
    assert {each.what for each in found if not isinstance(each, Row)} == {
        name for name in CONTESTANTS if missing(name)
    }
