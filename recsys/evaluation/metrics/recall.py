"""recall@k: how much of what was wanted is among the first k."""

from recsys.evaluation.dataset import Floats
from recsys.evaluation.judged import Judged
from recsys.evaluation.metrics.base import first, ratio


def score(judged: Judged, k: int) -> Floats:
    """Return float64, shape (n,): ``wanted among the first k / wanted``; NaN if none is wanted.

    Where more than ``k`` are wanted no list reaches 1.
    """
    return ratio((first(judged.gains, k) > 0).sum(axis=1), judged.n_wanted)
