"""What every ranking signal keeps to, over the table of signals."""

import re
from dataclasses import MISSING, fields

import numpy as np
import pytest
from scipy.sparse import csr_array

from recsys.data.pairs import Pairs
from recsys.data.views import ViewCounts
from recsys.model import TABLES, parts_of
from recsys.recipe import Recipe
from recsys.signals import SIGNALS

EMPTY = [np.zeros(0, dtype=np.int32)] * 3


def views(row: int) -> ViewCounts:
    columns = [np.array([value], dtype=np.int32) for value in (row, 100, 9)]
    return ViewCounts.from_rows(3, columns, EMPTY)


def rows(first: float) -> csr_array:
    return csr_array(np.array([[first, 1 - first], [1.0, 0.0], [0.0, 1.0]], dtype=np.float32))


def pairs(then: int) -> Pairs:
    row, time, lag = (np.array([2], dtype=kind) for kind in (np.int32, np.int64, np.int8))
    return Pairs(row, np.array([then], dtype=np.int32), time, lag)


GROUPS = np.zeros(3, dtype=np.int32)
FITS = {
    "similarity": lambda signal, n: signal.fit(rows(float(n)), GROUPS),
    "popularity": lambda signal, n: signal.fit(views(n), 100),
    "co_reading": lambda signal, n: signal.fit(pairs(n), 3, 100),
    "trending": lambda signal, n: signal.fit(views(n), GROUPS, 100),
}


def learned(signal):
    found = {k: v for k, v in vars(signal).items() if k.endswith("_")}
    return {k: v.toarray() if isinstance(v, csr_array) else v for k, v in found.items()}


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_is_a_table_of_a_recipe_with_defaults_for_all(name):
    assert TABLES[name] is SIGNALS[name]
    assert all(f.default is not MISSING for f in fields(SIGNALS[name]))
    _, parts = parts_of(Recipe("x", {name: {}}))
    assert getattr(parts, name) == SIGNALS[name]()


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_says_its_formula_and_units(name):
    text = SIGNALS[name].__doc__
    assert re.search(r"``.*=.*``", text, re.DOTALL)
    for field in fields(SIGNALS[name]):
        assert field.name in text


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_that_learns_learns_in_fit_alone_and_refitting_forgets(name):
    signal = SIGNALS[name]()
    assert learned(signal) == {}
    if name not in FITS:
        return  # a pure function of age
    assert FITS[name](signal, 1) is signal
    again, fresh = learned(FITS[name](signal, 0)), learned(FITS[name](SIGNALS[name](), 0))
    assert again.keys() == fresh.keys()
    for attribute, value in again.items():
        np.testing.assert_array_equal(value, fresh[attribute])


@pytest.mark.parametrize("name", SIGNALS)
def test_what_a_signal_learns_has_a_place_for_every_article(name):
    if name in FITS:
        arrays = learned(FITS[name](SIGNALS[name](), 1)).values()
        assert {a.shape[0] for a in arrays if isinstance(a, np.ndarray)} == {3}
