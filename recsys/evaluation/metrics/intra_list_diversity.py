"""intra_list_diversity@k: how unlike each other the listed articles are."""

import numpy as np

from recsys.evaluation.dataset import Floats, Rows
from recsys.evaluation.metrics.base import Pairwise, Run, first


def score(run: Run, k: int) -> Floats:
    """Return float64, shape (n,): ``1 - mean cosine over the pairs of listed rows``.

    NaN for lists of fewer than two, and everywhere if nobody says how alike articles are. Equal
    lists are worked out once.

    References
    ----------
    Ziegler et al., "Improving recommendation lists through topic diversification", WWW 2005, whose
    intra-list similarity is the sum over the pairs; Vargas and Castells, "Rank and relevance in
    novelty and diversity metrics for recommender systems", RecSys 2011, take the mean distance.
    """
    lists = first(run.lists, k)
    if run.pairwise is None or not lists.size:
        return np.full(lists.shape[0], np.nan)
    distinct, back = np.unique(np.sort(lists, axis=1), axis=0, return_inverse=True)
    values = np.array([_of_one(rows[rows >= 0], run.pairwise) for rows in distinct])
    return values[back.reshape(-1)]


def _of_one(rows: Rows, pairwise: Pairwise) -> float:
    if rows.size < 2:
        return float("nan")
    pairs = np.triu_indices(rows.size, 1)
    return 1.0 - float(np.asarray(pairwise(rows), dtype=np.float64)[pairs].mean())
