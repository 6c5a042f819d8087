"""The most read articles of the section of the article being read."""

from recsys.evaluation.baselines.base import best_of, filled
from recsys.evaluation.baselines.most_read import decayed_reads
from recsys.evaluation.baselines.most_read import rank as rank_most_read
from recsys.evaluation.baselines.newest_in_section import section_of
from recsys.evaluation.dataset import Rows
from recsys.evaluation.history import History, Query


def rank(
    history: History, query: Query, now: int, k: int, *, half_life_minutes: float = 60.0
) -> Rows:
    """Return the ``k`` most read rows of the section, padded by the most read of the site.

    The section is that of `newest_in_section`, the sums are those of `most_read`.
    """
    section = section_of(history, query)
    if section is None or section == query.section:
        return rank_most_read(history, query, now, k, half_life_minutes=half_life_minutes)
    read, scores = decayed_reads(history, query.site, now, half_life_minutes).above()
    own = history.corpus.in_section(read, section)
    rows = best_of(history, query, read[own], scores[own], now, k)
    if rows.size >= k:
        return rows
    others = rank_most_read(history, query, now, k, half_life_minutes=half_life_minutes)
    return filled(rows, others, k)
