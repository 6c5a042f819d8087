from datetime import UTC, datetime

import pytest

from recsys.languages import HEADINGS
from recsys.text.facts import count_in_words, date_in_words, sponsored_label
from recsys.times import UNKNOWN

LATE = int(datetime(2024, 11, 24, 23, 30, tzinfo=UTC).timestamp())

DATES = {
    "ar": "24 نوفمبر 2024",
    "fa": "۴ آذر ۱۴۰۳",
    "ur": "24 نومبر، 2024",
    "he": "24 בנובמבר 2024",
    "fr": "24 novembre 2024",
    "en": "24 November 2024",
    "es": "24 de noviembre de 2024",
    "pt": "24 de novembro de 2024",
    "de": "24. November 2024",
    "it": "24 novembre 2024",
    "tr": "24 Kasım 2024",
    "el": "2024-11-24",
    None: "2024-11-24",
}


@pytest.mark.parametrize("language", DATES)
def test_a_day_is_written_as_the_papers_of_a_language_write_it(language):
    assert date_in_words(LATE, language) == DATES[language]


def test_every_language_that_has_headings_has_its_own_dates_counts_and_label():
    assert {language for language in DATES if language} - {"el"} == set(HEADINGS)
    for language in set(HEADINGS) - {"en"}:
        assert count_in_words(7, language) != count_in_words(7, "en")
        assert count_in_words(7, language, "readers") != count_in_words(7, "en", "readers")
        assert sponsored_label(language) != sponsored_label("en")
    assert sponsored_label("el") == sponsored_label(None) == "Sponsored"


def test_the_clock_of_the_site_says_which_day_it_was():
    assert date_in_words(LATE, "en", "Africa/Casablanca") == "25 November 2024"
    assert date_in_words(LATE, "fr", "America/New_York") == "24 novembre 2024"


def test_the_first_of_a_month_is_an_ordinal_in_french():
    assert date_in_words(0, "fr") == "1er janvier 1970"


def test_what_has_no_date_has_no_words():
    assert date_in_words(UNKNOWN, "ar") == ""


def test_a_day_at_the_end_of_time_is_still_a_day():
    assert date_in_words(253402300799, "en", "Asia/Tokyo") == "31 December 9999"


def test_the_persian_year_begins_when_it_does_and_leap_years_have_a_day_more():
    # As the ICU of a browser has them: 1403 is a leap year, 1404 is none.
    days = {(2025, 3, 20): "۳۰ اسفند ۱۴۰۳", (2025, 3, 21): "۱ فروردین ۱۴۰۴",
            (2026, 3, 20): "۲۹ اسفند ۱۴۰۴", (2026, 3, 21): "۱ فروردین ۱۴۰۵",
            (1970, 1, 1): "۱۱ دی ۱۳۴۸"}  # fmt: skip
    for day, written in days.items():
        assert date_in_words(int(datetime(*day, tzinfo=UTC).timestamp()), "fa") == written


def test_arabic_counts_have_six_forms():
    counts = (0, 1, 2, 3, 10, 11, 100, 103, 111, 12345)
    assert [count_in_words(n, "ar") for n in counts] == [
        "لم يُقرأ بعد", "قراءة واحدة", "قراءتان", "3 قراءات", "10 قراءات", "11 قراءة",
        "100 قراءة", "103 قراءات", "111 قراءة", "12,345 قراءة",
    ]  # fmt: skip
    assert [count_in_words(n, "ar", "readers") for n in (2, 3, 11, 100)] == [
        "قارئان", "3 قراء", "11 قارئاً", "100 قارئ",
    ]  # fmt: skip


def test_numbers_are_grouped_as_a_language_groups_them():
    counts = {"fr": "12\u202f345 lectures", "es": "12.345 lecturas", "fa": "۱۲٬۳۴۵ بازدید"}
    assert {language: count_in_words(12345, language) for language in counts} == counts
    assert count_in_words(1234, "es") == "1234 lecturas"
    assert count_in_words(0, "fr") == "0 lecture"
    assert count_in_words(1, "en", "readers") == "1 reader"
    assert count_in_words(1, "el") == "1 view"
