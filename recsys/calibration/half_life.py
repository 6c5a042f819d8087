"""How a site's own reading moves the half-life of what is most read."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from recsys.data.views import ViewCounts
from recsys.signals.popularity import TRAFFIC_MINUTES, fitted_half_life

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer[Any]]

FACTORS: tuple[float, ...] = tuple(2.0 ** (step / 4) for step in range(-8, 9))
"""What is tried: from a quarter to four times the half-life that the traffic alone would have."""

_HOUR = 60
_HOURS = 7 * 24  # forecasts that are looked back on
_FIRST = 6 * _HOUR  # minutes a site must have been read before its first forecast
_UNREAD = (0.02, 0.05, 0.1, 0.2, 0.4)  # share of the next hour that the past says nothing of
_BURST = 64.0  # views that say as much as one independent view: they come in bursts
_OCTAVES = 1.0  # standard deviation of a site's factor around 1, in octaves


@dataclass(frozen=True)
class HalfLife:
    """What a site's reading says of its half-life, with the evidence.

    Attributes
    ----------
    factor
        What the half-life that suits the traffic (`fitted_half_life`) is multiplied by; 1 where
        there is no evidence.
    half_life_minutes
        What that makes at the mean traffic of the hours looked at, in minutes.
    traffic_half_life_minutes
        What the traffic alone would make, in minutes.
    views_per_hour
        Mean traffic of those hours.
    hours, views
        How many hours were forecast, and the views in them.
    gains
        Each factor of `FACTORS` and how much better than factor 1 it forecast: difference of log
        likelihoods, in nats, rounded to one decimal.
    """

    factor: float
    half_life_minutes: float
    traffic_half_life_minutes: float
    views_per_hour: float
    hours: int
    views: int
    gains: tuple[tuple[float, float], ...]

    def document(self) -> dict[str, Any]:
        """Return it as the manifest shows it."""
        return {**asdict(self), "gains": [list(pair) for pair in self.gains]}


def calibrated_half_life(
    row: Ints, minute: Ints, views: Ints, now: int, window_minutes: int = 1440
) -> HalfLife:
    """Return the half-life under which a site's past hours best forecast the hours that followed.

    Before each hour ``t`` of the last week the decayed views ``s`` of each article are worked out
    with half-life ``factor * fitted_half_life(traffic before t)``, and the views ``n`` of the hour
    are judged as draws from

    ``p[a] = (1 - u) * s[a] / sum(s) + u / n_articles``,

    ``log_likelihood(factor, u) = sum over t and a of n[t, a] * ln p[a]``.

    The factor is ``2 ** mean``, the posterior mean of the octaves of `FACTORS`, with ``u`` summed
    out, under a normal prior around 0 octaves: little evidence leaves the traffic's rule as it is.
    Views come in bursts, so the log likelihood is divided by 64 first. Unlike the overlap of two
    lists of ten, it is smooth and as fair to thin traffic as to thick.

    Parameters
    ----------
    row, minute, views
        Shape (n,), sorted by minute: article (from 0), minute since 1970, views.
    now
        Minute of the clock; what came after is not looked at.
    window_minutes
        How far back views count.

    References
    ----------
    Dawid, "Statistical Theory: The Prequential Approach", JRSS A 1984.
    """
    start, end = np.searchsorted(minute, [now + 1 - _HOURS * _HOUR - window_minutes, now + 1])
    minute, count = minute[start:end], views[start:end].astype(np.float64)
    names, row = np.unique(row[start:end], return_inverse=True)
    hours = _hours(minute, now)
    total = np.zeros((len(_UNREAD), len(FACTORS)))
    for t in hours:
        at = np.searchsorted(minute, [t - window_minutes, t - TRAFFIC_MINUTES, t, t + _HOUR])
        known, ahead = slice(at[0], at[2]), slice(at[2], at[3])
        weights = _weights(count[at[1] : at[2]].sum() * _HOUR / TRAFFIC_MINUTES, window_minutes)
        scores = _scores(row[known], t - 1 - minute[known], count[known], weights, names.size)
        total += _log_likelihood(scores, row[ahead], count[ahead])
    read = count[np.searchsorted(minute, hours[0]) :].sum() if hours else 0.0
    return _judged(total, len(hours), int(read))


def site_half_lives(
    views: ViewCounts, site: Ints, names: Sequence[str], now: int, window_minutes: int = 1440
) -> dict[str, HalfLife]:
    """Return what each site's reading says, by name; a site that nobody reads has factor 1.

    Parameters
    ----------
    views
        Views of the corpus.
    site
        Whole numbers, shape (n_articles,): place of each article's site in ``names``.
    now, window_minutes
        As in `calibrated_half_life`.

    Notes
    -----
    A second or two for two million views.
    """
    row, minute, count = views.rows_minutes_views()
    found = {}
    for place, name in enumerate(names):
        own = site[row] == place
        found[name] = calibrated_half_life(row[own], minute[own], count[own], now, window_minutes)
    return found


def factors_of(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Return each site's factor out of a manifest.

    Raises
    ------
    ValueError
        If a factor cannot be what calibration writes.
    """
    factors = {site: float(document["factor"]) for site, document in documents.items()}
    for site, factor in factors.items():
        if not FACTORS[0] <= factor <= FACTORS[-1]:
            raise ValueError(f"half-life of {site!r}: factor must be 0.25 to 4, got {factor}")
    return factors


