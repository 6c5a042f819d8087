"""How often a site, or one of its articles, was read in each of the last hours."""

import numpy as np
import numpy.typing as npt

from recsys.snapshot import Snapshot
from recsys.times import HOUR, MINUTE

Int64 = npt.NDArray[np.int64]


def hourly_views(snapshot: Snapshot, site: str, row: int, hours: int, now: int) -> Int64:
    """Return the views in each hour of the UTC clock, the oldest first.

    Parameters
    ----------
    row
        Of an article of the site; -1 for the whole site.
    hours
        At least 1; the running one is the last.
    now
        In seconds since 1970.

    Returns
    -------
    views
        int64, shape (hours,).

    Notes
    -----
    Of an article it costs next to nothing, of a site what was read in these hours.
    """
    per_hour = HOUR // MINUTE
    first, last = now // HOUR - hours + 1, now // MINUTE
    if row >= 0:
        one = np.array([row], dtype=np.int32)
        _, minute, count = snapshot.views.of_rows("views", one, first * per_hour, last)
    else:
        rows, minute, count = snapshot.views.counted("views", first * per_hour, last)
        own = snapshot.corpus.site[rows] == _code(snapshot, site)
        minute, count = minute[own], count[own]
    return np.bincount(minute // per_hour - first, count, minlength=hours).astype(np.int64)


def _code(snapshot: Snapshot, site: str) -> int:
    sites = snapshot.corpus.sites
    return sites.index(site) if site in sites else -1
