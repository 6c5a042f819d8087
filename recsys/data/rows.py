"""One row, as any format gives it, into an `Article` or an `Event`; and back.

A row is a mapping from field name to value. Values are those of JSON; numbers, dates and times may
also come as a table holds them. None, NaN, NaT and blank strings are all "not given". Fields that
are not in `ARTICLE_FIELDS` or `EVENT_FIELDS` are left alone.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

from recsys.errors import RowError
from recsys.records import DEFAULT_SITE, Article, Event, EventType
from recsys.settings import Settings
from recsys.times import UNKNOWN, format_instant, parse_instant
from recsys.urls import is_web_address

ARTICLE_FIELDS = tuple(f.name for f in fields(Article))
EVENT_FIELDS = tuple(f.name for f in fields(Event))
LONGEST_ID = 512  # characters
LONGEST_URL = 8192  # characters
LONGEST_TEXT = 20_000_000  # bytes of UTF-8

_Row = Mapping[str, object]

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNFIT_FOR_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_].{1,32})?")
_TYPES: Mapping[str, EventType] = {
    "view": "view",
    "history": "view",
    "impression": "impression",
    "shown": "impression",
    "click": "click",
}
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_ANY_YEAR = range(-62_135_596_800_000, 253_402_300_800_000)  # years 1 to 9999
_WEB_YEARS = range(32_503_680_000_000)  # years 1970 to 2999
_WHOLE_FLOAT = 2.0**53  # above it a float skips whole numbers


def article_from_row(row: _Row, settings: Settings, site: str | None = None) -> Article:
    """Return the article of a row.

    Control characters and halves of characters are refused in ids and addresses and taken out of
    texts. Where the row gives no language it is the site's.

    Parameters
    ----------
    row
        Field name -> value.
    settings
        Language and time zone of the sites: a bare date is the site's midnight, a time without
        an offset is read on the site's clock.
    site
        The site, whatever the row says of it; None takes the row's own, else ``"default"``.

    Raises
    ------
    RowError
        At the first field that cannot be used; the value itself is never repeated.
    """
    site = site or identifier(row, "site") or DEFAULT_SITE
    return Article(
        article_id=_required_id(row),
        title=_text(row, "title"),
        url=_url(row, "url"),
        body=_text(row, "body"),
        summary=_text(row, "summary"),
        section=_texts(row, "section", _cleaned),
        tags=_texts(row, "tags", _cleaned),
        language=_language(row) or settings.site(site).language,
        published_at=_instant(row, "published_at", settings, site),
        updated_at=_instant(row, "updated_at", settings, site),
        author=_text(row, "author"),
        image_url=_url(row, "image_url"),
        canonical_url=_url(row, "canonical_url"),
        source=_text(row, "source"),
        sponsored=_truth(row, "sponsored"),
        inline_links=_texts(row, "inline_links", _checked_id),
        site=site,
    )


def event_from_row(
    row: _Row,
    settings: Settings,
    site: str | None = None,
    *,
    timestamp_required: bool = True,
    at: int | None = None,
) -> Event:
    """Return the event of a row.

    ``history`` is a view, ``shown`` an impression; a click that names no ``list`` is a view, and
    so is an event without a type.

    Parameters
    ----------
    row, settings, site
        As for `article_from_row`.
    timestamp_required
        Whether to refuse a row that does not say when; evaluation can do without.
    at
        When it was, in milliseconds since 1970, whatever the row says; None takes the row's own.

    Raises
    ------
    RowError
        At the first field that cannot be used; the value itself is never repeated.
    """
    site = site or identifier(row, "site") or DEFAULT_SITE
    timestamp = at
    if timestamp is None:
        timestamp = _milliseconds(row, "timestamp", settings, site, _WEB_YEARS)
    if timestamp is None and timestamp_required:
        raise RowError("timestamp", "is required")
    article_id, url = identifier(row, "article_id"), _url(row, "url")
    if article_id is None and url is None:
        raise RowError("article_id", "is required where there is no url")
    shown_in = identifier(row, "list")
    return Event(
        timestamp,
        article_id,
        url,
        _event_type(row, shown_in),
        identifier(row, "visitor_id"),
        identifier(row, "session_id"),
        identifier(row, "event_id"),
        identifier(row, "from_article_id"),
        shown_in,
        _position(row),
        identifier(row, "rec_id"),
        site,
    )


def identifier(row: _Row, field: str) -> str | None:
    """Return the id in ``field``, whole numbers in decimal; None where none is given.

    Raises
    ------
    RowError
        If it is longer than 512 characters or has control characters or halves of characters.
    """
    value = row.get(field)
    if value is None:  # the usual case, soon done with
        return None
    if type(value) is str and value.isalnum() and len(value) <= LONGEST_ID:  # and the next
        return value
    value = _given(row, field)
    return None if value is None else _checked_id(value, field)


def article_row(article: Article) -> dict[str, object]:
    """Return the row of an article, ready for JSON: what `article_from_row` reads back."""
    row: dict[str, object] = {name: getattr(article, name) for name in ARTICLE_FIELDS}
    for name in ("published_at", "updated_at"):
        row[name] = format_instant(getattr(article, name))
    for name in ("section", "tags", "inline_links"):
        row[name] = list(getattr(article, name))
    return row


def _given(row: _Row, field: str) -> object | None:
    value = row.get(field)
    if value is None:
        return None
    if isinstance(value, str):
        return None if not value or value.isspace() else value
    if isinstance(value, (float, date)) and value != value:  # NaN, NaT
        return None
    return value


def _required_id(row: _Row) -> str:
    found = identifier(row, "article_id")
    if found is None:
        raise RowError("article_id", "is required")
    return found


def _checked_id(value: object, field: str) -> str:
    text = value if isinstance(value, str) else _decimal(value, field)
    if len(text) > LONGEST_ID:
        raise RowError(field, f"must be at most {LONGEST_ID} characters")
    if not text.isprintable() and _CONTROLS.search(text):
        raise RowError(field, "must not contain control characters or halves of characters")
    return text


def _decimal(value: object, field: str) -> str:
    number = _whole(value)
    if number is None:
        raise RowError(field, "must be a string or a whole number")
    return str(number)


def _whole(value: object) -> int | None:
    """Return a whole number; a column with gaps may hold it as a float."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= _WHOLE_FLOAT:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(row: _Row, field: str) -> str | None:
    value = _given(row, field)
    return None if value is None else _cleaned(value, field) or None


