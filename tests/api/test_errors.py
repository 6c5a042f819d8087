import asyncio
import json
import socket
import time
from http.client import HTTPConnection
from urllib.parse import quote

import httpx
import pytest
from fastapi import APIRouter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys.api.app import create_app
from tests.effort import examples

CODES = {400, 401, 404, 405, 409, 413, 422, 429, 503}
ABOUT = ("related", "inline", "page")
LISTS = ("related", "most-read", "trending", "latest", "inline", "page")
NAMES = (
    *("id", "url", "limit", "section", "exclude", "language", "max_age", "explain", "site"),
    *("sponsored", "window", "unit", "blocks", "fallback", "other"),
)


def is_our_error(answer):
    error = answer.json()["error"]
    assert list(error) == ["code", "message", "field"]
    assert error["code"]
    assert error["message"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    return error


@pytest.mark.parametrize("name", ABOUT)
@pytest.mark.parametrize("asked", ["id=unknown", "url=https://x.example/unknown"])
def test_an_unknown_article_is_404_with_most_read_beside_it(api, ids, name, asked):
    answer = api.get(f"/v1/{name}?{asked}")
    assert answer.status_code == 404
    assert is_our_error(answer)["code"] == "article_not_found"
    most_read = api.get("/v1/most-read").json()
    assert answer.json()["fallback"] == most_read
    assert "unknown" not in answer.text


@pytest.mark.parametrize("name", ABOUT)
def test_the_fallback_can_be_declined(api, name):
    assert list(api.get(f"/v1/{name}?id=unknown&fallback=0").json()) == ["error"]


def test_the_fallback_heeds_what_was_asked(api):
    answer = api.get("/v1/related?id=unknown&limit=3&language=fr&section=sport&explain=1").json()
    items = answer["fallback"]["items"]
    assert len(items) == 3
    assert {(item["language"], item["section"]) for item in items} == {("fr", "sport")}


def test_an_id_that_is_unknown_beside_a_url_that_is_known_will_do(api, ids):
    url = "https://sahila.example/ar/sport/ar-sport-01"
    by_both = api.get("/v1/related", params={"id": "unknown", "url": url})
    assert ids(by_both.json()) == ids(api.get("/v1/related?id=ar-sport-01").json())


@pytest.mark.parametrize("name", ["related", "inline"])
def test_a_list_about_an_article_needs_one(api, name):
    answer = api.get(f"/v1/{name}")
    assert answer.status_code == 422
    assert is_our_error(answer)["field"] == "id"


@pytest.mark.parametrize(
    ("field", "values"),
    {
        "limit": ["0", "101", "-1", "five", "1e3", "٥", "5.5", "9" * 5000],
        "max_age": ["30", "d", "0d", "30y", "-1d", "9999999d"],
        "language": ["arabic", "a", "12", "ع"],
        "explain": ["2", "maybe"],
        "sponsored": ["2", "maybe"],
        "fallback": ["2"],
        "id": ["a\0b", "\n", "x" * 513],
        "url": ["x" * 8193],
        "section": ["x" * 513, "\x7f"],
        "site": ["x" * 513, "\0"],
        "exclude": ["\0"],
    }.items(),
)
def test_a_wrong_value_is_422_and_names_the_field_but_not_the_value(api, field, values):
    for value in values:
        given = {"id": "ar-sport-01", field: value}
        answer = api.get("/v1/related", params=given)
        assert answer.status_code == 422, value
        error = is_our_error(answer)
        assert (error["field"], error["code"]) == (field, "invalid_value")
        assert len(value) < 4 or value not in answer.text


@pytest.mark.parametrize(
    "asked", ["window=2h", "window=", "unit=clicks", "window=now&window=soon", "window=%00"]
)
def test_windows_and_units_are_those_of_the_contract(api, asked):
    status = 200 if asked == "window=" else 422
    assert api.get(f"/v1/most-read?{asked}").status_code == status


def test_of_a_repeated_parameter_the_last_counts(api):
    assert len(api.get("/v1/latest?limit=2&limit=3").json()["items"]) == 3


def test_too_many_exclusions_are_refused(api):
    answer = api.get("/v1/latest?" + "&".join(f"exclude={n}" for n in range(501)))
    assert (answer.status_code, is_our_error(answer)["field"]) == (422, "exclude")


@pytest.mark.parametrize(
    "address", ["/", "/v1", "/v1/nope", "/v1/related/", "/v2/related", "/static/"]
)
def test_what_is_not_there_is_404(api, address):
    answer = api.get(address)
    assert answer.status_code == 404
    assert is_our_error(answer)["code"] == "not_found"


@pytest.mark.parametrize(
    "address", ["/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"]
)
def test_nothing_but_the_static_files_can_be_fetched(api, address):
    assert api.get(address).status_code == 404


@pytest.mark.parametrize(
    ("method", "address"),
    [("POST", "/v1/latest"), ("DELETE", "/v1/related"), ("GET", "/v1/events"), ("PUT", "/docs")],
)
def test_a_method_that_an_address_does_not_know_is_405(api, method, address):
    answer = api.request(method, address)
    assert answer.status_code == 405
    assert is_our_error(answer)["code"] == "method_not_allowed"
    assert answer.headers["allow"]


@pytest.mark.parametrize(("address", "size"), [("/v1/events", 16_001), ("/v1/related", 4_000_001)])
def test_a_body_that_is_too_large_is_413(api, address, size):
    answer = api.post(address, content=b" " * size)
    assert answer.status_code == 413
    assert is_our_error(answer)["code"] == "too_large"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 9999, b"[]", b"null", b'{"title": 1}'])
