import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from recsys.kernels.exact import nearest
from recsys.kernels.neighbours import PLAIN_UP_TO, nearest_rows, nearest_rows_slow
from recsys.signals.inverted import Inverted
from recsys.signals.similarity import Similarity, row_vector
from recsys.text.vectoriser import Document, Vectoriser
from recsys.topk import best_places
from tests.effort import examples

DATA = Path(os.environ.get("RECSYS_DATA", "nowhere"))


def rows_from(seed, n, terms=12, coarse=True):
    """Rows of length 1: many ties, some empty, some equal; terms in few rows to nearly all."""
    random = np.random.default_rng(seed)
    dense = random.integers(0, 3, (n, terms)) * (random.random((n, terms)) < random.random(terms))
    dense = dense if coarse else dense * random.random((n, terms))
    dense[:, 0] = random.random(n) < 0.9
    lengths = np.sqrt((dense**2).sum(axis=1, keepdims=True))
    rows = np.divide(dense, lengths, where=lengths > 0, out=np.zeros(dense.shape))
    return csr_array(rows.astype(np.float32))


def multiplied(rows, k, n_threads=1, block=2048):
    return joined(nearest_rows(rows, rows, k, n_threads, block))


def met(rows, k, n_threads=1, block=2048):
    return joined(nearest(rows, rows, k, n_threads, block, tile=1 + block // 2))


def asked_for(rows, k, n_threads=1, block=2048):
    return joined(nearest(rows[:], rows, k, n_threads, block, tile=1 + block // 2))


def joined(blocks):
    return tuple(np.concatenate(part) for part in zip(*((r, c) for _, r, c in blocks), strict=True))


@pytest.mark.parametrize("way", [multiplied, met, asked_for])
@settings(max_examples=examples(40), deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 60), st.booleans())
def test_the_fast_ways_find_what_the_slow_way_finds_ties_included(way, seed, n, k, coarse):
    rows = rows_from(seed, n, coarse=coarse)
    expected_rows, expected = nearest_rows_slow(rows, rows, k)
    found, cosines = way(rows, k, n_threads=2, block=7)
    assert cosines.tolist() == expected.tolist()
    assert found.tolist() == expected_rows.tolist()


def test_queries_need_not_be_the_rows():
    rows = rows_from(1, 30)
    queries = rows[[4, 7, 7, 0]]
    expected_rows, expected = nearest_rows_slow(queries, rows, 5)
    for blocks in (nearest_rows(queries, rows, 5), nearest(queries, rows, 5, 1, 3)):
        found, cosines = joined(blocks)
        assert found.tolist() == expected_rows.tolist()
        assert cosines.tolist() == expected.tolist()


@pytest.mark.parametrize("coarse", [True, False])
def test_at_the_size_at_which_the_way_changes_nothing_else_does(coarse):
    n = int(PLAIN_UP_TO**0.5)
    rows = rows_from(2, n + 1, terms=40, coarse=coarse)
    asked = rows[:n]
    few = joined(nearest_rows(asked[:20], rows, 9))
    many = joined(nearest_rows(rows, rows, 9, n_threads=2))
    assert few[0].tolist() == many[0][:20].tolist()
    assert few[1].tolist() == many[1][:20].tolist()


def test_a_thousand_rows_that_tie_are_given_from_the_lowest_on():
    rows = csr_array(np.array([[0.6, 0.8]] * 1000 + [[1.0, 0.0]] * 10, dtype=np.float32))
    for way in (multiplied, met, asked_for):
        found, cosines = way(rows, 12)
        assert found[:1000].tolist() == [list(range(12))] * 1000
        assert found[1000:].tolist() == [[*range(1000, 1010), 0, 1]] * 10
        assert cosines[1000].tolist() == [1.0] * 10 + [0.6] * 2


def test_cosines_that_round_alike_are_ties_wherever_they_stand():
    weights = 0.5 + np.array([0, 3e-7, 1e-7, 2e-7, 4e-7, -4e-7, 2e-6])
    rows = csr_array(weights[:, None])
    asked = csr_array(np.array([[1.0]]))
    for blocks in (nearest_rows(asked, rows, 4), nearest(asked, rows, 4)):
        found, cosines = joined(blocks)
        assert found.tolist() == [[6, 0, 1, 2]]
        assert cosines.tolist() == [[0.500002, 0.5, 0.5, 0.5]]


@pytest.mark.parametrize("way", [multiplied, met, asked_for])
def test_neither_threads_nor_blocks_change_a_bit(way):
    rows = rows_from(3, 300, coarse=False)
    found, cosines = way(rows, 9)
    for n_threads, block in ((2, 2048), (4, 13), (1, 100)):
        again, cosines_again = way(rows, 9, n_threads, block)
        assert again.tobytes() == found.tobytes()
        assert cosines_again.tobytes() == cosines.tobytes()


@pytest.mark.parametrize("way", [multiplied, met, asked_for])
def test_without_rows_or_terms_there_is_nothing(way):
    assert [a.shape for a in way(csr_array(np.zeros((3, 2), dtype=np.float32)), 2)] == [(3, 2)] * 2
    assert way(csr_array(np.zeros((3, 0), dtype=np.float32)), 2)[0].tolist() == [[-1, -1]] * 3
    assert list(nearest_rows(csr_array((0, 4)), csr_array((0, 4)), 2)) == []


def test_values_under_0_are_refused():
    rows = csr_array(np.array([[1.0], [-1.0]]))
    with pytest.raises(ValueError, match="under 0"):
        nearest_rows(rows, rows, 1)


def test_few_rows_do_not_wait_for_numba():
    code = (
        "import sys, numpy as np; from scipy.sparse import csr_array\n"
        "from recsys.signals.similarity import Similarity\n"
        "Similarity().fit(csr_array(np.eye(9, dtype=np.float32)), np.zeros(9, np.int32))\n"
        "assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


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


@pytest.mark.data
@pytest.mark.skipif(
    not (DATA / "saudinewsnet").is_dir(), reason="no saudinewsnet below RECSYS_DATA"
)
def test_real_articles_have_the_neighbours_that_serving_works_out():
    pq = pytest.importorskip("pyarrow.parquet")
    table = pq.read_table(DATA / "saudinewsnet" / "articles.parquet").slice(0, 5000)
    documents = [Document("ar", {"body": r["body"] or ""}) for r in table.to_pylist()]
    rows = Vectoriser().fit_transform(documents)
    found, cosines = met(rows, 101, n_threads=2)
    inverted = Inverted.of(rows)
    for row in range(0, rows.shape[0], 25):
        near, exact = inverted.similar(row_vector(rows, row))
        order = best_places(near, exact)[:101]
        order = order[exact[order] > 0]
        assert found[row, : order.size].tolist() == near[order].tolist()
        assert cosines[row, : order.size].tolist() == exact[order].tolist()
