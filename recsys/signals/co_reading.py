"""What the readers of an article read next, learned from sessions of late."""

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from recsys.data.pairs import Pairs, Reads
from recsys.times import HOUR

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]


_TINY = np.finfo(np.float64).tiny


@dataclass
class CoReading:
    """How likely ``j`` is to be read after ``i``, by what readers of ``i`` did of late.

    ``value[i, j] = (recent[i, j] + prior_reads * usual[i, j]) / (recent[i] + prior_reads)``, where
    ``usual[i, j] = long[i, j] / (long[i] + prior_reads)``. Of every pair of a session,
    ``recent`` sums ``weight * 2 ** (-age / half_life_hours)`` and ``long`` the same with
    ``long_half_life_hours``; ``recent[i]`` and ``long[i]`` are the sums over all ``j``. What was
    read next has weight 1, what was read later ``later``, what was read before ``backward``: it is
    the mean of a Dirichlet posterior whose prior is the longer memory.

    Parameters
    ----------
    half_life_hours
        Age at which a pair counts half in ``recent``, in hours.
    long_half_life_hours
        The same in ``long``; it matters where an article is read by few.
    prior_reads
        Reads that the prior is worth: with as many of late, half of the value is theirs; over 0.
    later, backward
        Weights, from 0 to 1, of what was read after others and of what was read before.
    reach_reads
        How many reads after each other still make a pair, from 1 to 100.
    max_gap_minutes
        A reader who was away for longer begins another session.
    partners
        How many are kept for each article; at least 1.

    Attributes
    ----------
    partners_
        csr_array, float32, shape (n_articles, n_articles), indices sorted:
        ``confidence[i] * value[i, j] / max over k of value[i, k]``, from 0 to 1, rounded to six
        decimals, with ``confidence[i] = long[i] / (long[i] + prior_reads)``. So the best partner
        of an article whose readers have told enough comes near 1, as an equal text does, and a
        single reader's whim stays near 0.

    References
    ----------
    Cormode et al., "Forward Decay", ICDE 2009; MacKay, Peto, "A Hierarchical Dirichlet Language
    Model", 1995.
    """

    half_life_hours: float = 0.25
    long_half_life_hours: float = 24.0
    prior_reads: float = 20.0
    later: float = 0.25
    backward: float = 0.25
    reach_reads: int = 8
    max_gap_minutes: float = 120.0
    partners: int = 100

    def check(self) -> None:
        """Refuse parameters that are out of range; ValueError."""
        for name in ("half_life_hours", "long_half_life_hours", "prior_reads", "max_gap_minutes"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be over 0, got {getattr(self, name)}")
        for name in ("later", "backward"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be from 0 to 1, got {getattr(self, name)}")
        if not 1 <= self.reach_reads <= 100:
            raise ValueError(f"reach_reads must be from 1 to 100, got {self.reach_reads}")
        if self.partners < 1:
            raise ValueError(f"partners must be at least 1, got {self.partners}")

    def fit(self, pairs: Pairs, n_articles: int, now: int) -> Self:
        """Learn the partners of every article as of ``now``.

        Parameters
        ----------
        pairs
            As `recsys.data.pairs.Pairs.of` gathers them with this ``reach_reads`` and
            ``max_gap_minutes``; those after ``now`` do not count.
        n_articles
            Rows of the corpus.
        now
            In milliseconds since 1970.

        Raises
        ------
        ValueError
            If a parameter is out of range.
        """
        self.check()
        anchor, other, values, long = self._values(pairs, n_articles, now)
        best = np.full(n_articles, _TINY)
        np.maximum.at(best, anchor, values)
        kept = _best_of_each(anchor, other, values, self.partners)
        anchor, other, values = anchor[kept], other[kept], values[kept]
        shares = self.strength(values, best[anchor], long[anchor]).astype(np.float32)
        told = shares > 0
        anchor, other, shares = anchor[told], other[told], shares[told]
        order = np.lexsort((other, anchor))
        ends = np.searchsorted(anchor[order], np.arange(n_articles + 1)).astype(np.int32)
        self.partners_ = csr_array(
            (shares[order], other[order], ends), shape=(n_articles, n_articles)
        )
        return self

    def learned(self, reads: Reads, n_articles: int, now: int) -> "CoReading":
        """Return another one, with the same parameters, that has learned from reads.

        Parameters
        ----------
        reads
            In any order.
        n_articles
            Rows of the corpus.
        now
            In seconds since 1970; the running second counts.
        """
        end = (now + 1) * 1000 - 1
        pairs = Pairs.of(
            reads,
            end,
            reach_reads=self.reach_reads,
            max_gap_minutes=self.max_gap_minutes,
        )
        return replace(self).fit(pairs, n_articles, end)

    def facts(self) -> dict[str, Any]:
        """Return how many articles have partners, how many those are, and a digest of them."""
        digest = blake2b(digest_size=16)
        for column in (self.partners_.indptr, self.partners_.indices, self.partners_.data):
            digest.update(np.ascontiguousarray(column).tobytes())
        return {
            "articles_with_partners": int((np.diff(self.partners_.indptr) > 0).sum()),
            "partners": int(self.partners_.nnz),
            "partners_fingerprint": digest.hexdigest(),
        }

    def of(self, row: int) -> tuple[Rows, Floats]:
        """Return the partners of an article, ascending, and how strong they are.

        An article that came after the training has none.
        """
        indptr = self.partners_.indptr
        if not 0 <= row < indptr.size - 1:
            return np.zeros(0, dtype=np.int32), np.zeros(0)
        where = slice(int(indptr[row]), int(indptr[row + 1]))
        values: Floats = self.partners_.data[where].astype(np.float64)
        return self.partners_.indices[where], np.round(values, 6)

    def strength(self, values: Floats, best: Floats | float, long: Floats | float) -> Floats:
        """Return what ``partners_`` holds of values, given the best and the reads of the anchor."""
        confidence = long / (long + self.prior_reads)
        return np.asarray(np.round(confidence * values / np.maximum(best, _TINY), 6))

    def scores(self, row: int, rows: Rows) -> Floats:
        """Return float64, shape of ``rows``: how strong each is beside ``row``, 0 for strangers."""
        partners, values = self.of(row)
        if not partners.size:
            return np.zeros(rows.size)
        place = np.minimum(np.searchsorted(partners, rows), partners.size - 1)
        return np.where(partners[place] == rows, values[place], 0.0)

    def _values(self, pairs: Pairs, n_articles: int, now: int) -> tuple[Rows, Rows, Floats, Floats]:
        """Return row, partner and value of every pair that was read, and ``long`` of every row."""
        past = pairs.time <= now
        age: Floats = (now - pairs.time[past]) / (HOUR * 1000)
        forward = np.where(pairs.lag[past] == 1, 1.0, self.later)
        weight: Floats = np.concatenate([forward, np.full(age.size, self.backward)])
        first, then = pairs.first[past].astype(np.int64), pairs.then[past].astype(np.int64)
        keys = np.concatenate([first * n_articles + then, then * n_articles + first])
        distinct, place = np.unique(keys, return_inverse=True)
        anchor, other = distinct // max(n_articles, 1), distinct % max(n_articles, 1)
        sums: list[tuple[Floats, Floats]] = []
        for half_life in (self.half_life_hours, self.long_half_life_hours):
            worth = weight * np.tile(2.0 ** (-age / half_life), 2)
            each = _sums(place.ravel(), worth, distinct.size)
            sums.append((each, _sums(anchor, each, n_articles)))
        (recent, of_recent), (long, of_long) = sums
        usual: Floats = long / (of_long[anchor] + self.prior_reads)
        values = recent + self.prior_reads * usual
        values /= of_recent[anchor] + self.prior_reads
        return anchor.astype(np.int32), other.astype(np.int32), values, of_long


def _sums(places: npt.NDArray[np.int64], worth: Floats, n: int) -> Floats:
    """Return float64, shape (n,): what ``worth`` comes to at each place."""
    return np.bincount(places, weights=worth, minlength=n).astype(np.float64)


def _best_of_each(anchor: Rows, other: Rows, values: Floats, most: int) -> npt.NDArray[np.int64]:
    """Return the places of the ``most`` best of each anchor (ascending), ties to the lower row."""
    order = np.lexsort((other, -values, anchor))
    begins = np.searchsorted(anchor[order], anchor[order], side="left")
    return order[np.arange(order.size) - begins < most]
