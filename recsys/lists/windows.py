"""The spans over which most-read counts."""

from dataclasses import dataclass

from recsys.errors import RequestError
from recsys.times import DAY, HOUR, MINUTE, day_number, day_start

PLAIN = {
    "1h": HOUR,
    "6h": 6 * HOUR,
    "24h": DAY,
    "3d": 3 * DAY,
    "7d": 7 * DAY,
    "30d": 30 * DAY,
}
WINDOWS = ("now", *PLAIN, "today", "yesterday")

_WIDER = {"now": "24h", "today": "24h", "yesterday": "3d"}


@dataclass(frozen=True)
class Span:
    """First and last minute, and first and last local day, all included."""

    first_minute: int
    last_minute: int
    first_day: int
    last_day: int


def check_window(window: str) -> str:
    """Return ``window``, or raise `RequestError` if there is none of that name."""
    if window not in WINDOWS:
        raise RequestError("window", f"must be one of {', '.join(WINDOWS)}")
    return window


def span(window: str, now: int, time_zone: str) -> Span:
    """Return what a window covers.

    Parameters
    ----------
    window
        A plain span reaches back from ``now``, the running minute included. ``today`` is from the
        site's midnight on; ``yesterday`` the whole calendar day before.
    now
        In seconds since 1970.
    time_zone
        IANA name of the site's time zone.
    """
    last = now
    if window == "today":
        first = day_start(now, time_zone)
    elif window == "yesterday":
        first, last = day_start(now, time_zone, 1), day_start(now, time_zone) - 1
    else:
        first = now - PLAIN[window] + MINUTE
    return Span(
        first // MINUTE,
        last // MINUTE,
        day_number(first, time_zone),
        day_number(last, time_zone),
    )


def wider(window: str) -> list[str]:
    """Return the windows to try after ``window`` when it is thin, the narrowest first."""
    names = list(PLAIN)
    start = names.index(_WIDER[window]) if window in _WIDER else names.index(window) + 1
    return names[start:]
