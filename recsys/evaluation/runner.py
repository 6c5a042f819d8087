"""Every ranker asked every question, with nothing but what was known then."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recsys.errors import RecsysError
from recsys.evaluation.dataset import Rows
from recsys.evaluation.history import History, Query, Ranker
from recsys.evaluation.judged import Judged, Questions
from recsys.evaluation.split import Histories, Split

Tell = Callable[[int], None]
"""Called with how many more questions have been answered."""

_TOLD_EVERY = 200


class RankerError(RecsysError):
    """A ranker that lists what may not be listed: its figures would mean nothing."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What one ranker answered.

    Attributes
    ----------
    lists
        int32, shape (n, k), -1 where a list was shorter.
    seconds
        How long it took, what it learned first included.
    """

    lists: Rows
    seconds: float

    def judged(self, questions: Questions) -> Judged:
        """Return the lists against what was wanted."""
        return Judged(self.lists, questions.wanted, questions.grades)


def answers(
    histories: Histories,
    questions: Questions,
    ranker: Ranker,
    split: Split,
    k: int,
    *,
    name: str = "ranker",
    tell: Tell | None = None,
) -> Answers:
    """Ask one ranker everything, in order of time.

    Parameters
    ----------
    k
        Length of the lists, at least 1.
    name
        Of the ranker, for errors.
    tell
        Told how far it is.

    Raises
    ------
    RankerError
        If a list is too long, repeats a row or holds one that may not be listed.
    """
    lists = np.full((len(questions), k), -1, dtype=np.int32)
    begun = time.perf_counter()
    for history, where in split.folds(histories, questions):
        for i in range(where.start, where.stop):
            query, now = questions.queries[i], int(questions.now[i])
            rows = ranker(history, query, now, k)
            _check(history, query, now, rows, k, name)
            lists[i, : rows.size] = rows
            if tell and i % _TOLD_EVERY == _TOLD_EVERY - 1:
                tell(_TOLD_EVERY)
    if tell:
        tell(len(questions) % _TOLD_EVERY)
    return Answers(lists, time.perf_counter() - begun)


def _check(history: History, query: Query, now: int, rows: Rows, k: int, name: str) -> None:
    if rows.size > k:
        raise RankerError(f"{name}: a list of {rows.size} articles, {k} were asked for")
    if len(set(rows.tolist())) < rows.size:
        raise RankerError(f"{name}: an article stands twice in a list")
    if not history.may_list(query, rows, now).all():
        raise RankerError(f"{name}: a list holds an article that may not be listed at {now} ms")