def _hours(minute: Ints, now: int) -> range:
    """Return the first minutes of the hours to forecast, the last of which ends with ``now``."""
    oldest = int(minute[0]) if minute.size else now
    whole = max(0, now + 1 - oldest - _FIRST) // _HOUR
    return range(now + 1 - _HOUR * min(whole, _HOURS), now + 1, _HOUR)


def _weights(views_per_hour: float, window_minutes: int) -> Floats:
    """Return float64, shape (window_minutes, n_factors): worth of a view by age and factor."""
    lives = fitted_half_life(views_per_hour) * np.array(FACTORS)
    return np.asarray(2.0 ** (-np.arange(window_minutes)[:, None] / lives))


def _scores(row: Ints, age: Ints, views: Floats, weights: Floats, n_rows: int) -> Floats:
    """Return float64, shape (n_rows, n_factors): decayed views."""
    by_age = csr_array((views, (row, age)), shape=(n_rows, weights.shape[0]))
    return np.asarray(by_age @ weights)


def _log_likelihood(scores: Floats, row: Ints, views: Floats) -> Floats:
    """Return float64, shape (n_unread, n_factors): of the views of one hour."""
    rows, place = np.unique(row, return_inverse=True)
    seen = np.bincount(place, views, rows.size).astype(np.float64)
    share = scores[rows] / np.maximum(scores.sum(axis=0), np.finfo(np.float64).tiny)
    unread = np.array(_UNREAD)[:, None, None]
    forecast = (1 - unread) * share + unread / len(scores)
    return np.asarray(np.einsum("r,urf->uf", seen, np.log(forecast)))


def _judged(total: Floats, hours: int, read: int) -> HalfLife:
    """Weigh the log likelihoods of `_UNREAD` x `FACTORS` against the prior."""
    gain = np.logaddexp.reduce(total / _BURST, axis=0)
    octaves = np.log2(FACTORS)
    posterior = gain - (octaves / _OCTAVES) ** 2 / 2
    weight = np.exp(posterior - posterior.max())
    factor = round(float(2.0 ** (weight @ octaves / weight.sum())), 3)
    rate = read / max(hours, 1)
    gains = _BURST * (gain - gain[len(FACTORS) // 2])
    return HalfLife(
        factor=factor,
        half_life_minutes=round(fitted_half_life(rate, factor), 1),
        traffic_half_life_minutes=round(fitted_half_life(rate), 1),
        views_per_hour=round(rate, 1),
        hours=hours,
        views=read,
        gains=tuple((round(f, 3), round(float(g), 1)) for f, g in zip(FACTORS, gains, strict=True)),
    )
