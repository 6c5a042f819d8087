"""overlap@k: how many of the k that were wanted most are listed, in whatever order."""

from recsys.evaluation.dataset import Floats
from recsys.evaluation.judged import Judged
from recsys.evaluation.metrics.base import common, first, ratio


def score(judged: Judged, k: int) -> Floats:
    """Return float64, shape (n,): share of the first ``k`` wanted that is listed.

    Listed is what stands among the first ``k``, too. 1 can always be reached; NaN if none is
    wanted.
    """
    wanted = first(judged.wanted, k)
    found = common(wanted, first(judged.lists, k)).sum(axis=1)
    return ratio(found, (wanted >= 0).sum(axis=1))
