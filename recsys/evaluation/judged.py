"""Questions, what was wanted, and what was answered: the arrays that metrics are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recsys.evaluation.dataset import Floats, Rows, Times
from recsys.evaluation.history import Query


@dataclass(frozen=True, eq=False)
class Questions:
    """What is asked in one task, in order of time, and what was wanted.

    Attributes
    ----------
    task
        Name of the task.
    queries
        One a question.
    now
        int64, shape (n,), ascending: milliseconds since 1970.
    wanted
        int32, shape (n, m): the rows that are right, best first, -1 behind them.
    grades
        float64, shape (n, m): how right, over 0; 0 behind them.
    unit
        int64, shape (n,): what the question belongs to that was drawn as one: two questions of one
        unit do not count as two.
    unit_name
        What a unit is, for people: ``anchors``, ``sessions``, ``blocks of 6 hours``.
    primary
        The metric that decides.
    labels
        Slices: name -> for each question the part it belongs to, ``""`` for none.
    notes
        What whoever reads the figures must know, a sentence each.
    """

    task: str
    queries: Sequence[Query]
    now: Times
    wanted: Rows
    grades: Floats
    unit: Times
    unit_name: str
    primary: str
    labels: Mapping[str, npt.NDArray[np.str_]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.queries)


@dataclass(frozen=True, eq=False)
class Judged:
    """The lists that a ranker answered with, against what was wanted.

    Attributes
    ----------
    lists
        int32, shape (n, k): the ranked rows, best first, -1 where the list was shorter.
    wanted, grades
        As in `Questions`.
    """

    lists: Rows
    wanted: Rows
    grades: Floats

    @cached_property
    def gains(self) -> Floats:
        """float64, shape (n, k): the grade of each listed row, 0 for what was not wanted."""
        gains = np.zeros(self.lists.shape)
        for place in range(self.wanted.shape[1]):
            hit = (self.lists == self.wanted[:, place : place + 1]) & (self.lists >= 0)
            gains += hit * self.grades[:, place : place + 1]
        return gains

    @cached_property
    def n_wanted(self) -> npt.NDArray[np.int64]:
        """int64, shape (n,): how many rows were wanted."""
        return np.asarray((self.wanted >= 0).sum(axis=1), dtype=np.int64)
