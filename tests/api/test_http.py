import json
from dataclasses import replace

import pytest

RELATED = "/v1/related?id=ar-politics-01"
READS = (
    RELATED,
    "/v1/most-read",
    "/v1/trending",
    "/v1/latest",
    "/v1/inline?id=ar-politics-01",
    "/v1/page?id=ar-politics-01",
    "/v1/related.html?id=ar-politics-01",
    "/v1/page.html?id=ar-politics-01",
)


@pytest.mark.parametrize("address", READS)
def test_a_reader_who_holds_the_answer_gets_304_and_no_body(api, address):
    first = api.get(address)
    etag = first.headers["etag"]
    assert etag.startswith('W/"')
    for held in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        again = api.get(address, headers={"If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
        assert again.headers["cache-control"] == first.headers["cache-control"]
        assert again.headers["access-control-allow-origin"] == "*"
        assert "content-type" not in again.headers
    other = api.get(address, headers={"If-None-Match": 'W/"other"'})
    assert (other.status_code, other.content) == (200, first.content)


def test_the_etag_changes_with_the_content_and_not_with_the_clock(home, serve, key):
    clock = replace(home)
    with serve(home.service(clock=lambda: clock.now)) as client:
        first = client.get("/v1/latest")
        clock.now += 30
        later = client.get("/v1/latest")
        assert later.json()["generated_at"] != first.json()["generated_at"]
        assert later.headers["etag"] == first.headers["etag"]
        client.put(
            "/v1/articles?id=x", json={"title": "خبر", "published_at": "2027-01-15"}, headers=key
        )
        client.delete("/v1/articles?id=ar-politics-20", headers=key)
        assert client.get("/v1/latest?limit=100").headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("related", 300), ("inline", 300), ("page", 60), ("most-read", 60), ("latest", 60),
     ("trending", 60)],
)  # fmt: skip
def test_answers_may_be_kept_as_long_as_the_contract_says(api, name, seconds):
    control = api.get(f"/v1/{name}?id=ar-politics-01").headers["cache-control"]
    assert control == f"public, max-age={seconds}, stale-while-revalidate={seconds * 5}"


@pytest.mark.parametrize(
    ("seconds", "control"), [(0, "no-cache"), (7, "public, max-age=7, stale-while-revalidate=35")]
)
def test_the_settings_say_how_long_answers_may_be_kept(home, serve, seconds, control):
    settings = replace(home.settings, max_age_seconds=seconds)
    with serve(home.service(settings=settings)) as client:
        assert client.get(RELATED).headers["cache-control"] == control


@pytest.mark.parametrize("address", [*READS, "/health/live", "/openapi.json", "/docs", "/nope"])
def test_head_is_get_without_the_body(api, address):
    head, get = api.head(address), api.get(address)
    assert head.status_code == get.status_code
    assert head.content == b""
    same = [name for name in get.headers if name != "date"]
    assert {n: head.headers[n] for n in same} == {n: get.headers[n] for n in same}


@pytest.mark.parametrize("address", [*READS, "/health/ready", "/v1/related?id=unknown", "/nope"])
def test_any_page_may_read_and_nothing_is_sniffed(api, address):
    headers = api.get(address, headers={"Origin": "https://elsewhere.example"}).headers
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers
    assert "set-cookie" not in headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]
    assert "server" not in headers


def test_any_page_may_report_events_and_none_may_write_articles(api):
    asked = {"Origin": "https://x.example", "Access-Control-Request-Method": "POST"}
    events = api.options("/v1/events", headers=asked)
    articles = api.options("/v1/articles", headers=asked)
    assert events.status_code == 204
    assert "POST" in events.headers["access-control-allow-methods"]
    assert "POST" not in articles.headers["access-control-allow-methods"]
    sent = api.post("/v1/events", content=b"[]", headers={"Origin": "https://x.example"})
    assert sent.headers["access-control-allow-origin"] == "*"
    written = api.post("/v1/articles", content=b"[]", headers={"Origin": "https://x.example"})
    assert "access-control-allow-origin" not in written.headers


@pytest.mark.parametrize("address", READS)
def test_the_header_names_the_model_of_the_body(api, sample_model, address):
    answer = api.get(address)
    assert answer.headers["x-model-version"] == sample_model.name.version
    if answer.headers["content-type"] == "application/json":
        assert f'"version":"{sample_model.name.version}"' in answer.text


def test_answers_are_compact_utf8(api):
    text = api.get(RELATED).content.decode("utf-8")
    assert "الحدود" in text
    assert "\\u" not in text
    assert ": " not in json.dumps(json.loads(text), separators=(",", ":"))[:20]


def test_openapi_documents_every_endpoint_of_the_contract(api):
    paths = api.get("/openapi.json").json()["paths"]
    lists = ("related", "most-read", "trending", "latest", "inline", "page")
    wanted = {f"/v1/{name}{end}": "get" for name in lists for end in ("", ".html")}
    wanted |= {"/v1/events": "post", "/health/live": "get", "/health/ready": "get"}
    for address, method in wanted.items():
        assert method in paths[address]
    assert set(paths["/v1/articles"]) == {"get", "put", "delete", "post"}
    assert set(paths["/v1/articles/{id}"]) == {"put", "delete"}
    assert set(paths["/v1/related"]) == {"get", "post"}


def test_openapi_describes_answers_and_parameters(api):
    contract = api.get("/openapi.json").json()
    related = contract["paths"]["/v1/related"]["get"]
    names = {parameter["name"] for parameter in related["parameters"]}
    assert names == {
        *("id", "url", "limit", "section", "exclude", "language", "max_age", "explain"),
        *("site", "sponsored", "fallback"),
    }
    answer = api.get(RELATED + "&explain=1").json()
    schemas = contract["components"]["schemas"]
    assert list(schemas["ListAnswer"]["properties"]) == list(answer)
    assert list(schemas["Item"]["properties"]) == list(answer["items"][0])
    why = list(answer["items"][0]["explain"])
    assert list(schemas["Explanation"]["properties"]) == [*why, "co_reading", "lent"]  # of some
    assert "HTTPValidationError" not in schemas


def test_the_documentation_needs_nothing_from_the_net(api):
    page = api.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-security-policy"] == "default-src 'self'; img-src 'self' data:"
    for name in ("docs.js", "docs.css"):
        assert f"/static/{name}" in page.text
        part = api.get(f"/static/{name}")
        assert part.status_code == 200
        assert "http" not in part.text.replace("https://sahila", "")
    assert "<style" not in page.text
    assert "http://" not in page.text
