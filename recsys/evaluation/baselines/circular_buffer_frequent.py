"""The articles read most often among the last reads."""

from recsys.evaluation.baselines.base import counted, filled, first_of, n_before, reads_of_site
from recsys.evaluation.baselines.newest import rank as rank_newest
from recsys.evaluation.dataset import Rows
from recsys.evaluation.history import History, Query


def rank(history: History, query: Query, now: int, k: int, *, size: int = 1000) -> Rows:
    """Return the most frequent of the last ``size`` reads of the site, padded by the newest.

    Every read in the ring counts one, whenever it was; ties go to the lower row.
    """
    reads = reads_of_site(history, query.site)
    n = n_before(reads, now)
    ranked, _ = counted(reads.row[max(0, n - size) : n])
    rows = first_of(history, query, ranked, now, k)
    return rows if rows.size >= k else filled(rows, rank_newest(history, query, now, k), k)
