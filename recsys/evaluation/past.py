"""How often something had been read by a moment, for many articles and moments at once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.evaluation.dataset import Rows, Times
from recsys.evaluation.history import History

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PastReads:
    """Reads before a moment, by article and by site. Twins count as one article.

    Attributes
    ----------
    time
        int64, shape (n,), ascending: milliseconds since 1970.
    by_row, by_site
        int64, shape (n,), ascending: ``code * (n + 1) + place`` of each read in order of time.
    same
        From rows to the row that counts.
    """

    time: Times
    by_row: Counts
    by_site: Counts
    same: Rows

    @classmethod
    def of(cls, history: History) -> "PastReads":
        """Index the reads of a history; O(n log n)."""
        same, site = history.dataset.same, history.corpus.site
        rows = same[history.reads.row]
        places = np.arange(rows.size, dtype=np.int64)
        by_row = np.sort(rows.astype(np.int64) * (rows.size + 1) + places)
        by_site = np.sort(site[rows].astype(np.int64) * (rows.size + 1) + places)
        return cls(history.reads.time, by_row, by_site, same)

    @classmethod
    def known_to(cls, history: History) -> "PastReads":
        """Return what `of` returns, made once for a history."""
        return history.once((__name__,), lambda: cls.of(history))

    def of_rows(self, rows: Rows, now: Times, since: Times | None = None) -> Counts:
        """Return int64: how often each of ``rows`` was read in [since, now).

        Parameters
        ----------
        rows
            int32, any shape; 0 comes back for -1.
        now, since
            int64, broadcast to ``rows``: milliseconds since 1970; None is from the beginning.
        """
        counts = self._count(self.by_row, self.same[rows], now, since)
        return np.where(rows >= 0, counts, 0)

    def of_sites(
        self, codes: npt.NDArray[np.integer[Any]], now: Times, since: Times | None = None
    ) -> Counts:
        """Return int64, shape of ``codes``: how often anything of these sites was read."""
        return self._count(self.by_site, codes, now, since)

    def _count(
        self, keys: Counts, codes: npt.NDArray[np.integer[Any]], now: Times, since: Times | None
    ) -> Counts:
        base = codes.astype(np.int64) * (keys.size + 1)
        end = np.searchsorted(self.time, now, side="left")
        begin = 0 if since is None else np.searchsorted(self.time, since, side="left")
        return np.asarray(
            np.searchsorted(keys, base + end) - np.searchsorted(keys, base + begin), dtype=np.int64
        )
