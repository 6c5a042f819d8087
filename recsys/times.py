"""Instants, durations and calendar days.

Outside, an instant is an ISO 8601 string; inside it is an ``int`` of seconds since 1970 in UTC.
`UNKNOWN` stands for "nobody said when".
"""

import re
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

UNKNOWN = int(np.iinfo(np.int64).min)
MINUTE, HOUR, DAY = 60, 3600, 86400

_BARE_DATE = re.compile(r"\d{4}-?\d{2}-?\d{2}")
_DURATION = re.compile(r"([1-9]\d{0,5})([mhd])")
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}
_EPOCH_ORDINAL = 719163  # of 1970-01-01
_FIRST, _LAST = -62135596800, 253402300799  # years 1 to 9999


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name; ValueError when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(
            f"unknown time zone {name!r}; use a name such as Africa/Casablanca"
        ) from None


def parse_instant(text: str, time_zone: str = "UTC") -> int:
    """Return the seconds since 1970 of an ISO 8601 date or time.

    Parameters
    ----------
    text
        A bare date is midnight in ``time_zone``; a time without an offset is local to it.
    time_zone
        IANA name of the site's time zone.

    Raises
    ------
    ValueError
        If ``text`` is not ISO 8601 or lies outside of the years 1 to 9999.
    """
    text = text.strip()
    try:
        if _BARE_DATE.fullmatch(text):
            moment = datetime.combine(date.fromisoformat(text), time.min)
        else:
            moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone(time_zone))
        return int(moment.timestamp() // 1)
    except (ValueError, OverflowError):
        raise ValueError("must be an ISO 8601 date or time such as 2026-03-01T12:00:00Z") from None


@lru_cache(maxsize=4096)
def format_instant(seconds: int) -> str | None:
    """Return ISO 8601 in UTC with a ``Z``; None for `UNKNOWN`."""
    if not _FIRST <= seconds <= _LAST:
        return None
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}Z".rjust(20, "0")


def parse_duration(text: str) -> int:
    """Return the seconds of ``90m``, ``24h`` or ``30d``; ValueError for anything else."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("must be a duration such as 90m, 24h or 30d")
    return int(match[1]) * _UNITS[match[2]]


def day_start(now: int, time_zone: str, days_back: int = 0) -> int:
    """Return when the calendar day around ``now``, or one ``days_back`` before, began.

    Days last 23 to 25 hours where the clock changes; a midnight that does not exist is the
    first instant of the day.
    """
    return day_begin(day_number(now, time_zone) - days_back, time_zone)


def day_begin(day: int, time_zone: str) -> int:
    """Return when a local calendar day, in days since 1970-01-01, begins."""
    midnight = datetime.combine(date.fromordinal(day + _EPOCH_ORDINAL), time.min)
    # A midnight skipped by the clock gives, with fold=0, the offset before the jump: the very
    # instant at which the day begins.
    return int(midnight.replace(tzinfo=zone(time_zone)).timestamp())


def day_number(instant: int, time_zone: str) -> int:
    """Return the local calendar day of ``instant``, in days since 1970-01-01."""
    return datetime.fromtimestamp(instant, zone(time_zone)).date().toordinal() - _EPOCH_ORDINAL
