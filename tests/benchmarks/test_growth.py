"""Cost against size: exponents of curves made by hand, and a plot that shows them all."""

from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks.growth import Axis, Curve, apart, curves, plot, section, slope
from benchmarks.results import Row


def row(contestant, size, *values, unit="s", what="generated"):
    return Row("training", what, contestant, size, unit, values)


LINEAR = Curve("recsys", [(10, 1.0), (100, 10.0), (1000, 100.0)])
SQUARE = Curve("peer", [(10, 1.0), (100, 100.0), (1000, 10_000.0)])


def test_the_exponent_of_a_power_is_found():
    assert LINEAR.exponent == pytest.approx(1.0)
    assert SQUARE.exponent == pytest.approx(2.0)


def test_the_slope_is_that_of_least_squares():
    random = np.random.default_rng(0)
    for _ in range(20):
        points = random.random((6, 2))
        wanted = np.polyfit(points[:, 0], points[:, 1], 1)[0]
        assert slope(points.tolist()) == pytest.approx(wanted)


def test_a_curve_takes_three_sizes_and_the_medians_of_seconds():
    rows = [row("peer", n, n, 2 * n, 9 * n) for n in (30, 10, 20)]
    rows += [row("recsys", n, 1.0) for n in (10, 20, 30)]
    rows += [row("two sizes", 10, 1.0), row("two sizes", 20, 1.0)]
    rows += [row("recsys", n, 5.0, unit="MB at its peak") for n in (10, 20, 30)]
    rows += [row("recsys", 10, 5.0, what="real")]
    ours, peer = curves(rows)
    assert (ours.name, ours.points) == ("recsys", [(10, 1.0), (20, 1.0), (30, 1.0)])
    assert (peer.name, peer.points) == ("peer", [(10, 20), (20, 40), (30, 60)])


def test_the_page_states_seconds_and_exponents():
    lines = section([LINEAR, SQUARE], "full.svg").splitlines()
    assert lines[2] == "![Seconds by number of articles](full.svg)"
    assert lines[4:] == [
        "| | 10 | 100 | 1,000 | exponent |",
        "|---|---:|---:|---:|---:|",
        "| recsys | 1.00 s | 10.0 s | 100 s | 1.00 |",
        "| peer | 1.00 s | 100 s | 10,000 s | 2.00 |",
    ]


def test_equal_factors_are_equal_distances_on_an_axis():
    axis = Axis(10, 1000, 0, 200)
    assert [axis.at(value) for value in (10, 100, 1000)] == [0, 100, 200]


def test_the_plot_has_a_mark_a_size_and_a_name_a_curve():
    root = ElementTree.fromstring(plot([LINEAR, SQUARE]))
    name = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{name}polyline")) == 2
    assert len(root.findall(f"{name}path")) == 6
    said = [each.text for each in root.findall(f"{name}text")]
    assert {"recsys: size^1.00", "peer: size^2.00", "1,000", "10,000 s"} <= set(said)
    (x, y), *_ = [
        tuple(map(float, point.split(",")))
        for point in root.findall(f"{name}polyline")[0].attrib["points"].split()
    ]
    assert (x, y) == (70, 375)  # the smallest size at the lower left


def test_names_never_lie_on_each_other():
    alike = [Curve(str(i), [(1, 1.0), (10, 1.0 + i / 100)]) for i in range(5)]
    ordered, places = apart(alike, Axis(1, 10, 400, 0))
    assert [curve.name for curve in ordered] == ["4", "3", "2", "1", "0"]
    assert all(b - a >= 18 for a, b in pairwise(places))


def test_a_plot_is_the_same_text_each_time():
    assert plot([LINEAR, SQUARE]) == plot([LINEAR, SQUARE])
