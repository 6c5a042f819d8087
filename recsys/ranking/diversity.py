"""Choosing a list whose members do not all say the same."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Places = npt.NDArray[np.int64]


def maximal_marginal_relevance(
    scores: Floats, similarity: Floats, k: int, diversity: float
) -> Places:
    """Choose ``k`` candidates, trading score against likeness to those already chosen.

    Each step takes the candidate with the highest
    ``(1 - diversity) * score / best score - diversity * max similarity to the chosen``.

    Parameters
    ----------
    scores
        Shape (m,), at least 0, best first.
    similarity
        Shape (m, m), symmetric: the cosines among the candidates.
    k
        How many; all m when there are fewer.
    diversity
        From 0 (the first k) to 1.

    Returns
    -------
    places
        int64, ascending places into ``scores``: MMR decides who is in, the score the order.

    References
    ----------
    Carbonell and Goldstein, "The Use of MMR", SIGIR 1998.
    """
    if diversity == 0 or scores.size <= k:
        return np.arange(min(k, scores.size))
    worth = (1 - diversity) * scores / (float(scores.max()) or 1.0)
    likeness = np.zeros(scores.size)
    chosen: list[int] = []
    free = np.ones(scores.size, dtype=bool)
    for _ in range(k):
        place = int(np.argmax(np.where(free, worth - diversity * likeness, -np.inf)))
        chosen.append(place)
        free[place] = False
        likeness = np.maximum(likeness, similarity[place])
    return np.sort(np.array(chosen, dtype=np.int64))
