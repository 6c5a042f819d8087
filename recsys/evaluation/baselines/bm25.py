"""Articles found by the words of this one, as a search engine would."""

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from recsys.evaluation.baselines.words import Index, counts, rank_by, rows_of, title_and_body
from recsys.evaluation.dataset import Rows
from recsys.evaluation.history import History, Query


def rank(
    history: History, query: Query, now: int, k: int, *, k1: float = 1.5, b: float = 0.75
) -> Rows:
    """Return the rows of the highest BM25 for the whole text as a question, padded by the newest.

    ``score[d] = sum over words t of count[q, t] * idf[t] * count[d, t] * (k1 + 1)
    / (count[d, t] + k1 * (1 - b + b * length[d] / mean length))``,
    ``idf[t] = ln(1 + (n - df[t] + 0.5) / (df[t] + 0.5))``: Robertson's weights with the idf of
    Lucene, which is never negative. ``n``, ``df`` and the mean length are those of the texts that
    may be learned from. Words are those of `tfidf` (scikit-learn's defaults over title and body);
    ``k1`` and ``b`` are what packages for Python come with, not tuned.

    References
    ----------
    Robertson, Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
    """
    return rank_by(
        history, query, now, k, lambda: _index(history, query.site, k1, b), f"bm25 {k1} {b}"
    )


def _index(history: History, site: str, k1: float, b: float) -> Index | None:
    counted = counts(history, site, title_and_body)
    if counted is None:
        return None
    _, learned = rows_of(history, site)
    known = counted.weights[np.isin(counted.rows, learned)]
    n = known.shape[0]
    df = np.bincount(known.indices, minlength=known.shape[1])
    idf = np.log1p((n - df + 0.5) / (df + 0.5))
    weights = _saturated(counted.weights, known.sum() / n, k1, b)
    weights.data *= idf[weights.indices]
    return replace(counted, weights=weights)


def _saturated(counts: csr_array, mean_length: float, k1: float, b: float) -> csr_array:
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    owners = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    damping = k1 * (1 - b + b * lengths[owners] / mean_length)
    data = counts.data * (k1 + 1) / (counts.data + damping)
    return csr_array((data, counts.indices, counts.indptr), shape=counts.shape)
