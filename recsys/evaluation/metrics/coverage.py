"""coverage@k: how much of what could be listed is ever listed."""

import numpy as np

from recsys.evaluation.dataset import Rows
from recsys.evaluation.metrics.base import Run, first


def score(run: Run, k: int) -> float:
    """Return the share of the `catalogue` that stands in at least one list; NaN if it is empty."""
    rows = catalogue(run)
    listed = np.isin(rows, first(run.lists, k))
    return float(listed.mean()) if rows.size else float("nan")


def catalogue(run: Run) -> Rows:
    """Return int32, ascending: the articles of the asked sites that could be listed at some time.

    Published before the last question of their site and not withdrawn by its first. Where only
    logged lists are put into order, what stands in them.
    """
    queries, now = run.questions.queries, run.questions.now
    among = [query.among for query in queries if query.among is not None]
    if among and len(among) == len(queries):
        return np.unique(np.concatenate(among)).astype(np.int32)
    corpus, data = run.history.corpus, run.history.dataset
    asked = np.array([query.site for query in queries], dtype=np.str_)
    may = np.zeros(len(corpus), dtype=np.bool_)
    for code, site in enumerate(corpus.sites):
        times = now[asked == site]
        if times.size:
            there = (run.history.known_from < times.max()) & (data.withdrawn > times.min())
            may |= corpus.shown & (corpus.site == code) & there
    return np.flatnonzero(may).astype(np.int32)
