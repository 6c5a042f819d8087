"""What is made of a load's figures, by hand; and a small newsroom that is served and measured."""

import pytest

from benchmarks.load import Measured
from benchmarks.newsroom import built
from benchmarks.servers import failed
from benchmarks.serving import Extent, at_a_rate, in_a_loop, measure


def measured(cpu=0.0, second=0.0, p99=0.0, **statuses):
    names = {name.lstrip("s"): n for name, n in statuses.items()}
    return Measured(per_second=second, per_cpu_second=cpu, p99_ms=p99, statuses=names)


def test_an_error_is_an_answer_that_was_not_asked_for_or_none():
    assert failed(measured(s200=5, s202=1, s304=2)) == 0
    assert failed(measured(s200=5, s503=3) ) == 3  # fmt: skip
    assert failed(Measured(statuses={"unanswered": 2, "200": 1})) == 2


def test_a_closed_loop_is_told_by_the_servers_processor():
    row = in_a_loop("w", "n", 10, [measured(300.0, 90.0, s200=9), measured(200.0, 95.0, s503=1)])
    assert (row.values, row.unit, row.better) == ([300.0, 200.0], "answers a CPU s", "higher")
    assert row.note == "95 a second at best, 1 errors"


def test_where_the_processors_time_is_not_known_the_clock_counts():
    row = in_a_loop("w", "n", 10, [measured(0.0, 90.0), measured(200.0, 95.0)])
    assert (row.values, row.unit) == ([90.0, 95.0], "answers a second")


def test_an_open_loop_is_told_by_its_slowest_hundredth():
    row = at_a_rate("w", "n", 10, [measured(p99=1.5), measured(p99=2.5)])
    assert (row.values, row.unit, row.better) == ([1.5, 2.5], "ms, 99 %", "lower")


@pytest.mark.slow
def test_a_part_yields_rows_and_ours_stand_beside_the_peers(tmp_path):
    newsroom = built(tmp_path, 150)
    extent = Extent(addresses=5, rounds=1, seconds=0.2, parts=("saturation",))
    rows = list(measure(newsroom, extent, lambda line: None))
    ours = {row.contestant: row for row in rows if row.ratios}
    assert {"related", "most_read", "latest"} <= set(ours)
    assert {"bare ASGI", "FastAPI as in tutorials"} <= set(ours["related"].ratios)
    assert all(row.size == 150 and row.median > 0 for row in rows)
    assert len({row.key for row in rows}) == len(rows)
