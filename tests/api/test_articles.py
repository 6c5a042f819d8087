import json
from dataclasses import replace
from urllib.parse import quote

import pytest

from recsys.times import format_instant

pytestmark = pytest.mark.slow  # servers of their own, and waiting for them


LISTS = (
    "/v1/related?id={near}&limit=100",
    "/v1/latest?limit=100",
    "/v1/most-read?limit=100&window=24h",
    "/v1/trending?limit=100",
    "/v1/page?id={near}&blocks=related:50,latest:50,section/politics:50,most_read/*:50",
)
ROW = {
    "title": "وزير الخارجية يبحث ترسيم الحدود البحرية مع نظيره البرقاني",
    "body": "أجرى وزير الخارجية مباحثات حول ترسيم الحدود البحرية مع برقان.",
    "section": "politics",
    "url": "https://sahila.example/ar/breaking",
}


def recent(home, **more):
    return {**ROW, "published_at": format_instant(home.now - 30), **more}


def listed(api, near="ar-politics-01"):
    return " ".join(api.get(address.format(near=near)).text for address in LISTS)


def test_an_article_has_its_lists_and_stands_in_lists_as_soon_as_put_returns(
    own_api, ids, key, home
):
    answer = own_api.put("/v1/articles?id=new", json=recent(home), headers=key)
    assert (answer.status_code, answer.json()) == (201, {"article_id": "new", "created": True})
    related = own_api.get("/v1/related?id=new").json()
    assert related["items"][0]["section"] == "politics"
    assert related["items"][0]["source"] == "related"
    assert ids(own_api.get("/v1/latest").json())[0] == "new"
    assert "new" in ids(own_api.get("/v1/related?id=ar-politics-01&limit=100").json())
    assert own_api.get("/v1/related", params={"url": ROW["url"]}).status_code == 200


def test_an_article_put_to_one_process_is_in_the_lists_of_another_within_two_seconds(
    home, serve, ids, key, until
):
    with serve(home.service()) as one, serve(home.service()) as other:
        one.put("/v1/articles?id=new", json=recent(home), headers=key)
        until(lambda: ids(other.get("/v1/latest").json())[0] == "new", 2)
        one.post("/v1/events", json=[{"article_id": "new"}] * 500, headers=key)
        until(lambda: ids(other.get("/v1/most-read").json())[0] == "new", 2)


def test_putting_again_replaces(own_api, ids, key, home):
    own_api.put("/v1/articles/new", json=recent(home), headers=key)
    answer = own_api.put("/v1/articles/new", json=recent(home, title="خبر آخر"), headers=key)
    assert (answer.status_code, answer.json()["created"]) == (200, False)
    latest = own_api.get("/v1/latest?limit=100").json()
    assert latest["items"][0]["title"] == "خبر آخر"
    assert ids(latest).count("new") == 1


def test_an_article_of_the_model_alone_is_replaced_and_deleted_like_any_other(
    sample_home, tmp_path, serve, key
):
    empty = replace(sample_home, folder=tmp_path)
    (tmp_path / "models").symlink_to(sample_home.models)
    with serve(empty.service()) as client:
        assert client.get("/v1/related?id=ar-sport-01").status_code == 200
        answer = client.put("/v1/articles?id=ar-sport-01", json=ROW, headers=key)
        assert answer.status_code == 200
        assert client.delete("/v1/articles?id=ar-sport-02", headers=key).status_code == 204
        assert client.get("/v1/related?id=ar-sport-02").status_code == 404


def test_a_deleted_article_is_gone_from_every_list_at_once(own_api, key):
    assert '"ar-politics-06"' in listed(own_api)
    deleted = own_api.delete("/v1/articles?id=ar-politics-06", headers=key)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert '"article_id":"ar-politics-06"' not in listed(own_api)
    assert own_api.get("/v1/related?id=ar-politics-06").status_code == 404
    assert own_api.delete("/v1/articles/ar-politics-06", headers=key).status_code == 404


