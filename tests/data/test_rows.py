"""Rows into records: every rule of the row format, by hand and by hypothesis."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.rows import (
    ARTICLE_FIELDS,
    EVENT_FIELDS,
    article_from_row,
    article_row,
    event_from_row,
)
from recsys.errors import RowError
from recsys.records import Article, Event
from recsys.settings import Settings, Site
from recsys.times import UNKNOWN, parse_instant

SETTINGS = Settings(sites={"rabat": Site(language="ar", time_zone="Africa/Casablanca")})


def article(**row):
    return article_from_row({"article_id": "a", **row}, SETTINGS)


def event(**row):
    return event_from_row({"article_id": "a", "timestamp": "2026-03-01T12:00:00Z", **row}, SETTINGS)


def refusal(make, **row):
    with pytest.raises(RowError) as error:
        make(**row)
    return error.value


def test_a_row_without_any_text_is_an_article():
    assert article() == Article("a")


def test_every_field_of_a_row_arrives():
    row = {
        "article_id": "a",
        "title": "عنوان",
        "url": "https://site.example/a",
        "body": "<p>text</p>\n",
        "summary": "short",
        "section": ["sport", "football"],
        "tags": ["one", "two"],
        "language": "ar-MA",
        "published_at": "2026-03-01T12:00:00+01:00",
        "updated_at": "2026-03-02",
        "author": "desk",
        "image_url": "https://site.example/a.jpg",
        "canonical_url": "https://sister.example/a",
        "source": "agency",
        "sponsored": True,
        "inline_links": ["b", "https://site.example/c"],
        "site": "rabat",
        "colour": "ignored",
    }
    assert article_from_row(row, SETTINGS) == Article(
        article_id="a",
        title="عنوان",
        url="https://site.example/a",
        body="<p>text</p>\n",
        summary="short",
        section=("sport", "football"),
        tags=("one", "two"),
        language="ar",
        published_at=1772362800,  # 11:00 UTC
        updated_at=parse_instant("2026-03-02", "Africa/Casablanca"),
        author="desk",
        image_url="https://site.example/a.jpg",
        canonical_url="https://sister.example/a",
        source="agency",
        sponsored=True,
        inline_links=("b", "https://site.example/c"),
        site="rabat",
    )


@pytest.mark.parametrize("nothing", [None, "", "  ", float("nan"), pd.NaT])
def test_null_nan_nat_and_blank_are_not_given(nothing):
    names = [name for name in ARTICLE_FIELDS if name != "article_id"]
    assert article(**dict.fromkeys(names, nothing)) == Article("a")
    names = [name for name in EVENT_FIELDS if name not in ("article_id", "timestamp")]
    assert event(**dict.fromkeys(names, nothing)) == event()


@pytest.mark.parametrize("missing", [None, "", " ", float("nan")])
def test_an_article_needs_an_id(missing):
    assert str(refusal(article, article_id=missing)) == "article_id: is required"


@pytest.mark.parametrize(("given_id", "kept"), [(7, "7"), (7.0, "7"), ("x" * 512, "x" * 512)])
def test_a_whole_number_is_an_id_in_decimal(given_id, kept):
    assert article(article_id=given_id).article_id == kept


@pytest.mark.parametrize(
    "bad", ["x" * 513, "a\nb", "a\0", "\x85", "\ud800", True, 1.5, 1e300, b"a"]
)
def test_an_id_that_cannot_be_stored_is_refused(bad):
    assert refusal(article, article_id=bad).field == "article_id"


def test_a_refusal_never_repeats_the_value():
    secret = "javascript:top-secret"
    for name in ("url", "image_url", "canonical_url", "language", "published_at", "sponsored"):
        assert "secret" not in str(refusal(article, **{name: secret}))


@pytest.mark.parametrize(
    "bad",
    [
        "ftp://a.example/",
        "/path",
        "https://",
        "http://a.ex\nample/",
        "https://a.example/" + "x" * 9000,
        5,
    ],
)
@pytest.mark.parametrize("name", ["url", "image_url", "canonical_url"])
def test_addresses_are_http_or_https(name, bad):
    assert refusal(article, **{name: bad}).field == name


def test_control_characters_and_halves_of_characters_leave_a_text():
    assert article(title="a\0b\x0bc\ud83dd\te\n").title == "ab cd\te\n"
    assert article(title="\x01").title is None


@pytest.mark.slow
def test_a_text_must_be_a_string_of_at_most_20_mb():
    assert refusal(article, title=5).reason == "must be a string"
    assert article(body="x" * 20_000_000).body
    assert refusal(article, body="x" * 20_000_001).field == "body"
    assert refusal(article, body="ع" * 10_000_001).field == "body"  # two bytes each


@pytest.mark.parametrize(
    ("given_tags", "kept"),
    [
        ("a;b", ("a;b",)),
        (["a", None, "", "b", "a"], ("a", "b")),
        (("a",), ("a",)),
        ([], ()),
    ],
)
def test_tags_are_strings_each_once_and_a_string_is_one_tag(given_tags, kept):
    assert article(tags=given_tags).tags == kept


@pytest.mark.parametrize("bad", [{"a": 1}, 5, [5], [["a"]]])
def test_tags_and_sections_hold_strings_only(bad):
    assert refusal(article, tags=bad).field == "tags"
    assert refusal(article, section=bad).field == "section"


def test_inline_links_may_be_numbers_because_ids_may():
    assert article(inline_links=[12, "b"]).inline_links == ("12", "b")


@pytest.mark.parametrize(
    ("given_language", "kept"), [("AR", "ar"), ("ar-MA", "ar"), ("zh_Hant", "zh"), (" fr ", "fr")]
)
def test_a_language_is_its_two_letters_in_lower_case(given_language, kept):
    assert article(language=given_language).language == kept


@pytest.mark.parametrize("bad", ["arabic", "a", "ara", "12", 5])
def test_a_language_that_is_not_iso_639_1_is_refused(bad):
    assert refusal(article, language=bad).field == "language"


def test_the_language_is_the_sites_where_absent():
    assert article(site="rabat").language == "ar"
    assert article(site="rabat", language="fr").language == "fr"


def test_the_given_site_wins_over_the_rows_own():
    row = {"article_id": "a", "site": "other"}
    assert article_from_row(row, SETTINGS, "rabat").site == "rabat"
    assert article_from_row(row, SETTINGS).site == "other"
    assert article_from_row({"article_id": "a"}, SETTINGS).site == "default"


MIDNIGHT_IN_RABAT = 1782860400  # 2026-06-30T23:00:00Z: summer, one hour ahead of UTC


@pytest.mark.parametrize(
    "moment",
    [
        "2026-07-01",
        "2026-07-01T00:00:00",
        "2026-06-30T23:00:00Z",
        " 2026-07-01T01:00:00+02:00 ",
        date(2026, 7, 1),
        datetime(2026, 7, 1),
        datetime(2026, 6, 30, 23, tzinfo=UTC),
        datetime(2026, 7, 1, 1, tzinfo=timezone(timedelta(hours=2))),
        pd.Timestamp("2026-07-01"),
        pd.Timestamp("2026-06-30T23:00:00.123456789Z"),
    ],
)
def test_dates_and_clock_times_are_the_sites(moment):
    assert article(site="rabat", published_at=moment).published_at == MIDNIGHT_IN_RABAT


@pytest.mark.parametrize(
    "bad",
    [
        "yesterday",
        "2026-13-01",
        "10000-01-01",
        "0000-01-01",
        1782860400,
        [],
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_what_is_not_an_instant_is_refused(bad):
    assert refusal(article, published_at=bad).field == "published_at"


@pytest.mark.parametrize(
    ("flag", "kept"),
    [(True, True), ("true", True), ("False", False), ("1", True), (0, False), (1.0, True)],
)
def test_sponsored_is_a_truth_value(flag, kept):
    assert article(sponsored=flag).sponsored is kept


@pytest.mark.parametrize("bad", ["yes", 2, []])
def test_any_other_sponsored_is_refused(bad):
    assert refusal(article, sponsored=bad).field == "sponsored"


def test_every_field_of_an_event_arrives():
    row = {
        "timestamp": "2026-03-01T12:00:00.250Z",
        "article_id": 12,
        "url": "https://site.example/a",
        "event_type": "click",
        "visitor_id": "v",
        "session_id": "s",
        "event_id": "e",
        "from_article_id": "f",
        "list": "related",
        "position": 3,
        "rec_id": "r",
        "site": "rabat",
    }
    expected = Event(
        1772366400250,
        "12",
        "https://site.example/a",
        "click",
        "v",
        "s",
        "e",
        "f",
        "related",
        3,
        "r",
        "rabat",
    )
    assert event_from_row(row, SETTINGS) == expected


@pytest.mark.parametrize(
    ("kind", "shown_in", "kept"),
    [
        (None, None, "view"),
        ("view", "related", "view"),
        ("history", None, "view"),
        ("shown", None, "impression"),
        ("impression", None, "impression"),
        ("click", None, "view"),
        ("click", "related", "click"),
    ],
)
def test_event_types_are_view_impression_and_click(kind, shown_in, kept):
    assert event(event_type=kind, list=shown_in).event_type == kept


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("event_type", "scroll"),
        ("event_type", 1),
        ("position", -1),
        ("position", "x"),
        ("position", 1.5),
        ("position", True),
        ("position", 2**31),
        ("url", "ftp://a.example/"),
        ("visitor_id", "a\n"),
        ("timestamp", "1969-12-31T23:59:59Z"),
        ("timestamp", "3000-01-01"),
        ("timestamp", 1772366400),
        ("timestamp", None),
    ],
)
def test_an_event_that_cannot_be_used_is_refused(field, bad):
    assert refusal(event, **{field: bad}).field == field


def test_positions_may_be_digits_or_whole_floats():
    assert [event(position=p).position for p in (0, "3", 4.0)] == [0, 3, 4]


def test_an_event_is_about_an_id_or_an_address():
    assert event(article_id=None, url="https://a.example/").article_id is None
    assert refusal(event, article_id=None).field == "article_id"


def test_evaluation_does_without_a_timestamp():
    row = {"article_id": "a", "timestamp": None}
    assert event_from_row(row, SETTINGS, timestamp_required=False).timestamp is None


texts = st.none() | st.text(max_size=30)
instants = st.just(UNKNOWN) | st.integers(-62135596800, 253402300799)
addresses = st.none() | st.sampled_from(["https://a.example/x?b=1", "http://مثال.example/"])


@given(
    row=st.builds(
        dict,
        article_id=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20),
        title=texts,
        body=texts,
        summary=texts,
        section=st.lists(st.text(max_size=5), max_size=3),
        tags=st.lists(st.text(max_size=5), max_size=3),
        url=addresses,
        canonical_url=addresses,
        sponsored=st.booleans(),
    ),
    published_at=instants,
)
def test_an_article_survives_becoming_a_row(row, published_at):
    first = replace(article_from_row(row, SETTINGS), published_at=published_at)
    assert article_from_row(article_row(first), SETTINGS) == first


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(ARTICLE_FIELDS + EVENT_FIELDS), junk))
def test_whatever_comes_is_an_article_or_a_refusal(row):
    for make in (article_from_row, event_from_row):
        try:
            made = make(row, SETTINGS)
        except RowError:
            continue
        assert 1 <= len(made.site) <= 512
        for name in ("title", "body", "article_id", "visitor_id"):
            (getattr(made, name, None) or "").encode()  # no half of a character is left
