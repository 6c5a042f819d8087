"""Which articles tell the same story: two reports of one event, or one report at two addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.times import HOUR, UNKNOWN

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.floating[Any]]
Seconds = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Stories:
    """Near-identical texts published close together are one story.

    Articles join, in order of publication, the story of the earlier article whose text is
    nearest, if the cosine with that story's *first* article reaches ``min_cosine`` and the two
    were published within ``max_hours``. Measuring against the first article keeps chains of
    ever-changing reports from growing into one.

    Parameters
    ----------
    min_cosine
        From 0 to 1; over 1 leaves only equal addresses.
    max_hours
        Largest time between the first and any other article of a story, in hours; articles of
        unknown time are within reach of all.
    """

    min_cosine: float = 0.78
    max_hours: float = 72.0

    def __post_init__(self) -> None:
        """Refuse a negative span or cosine."""
        for name in ("min_cosine", "max_hours"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")

    def leaders(
        self, neighbours: Rows, cosines: Floats, published: Seconds, same_page: Rows
    ) -> Rows:
        """Return the first article of each article's story.

        Parameters
        ----------
        neighbours, cosines
            Shape (n, k), nearest first, -1 where there are fewer.
        published
            int64, shape (n,), seconds since 1970 or UNKNOWN.
        same_page
            int32, shape (n,): lowest row that stands at the same canonical address, itself if none.

        Returns
        -------
        leaders
            int32, shape (n,): a row; ``leaders[leaders] == leaders``.
        """
        leaders: list[int] = same_page.tolist()
        moments: list[int] = published.tolist()
        alike = ((cosines >= self.min_cosine) & (neighbours >= 0)).sum(axis=1)
        rows = np.flatnonzero(alike)
        for row in rows[np.lexsort((rows, published[rows]))].tolist():
            if leaders[row] == row:
                near = neighbours[row, : alike[row]].tolist()
                how = cosines[row, : alike[row]].tolist()
                leaders[row] = self._joined(near, how, moments, leaders, row)
        joined = np.array(leaders, dtype=np.int32)
        while (joined != joined[joined]).any():  # a leader may itself have joined, but earlier
            joined = joined[joined]
        return joined

    def leader(
        self, near: Rows, cosines: Floats, published: Seconds, leaders: Rows, row: int
    ) -> int:
        """Return the story that ``row`` joins: the leader of one of ``near``, or ``row`` itself.

        Parameters
        ----------
        near, cosines
            Shape (k,): the rows most like it, nearest first, and how like.
        """
        return self._joined(near.tolist(), cosines.tolist(), published, leaders, row)

    def _joined(
        self,
        near: Sequence[int],
        cosines: Sequence[float],
        published: Any,
        leaders: Any,
        row: int,
    ) -> int:
        by_row = dict(zip(near, cosines, strict=True))
        for other in near:
            first = int(leaders[other])
            earlier = (published[first], first) < (published[row], row)
            alike = by_row.get(first, 0.0) >= self.min_cosine
            if earlier and alike and self._within(int(published[first]), int(published[row])):
                return first
        return row

    def _within(self, a: int, b: int) -> bool:
        return UNKNOWN in (a, b) or abs(a - b) <= self.max_hours * HOUR
