import numpy as np
import pytest
from scipy.sparse import csr_array

from recsys.kernels import budgeted
from recsys.kernels.budgeted import Heaviest, recall
from recsys.kernels.neighbours import nearest_rows_slow
from recsys.signals import similarity
from recsys.signals.similarity import Similarity
from tests.kernels.test_neighbours import joined, rows_from


def found(rows, k, n_threads=1, block=2048, budget=10_000, pool=10_000):
    return joined(Heaviest.of(rows, n_threads, (budget, pool)).nearest(rows, k, n_threads, block))


@pytest.mark.slow  # searches in full
@pytest.mark.parametrize("coarse", [True, False])
def test_a_budget_for_everything_finds_what_the_slow_way_finds(coarse):
    for seed in range(20):
        rows = rows_from(seed, 1 + 3 * seed, coarse=coarse)
        expected_rows, expected = nearest_rows_slow(rows, rows, 7)
        near, cosines = found(rows, 7, n_threads=2, block=11)
        assert near.tolist() == expected_rows.tolist()
        assert cosines.tolist() == expected.tolist()


def test_the_heaviest_postings_are_followed_first():
    rows = csr_array(np.array([[0.8, 0.6], [1, 0], [0.28, 0.96], [0, 1]], dtype=np.float32))
    near, cosines = found(rows, 4, budget=2)
    assert near[0].tolist() == [0, 1, -1, -1]  # 0.8 * 1 and 0.8 * 0.8 go before 0.6 * 1
    assert cosines[0].tolist() == [1, 0.8, 0, 0]  # exact, although 0.6 * 0.6 was not followed


@pytest.mark.parametrize("budget", [1, 50, 400])
def test_what_is_found_within_a_budget_is_true_and_in_order(budget):
    rows = rows_from(4, 200, terms=30, coarse=False)
    dense = rows.toarray().astype(float)
    near, cosines = found(rows, 9, budget=budget, pool=20)
    for query, (others, values) in enumerate(zip(near.tolist(), cosines.tolist(), strict=True)):
        listed = [(other, value) for other, value in zip(others, values, strict=True) if other >= 0]
        assert len({other for other, _ in listed}) == len(listed)
        assert listed == sorted(listed, key=lambda pair: (-pair[1], pair[0]))
        for other, value in listed:
            assert value == pytest.approx(dense[query] @ dense[other], abs=1e-6)


def test_neither_threads_nor_blocks_change_a_bit():
    rows = rows_from(3, 700, terms=30, coarse=False)
    once = found(rows, 9, budget=500, pool=20)
    for n_threads, block in ((2, 2048), (4, 300), (1, 13)):
        again = found(rows, 9, n_threads, block, budget=500, pool=20)
        assert [a.tobytes() for a in again] == [a.tobytes() for a in once]


def test_recall_is_the_share_of_the_exact_rows_found():
    exact = np.array([[1, 2, 3], [4, -1, -1]], dtype=np.int32)
    assert recall(np.array([[3, 1, 9], [5, -1, -1]], dtype=np.int32), exact) == 0.5
    assert recall(exact, exact) == 1.0
    assert recall(exact, np.full((2, 3), -1, dtype=np.int32)) == 1.0


@pytest.mark.parametrize("budget", [40, 60_000])
def test_a_group_beyond_the_limit_is_budgeted_and_its_recall_told(monkeypatch, budget):
    rows = rows_from(5, 300, terms=30, coarse=False)
    groups = np.array([0, 0, 1] * 100, dtype=np.int32)
    exact = Similarity(neighbours=12).fit(rows, groups)
    assert (exact.engine_, exact.recall_) == ("exact", None)
    monkeypatch.setattr(similarity, "EXACT_UP_TO", 150)
    monkeypatch.setattr(similarity, "SAMPLE", 150)
    monkeypatch.setattr(budgeted, "BUDGET", budget)
    model = Similarity(neighbours=12).fit(rows, groups)
    sample = np.flatnonzero(groups == 0)[np.random.default_rng(0).permutation(200)[:150]]
    share = recall(model.neighbour_rows_[sample, :10], exact.neighbour_rows_[sample, :10])
    assert (model.engine_, model.recall_) == ("budgeted", share)
    assert (share < 0.9) if budget == 40 else (share == 1)
    assert model.neighbour_rows_[2::3].tolist() == exact.neighbour_rows_[2::3].tolist()
    insisted = Similarity(neighbours=12).fit(rows, groups, exact=True)
    assert (insisted.engine_, insisted.recall_) == ("exact", None)
    assert insisted.neighbour_rows_.tolist() == exact.neighbour_rows_.tolist()
