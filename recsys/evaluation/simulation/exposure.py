"""What readers are shown: a front page for everybody, and a list beside each article."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from recsys.evaluation.dataset import Floats, Rows
from recsys.evaluation.simulation.choice import Choice, Ints, Moments, Visits
from recsys.evaluation.simulation.world import World
from recsys.topk import top_k

Mask = npt.NDArray[np.bool_]

LONGEST_DWELL = 600_000  # milliseconds
_KEPT = 60  # nearest articles looked through for a list
_BLOCK = 500  # rows


@dataclass(frozen=True)
class Pages:
    """What stands where.

    The *front page* is made anew every so many minutes: in its first half what is most read (each
    read worth half after ``front_half_life_hours``), then the newest.

    The *list* beside an article is drawn anew for each reader from a pool: the articles nearest in
    words that are out and that the reader has not read. With probability ``1 - exploration`` it is
    the first of the pool in their order, else a random choice of the pool in random order. So the
    article at place i of the pool (from 0) stands at place j of the list with the known propensity
    ``(1 - exploration) * (i == j) + exploration / pool``. A pool that cannot be filled is not
    shown, and no list either.

    Parameters
    ----------
    minutes
        Between two front pages; a session keeps the one it began with.
    front_length, list_length, pool
        At least 1; the pool is no smaller than the list.
    front_half_life_hours
        As above.
    exploration
        From 0, where nothing can be concluded from the log, to 1.
    """

    minutes: int = 20
    front_length: int = 20
    front_half_life_hours: float = 2.0
    list_length: int = 5
    pool: int = 10
    exploration: float = 0.3

    def __post_init__(self) -> None:
        """Refuse what is no page; ValueError."""
        if not 0 <= self.exploration <= 1:
            raise ValueError(f"exploration must be from 0 to 1, got {self.exploration}")
        if not 1 <= self.list_length <= self.pool:
            raise ValueError(
                f"list_length must be from 1 to pool ({self.pool}), got {self.list_length}"
            )

    def propensities(self) -> Floats:
        """Return float64, shape (pool, list_length): of place i of the pool at place j."""
        certain = np.eye(self.pool, self.list_length)
        return np.asarray((1 - self.exploration) * certain + self.exploration / self.pool)

    def drawn(self, rng: np.random.Generator, n: int) -> Rows:
        """Return int32, shape (n, list_length): places of the pool, as ``n`` lists show them."""
        order = np.argsort(rng.random((n, self.pool)), axis=1)[:, : self.list_length]
        explores = rng.random(n) < self.exploration
        plain = np.arange(self.list_length)
        return np.where(explores[:, None], order, plain).astype(np.int32)

    def front(self, world: World, read: Floats, begin: int) -> Rows:
        """Return int32, shape (front_length,): the front page made at ``begin``, -1 behind.

        Parameters
        ----------
        read
            float64, shape (n,): decayed reads of each article.
        begin
            Milliseconds since 1970.
        """
        out = available(world, np.arange(len(world)), begin, begin + 60_000 * self.minutes)
        scores = np.where(out & (read > 1e-6), read, np.nan)
        leading, _ = top_k(scores, max(1, self.front_length // 2))
        newest = np.flatnonzero(out)[::-1][: self.front_length]
        rows = np.array(list(dict.fromkeys([*leading.tolist(), *newest.tolist()])), dtype=np.int32)
        page = np.full(self.front_length, -1, dtype=np.int32)
        page[: rows.size] = rows[: self.front_length]
        return page


def available(world: World, rows: Ints, begin: int | Moments, now: int | Moments) -> Mask:
    """Return which of ``rows`` were out before ``begin`` and stay so for a while after ``now``.

    Whoever chooses at ``now`` reads at most ten minutes later, and nothing that is gone by then.
    """
    gone = world.withdrawn[rows] <= now + LONGEST_DWELL
    return np.asarray((rows >= 0) & (world.published[rows] * 1000 < begin) & ~gone)


def unread(rows: Rows, seen: Rows) -> Mask:
    """Return which of ``rows`` (s, m) are not among what each reader has ``seen`` (s, r)."""
    return np.asarray((rows[:, :, None] != seen[:, None, :]).all(axis=2))


def pools(pages: Pages, world: World, nearest: Rows, visits: Visits) -> Rows:
    """Return int32, shape (s, pool): what may stand beside the article read last, -1 where none.

    Parameters
    ----------
    nearest
        int32, shape (s, m): what is nearest to that article, nearest first, -1 behind.
    """
    fit = available(world, nearest, visits.begin[:, None], visits.now[:, None])
    fit &= unread(nearest, visits.seen)
    order = np.argsort(~fit, axis=1, kind="stable")[:, : pages.pool]
    rows = np.take_along_axis(nearest, order, axis=1)
    full = fit.sum(axis=1) >= pages.pool
    return np.where(full[:, None], rows, -1).astype(np.int32)


def front_chances(world: World, choice: Choice, front: Rows, visits: Visits) -> Floats:
    """Return how likely each place of a front page is chosen; float64, shape (s, front_length).

    Parameters
    ----------
    front
        int32, shape (s or 1, front_length): the front page of each reader, or of all.
    """
    rows = np.broadcast_to(front, (visits.current.size, front.shape[1]))
    fit = available(world, rows, visits.begin[:, None], visits.now[:, None])
    rows = np.where(fit & unread(rows, visits.seen), rows, -1)
    return choice.on_front(choice.utilities(world, visits, rows))


def nearest_rows(counts: csr_array) -> Rows:
    """Return int32, shape (n, 60): the articles nearest in words, ties to the lower row, -1 behind.

    Cosine of ``(1 + ln count) * ln(n / document frequency)``.
    """
    n = counts.shape[0]
    document_frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    weights = counts.astype(np.float64)
    idf = np.log(n / np.maximum(document_frequency, 1))
    weights.data = (1 + np.log(weights.data)) * idf[weights.indices]
    lengths = np.sqrt(np.asarray(weights.multiply(weights).sum(axis=1)).reshape(-1))
    weights = (weights.multiply(1 / np.maximum(lengths, 1e-12)[:, None])).tocsr()
    kept = min(_KEPT, n - 1)
    rows = np.full((n, _KEPT), -1, dtype=np.int32)
    for start in range(0, n, _BLOCK):
        cosines = np.round((weights[start : start + _BLOCK] @ weights.T).toarray(), 6)
        own = np.arange(cosines.shape[0])
        cosines[own, start + own] = -1.0
        rows[start : start + _BLOCK, :kept] = np.argsort(-cosines, axis=1, kind="stable")[:, :kept]
    return rows
