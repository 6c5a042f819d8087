"""The engine's related list with co-reading mixed in as of each question.

A recipe learns co-reading when it is trained. What is measured here is the weight alone, so the
pairs are those of the moment: `recsys.evaluation.baselines.co_read`.
"""

from dataclasses import dataclass, field

import numpy as np

from recsys.evaluation.baselines.base import best_of, n_before, reads_of_site
from recsys.evaluation.baselines.co_read import Pairs
from recsys.evaluation.dataset import Rows
from recsys.evaluation.history import History, Query
from recsys.evaluation.recipes import Served, whole_second_before
from recsys.lists import related
from recsys.recipe import Recipe
from recsys.topk import best_first

_TEXT_ALONE = Recipe("text alone", {"blend": {"freshness": 0.0, "popularity": 0.0}})
_DEPTH = 50  # candidates from each side


@dataclass(frozen=True)
class Mixed:
    """``score = ((1 - weight) * cosine + weight * co_read) * popularity ** exponent``.

    ``co_read[b] = pairs[b] / (max pairs) * n / (n + prior_pairs)``, where ``pairs`` are the decayed
    ones of the article being read and ``n`` is their sum: near 1 for the best partner of an article
    that many read.

    Parameters
    ----------
    weight
        From 0, text alone, to 1, co-reading alone.
    exponent
        Of the popularity, as a recipe's.
    half_life_hours
        Age at which a pair counts half.
    prior_pairs
        As above; over 0.
    """

    weight: float
    exponent: float
    half_life_hours: float = 6.0
    prior_pairs: float = 20.0
    recipe: Recipe = field(default=_TEXT_ALONE, repr=False)

    def __call__(self, history: History, query: Query, now: int, k: int) -> Rows:
        """Return int32, at most ``k`` rows, best first."""
        served = history.once(("mixed", "model"), lambda: Served.of(history, self.recipe, 1))
        reads = reads_of_site(history, query.site)
        pairs = history.once(
            ("mixed", "pairs", query.site), lambda: Pairs.of(reads, len(history.corpus))
        )
        second, n = whole_second_before(now), n_before(reads, now)
        last = int(reads.time[n - 1]) if n else now
        asked = served.asked(history, query, now, _DEPTH)
        ranking = related.rank(served.snapshot, asked, second)
        alike = np.array([source == "related" for source in ranking.sources], dtype=np.bool_)
        read, sums = pairs.with_row(query.row, last, self.half_life_hours * 3_600_000)
        together = best_of(history, query, read, sums, now, _DEPTH)
        near = history.first_allowed(query, served.outside[ranking.rows[alike]], now, _DEPTH)
        rows = np.union1d(near, together).astype(np.int32)
        inside = served.inside[rows]
        cosines, _ = related.own(served.snapshot, asked, inside, second)
        every = np.zeros(len(history.corpus))
        every[read] = sums
        share = every[rows] / max(float(every.max()), 1e-12)
        share *= every.sum() / (every.sum() + self.prior_pairs)
        popular = served.snapshot.popularity(second).factors(inside) ** self.exponent
        mix = np.round(((1 - self.weight) * cosines + self.weight * share) * popular, 6)
        return best_first(rows[mix > 0], mix[mix > 0])[:k]
