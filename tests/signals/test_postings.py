from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from recsys.signals.postings import Postings, products


def postings_of(n: int, n_terms: int, density: float) -> tuple[Postings, csr_array]:
    drawn = np.random.default_rng(3)
    by_term = csr_array(
        random_array((n_terms, n), density=density, rng=drawn, dtype=np.float32, format="csr")
    )
    ends = by_term.indptr.astype(np.int64)
    return Postings(ends, by_term.indices.astype(np.int32), by_term.data, n), by_term


@pytest.mark.parametrize("density", [0.0, 0.01, 0.6])  # nothing, a few postings, very many
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_postings_are_added_up_term_after_term(kind, density):
    postings, by_term = postings_of(900, 40, density)
    terms = np.flatnonzero(np.random.default_rng(4).random(40) < 0.5)
    values = np.random.default_rng(5).random(terms.size).astype(kind)
    sums = np.zeros(900)
    for term, value in zip(terms.tolist(), values.tolist(), strict=True):
        sums += value * by_term[[term]].toarray()[0].astype(np.float64)
    found = postings.added(terms, values)
    assert found.dtype == kind
    assert found == pytest.approx(sums, rel=1e-6 if kind is np.float32 else 1e-14)
    assert postings.lengths(terms).tolist() == np.diff(by_term.indptr)[terms].tolist()


def test_of_no_terms_the_sums_are_0():
    postings, _ = postings_of(9, 4, 0.5)
    assert postings.added(np.zeros(0, dtype=np.int32), np.zeros(0)).tolist() == [0.0] * 9


@pytest.mark.parametrize("kind", [np.int32, np.int64])  # int64 where there are very many
def test_some_rows_are_multiplied_with_a_vector(kind):
    _, matrix = postings_of(300, 200, 0.3)
    matrix.indices, matrix.indptr = matrix.indices.astype(kind), matrix.indptr.astype(kind)
    rows, terms = np.array([7, 3, 150, 3]), np.array([0, 5, 299], dtype=np.int32)
    vector = terms, np.array([0.5, 0.25, 0.75], dtype=np.float32)
    found = products(matrix, rows, vector)
    assert found.dtype == np.float64
    assert found == pytest.approx(matrix.toarray().astype(np.float64)[rows][:, terms] @ vector[1])
    assert products(matrix, rows[:0], vector).tolist() == []


def test_what_is_found_does_not_change_when_the_room_is_used_again_or_by_other_threads():
    postings, by_term = postings_of(900, 40, 0.6)
    whole = by_term.astype(np.float64)

    def right(seed: int) -> bool:
        drawn = np.random.default_rng(seed)
        terms = np.flatnonzero(drawn.random(40) < 0.8)
        values = drawn.random(terms.size)
        first = postings.added(terms, values)
        kept = first.copy()
        postings.added(terms[:20], values[:20])
        return bool((first == kept).all()) and np.allclose(first, values @ whole[terms])

    with ThreadPoolExecutor(4) as several:
        assert all(several.map(right, range(40)))
