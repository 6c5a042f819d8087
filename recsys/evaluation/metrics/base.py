"""What metrics are asked with, and what the table says of each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from recsys.evaluation.dataset import Floats, Rows
from recsys.evaluation.history import History
from recsys.evaluation.judged import Judged, Questions
from recsys.evaluation.past import PastReads

Mask = npt.NDArray[np.bool_]
Pairwise = Callable[[Rows], npt.NDArray[np.floating[Any]]]
"""From int32 rows, shape (m,), to how alike they are, shape (m, m), from 0 to 1."""


@dataclass(frozen=True, eq=False)
class Run:
    """Everything that one ranker answered in one task, and what it was asked.

    Attributes
    ----------
    lists
        int32, shape (n, k): the ranked rows, best first, -1 where a list was shorter.
    questions
        What was asked.
    history
        The data set; what lies before a question's ``now`` is known to it.
    leaders
        int32, shape (n_articles,): the first article of each article's story; None where stories
        are not known.
    pairwise
        How alike articles are; None where nobody says.
    """

    lists: Rows
    questions: Questions
    history: History
    leaders: Rows | None = None
    pairwise: Pairwise | None = None

    @cached_property
    def judged(self) -> Judged:
        """The lists against what was wanted."""
        return Judged(self.lists, self.questions.wanted, self.questions.grades)

    @cached_property
    def past(self) -> PastReads:
        """How often what had been read by when."""
        return PastReads.known_to(self.history)

    @cached_property
    def own_rows(self) -> Rows:
        """int32, shape (n,): the article each list stands beside, -1 for none."""
        return np.array([query.row for query in self.questions.queries], dtype=np.int32)


Kind = Literal["answers", "lists", "run"]


@dataclass(frozen=True)
class Metric:
    """A line of the table.

    Parameters
    ----------
    score
        By ``kind``: ``answers`` is ``score(judged, k)`` and ``lists`` is ``score(run, k)``, both
        float64, shape (n,), NaN where a question has no value; ``run`` is ``score(run, k)``, one
        number for all questions together, for which there is no interval.
    kind
        What it is computed from.
    title
        For people.
    better
        Whether more or less of it is better; None where neither is.
    """

    score: Callable[[Any, int], Floats | float]
    kind: Kind
    title: str
    better: Literal["higher", "lower"] | None = None

    def measure(self, run: Run, k: int) -> Floats:
        """Return float64, shape (n,), or shape () where there is one number for the run."""
        asked = run.judged if self.kind == "answers" else run
        return np.asarray(self.score(asked, k), dtype=np.float64)


def first(array: npt.NDArray[Any], k: int) -> npt.NDArray[Any]:
    """Return the first ``k`` columns, all of them where there are fewer.

    Raises
    ------
    ValueError
        If ``k < 1``.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, got {k}")
    return array[:, :k]


def ratio(over: npt.NDArray[Any], under: npt.NDArray[Any]) -> Floats:
    """Return ``over / under``, NaN where ``under`` is 0."""
    result = np.full(np.broadcast_shapes(over.shape, under.shape), np.nan)
    np.divide(over, under, out=result, where=under != 0)
    return result


def listed_mean(values: Floats, listed: Mask) -> Floats:
    """Return the mean of each row of ``values`` where ``listed``, NaN where nothing is."""
    return ratio(np.where(listed, values, 0.0).sum(axis=1), listed.sum(axis=1))


def common(lists: Rows, others: Rows) -> Mask:
    """Return bool, shape of ``lists``: which listed rows stand in the list of ``others`` beside.

    Both are int32, shapes (n, k) and (n, m), -1 behind the last.
    """
    found = np.zeros(lists.shape, dtype=np.bool_)
    for place in range(others.shape[1]):
        found |= lists == others[:, place : place + 1]
    return found & (lists >= 0)
