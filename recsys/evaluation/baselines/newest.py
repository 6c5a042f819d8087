"""The newest articles of the site."""

import numpy as np

from recsys.evaluation.baselines.base import first_of
from recsys.evaluation.dataset import Rows, Times
from recsys.evaluation.history import History, Query


def rank(history: History, query: Query, now: int, k: int) -> Rows:
    """Return the ``k`` rows published last, of one moment the lower row first.

    Articles of unknown date come last. Never padded: every row has its place.
    """
    if query.among is not None:
        return history.first_allowed(query, _newest_first(history, query.among), now, k)
    name = ("baselines.newest", query.site)
    ranked, falling = history.once(name, lambda: _of_site(history, query.site))
    later = int(np.searchsorted(falling, ~now, side="right"))
    return first_of(history, query, ranked[later:], now, k)


def _of_site(history: History, site: str) -> tuple[Rows, Times]:
    """Return the rows of a site, newest first, and ``~known_from`` of each, which ascends.

    ``~x`` is ``-x - 1``: it turns the order round and, unlike ``-x``, knows no overflow.
    """
    corpus = history.corpus
    code = corpus.sites.index(site) if site in corpus.sites else -1
    rows = np.flatnonzero((corpus.site == code) & corpus.shown).astype(np.int32)
    ranked = _newest_first(history, rows)
    return ranked, ~history.known_from[ranked]


def _newest_first(history: History, rows: Rows) -> Rows:
    return rows[np.lexsort((rows, ~history.known_from[rows]))]
