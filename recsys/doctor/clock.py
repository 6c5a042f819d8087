"""The machine's clock, against what is stored."""

from collections.abc import Iterator

from recsys.doctor.base import Check, Findings, long, ok, warning
from recsys.times import DAY, MINUTE, format_instant

EVENT_AHEAD_SECONDS = 5 * MINUTE
ARTICLE_AHEAD_SECONDS = DAY  # they may be scheduled

_CURE = "set the clock of this machine (timedatectl), or correct the data"


def clock(now: float, found: Findings) -> Iterator[Check]:
    """Yield what the clock says, and what in the data is ahead of it."""
    yield ok("clock.machine", f"it is {format_instant(int(now))}")
    if found.newest_event is not None:
        yield _against("event", found.newest_event, now, EVENT_AHEAD_SECONDS)
    if found.newest_article is not None:
        yield _against("article", found.newest_article, now, ARTICLE_AHEAD_SECONDS)


def _against(kind: str, newest: int, now: float, most_ahead: int) -> Check:
    name, when = f"clock.newest_{kind}", format_instant(newest)
    if newest > now + most_ahead:
        ahead = long(newest - now)
        return warning(name, f"the newest {kind} is of {when}, {ahead} ahead of the clock; {_CURE}")
    return ok(name, f"the newest {kind} is of {when}")
