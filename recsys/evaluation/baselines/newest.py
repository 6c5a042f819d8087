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
    return first_of(history, query, published(history, query.site, query.section, now), now, k)


def published(history: History, site: str, section: str | None, now: int) -> Rows:
    """Return the rows of a site, or of a section of it, published before ``now``, newest first."""
    ranked, falling = history.once(
        ("baselines.newest", site, section), lambda: _ranked(history, site, section)
    )
    return ranked[int(np.searchsorted(falling, ~now, side="right")) :]


def _ranked(history: History, site: str, section: str | None) -> tuple[Rows, Times]:
    """Return the rows, newest first, and ``~known_from`` of each, which ascends.

    ``~x`` is ``-x - 1``: it turns the order round and, unlike ``-x``, knows no overflow.
    """
    corpus = history.corpus
    code = corpus.sites.index(site) if site in corpus.sites else -1
    rows = np.flatnonzero((corpus.site == code) & corpus.shown).astype(np.int32)
    if section is not None:
        rows = rows[corpus.in_section(rows, section)]
    ranked = _newest_first(history, rows)
    return ranked, ~history.known_from[ranked]


def _newest_first(history: History, rows: Rows) -> Rows:
    return rows[np.lexsort((rows, ~history.known_from[rows]))]
