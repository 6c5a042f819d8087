import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from recsys.kernels.neighbours import nearest_rows, nearest_rows_slow
from recsys.signals.similarity import Similarity
from tests.effort import examples


def rows_from(seed, n, terms=12, coarse=True):
    """Sparse rows of length 1, with many ties, some empty and some equal."""
    random = np.random.default_rng(seed)
    dense = random.integers(0, 3, (n, terms)) * (random.random((n, terms)) < 0.4)
    dense = dense if coarse else dense * random.random((n, terms))
    lengths = np.sqrt((dense**2).sum(axis=1, keepdims=True))
    return csr_array(np.divide(dense, lengths, where=lengths > 0, out=np.zeros(dense.shape)))


@settings(max_examples=examples(40), deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 12), st.booleans())
def test_the_fast_way_finds_what_the_slow_way_finds_ties_included(seed, n, k, coarse):
    rows = rows_from(seed, n, coarse=coarse)
    expected_rows, expected = nearest_rows_slow(rows, rows, k)
    for start, found, cosines in nearest_rows(rows, rows, k, n_threads=2, block=7):
        block = slice(start, start + found.shape[0])
        assert cosines == pytest.approx(expected[block], abs=1e-9)
        assert found.tolist() == expected_rows[block].tolist()


def test_neither_threads_nor_blocks_change_a_bit():
    rows = rows_from(3, 200, coarse=False)
    one = [
        np.concatenate(c)
        for c in zip(*((r, s) for _, r, s in nearest_rows(rows, rows, 9, 1)), strict=True)
    ]
    two = [
        np.concatenate(c)
        for c in zip(*((r, s) for _, r, s in nearest_rows(rows, rows, 9, 2, 13)), strict=True)
    ]
    assert one[0].tobytes() == two[0].tobytes()
    assert one[1].tobytes() == two[1].tobytes()


def test_a_row_is_not_its_own_neighbour_even_among_equals():
    rows = csr_array(np.array([[1.0, 0.0]] * 50))
    near = Similarity(neighbours=3).fit(rows, np.zeros(50, dtype=np.int32)).neighbour_rows_
    for row, others in enumerate(near.tolist()):
        assert others == [other for other in range(50) if other != row][:3]


def test_neighbours_stay_within_their_group():
    rows = csr_array(np.array([[1.0, 0.0]] * 4))
    groups = np.array([0, 1, 0, 1], dtype=np.int32)
    model = Similarity(neighbours=2).fit(rows, groups)
    assert model.neighbour_rows_.tolist() == [[2, -1], [3, -1], [0, -1], [1, -1]]
    assert model.neighbour_cosines_.tolist() == [[1, 0]] * 4


def test_empty_rows_have_no_neighbours():
    rows = csr_array(np.array([[0.0, 0.0], [1.0, 0.0]]))
    assert Similarity(neighbours=1).fit(rows, np.zeros(2, np.int32)).neighbour_rows_.tolist() == [
        [-1],
        [-1],
    ]
