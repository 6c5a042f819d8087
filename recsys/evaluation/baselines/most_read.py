"""The most read articles of the site, each read worth less as it ages."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.evaluation.baselines.base import best_of, filled, n_before, reads_of_site
from recsys.evaluation.baselines.newest import rank as rank_newest
from recsys.evaluation.dataset import Floats, Reads, Rows
from recsys.evaluation.history import History, Query

_EPOCH = 256  # half-lives after which the unit of the sums is changed
_LONG_AGO = -(2**40)
_MINUTE = 60_000
_LEAST = -24.0  # log2 of the reads below which a row counts as not read


def rank(
    history: History, query: Query, now: int, k: int, *, half_life_minutes: float = 60.0
) -> Rows:
    """Return the ``k`` rows of the highest sums of decayed reads, padded by the newest.

    ``score[a] = sum over reads t of a before now of 2 ** (-(now - t) / half_life_minutes)``.
    A row whose score was below ``2 ** -24`` at the site's last read before ``now`` (one read, a
    day earlier) counts as not read. The half-life is a plain hour, not fitted to the site.
    """
    read, scores = decayed_reads(history, query.site, now, half_life_minutes).above()
    rows = best_of(history, query, read, scores, now, k)
    return rows if rows.size >= k else filled(rows, rank_newest(history, query, now, k), k)


def decayed_reads(
    history: History, site: str, now: int, half_life_minutes: float
) -> "DecayedReads":
    """Return the decayed reads of a site as of ``now``, carried along from question to question."""
    name = ("baselines.most_read", site, half_life_minutes)
    sums = history.once(
        name,
        lambda: DecayedReads(
            reads_of_site(history, site), half_life_minutes, np.zeros(len(history.corpus))
        ),
    )
    sums.move(now)
    return sums


@dataclass(eq=False)
class DecayedReads:
    """Reads by row, each worth less as it ages, in a unit that all share.

    ``sums[a] = sum over reads t of a of 2 ** ((t - start) / half_life_minutes)``, where ``start``
    is the beginning of the epoch of the last read that was added. Epochs are counted from 1970, so
    the sums depend on the reads alone and not on the moments at which they were asked for.

    Parameters
    ----------
    reads
        Of the site, in order of time; later ones included.
    half_life_minutes
        Age at which a read counts half, in minutes, over 0.
    sums
        float64, shape (n_articles,).
    n
        How many reads are in the sums.
    epoch
        Number of the epoch that the sums are in.

    References
    ----------
    Cormode et al., "Forward Decay", ICDE 2009.
    """

    reads: Reads
    half_life_minutes: float
    sums: Floats
    n: int = 0
    epoch: int = _LONG_AGO

    def move(self, now: int) -> None:
        """Take in the reads before ``now``; if it went back, start anew."""
        n = n_before(self.reads, now)
        if n < self.n:
            self.sums[:], self.n, self.epoch = 0.0, 0, _LONG_AGO
        if n > self.n:
            self._add(slice(self.n, n))
            self.n = n

    def above(self, least: float = _LEAST) -> tuple[Rows, Floats]:
        """Return the rows that were worth ``2 ** least`` reads at the last read, and their sums."""
        if self.n == 0:
            return np.zeros(0, dtype=np.int32), np.zeros(0)
        _, ages = self._dated(self.reads.time[self.n - 1 : self.n])
        rows = np.flatnonzero(self.sums >= 2.0 ** float(ages[0] + least)).astype(np.int32)
        return rows, self.sums[rows]

    def _add(self, where: slice) -> None:
        epochs, ages = self._dated(self.reads.time[where])
        rows = self.reads.row[where]
        for epoch in np.unique(epochs).tolist():
            if epoch > self.epoch:
                self.sums *= 2.0 ** (_EPOCH * (self.epoch - epoch))
                self.epoch = epoch
            inside = epochs == epoch
            np.add.at(self.sums, rows[inside], np.exp2(ages[inside]))

    def _dated(self, time: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Floats]:
        """Return the epoch of each moment, and how many half-lives into it the moment lies."""
        half_lives = time / (self.half_life_minutes * _MINUTE)
        epochs = np.floor(half_lives / _EPOCH).astype(np.int64)
        return epochs, half_lives - epochs * _EPOCH
