"""What is said to have moved: beyond the noise of both runs, and only where it can be compared."""

import math

import numpy as np
import pytest

from benchmarks.comparison import LEAST, ONCE, changes, noise, report, same_machine, spread
from benchmarks.results import Result, Row

HERE = {"processor": "P", "cores": 2, "memory": "4 GiB"}
THERE = {**HERE, "cores": 64}


def ours(values=(1.0,), ratios=(), **changed):
    given = {"benchmark": "training", "what": "model", "contestant": "recsys", "size": 100}
    named = {"peer": tuple(ratios)} if ratios else {}
    return Row(**{**given, "unit": "s", **changed}, values=values, ratios=named)


def run(*rows, machine=HERE):
    return Result("2026-11-24", "make bench", "abc", machine, rows)


def compared(before, now, elsewhere=False):
    return list(changes(run(before), run(now, machine=THERE if elsewhere else HERE)))


def test_a_spread_is_the_farthest_repeat_from_the_median():
    assert spread([4.0, 5.0, 6.0]) == pytest.approx(math.log(5 / 4))


def test_noise_is_the_sum_of_both_spreads_and_never_less_than_a_twentieth():
    assert noise([8.0, 10.0, 10.0], [10.0, 10.0, 12.0]) == pytest.approx(math.log(1.25 * 1.2))
    assert noise([10.0, 10.0], [10.0, 10.0]) == LEAST
    assert noise([10.0], [10.0, 10.0]) == ONCE


def test_a_ratio_beyond_both_spreads_has_moved():
    (change,) = compared(ours(ratios=(4.0, 5.0, 5.5)), ours(ratios=(8.0, 8.0, 8.0)))
    assert (change.before, change.now, change.peer) == (5.0, 8.0, "peer")
    assert change.moved  # ln(8 / 5) = 0.47 over ln(5 / 4) = 0.22
    assert change.improved
    assert str(change) == (
        "training: model, recsys, 100 articles: 8.00 times as good as peer, was 5.00, better"
        " (+60 %, noise 25 %)"
    )


def test_a_ratio_within_the_spreads_has_not_moved():
    (change,) = compared(ours(ratios=(4.0, 5.0, 6.0)), ours(ratios=(4.5, 5.5, 7.0)))
    assert not change.moved
    assert str(change).endswith("5.50 times as good as peer, was 5.00 (+10 %, noise 59 %)")


def test_seconds_are_compared_on_the_same_machine_only():
    before, now = ours((1.0, 1.0)), ours((2.0, 2.0))
    (change,) = compared(before, now)
    assert change.moved
    assert not change.improved  # more seconds are worse
    assert compared(before, now, elsewhere=True) == []


def test_where_there_is_a_ratio_seconds_are_not_compared():
    (change,) = compared(ours((1.0, 1.0), (5.0, 5.0)), ours((2.0, 2.0), (5.0, 5.0)))
    assert change.peer == "peer"
    assert not change.moved


def test_the_seconds_of_a_peer_tell_of_the_machine_and_are_not_compared():
    rows = [ours(ratios=(5.0, 5.0)), ours((5.0, 5.0), contestant="peer")]
    found = list(changes(run(*rows), run(*rows)))
    assert [(change.row.contestant, change.peer) for change in found] == [("recsys", "peer")]


def test_quality_has_no_noise_and_holds_on_every_machine():
    quality = {"unit": "nDCG@10", "better": "higher", "computed": True}
    before, now = ours((0.566,), **quality), ours((0.565,), **quality)
    (change,) = compared(before, now, elsewhere=True)
    assert change.moved
    assert not change.improved
    assert not compared(before, before)[0].moved


def test_zero_moves_with_any_change():
    assert compared(ours((0.0, 0.0)), ours((1.0, 1.0)))[0].moved
    assert not compared(ours((0.0, 0.0)), ours((0.0, 0.0)))[0].moved


def test_one_size_is_never_compared_with_another():
    assert compared(ours(ratios=(1.0,), size=100), ours(ratios=(9.0,), size=200)) == []


def test_the_report_says_what_moved_what_did_not_what_is_new_and_what_is_gone():
    before = run(ours(ratios=(5.0, 5.0)), ours((1.0,), what="old"), ours((1.0,), what="kept"))
    now = run(ours(ratios=(2.0, 2.0)), ours((1.0,), what="young"), ours((1.1,), what="kept"))
    lines = list(report(before, now))
    assert lines[0] == "Compared with abc of 2026-11-24."
    assert lines[1] == "Moved beyond the noise: 1 of 2."
    assert "was 5.00, worse (-60 %" in lines[2]
    assert lines[3] == "Did not: 1."
    assert "kept" in lines[4]
    assert lines[5:7] == ["New: 1.", "  training, young, recsys, 100, s"]
    assert lines[7:] == ["Gone: 1.", "  training, old, recsys, 100, s"]


def test_the_report_says_so_if_the_machine_is_another():
    lines = list(report(run(ours(), machine=THERE), run(ours())))
    assert "another machine" in lines[1]
    assert lines[2] == "Moved beyond the noise: nothing of 0."


def test_the_same_machine_is_the_same_processor_cores_and_memory():
    assert same_machine(HERE, {**HERE, "Python": "3.13"})
    assert not same_machine(HERE, THERE)


def test_equal_distributions_seldom_seem_to_move():
    """The rule on random input: three repeats each with 10 % of noise, 500 times over."""
    random = np.random.default_rng(0)
    moved = 0
    for _ in range(500):
        before, now = np.exp(0.1 * random.standard_normal((2, 3))).tolist()
        (change,) = compared(ours(ratios=before), ours(ratios=now))
        seen = abs(math.log(np.median(now) / np.median(before)))
        worst = [max(abs(np.log(np.array(v) / np.median(v)))) for v in (before, now)]
        assert change.moved == (seen > max(0.05, sum(worst)))
        moved += change.moved
    assert moved < 50
