"""A service is started with a saved model, and measured from outside."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import starting
from benchmarks.results import Row
from recsys import saving
from recsys.model import Model
from recsys.sample import sample_articles

NOW = 1_800_000_000


def test_private_memory_is_that_of_the_largest_children(monkeypatch):
    monkeypatch.setattr(starting, "_STEADY_SECONDS", 0.0)
    monkeypatch.setattr(starting, "_children", lambda pid: [1, 2, 3])
    monkeypatch.setattr(starting, "_private", {1: 90.0, 2: 5.0, 3: 80.0}.get)
    assert starting.private_mb(0, 2) == [80.0, 90.0]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no smaps_rollup")
def test_a_process_that_fills_memory_holds_it_privately():
    code = "import sys; held = b'x' * 50_000_000; print('there', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"there\n"
        assert 47 < starting._private(process.pid) < 90
        process.communicate(b"")
    assert starting._private(process.pid) == 0.0


@pytest.mark.slow
def test_a_model_is_served_and_its_start_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(starting, "_STARTS", 1)
    saving.publish(Model().fit(sample_articles(NOW)[:50], now=NOW), tmp_path)
    ready, *private = starting.rows(tmp_path, 50, "sample")
    assert (len(ready.values), ready.unit, ready.size) == (1, "s", 50)
    assert min(ready.values) >= 0
    for row in private:
        assert isinstance(row, Row) == Path("/proc/self/smaps_rollup").is_file()
        assert not isinstance(row, Row) or all(10 < mb < 1000 for mb in row.values)
