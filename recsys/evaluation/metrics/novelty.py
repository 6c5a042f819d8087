"""novelty@k: how little of what is listed had been read."""

import numpy as np

from recsys.evaluation.dataset import Floats
from recsys.evaluation.metrics.base import Run, first, listed_mean


def score(run: Run, k: int) -> Floats:
    """Return float64, shape (n,): mean self-information of the listed rows, in bits.

    ``-log2((reads of the article + 1) / (reads of its site + articles of its site))``, over the
    reads before ``now`` and the articles that were published by then. NaN for an empty list.

    References
    ----------
    Mean self-information is from Zhou et al., "Solving the apparent diversity-accuracy dilemma of
    recommender systems", PNAS 107(10), 2010, who take the share of users who have the item. The
    share of reads in its place and the one that is added are ours, for articles nobody read yet.
    """
    lists, now = first(run.lists, k), run.questions.now[:, None]
    reads = run.past.of_rows(lists, now)
    total = run.past.of_sites(run.history.corpus.site[lists], now) + np.maximum(
        _published(run, k), 1
    )
    return listed_mean(-np.log2((reads + 1) / total), lists >= 0)


def _published(run: Run, k: int) -> Floats:
    """Return float64, shape (n, k): how many articles each listed row's site had by then."""
    lists = first(run.lists, k)
    site, known_from = run.history.corpus.site, run.history.known_from
    counts = np.zeros(lists.shape)
    for code in range(len(run.history.corpus.sites)):
        times = np.sort(known_from[site == code])
        by_then = np.searchsorted(times, run.questions.now, side="left")
        counts = np.where(site[lists] == code, by_then[:, None], counts)
    return counts