def test_a_deleted_article_stays_deleted_after_a_restart(home, serve, key):
    with serve(home.service()) as client:
        client.delete("/v1/articles?id=ar-politics-06", headers=key)
    with serve(home.service()) as client:
        assert client.get("/v1/related?id=ar-politics-06").status_code == 404
        assert '"article_id":"ar-politics-06"' not in listed(client)


def test_an_article_of_the_future_stands_in_no_list_until_then(home, serve, ids, key):
    clock = replace(home)
    row = recent(home, published_at=format_instant(home.now + 3600))
    with serve(home.service(clock=lambda: clock.now)) as client:
        client.put("/v1/articles?id=future", json=row, headers=key)
        assert '"article_id":"future"' not in listed(client)
        assert client.get("/v1/related?id=future").status_code == 200
        clock.now += 3600
        assert ids(client.get("/v1/latest").json())[0] == "future"


def test_any_id_works_in_the_query(own_api, ids, key, home):
    for name in ("a/b", "50%", "two words", "خبر/١", "a?b#c&d=e", "..", "+", "%2F"):
        address = f"/v1/articles?id={quote(name, safe='')}"
        assert own_api.put(address, json=recent(home), headers=key).status_code == 201
        assert own_api.get("/v1/related", params={"id": name}).status_code == 200
        assert ids(own_api.get("/v1/latest?limit=1").json()) == [name]
        assert own_api.get("/v1/latest", params={"exclude": name, "limit": 1}).json()["items"]
        assert own_api.delete(address, headers=key).status_code == 204


def test_sites_do_not_see_each_other(own_api, ids, key, home):
    row = recent(home, site="elsewhere")
    assert own_api.put("/v1/articles?id=same", json=row, headers=key).status_code == 201
    assert own_api.get("/v1/related?id=same").status_code == 404
    assert own_api.get("/v1/related?id=same&site=elsewhere").json()["items"] == []
    assert ids(own_api.get("/v1/latest?site=elsewhere").json()) == ["same"]
    assert own_api.delete("/v1/articles?id=same", headers=key).status_code == 404
    assert own_api.delete("/v1/articles?id=same&site=elsewhere", headers=key).status_code == 204


def test_the_id_in_the_body_may_stand_there_again_as_a_number_too(own_api, key):
    for same in ("5", 5, 5.0, None, " "):
        answer = own_api.put("/v1/articles?id=5", json={**ROW, "article_id": same}, headers=key)
        assert answer.status_code in (200, 201)


def test_bulk_stores_the_good_rows_and_names_the_bad_ones(own_api, key):
    rows = [
        {"article_id": "one", "title": "أول"},
        {"title": "no id"},
        {"article_id": "two", "title": "ثان", "published_at": "yesterday"},
        "not an object",
        {"article_id": "ar-sport-01", "title": "جديد"},
    ]
    answer = own_api.post("/v1/articles", json=rows, headers=key)
    assert answer.status_code == 200
    assert answer.json() == {
        "received": 5,
        "stored": 2,
        "created": 1,
        "errors": [
            {"index": 1, "field": "article_id", "message": "is required"},
            {
                "index": 2,
                "field": "published_at",
                "message": "must be an ISO 8601 date or time such as 2026-03-01T12:00:00Z",
            },
            {"index": 3, "field": None, "message": "must be a JSON object"},
        ],
    }
    assert own_api.get("/v1/related?id=one").status_code == 200


def test_bulk_takes_json_lines(own_api, key):
    lines = b'\n{"article_id": "one", "title": "1"}\r\n{"article_id": "two", "title": "2"}\n{"bad'
    for kind in ("application/x-ndjson", "application/json", "text/plain"):
        headers = {**key, "content-type": kind}
        answer = own_api.post("/v1/articles", content=lines, headers=headers).json()
        assert (answer["received"], answer["stored"]) == (3, 2)
        assert [error["index"] for error in answer["errors"]] == [2]


