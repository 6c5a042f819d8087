"""What may be learned before what is asked: time splits, never random ones."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from recsys.evaluation.dataset import Dataset
from recsys.evaluation.history import History
from recsys.evaluation.judged import Questions

Kind = Literal["prequential", "rolling", "fixed"]
KINDS: tuple[Kind, ...] = ("prequential", "rolling", "fixed")
_DAY = 86_400_000  # milliseconds


@dataclass
class Histories:
    """Histories of one data set for one ranker; the last one is kept for its next task.

    Parameters
    ----------
    dataset
        Everything.
    seed
        Of whatever draws.
    """

    dataset: Dataset
    seed: int = 0
    last: History | None = field(default=None, repr=False)

    def until(self, moment: int | None) -> History:
        """Return what may be learned from texts and reads before ``moment``; None cuts nothing."""
        last = self.last
        if last is None or (last.learn_until, last.reads_until) != (moment, moment):
            last = self.last = History(self.dataset, moment, moment, self.seed)
        return last


@dataclass(frozen=True)
class Split:
    """How what is learned lies before what is asked.

    Parameters
    ----------
    kind
        ``prequential``: at each question all reads before it are known; words are learned from
        all texts once (their frequencies; a candidate is never later than its question).
        ``rolling``: texts and reads are known up to the start of the question's period, as in a
        newsroom that trains once a period. ``fixed``: up to the first question.
    every_days
        Length of a period of ``rolling``, in days; over 0.
    """

    kind: Kind = "prequential"
    every_days: float = 7.0

    def __post_init__(self) -> None:
        """Refuse what is no split; ValueError."""
        if self.kind not in KINDS:
            raise ValueError(f"split must be one of {', '.join(KINDS)}, got {self.kind!r}")
        if not self.every_days > 0:
            raise ValueError(f"every_days must be over 0, got {self.every_days}")

    def folds(self, histories: Histories, questions: Questions) -> Iterator[tuple[History, slice]]:
        """Yield histories, and where the questions lie that each of them may answer."""
        n = len(questions)
        if n == 0:
            return
        if self.kind == "prequential":
            yield histories.until(None), slice(0, n)
            return
        first = int(questions.now[0])
        if self.kind == "fixed":
            yield histories.until(first), slice(0, n)
            return
        length = round(self.every_days * _DAY)
        period = (questions.now - first) // length
        starts = np.flatnonzero(np.diff(period, prepend=-1))
        for start, end in zip(starts, [*starts[1:], n], strict=True):
            begin = first + int(period[start]) * length
            yield histories.until(begin), slice(int(start), int(end))

    def described(self) -> str:
        """Return the split in words."""
        return {
            "prequential": "at each question every read before it is known; words are learned"
            " from all texts, later ones included",
            "rolling": f"texts and reads are known up to the start of each {self.every_days:g}"
            " days",
            "fixed": "texts and reads are known up to the first question",
        }[self.kind]
