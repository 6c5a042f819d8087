"""How a date, a count and a label are said to the readers of a list, language by language."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal

from recsys.times import UNKNOWN, format_instant, zone

Unit = Literal["views", "readers"]

_MONTHS: Mapping[str, str] = {
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "fa": "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند",
    "ur": "جنوری فروری مارچ اپریل مئی جون جولائی اگست ستمبر اکتوبر نومبر دسمبر",
    "he": "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre"
    " diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro"
    " dezembro",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre"
    " dicembre",
    "tr": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
}
_DATES: Mapping[str, str] = {
    "ur": "{day} {month}، {year}",
    "he": "{day} ב{month} {year}",
    "es": "{day} de {month} de {year}",
    "pt": "{day} de {month} de {year}",
    "de": "{day}. {month} {year}",
}
_USUAL_DATE = "{day} {month} {year}"
_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_GROUPS: Mapping[str, str] = {"fa": "٬", "fr": "\u202f"} | dict.fromkeys(
    ("es", "pt", "de", "it", "tr"), "."
)
_FIRST_GROUPED: Mapping[str, int] = {"es": 10_000}  # smaller numbers are written in one piece

# Forms by the plural categories of Unicode; what a language does not tell apart is "other".
_COUNTS: Mapping[Unit, Mapping[str, Mapping[str, str]]] = {
    "views": {
        "ar": {
            "zero": "لم يُقرأ بعد",
            "one": "قراءة واحدة",
            "two": "قراءتان",
            "few": "{n} قراءات",
            "other": "{n} قراءة",
        },
        "fa": {"other": "{n} بازدید"},
        "ur": {"other": "{n} بار پڑھا گیا"},
        "he": {"one": "צפייה אחת", "two": "שתי צפיות", "other": "{n} צפיות"},
        "fr": {"one": "{n} lecture", "other": "{n} lectures"},
        "en": {"one": "{n} view", "other": "{n} views"},
        "es": {"one": "{n} lectura", "other": "{n} lecturas"},
        "pt": {"one": "{n} leitura", "other": "{n} leituras"},
        "de": {"one": "{n} Aufruf", "other": "{n} Aufrufe"},
        "it": {"one": "{n} lettura", "other": "{n} letture"},
        "tr": {"other": "{n} okunma"},
    },
    "readers": {
        "ar": {
            "zero": "لا قراء بعد",
            "one": "قارئ واحد",
            "two": "قارئان",
            "few": "{n} قراء",
            "many": "{n} قارئاً",
            "other": "{n} قارئ",
        },
        "fa": {"other": "{n} خواننده"},
        "ur": {"other": "{n} قارئین"},
        "he": {"one": "קורא אחד", "two": "שני קוראים", "other": "{n} קוראים"},
        "fr": {"one": "{n} lecteur", "other": "{n} lecteurs"},
        "en": {"one": "{n} reader", "other": "{n} readers"},
        "es": {"one": "{n} lector", "other": "{n} lectores"},
        "pt": {"one": "{n} leitor", "other": "{n} leitores"},
        "de": {"other": "{n} Leser"},
        "it": {"one": "{n} lettore", "other": "{n} lettori"},
        "tr": {"other": "{n} okur"},
    },
}
_SPONSORED: Mapping[str, str] = {
    "ar": "محتوى مموَّل",
    "fa": "محتوای تبلیغاتی",
    "ur": "اشتہار",
    "he": "תוכן ממומן",
    "fr": "Sponsorisé",
    "en": "Sponsored",
    "es": "Patrocinado",
    "pt": "Patrocinado",
    "de": "Anzeige",
    "it": "Sponsorizzato",
    "tr": "Sponsorlu",
}


@lru_cache(maxsize=4096)
def date_in_words(instant: int, language: str | None, time_zone: str = "UTC") -> str:
    """Return a day as a newspaper writes it; "" where it is not known.

    Parameters
    ----------
    instant
        Seconds since 1970, or `recsys.times.UNKNOWN`.
    language
        ISO 639-1. One whose months are not known here has ISO 8601. Persian counts its own years.
    time_zone
        IANA name of the clock that says which day it was.
    """
    if instant == UNKNOWN or format_instant(instant) is None:
        return ""
    try:
        day = datetime.fromtimestamp(instant, zone(time_zone)).date()
    except (OverflowError, ValueError):  # the first and last day there are
        day = datetime.fromtimestamp(instant, UTC).date()
    if language is None or language not in _MONTHS:
        return day.isoformat()
    year, month, of_month = _solar_hijri(day) if language == "fa" else (*day.timetuple()[:3],)
    first = "1er" if (language, of_month) == ("fr", 1) else str(of_month)
    name = month_in_words(month, language)
    pattern = _DATES.get(language, _USUAL_DATE)
    return _digits(pattern.format(day=first, month=name, year=year), language)


def month_in_words(month: int, language: str) -> str:
    """Return the name of a month, 1 to 12, in a language whose months are known here."""
    return _MONTHS[language].split()[month - 1]


def count_in_words(n: int, language: str | None, unit: Unit = "views") -> str:
    """Return how often something was read; in English where the language is not known here."""
    known = language if language and language in _COUNTS[unit] else "en"
    forms = _COUNTS[unit][known]
    form = forms.get(_plural(n, known), forms["other"])
    grouped = f"{n:,}" if n >= _FIRST_GROUPED.get(known, 0) else str(n)
    return _digits(form.format(n=grouped.replace(",", _GROUPS.get(known, ","))), known)


def sponsored_label(language: str | None) -> str:
    """Return what is written at an article that was paid for."""
    return _SPONSORED.get(language or "en", _SPONSORED["en"])


def _digits(text: str, language: str) -> str:
    return text.translate(_PERSIAN_DIGITS) if language == "fa" else text


def _plural(n: int, language: str) -> str:
    """Return the plural category of a whole number, as Unicode's CLDR has it."""
    if language == "ar":
        if n <= 2:
            return ("zero", "one", "two")[n]
        last = n % 100
        return "few" if 3 <= last <= 10 else "many" if last >= 11 else "other"
    if language in ("fr", "pt"):
        return "one" if n < 2 else "other"
    return {1: "one", 2: "two"}.get(n, "other")


_FARVARDIN_1 = date(622, 3, 21).toordinal()  # the first day of year 1, counted back by the cycle


def _solar_hijri(day: date) -> tuple[int, int, int]:
    """Return year, month and day by the Persian calendar; its leap years by the cycle of 33."""
    since = day.toordinal()
    year = day.year - 621
    if since < _new_year(year):
        year -= 1
    passed = since - _new_year(year)
    if passed < 186:  # six months of 31 days
        return year, passed // 31 + 1, passed % 31 + 1
    return year, (passed - 186) // 30 + 7, (passed - 186) % 30 + 1


def _new_year(year: int) -> int:
    """Return the day on which a Persian year begins; day 1 is 0001-01-01."""
    return _FARVARDIN_1 + 365 * (year - 1) + (8 * (year - 1) + 29) // 33