def _cleaned(value: object, field: str) -> str:
    """Return a text without control characters and halves of characters, "" if it is blank."""
    if not isinstance(value, str):
        raise RowError(field, "must be a string")
    if _UNFIT_FOR_TEXT.search(value):
        value = _UNFIT_FOR_TEXT.sub(lambda found: " " if found[0].isspace() else "", value)
    if len(value) * 4 > LONGEST_TEXT and len(value.encode()) > LONGEST_TEXT:
        raise RowError(field, f"must be at most {LONGEST_TEXT // 1_000_000} MB")
    return "" if value.isspace() else value


def _texts(row: _Row, field: str, check: Callable[[object, str], str]) -> tuple[str, ...]:
    """Return a list of texts, each once; a string is a list of one."""
    value = _given(row, field)
    if value is None:
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple):
        raise RowError(field, "must be a string or a list of strings")
    found = (check(item, field) for item in value if item is not None)
    return tuple(dict.fromkeys(text for text in found if text and not text.isspace()))


def _url(row: _Row, field: str) -> str | None:
    value = _given(row, field)
    if value is None:
        return None
    if not isinstance(value, str):
        raise RowError(field, "must be a string")
    url = value.strip()
    if len(url) > LONGEST_URL:
        raise RowError(field, f"must be at most {LONGEST_URL} characters")
    if _CONTROLS.search(url) or not is_web_address(url):
        raise RowError(field, "must be an http or https address")
    return url


def _language(row: _Row) -> str | None:
    value = _given(row, "language")
    if value is None:
        return None
    match = _LANGUAGE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise RowError("language", "must be a two-letter code of ISO 639-1, such as ar")
    return match[1].lower()


def _truth(row: _Row, field: str) -> bool:
    value = _given(row, field)
    if value is None:
        return False
    if isinstance(value, str) and value.strip().lower() in _TRUTHS:
        return _TRUTHS[value.strip().lower()]
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    raise RowError(field, "must be true or false")


def _instant(row: _Row, field: str, settings: Settings, site: str) -> int:
    found = _milliseconds(row, field, settings, site, _ANY_YEAR)
    return UNKNOWN if found is None else found // 1000


def _milliseconds(
    row: _Row, field: str, settings: Settings, site: str, allowed: range
) -> int | None:
    value = _given(row, field)
    if value is None:
        return None
    if not isinstance(value, str | date):
        raise RowError(field, "must be an ISO 8601 string")
    try:
        found = _since_1970(value, settings, site)
    except (ValueError, OverflowError):
        raise RowError(
            field, "must be an ISO 8601 date or time such as 2026-03-01T12:00:00Z"
        ) from None
    if found not in allowed:
        years = "1 to 9999" if allowed is _ANY_YEAR else "1970 to 2999"
        raise RowError(field, f"must lie in the years {years}")
    return found


def _since_1970(value: str | date, settings: Settings, site: str) -> int:
    """Return milliseconds; a date is the site's midnight, a time without offset its clock's."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return int((value - _EPOCH) // _MILLISECOND)
    text = value.strip() if isinstance(value, str) else value.isoformat()
    seconds = parse_instant(text, settings.site(site).time_zone)
    return seconds * 1000 + datetime.fromisoformat(text).microsecond // 1000


def _event_type(row: _Row, shown_in: str | None) -> EventType:
    value = _given(row, "event_type")
    if value is None:
        return "view"
    found = _TYPES.get(value) if isinstance(value, str) else None
    if found is None:
        raise RowError("event_type", "must be view, impression or click")
    return "view" if found == "click" and shown_in is None else found


def _position(row: _Row) -> int | None:
    value = _given(row, "position")
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        value = int(value)
    number = _whole(value)
    if number is None or not 0 <= number < 2**31:
        raise RowError("position", "must be a whole number, at least 0")
    return number