def test_an_unstored_article_that_is_none_is_refused(api, body):
    answer = api.post("/v1/related", content=body)
    assert answer.status_code in (400, 422)
    is_our_error(answer)


def test_what_nobody_foresaw_is_500_without_details_and_noted(home, caplog):
    broken = APIRouter()

    @broken.get("/broken")
    async def fail() -> None:
        raise ZeroDivisionError("a secret")

    async def ask(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.get("/broken")

    service = home.service()
    answer = asyncio.run(ask(create_app(service, [broken])))
    service.close()
    assert answer.status_code == 500
    assert is_our_error(answer)["code"] == "internal_error"
    assert "secret" not in answer.text
    assert "ZeroDivisionError" in caplog.text


def test_a_client_that_goes_away_is_no_error(own_api, caplog, until):
    caplog.set_level("INFO", logger="recsys.api")
    with socket.create_connection((own_api.base_url.host, own_api.base_url.port)) as client:
        client.sendall(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        time.sleep(0.1)
    until(lambda: "went away" in caplog.text)
    assert all(record.levelname == "INFO" for record in caplog.records)


VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(("ar-sport-01", "sport", "ar", "5", "1", "30d", "now", "24h", "readers", "")),
    st.sampled_from(("related:5,latest:4", "section/sport:4", "\0", "\ud800", "-1", "1e9", "%")),
    st.sampled_from(
        ("https://sahila.example/ar/sport/ar-sport-01", "https://[", "http://x:99999/")
    ),
    st.integers().map(str),
)
PARAMETERS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=6)
RAW = st.text(st.sampled_from('id=&%zuU0fF;+?[]{}\\"<>/:ab'), max_size=40)


def encoded(parameters):
    pairs = [f"{name}={quote(value, errors='surrogatepass')}" for name, value in parameters]
    return "&".join(pairs)


@settings(max_examples=examples(300), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(LISTS), st.booleans(), PARAMETERS)
def test_no_question_whatever_is_answered_with_500(api, name, html, parameters):
    answer = api.get(f"/v1/{name}{'.html' * html}?{encoded(parameters)}")
    assert answer.status_code in {200, *CODES}
    if answer.status_code != 200 and answer.headers["content-type"] == "application/json":
        is_our_error(answer)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(LISTS), RAW)
def test_no_broken_query_string_is_answered_with_500(api, name, query):
    connection = HTTPConnection(api.base_url.host, api.base_url.port)
    connection.request("GET", f"/v1/{name}?{query}")  # sent as it is; httpx would mend it
    assert connection.getresponse().status in {200, *CODES}
    connection.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
EVENT_NAMES = st.sampled_from(
    ["article_id", "url", "event_type", "timestamp", "position", "list", "site", "visitor_id"]
)


@settings(max_examples=examples(100), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(["/v1/events", "/v1/related"]), st.dictionaries(EVENT_NAMES, JSON) | JSON)
def test_no_body_whatever_is_answered_with_500(api, address, value):
    answer = api.post(address, content=json.dumps(value).encode())
    assert answer.status_code in {200, 202, *CODES}, answer.text
