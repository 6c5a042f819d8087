"""stability@k: how much of a list is left when the same is asked again later."""

import numpy as np

from recsys.evaluation.dataset import Floats, Rows
from recsys.evaluation.judged import Questions
from recsys.evaluation.metrics.base import Run, first
from recsys.evaluation.metrics.rbo import of_two


def score(run: Run, k: int) -> Floats:
    """Return float64, shape (n,): rank-biased overlap with the list the same question had before.

    The same is a question of the same site, article, section, language and earlier reads. NaN where
    nothing was asked before, where logged lists are put into order, and where both are empty.
    """
    lists, earlier = first(run.lists, k), earlier_of(run.questions)
    again = np.flatnonzero(earlier >= 0)
    values = np.full(lists.shape[0], np.nan)
    values[again] = of_two(lists[again], lists[earlier[again]])
    return values


def earlier_of(questions: Questions) -> Rows:
    """Return int32, shape (n,): the last question before that asked the same, -1 for none."""
    last: dict[object, int] = {}
    earlier = np.full(len(questions), -1, dtype=np.int32)
    for i, query in enumerate(questions.queries):
        if query.among is None:
            key = (query.site, query.row, query.section, query.language, query.seen)
            earlier[i] = last.get(key, -1)
            last[key] = i
    return earlier
