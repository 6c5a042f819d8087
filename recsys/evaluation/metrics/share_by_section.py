"""share_by_section@k: how much of the list is of the section of the article beside it."""

import numpy as np

from recsys.evaluation.dataset import Floats
from recsys.evaluation.metrics.base import Run, first, listed_mean


def score(run: Run, k: int) -> Floats:
    """Return float64, shape (n,): share of the listed rows whose main section is the own one.

    NaN for an empty list, and where the list stands beside no article or one without a section.
    """
    lists, main = first(run.lists, k), run.history.corpus.main_section
    own = np.where(run.own_rows >= 0, main[run.own_rows], -1)
    share = listed_mean((main[lists] == own[:, None]).astype(np.float64), lists >= 0)
    return np.where(own >= 0, share, np.nan)
