"""Co-reading carried along from read to read, for questions that each know only their past."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from recsys.evaluation.baselines.base import best_of, filled, n_before, reads_of_site
from recsys.evaluation.baselines.most_read import decayed_reads
from recsys.evaluation.baselines.most_read import rank as rank_most_read
from recsys.evaluation.dataset import Floats, Reads, Rows
from recsys.evaluation.history import History, Query
from recsys.signals.co_reading import CoReading
from recsys.times import HOUR, MINUTE
from recsys.topk import best_places, top_k

_EPOCH = 400.0  # half-lives after which the unit of the sums is changed
_POPULAR = 200  # most read articles that are looked at beside the partners
_HOUR = HOUR * 1000
_SWEEP = 200_000  # reads between two looks for sessions that have ended


class _Partners:
    """What was read with one article: a slot for each partner, and two sums in it."""

    __slots__ = ("long", "place", "recent", "rows")

    def __init__(self) -> None:
        self.place: dict[int, int] = {}
        self.rows, self.recent, self.long = array("i"), array("d"), array("d")

    def slot(self, row: int) -> int:
        """Return the slot of a partner, a new one if it has none."""
        slot = self.place.setdefault(row, len(self.rows))
        if slot == len(self.rows):
            self.rows.append(row)
            self.recent.append(0.0)
            self.long.append(0.0)
        return slot

    def scale(self, recent: float, long: float) -> None:
        for values, factor in ((self.recent, recent), (self.long, long)):
            np.frombuffer(values)[:] *= factor


@dataclass(eq=False)
class CoReads:
    """The values of `recsys.signals.co_reading.CoReading`, known after every single read.

    ``value[i, j] = (recent[i, j] + prior_reads * usual[i, j]) / (recent[i] + prior_reads)``, as
    told there, and ``usual[i, j] = (long[i, j] + prior_reads * share[j]) / (long[i] +
    prior_reads)``, where ``share`` is what the asker says of popularity, 0 if nothing.

    The sums are kept in a unit that grows with time (forward decay), so that a read costs as many
    additions as it makes pairs, however many there are.

    Parameters
    ----------
    signal
        The parameters.

    References
    ----------
    Cormode et al., "Forward Decay", ICDE 2009.
    """

    signal: CoReading = field(default_factory=CoReading)
    _of: dict[int, _Partners] = field(default_factory=dict, repr=False)
    _sessions: dict[int, tuple[int, list[int]]] = field(default_factory=dict, repr=False)
    _start: int = 0
    _reads: int = 0

    def add(
        self,
        time: npt.NDArray[np.int64],
        row: Rows,
        session: npt.NDArray[np.integer],
        from_row: Rows | None = None,
    ) -> None:
        """Take in reads, in order of time, none before those that were taken in already.

        Parameters
        ----------
        time
            int64, shape (n,), ascending: milliseconds since 1970.
        row, session
            Whole numbers, shape (n,): the article, and its session, -1 where it is not known.
        from_row
            int32, shape (n,): what led to a read without a session, -1 where it is not known.
        """
        origin = np.full(row.size, -1, dtype=np.int32) if from_row is None else from_row
        columns = (time.tolist(), row.tolist(), session.tolist(), origin.tolist())
        for moment, read, visit, led_by in zip(*columns, strict=True):
            self._reads += 1
            if self._reads % _SWEEP == 0:
                self._forget_sessions(moment)
            if visit >= 0:
                self._continue(visit, moment, read)
            elif led_by >= 0 and led_by != read:
                self._pair((led_by,), read, moment)

    def value(
        self, row: int, now: int, popular: tuple[Rows, Floats] | None = None
    ) -> tuple[Rows, Floats]:
        """Return the partners of an article and what is popular, with their values at ``now``.

        Parameters
        ----------
        now
            Milliseconds since 1970, not before the last read.
        popular
            int32 and float64, shape (m,): distinct rows and their shares of what is read.

        Returns
        -------
        rows, values
            int32 and float64, shape (n,), in no order, no row twice.
        """
        rows, shares = popular or (np.zeros(0, dtype=np.int32), np.zeros(0))
        prior, kept = self.signal.prior_reads, self._of.get(row)
        if kept is None:
            return rows, shares
        units, place = self._worth(now), kept.place
        slots = np.array([place.get(each, -1) for each in rows.tolist()], dtype=np.int64)
        new = slots < 0
        recent, long = np.array(kept.recent) / units[0], np.array(kept.long) / units[1]
        usual = np.concatenate([long, prior * shares[new]])
        usual[slots[~new]] += prior * shares[~new]
        values = prior / (long.sum() + prior) * usual
        values[: recent.size] += recent
        every = np.concatenate([np.array(kept.rows, dtype=np.int32), rows[new]])
        return every, values / (recent.sum() + prior)

    def partners(self, row: int, now: int) -> tuple[Rows, Floats]:
        """Return what `recsys.signals.co_reading.CoReading.of` would, had it been fitted now."""
        rows, values = self.value(row, now)
        if not rows.size:
            return rows, values
        long = float(np.array(self._of[row].long).sum()) / self._worth(now)[1]
        best = best_places(rows, values)[: self.signal.partners]
        strengths = self.signal.strength(values[best], float(values.max()), long)
        rows, strengths = rows[best][strengths > 0], strengths[strengths > 0]
        ascending = np.argsort(rows)
        return rows[ascending], strengths[ascending]

    def ranked(
        self,
        row: int,
        now: int,
        k: int,
        exclude: Iterable[int] = (),
        popular: tuple[Rows, Floats] | None = None,
    ) -> Rows:
        """Return int32, at most ``k`` rows by `value`, best first, ties to the lower row.

        Neither the article itself nor what is in ``exclude`` is among them.
        """
        rows, values = self.value(row, now, popular)
        hidden = np.isin(rows, np.array([row, *exclude], dtype=np.int32))
        rows, values = rows[~hidden], values[~hidden]
        if rows.size > 4 * k:
            least = np.partition(values, rows.size - k)[rows.size - k]
            rows, values = rows[values >= least], values[values >= least]
        return rows[np.lexsort((rows, -values))][:k]

    def _continue(self, visit: int, moment: int, read: int) -> None:
        """Go on with a session, or begin it."""
        last, seen = self._sessions.get(visit, (moment, []))
        if moment - last > self.signal.max_gap_minutes * MINUTE * 1000:
            seen = []
        if read not in seen:
            if seen:
                self._pair(seen[: -self.signal.reach_reads - 1 : -1], read, moment)
            seen.append(read)
        self._sessions[visit] = (moment, seen)

    def _pair(self, earlier: Iterable[int], read: int, moment: int) -> None:
        """Add the pairs of a read with what was read before it, the last of it first."""
        of, backward = self._of, self.signal.backward
        recent, long = self._worth(moment)
        back = of.get(read) or of.setdefault(read, _Partners())
        weight = 1.0
        for row in earlier:
            forth = of.get(row) or of.setdefault(row, _Partners())
            slot = forth.slot(read)
            forth.recent[slot] += weight * recent
            forth.long[slot] += weight * long
            slot = back.slot(row)
            back.recent[slot] += backward * recent
            back.long[slot] += backward * long
            weight = self.signal.later

    def _worth(self, moment: int) -> tuple[float, float]:
        """Return the units of ``recent`` and ``long`` at a moment; starts a new epoch if due."""
        signal = self.signal
        hours = (moment - self._start) / _HOUR
        if hours > _EPOCH * min(signal.half_life_hours, signal.long_half_life_hours):
            hours = self._restart(moment, hours)
        return 2.0 ** (hours / signal.half_life_hours), 2.0 ** (hours / signal.long_half_life_hours)

    def _restart(self, moment: int, hours: float) -> float:
        """Make ``moment`` the start, ``hours`` after the last one; return the hours since it."""
        lives = self.signal.half_life_hours, self.signal.long_half_life_hours
        recent, long = (2.0 ** -(hours / life) if hours < 1000 * life else 0.0 for life in lives)
        for partners in self._of.values():
            partners.scale(recent, long)
        self._start = moment
        return 0.0

    def _forget_sessions(self, moment: int) -> None:
        since = moment - self.signal.max_gap_minutes * MINUTE * 1000
        self._sessions = {s: held for s, held in self._sessions.items() if held[0] >= since}


@dataclass(eq=False)
class Followed:
    """Reads, in order of time, and the co-reads of those that were taken in.

    Parameters
    ----------
    reads
        Later ones included.
    co_reads
        Knows the first ``n`` of them.
    """

    reads: Reads
    co_reads: CoReads
    n: int = 0

    def move(self, now: int) -> CoReads:
        """Take in the reads before ``now``; if it went back, start anew."""
        n = n_before(self.reads, now)
        if n < self.n:
            self.co_reads, self.n = CoReads(self.co_reads.signal), 0
        part = self.reads.part(slice(self.n, n))
        self.co_reads.add(part.time, part.row, part.session, part.from_row)
        self.n = n
        return self.co_reads


@dataclass
class LiveCoReading(CoReading):
    """Co-reading as a model would have learned it at the moment of each question.

    What a service serves is as old as its training; this is the signal itself, always fresh. `move`
    says what time it is.

    Attributes
    ----------
    followed_
        The reads, by row of the model.
    now_
        Milliseconds since 1970.
    """

    def follow(self, reads: Reads) -> "LiveCoReading":
        """Return it with the reads that it is to follow."""
        self.followed_, self.now_ = Followed(reads, CoReads(self)), 0
        return self

    def move(self, now: int) -> None:
        """Take in the reads before ``now``, in milliseconds."""
        self.followed_.move(now)
        self.now_ = now

    def of(self, row: int) -> tuple[Rows, Floats]:
        """Return the partners of an article; see `CoReading.of`."""
        return self.followed_.co_reads.partners(row, self.now_)


def rank(
    history: History,
    query: Query,
    now: int,
    k: int,
    *,
    signal: CoReading | None = None,
    half_life_minutes: float = 15.0,
) -> Rows:
    """Return what is likely to be read next after an article, by `CoReads.value`.

    The prior's prior is what is popular: ``share[j]`` is the decayed reads of ``j`` among those of
    the site, ``half_life_minutes`` being the age at which a read counts half; only the 200 most
    read have a share. What is missing is
    filled up by the most read. As any `recsys.evaluation.history.Ranker` it knows what lies
    strictly before ``now``.
    """
    signal = signal or CoReading()
    asked = query.row if query.row >= 0 else (query.seen[-1] if query.seen else -1)
    popular = rank_most_read(history, query, now, k, half_life_minutes=half_life_minutes)
    if asked < 0:
        return popular
    followed = history.once(
        ("co_reads", query.site, repr(signal)),
        lambda: Followed(reads_of_site(history, query.site), CoReads(signal)),
    )
    co_reads, own = followed.move(now), int(history.dataset.same[asked])
    sums = decayed_reads(history, query.site, now, half_life_minutes)
    read, each = sums.above()
    best, most = top_k(each, _POPULAR)
    found, values = co_reads.value(own, now, (read[best], most / (sums.sums.sum() or 1.0)))
    ascending = np.argsort(found)
    found, values = found[ascending], values[ascending]
    others = found != own
    return filled(best_of(history, query, found[others], values[others], now, k), popular, k)
