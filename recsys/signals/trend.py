"""What is being read more than its past would have it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from recsys.data.views import ViewCounts

Floats = npt.NDArray[np.float64]
Int32 = npt.NDArray[np.int32]


@dataclass
class Trend:
    """Views of the last hour over what the past predicts, with a prior.

    ``score[a] = (views[a] + prior_views) / (expected[a] + prior_views)``, where ``views`` are
    those of the last ``recent_minutes`` and ``expected`` is

    ``expected[a] = rise[s] * (own[a] * past_hours + typical[s] * prior_hours)
    / (past_hours + prior_hours)``:

    ``own[a]`` the article's own past rate, ``typical[s]`` the past rate of its section's read
    articles, both per ``recent_minutes``, and ``rise[s]`` how much the whole section is read now
    over its past: the morning is nobody's scoop. It is the posterior mean of a rate under a gamma
    prior, as in Poisson smoothing.

    Parameters
    ----------
    recent_minutes
        What "now" means, in minutes; at least 1.
    past_hours
        How far back the past reaches before that, in hours; at least 1.
    prior_hours
        Hours of the section's typical rate mixed into the article's own past; over 0.
    prior_views
        Views added to both sides: an article needs about this many to rise far; over 0.
    min_views
        Recent views below which an article is not trending; at least 1.

    Attributes
    ----------
    scores_
        float64, shape (n_articles,), over 1 for what rises; NaN for what is hardly read.
    recent_
        int64, shape (n_articles,): views in the last ``recent_minutes``.
    """

    recent_minutes: int = 60
    past_hours: float = 24.0
    prior_hours: float = 6.0
    prior_views: float = 5.0
    min_views: int = 3

    def check(self) -> None:
        """Refuse parameters that are out of range; ValueError."""
        for name in ("recent_minutes", "past_hours", "prior_hours", "prior_views", "min_views"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be over 0, got {getattr(self, name)}")

    def fit(self, views: ViewCounts, group: Int32, now: int) -> Self:
        """Score every article at minute ``now``.

        Parameters
        ----------
        views
            Views of the corpus.
        group
            int32, shape (n_articles,): number of the site and section of each, from 0.
        now
            In minutes since 1970.
        """
        self.check()
        start = now - self.recent_minutes
        self.recent_ = views.window(start + 1, now)
        past = views.window(start - int(self.past_hours * 60) + 1, start)
        own = past.astype(np.float64) * (self.recent_minutes / (self.past_hours * 60))
        expected = self._expected(self.recent_.astype(np.float64), own, group)
        scores = (self.recent_ + self.prior_views) / (expected + self.prior_views)
        self.scores_: Floats = np.where(self.recent_ >= self.min_views, np.round(scores, 6), np.nan)
        return self

    def _expected(self, recent: Floats, own: Floats, group: Int32) -> Floats:
        size = int(group.max(initial=-1)) + 1
        now, before = (np.bincount(group, weights=w, minlength=size) for w in (recent, own))
        read = np.bincount(group, weights=(own > 0).astype(np.float64), minlength=size)
        rise = np.clip((now + self.prior_views) / (before + self.prior_views), 0.25, 4.0)
        typical = before / np.maximum(read, 1)
        mixed = (own * self.past_hours + typical[group] * self.prior_hours) / (
            self.past_hours + self.prior_hours
        )
        expected: Floats = rise[group] * mixed
        return expected
