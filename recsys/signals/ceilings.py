"""What no story exceeds, kept as views come in: the best are found without looking at all."""

from collections.abc import Iterator
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer[Any]]
Rows = npt.NDArray[np.int32]

_BLOCK = 1 << 10  # stories that share a peak
_SHARE = 4  # each look goes so many times deeper than the one before
_DEEPEST = 1e-4  # of the highest; below it everything is looked at
SLACK = 1e-6  # by which sums in another order, and in float32, may differ


class Ceilings:
    """For each story a number that its decayed views do not exceed.

    Forward decay: a view of minute ``m`` is kept as ``2 ** ((m - landmark) / half_life)``, which
    never changes; its worth at ``now`` is that times ``2 ** ((landmark - now) / half_life)``, one
    factor for all. A plain count has an infinite half-life.

    Values only grow, and in place: views that were let go of, moved to an earlier minute or aged
    out are still in them, until they are made anew. So they are ceilings for every snapshot that
    shares them, the older ones too, and nothing is copied at a refresh.

    Parameters
    ----------
    n_rows
        Number of rows; a story is known by the row of its leader.
    landmark
        A minute, or a day where readers are counted by the day.
    half_life
        In the same unit.

    References
    ----------
    Cormode et al., "Forward Decay: A Practical Time Decay Model for Streaming Systems", ICDE 2009.
    """

    def __init__(self, n_rows: int, landmark: int, half_life: float) -> None:
        self.landmark, self.half_life = landmark, half_life
        self._writing = Lock()
        self._values = np.zeros(-(-max(n_rows, 1) // _BLOCK) * _BLOCK)
        self._peaks = np.zeros(self._values.size // _BLOCK)
        self.total = 0.0  # of what was added, in views
        self.n_rows = n_rows

    def add(self, stories: Ints, buckets: Ints, counts: Ints) -> None:
        """Add counts of stories (rows of leaders); a story may come several times."""
        if not stories.size:
            return
        age = np.minimum(buckets - np.float64(self.landmark), 512 * self.half_life)
        worth = counts * np.exp2(age / self.half_life)
        with self._writing:
            self._grow(int(stories.max()) + 1)
            if stories.size > self._peaks.size:
                self._values += np.bincount(stories, worth, minlength=self._values.size)
                self._peaks = self._values.reshape(-1, _BLOCK).max(axis=1)
            else:
                np.add.at(self._values, stories, worth)
                np.maximum.at(self._peaks, stories // _BLOCK, self._values[stories])
            self.total += float(counts.sum())

    def leading(self, k: int, now: int) -> Iterator[tuple[Rows, float]]:
        """Yield ever more stories, from the highest on, and what none of the others exceeds.

        Parameters
        ----------
        k
            About how many are yielded first; each time there are more, the earlier ones again.
        now
            The minute (or day) at which the bound holds.

        Yields
        ------
        stories
            int32, ascending: rows of leaders; in the end every story that was ever counted.
        bound
            In decayed views; 0 in the end.
        """
        peaks = self._peaks  # before the values, which may be more than the peaks tell of
        values = self._values
        worth = float(np.exp2((self.landmark - now) / self.half_life)) * (1 + SLACK)
        for level in _levels(peaks, k):
            yield _reaching(values, peaks, level), level * worth

    def _grow(self, n_rows: int) -> None:
        """Make room, a quarter more than needed; readers keep the arrays they have."""
        self.n_rows = max(n_rows, self.n_rows)
        if n_rows > self._values.size:
            blocks = -(-(n_rows + n_rows // 4) // _BLOCK)
            more = blocks - self._peaks.size
            self._values = np.concatenate([self._values, np.zeros(more * _BLOCK)])
            self._peaks = np.concatenate([self._peaks, np.zeros(more)])


def _levels(peaks: Floats, k: int) -> Iterator[float]:
    """Yield levels downwards: that which k blocks reach, ever more of them, and 0 in the end."""
    ordered = np.sort(peaks)[::-1]
    least, level, place = float(ordered[0]) * _DEEPEST, float(ordered[0]), k - 1
    while level > least:
        level = float(ordered[place]) if place < ordered.size else level / _SHARE
        if level > least:
            yield level
        place = place * _SHARE + _SHARE - 1
    yield 0.0


def _reaching(values: Floats, peaks: Floats, level: float) -> Rows:
    """Return the stories whose value is ``level`` or more, and over 0."""
    blocks = np.flatnonzero((peaks >= level) & (peaks > 0))
    if not blocks.size:
        return np.zeros(0, dtype=np.int32)
    part = values.reshape(-1, _BLOCK)[blocks]
    block, place = np.nonzero((part >= level) & (part > 0))
    return (blocks[block] * _BLOCK + place).astype(np.int32)
