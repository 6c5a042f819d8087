"""The newest articles of the section of the article being read."""

from dataclasses import replace

from recsys.evaluation.baselines.base import filled
from recsys.evaluation.baselines.newest import rank as rank_newest
from recsys.evaluation.dataset import Rows
from recsys.evaluation.history import History, Query


def rank(history: History, query: Query, now: int, k: int) -> Rows:
    """Return the ``k`` rows of the section published last, padded by the newest of the site.

    The section is the one that was asked for or, where none was, the main section of the article
    being read; an article without one, or none at all, leaves the newest of the site. Articles
    filed under the section besides another one belong to it.
    """
    section = section_of(history, query)
    if section is None:
        return rank_newest(history, query, now, k)
    rows = rank_newest(history, replace(query, section=section), now, k)
    return rows if rows.size >= k else filled(rows, rank_newest(history, query, now, k), k)


def section_of(history: History, query: Query) -> str | None:
    """Return the section asked for, or the main one of the article being read."""
    if query.section is not None:
        return query.section
    if query.article is not None:
        return query.article.section[0] if query.article.section else None
    return history.corpus.section_of(query.row) if query.row >= 0 else None
