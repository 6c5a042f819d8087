from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from recsys.lists.windows import PLAIN, span, wider
from recsys.times import (
    UNKNOWN,
    day_number,
    day_start,
    format_instant,
    parse_duration,
    parse_instant,
)

ZONES = (
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Europe/Paris",
    "Australia/Lord_Howe",
    "UTC",
)


def test_a_bare_date_is_the_sites_midnight():
    assert format_instant(parse_instant("2026-07-01", "Asia/Kathmandu")) == "2026-06-30T18:15:00Z"


def test_a_time_without_an_offset_is_on_the_sites_clock():
    assert (
        format_instant(parse_instant("2026-07-01T12:00", "Europe/Paris")) == "2026-07-01T10:00:00Z"
    )


def test_an_offset_says_it_all():
    assert parse_instant("1970-01-01T01:00:00+01:00", "Asia/Tokyo") == 0


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-02-30", "12", "0000-01-01"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError, match="ISO 8601"):
        parse_instant(text)


def test_an_unknown_instant_is_written_as_nothing():
    assert format_instant(UNKNOWN) is None


def test_instants_survive_being_written_and_read():
    for seconds in (0, -1, 1_800_000_000, -62_135_596_800, 253_402_300_799):
        text = format_instant(seconds)
        assert text is not None
        assert parse_instant(text) == seconds


@pytest.mark.parametrize(("text", "seconds"), [("90m", 5400), ("24h", 86400), ("30d", 2592000)])
def test_durations_are_minutes_hours_or_days(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0h", "-1h", "1w", "1.5h", "h", "٣h"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize("name", ZONES)
def test_days_begin_where_the_local_date_changes(name):
    """Against the slow oracle: walk back a minute at a time until the date is another one."""
    for start in (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 31, 3, tzinfo=UTC)):
        for hours in range(0, 72, 7):
            now = int((start + timedelta(hours=hours)).timestamp())
            moment = now - now % 60
            today = _local(moment, name)
            while _local(moment - 60, name) == today:
                moment -= 60
            assert day_start(now, name) == moment


def _local(instant: int, name: str) -> str:
    return datetime.fromtimestamp(instant, ZoneInfo(name)).date().isoformat()


def test_the_day_before_yesterday_may_have_had_25_hours():
    now = parse_instant("2026-10-27T12:00:00Z")
    days = [day_start(now, "Europe/Paris", back) for back in (2, 1)]
    assert days[1] - days[0] == 25 * 3600


def test_a_day_number_is_counted_on_the_local_calendar():
    assert day_number(0, "UTC") == 0
    assert day_number(0, "America/St_Johns") == -1


def test_a_plain_window_holds_its_minutes_the_running_one_included():
    where = span("1h", 7200 + 59, "UTC")
    assert (where.first_minute, where.last_minute) == (61, 120)


def test_yesterday_ends_where_today_begins():
    now = parse_instant("2026-05-05T10:00:00Z")
    today, before = span("today", now, "Asia/Gaza"), span("yesterday", now, "Asia/Gaza")
    assert before.last_minute + 1 == today.first_minute
    assert before.first_day == before.last_day == today.first_day - 1


def test_thin_windows_are_widened_step_by_step():
    assert wider("now") == ["24h", "3d", "7d", "30d"]
    assert wider("6h") == ["24h", "3d", "7d", "30d"]
    assert wider("30d") == []
    assert set(PLAIN) >= set(wider("yesterday"))