def test_bulk_takes_one_article_and_an_empty_list(own_api, key):
    one = own_api.post("/v1/articles", json={"article_id": "one", "title": "1"}, headers=key)
    none = own_api.post("/v1/articles", json=[], headers=key)
    assert one.json() == {"received": 1, "stored": 1, "created": 1, "errors": []}
    assert none.json() == {"received": 0, "stored": 0, "created": 0, "errors": []}


def test_an_article_of_ten_megabytes_works(own_api, key):
    row = {"title": "طويل", "body": "ترسيم الحدود البحرية " * 260_000}
    assert len(json.dumps(row, ensure_ascii=False).encode()) > 10_000_000
    answer = own_api.put("/v1/articles?id=long", json=row, headers=key)
    assert answer.status_code == 201
    assert own_api.get("/v1/related?id=long").status_code == 200


def test_an_article_without_text_is_kept_and_never_shown(own_api, key):
    for number, row in enumerate(({}, {"title": None, "body": ""}, {"body": "\ud800"})):
        address, body = f"/v1/articles?id=empty-{number}", json.dumps(row).encode()
        assert own_api.put(address, content=body, headers=key).status_code == 201
        assert len(own_api.get(f"/v1/related?id=empty-{number}").json()["items"]) == 5
    assert '"article_id":"empty' not in listed(own_api)


@pytest.mark.parametrize(
    ("address", "body", "status", "field"),
    [
        ("/v1/articles?id=x", b"{", 400, None),
        ("/v1/articles?id=x", b"\xff", 400, None),
        ("/v1/articles?id=x", b"", 400, None),
        ("/v1/articles?id=x", b"[" * 100_000, 400, None),
        ("/v1/articles?id=x", b"9" * 5000, 400, None),
        ("/v1/articles?id=x", b"[]", 422, None),
        ("/v1/articles?id=x", b"null", 422, None),
        ("/v1/articles?id=x", b'{"article_id": "y"}', 422, "article_id"),
        ("/v1/articles?id=x", b'{"url": "javascript:alert(1)"}', 422, "url"),
        ("/v1/articles?id=x", b'{"title": NaN, "url": 5}', 400, None),
        ("/v1/articles?id=x&site=", b"{}", 422, "site"),
        ("/v1/articles?id=", b"{}", 422, "id"),
        ("/v1/articles", b"{}", 422, "id"),
        ("/v1/articles?id=%00", b"{}", 422, "id"),
        ("/v1/articles?id=" + "x" * 513, b"{}", 422, "id"),
        ("/v1/articles/" + "x" * 513, b"{}", 422, "id"),
    ],
)
def test_what_cannot_be_an_article_is_refused(api, key, address, body, status, field):
    answer = api.put(address, content=body, headers=key)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["field"] == field


@pytest.mark.parametrize(
    "given", [{}, {"X-API-Key": ""}, {"X-API-Key": "wrong"}, {"X-API-Key": b"\xff"}]
)
@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("PUT", "/v1/articles?id=x"),
        ("PUT", "/v1/articles/x"),
        ("DELETE", "/v1/articles?id=x"),
        ("DELETE", "/v1/articles/x"),
        ("POST", "/v1/articles"),
        ("GET", "/v1/models"),
        ("POST", "/v1/models/default/promote?version=x"),
        ("POST", "/v1/models/default/rollback"),
    ],
)
def test_writing_needs_a_valid_key(api, given, method, address):
    answer = api.request(method, address, content=b"{}", headers=given)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthorized"


def test_without_a_configured_key_nobody_writes(home, serve, key):
    with serve(home.service(settings=replace(home.settings, keys={}))) as client:
        assert client.put("/v1/articles?id=x", json=ROW, headers=key).status_code == 401
        assert client.post("/v1/events", json={"article_id": "x"}).status_code == 202
