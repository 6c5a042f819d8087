"""What the readers of this article read too: nearest neighbours of the item, with decay."""

from dataclasses import dataclass

import numpy as np

from recsys.evaluation.baselines.base import best_of, filled, n_before, reads_of_site
from recsys.evaluation.baselines.most_read import rank as rank_most_read
from recsys.evaluation.dataset import Floats, Reads, Rows, Times
from recsys.evaluation.history import History, Query

_MINUTE = 60_000
_REACH = 20  # places in a session within which two reads make a pair
_KEPT = 20  # half-lives after which a pair is left out


def rank(
    history: History, query: Query, now: int, k: int, *, half_life_minutes: float = 60.0
) -> Rows:
    """Return the rows read most often together with the article, padded by the most read.

    ``score[b] = sum over sessions s that read a and b of 2 ** (-(now - t[s]) / half_life_minutes)``
    where ``a`` is the article being read and ``t[s]`` the moment, before ``now``, at which the
    session had first read both. That is the share of the readers of ``a`` that also read ``b``,
    times a number that all rows share.

    Repeated reads of a session do not count, nor do reads more than 20 places apart in it, nor
    pairs 20 half-lives older than the site's last read before ``now``. A read without a session
    makes a pair with the article that led to it, where that is known. Without an article
    (``query.row`` is -1), the last of ``query.seen`` is asked about.

    References
    ----------
    Deshpande, Karypis, "Item-Based Top-N Recommendation Algorithms", TOIS 2004: similarity as
    conditional probability.
    """
    asked = query.row if query.row >= 0 else (query.seen[-1] if query.seen else -1)
    reads = reads_of_site(history, query.site)
    n = n_before(reads, now)
    if asked < 0 or n == 0:
        return rank_most_read(history, query, now, k)
    pairs = history.once(
        ("baselines.co_read", query.site),
        lambda: Pairs.of(reads, len(history.corpus)),
    )
    asked = int(history.dataset.same[asked])
    last = int(reads.time[n - 1])
    together = pairs.with_row(asked, last, half_life_minutes * _MINUTE)
    rows = best_of(history, query, *together, now, k)
    return rows if rows.size >= k else filled(rows, rank_most_read(history, query, now, k), k)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of articles read together, both ways: those of row ``a`` in order of time.

    Attributes
    ----------
    indptr
        int64, shape (n_articles + 1,): the pairs of ``a`` lie in ``indptr[a]:indptr[a + 1]``.
    time
        int64, shape (n_pairs,): when both had been read, in milliseconds since 1970.
    other
        int32, shape (n_pairs,): the other article.
    """

    indptr: Times
    time: Times
    other: Rows

    @classmethod
    def of(cls, reads: Reads, n_articles: int) -> "Pairs":
        """Gather the pairs of ``reads``, later ones included."""
        time, first, second = _together(reads, n_articles)
        one, other = np.concatenate([first, second]), np.concatenate([second, first])
        time = np.concatenate([time, time])
        order = np.lexsort((time, one))
        indptr = np.concatenate([[0], np.cumsum(np.bincount(one, minlength=n_articles))])
        return cls(indptr, time[order], other[order])

    def with_row(self, row: int, last: int, half_life: float) -> tuple[Rows, Floats]:
        """Return the rows that were read with ``row``, and the decayed sums of their pairs.

        ``last`` is the moment of the last read that is known, ``half_life`` is in milliseconds.
        """
        here = slice(int(self.indptr[row]), int(self.indptr[row + 1]))
        bounds = [last - int(_KEPT * half_life), last + 1]
        first, end = np.searchsorted(self.time[here], bounds, side="left") + here.start
        worth = np.exp2((self.time[first:end] - last) / half_life)
        sums = np.zeros(self.indptr.size - 1)
        np.add.at(sums, self.other[first:end], worth)
        rows = np.flatnonzero(sums > 0).astype(np.int32)
        return rows, sums[rows]


def _together(reads: Reads, n_articles: int) -> tuple[Times, Rows, Rows]:
    """Return each session's pairs of articles, once each, and when both had been read."""
    alone = (reads.session < 0) & (reads.from_row >= 0) & (reads.from_row != reads.row)
    parts = [(reads.time[alone], reads.from_row[alone], reads.row[alone])]
    visits = _visits(reads, n_articles)
    for lag in range(1, _REACH + 1):
        pair = visits.session[lag:] == visits.session[:-lag]
        if not pair.any():
            break
        parts.append((visits.time[lag:][pair], visits.row[:-lag][pair], visits.row[lag:][pair]))
    time, first, second = (np.concatenate(column) for column in zip(*parts, strict=True))
    return time, first, second


def _visits(reads: Reads, n_articles: int) -> Reads:
    """Return the first read of each article in each session, by session and then by time."""
    within = reads.part(reads.session >= 0)
    _, places = np.unique(
        within.session.astype(np.int64) * n_articles + within.row, return_index=True
    )
    places = np.sort(places)
    return within.part(places[np.argsort(within.session[places], kind="stable")])
