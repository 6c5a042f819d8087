"""What resembles a text, by the postings of its terms: held equal to every pair in term order."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from recsys.kernels.neighbours import nearest_rows_slow
from recsys.signals import common, inverted
from recsys.signals.inverted import Inverted, grown
from recsys.signals.similarity import row_vector
from recsys.topk import at_most_kth
from tests.effort import examples
from tests.kernels.test_neighbours import rows_from


def slowly(rows, vector):
    """Every row's cosine, product by product in term order."""
    own = dict(zip(*(part.tolist() for part in vector), strict=True))
    sums = np.zeros(rows.shape[0])
    for row in range(rows.shape[0]):
        for term, value in zip(*(part.tolist() for part in row_vector(rows, row)), strict=True):
            sums[row] += value * own.get(term, 0.0)
    return sums


def in_order(rows, cosines, k):
    pairs = sorted(zip(rows.tolist(), cosines.tolist(), strict=True), key=lambda p: (-p[1], p[0]))
    return pairs[:k]


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 90), st.booleans(), st.integers(0, 3))
def test_sums_are_those_of_every_pair_in_term_order(seed, n, coarse, split):
    rows = rows_from(seed, n, coarse=coarse)
    vector = row_vector(rows, n // 2)
    expected = slowly(rows, vector)
    assert Inverted.of(rows).sums(vector).tolist() == expected.tolist()
    few = Inverted.of_few(rows, n // (split + 1), first=n // (split + 1))
    assert few.sums(vector).tolist() == expected[few.first :].tolist()


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 700), st.integers(1, 12), st.booleans())
def test_the_nearest_are_those_of_the_slow_way_ties_included(seed, n, k, coarse):
    rows = rows_from(seed, n, coarse=coarse)
    asked = rows[[n // 3]]
    expected_rows, expected = nearest_rows_slow(asked, rows, k)
    found = in_order(*Inverted.of(rows).nearest(row_vector(asked, 0), k), k)
    listed = expected_rows[0] >= 0
    pairs = zip(expected_rows[0][listed].tolist(), expected[0][listed].tolist(), strict=True)
    assert found == list(pairs)


def test_rows_that_do_not_fit_do_not_stand_in_the_way_of_others():
    rows = csr_array(np.array([[0.6, 0.8]] * 500 + [[1.0, 0.0]], dtype=np.float32))
    fit = np.arange(501) >= 498
    found, cosines = Inverted.of(rows).nearest(row_vector(rows, 500), 1, fit)
    assert in_order(found, cosines, 1) == [(500, 1.0)]
    assert set(found.tolist()) <= {498, 499, 500}


def test_a_vector_without_terms_is_like_nothing():
    whole = Inverted.of(rows_from(1, 9))
    nothing = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
    for part in (
        whole,
        Inverted.of_few(rows_from(1, 9), 4, 4),
        Inverted.of_few(rows_from(1, 1), 1, 0),
    ):
        assert part.similar(nothing)[0].size == 0
        assert part.nearest(nothing, 3)[0].size == 0


@pytest.mark.parametrize("n", [0, 1, 63, 64, 200, 6400, 10_007])
def test_no_value_that_counts_lies_below_the_bound(n):
    random = np.random.default_rng(n)
    for values in (random.random(n), random.integers(0, 3, n).astype(float), np.zeros(n)):
        for k in (1, 5, 100):
            if n >= k:
                assert at_most_kth(values, k) <= np.sort(values)[-k]


def test_rows_that_come_one_by_one_lie_in_few_parts_and_are_all_there():
    rows, parts = rows_from(5, 200), ()
    for n in range(1, 201):
        parts = grown(parts, rows[:n], 1, first=1000)
        assert [part.first for part in parts] == sorted(part.first for part in parts)
        assert sum(part.n for part in parts) == n
        assert len(parts) <= 1 + np.log2(n) / 3
    vector = row_vector(rows, 7)
    sums = np.concatenate([part.sums(vector) for part in parts])
    assert sums.tolist() == slowly(rows, vector).tolist()
    assert parts[0].first == 1000


@pytest.mark.slow  # searches in full
@pytest.mark.parametrize("coarse", [True, False])
def test_a_budget_for_everything_finds_what_the_slow_way_finds(monkeypatch, coarse):
    monkeypatch.setattr(inverted, "EXACT_UP_TO", 0)
    for seed in range(20):
        rows = rows_from(seed, 1 + 9 * seed, coarse=coarse)
        part, k = Inverted.of(rows), 7
        for row in range(0, rows.shape[0], 5):
            vector = row_vector(rows, row)
            cosines = np.round(slowly(rows, vector), 6)
            listed = np.flatnonzero(cosines > 0)
            expected = in_order(listed, cosines[listed], k)
            assert in_order(*part.nearest(vector, k), k) == expected


@pytest.mark.parametrize("postings", [0, 20, 100, 1000])
def test_what_is_found_within_a_budget_is_true_and_every_row_fits(monkeypatch, postings):
    monkeypatch.setattr(inverted, "EXACT_UP_TO", 0)
    monkeypatch.setattr(inverted, "POSTINGS", postings)
    monkeypatch.setattr(inverted, "LEFT", 0.5)
    monkeypatch.setattr(inverted, "POOL", 1)
    rows = rows_from(4, 300, terms=30, coarse=False)
    fit = np.arange(300) % 3 > 0
    for row in range(0, 300, 11):
        vector = row_vector(rows, row)
        cosines = np.round(slowly(rows, vector), 6)
        near, found = Inverted.of(rows).nearest(vector, 5, fit)
        assert near.size >= min(10, np.count_nonzero(cosines[fit])) or postings < 1000
        assert found.tolist() == cosines[near].tolist()
        assert fit[near].all()
        assert np.all(np.diff(near) > 0)


def test_rare_terms_are_followed_until_little_of_the_text_is_left(monkeypatch):
    monkeypatch.setattr(inverted, "POSTINGS", 10)
    lengths = np.array([500, 3, 8, 100, 7])
    values = np.sqrt(np.array([0.05, 0.3, 0.3, 0.1, 0.25])).astype(np.float32)
    monkeypatch.setattr(inverted, "LEFT", 1.0)
    assert inverted.rarest(lengths, values).tolist() == [1, 4]  # 3 + 7 postings
    monkeypatch.setattr(inverted, "LEFT", 0.16)
    assert inverted.rarest(lengths, values).tolist() == [1, 2, 4]  # 0.05 + 0.1 is left
    monkeypatch.setattr(inverted, "LEFT", 0.0)
    assert inverted.rarest(lengths, values).tolist() == [0, 1, 2, 3, 4]
    monkeypatch.setattr(inverted, "MOST", 18)
    assert inverted.rarest(lengths, values).tolist() == [1, 2, 4]
    assert inverted.rarest(lengths[:0], values[:0]).tolist() == []


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 1.0])
@pytest.mark.parametrize("coarse", [True, False])
@pytest.mark.parametrize("many", [0.0, 1e9])  # common terms for all rows, or for those in reach
def test_a_bound_for_common_terms_loses_no_neighbour(monkeypatch, share, coarse, many):
    monkeypatch.setattr(common, "MANY", many)
    monkeypatch.setattr(common, "SHARE", share)
    monkeypatch.setattr(common, "SPARED", 0)
    said = 0
    for seed in range(12):
        rows = rows_from(seed, 40 + 60 * seed, terms=30, coarse=coarse)
        whole, fit = Inverted.of(rows), np.arange(rows.shape[0]) % 5 > 0
        every = replace(whole, matrix=None)
        for row in range(0, rows.shape[0], 9):
            vector = row_vector(rows, row)
            said += whole._within_reach(vector, 6, fit) is not None
            for asked in (None, fit):
                found = in_order(*whole.nearest(vector, 6, asked), 6)
                assert found == in_order(*every.nearest(vector, 6, asked), 6)
    assert said > 50 or share == 0.05


def test_rows_that_gain_by_common_terms_alone_are_within_reach(monkeypatch):
    monkeypatch.setattr(common, "SPARED", 0)
    monkeypatch.setattr(common, "SHARE", 0.5)
    rows = csr_array(np.array([[0.6, 0.8], [0.8, 0.6], [1.0, 0.0], [1.0, 0.0]], dtype=np.float32))
    asked = np.array([0, 1], dtype=np.int32), np.array([0.8, 0.6], dtype=np.float32)
    whole = Inverted.of(rows)
    # by the rare term 0.48 and 0.36; with the common one 0.96, 1.0 and twice 0.8
    assert whole._within_reach(asked, 1).tolist() == [1]
    assert whole._within_reach(asked, 2).tolist() == [0, 1]
    assert whole._within_reach(asked, 3) is None  # two are known by the rare term, not three
    assert in_order(*whole.nearest(asked, 2), 2) == [(1, 1.0), (0, 0.96)]
