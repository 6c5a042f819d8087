import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys.api.overrides import Desk, TooManyOverridesError
from recsys.times import format_instant
from tests.effort import examples

pytestmark = pytest.mark.slow  # servers of their own, and waiting for them

ANCHOR, OTHER = "ar-politics-01", "ar-sport-05"
LISTS = (
    "/v1/related?id={0}&limit=100",
    "/v1/inline?id={0}&limit=100",
    "/v1/latest?limit=100&language=ar",
    "/v1/most-read?limit=100&window=24h",
    "/v1/trending?limit=100",
    "/v1/page?id={0}&blocks=inline:2,related:30,latest:30,section/sport:30,most_read/*:30",
    "/v1/related?id=unknown",
)


def decide(api, key, article_id=OTHER, action="pin", status=201, **more):
    row = {"article_id": article_id, "action": action, **more}
    if action == "pin":
        row.setdefault("slot", 1)
    answer = api.post("/v1/overrides", json=row, headers=key)
    assert answer.status_code == status, answer.text
    return answer.json()


def kept(api, key, **asked):
    return api.get("/v1/overrides", params=asked, headers=key).json()["overrides"]


def test_a_decision_is_kept_answered_listed_and_taken_back(own_api, key, home):
    stored = decide(own_api, key, list="related", slot=2, expires_in="2h", note=" why \n not ")
    assert stored == {
        "article_id": OTHER,
        "action": "pin",
        "list": "related",
        "factor": None,
        "slot": 2,
        "expires_at": format_instant(home.now + 7200),
        "note": "why not",
        "created_at": format_instant(home.now),
        "site": "default",
        "active": True,
    }
    assert kept(own_api, key) == kept(own_api, key, id=OTHER) == [stored]
    assert kept(own_api, key, id="x") == kept(own_api, key, site="elsewhere") == []
    taken = own_api.delete(f"/v1/overrides?id={OTHER}", headers=key)
    assert (taken.status_code, taken.content) == (204, b"")
    assert kept(own_api, key) == []
    again = own_api.delete(f"/v1/overrides?id={OTHER}", headers=key)
    assert (again.status_code, again.json()["error"]["code"]) == (404, "override_not_found")


def test_deciding_again_replaces(own_api, key):
    decide(own_api, key, action="boost", factor=3)
    stored = decide(own_api, key, action="boost", status=200)
    assert [one["factor"] for one in kept(own_api, key)] == [stored["factor"]] == [2.0]
    decide(own_api, key, action="boost", list="latest", factor=100)
    decide(own_api, key, action="bury")
    assert own_api.delete(f"/v1/overrides?id={OTHER}&list=latest", headers=key).status_code == 204
    assert own_api.delete(f"/v1/overrides?id={OTHER}&action=pin", headers=key).status_code == 404
    assert [(o["action"], o["factor"]) for o in kept(own_api, key)] == [
        ("boost", 2.0),
        ("bury", 0.1),
    ]


def test_an_excluded_article_is_in_no_list_when_the_write_returns_and_has_its_own(own_api, key):
    def listed():
        return " ".join(own_api.get(a.format(ANCHOR)).text for a in LISTS)

    assert f'"article_id":"{OTHER}"' in listed()
    decide(own_api, key)
    decide(own_api, key, action="boost")
    decide(own_api, key, action="exclude")
    assert f'"article_id":"{OTHER}"' not in listed()
    assert len(own_api.get(f"/v1/related?id={OTHER}").json()["items"]) == 5
    own_api.delete(f"/v1/overrides?id={OTHER}&action=exclude", headers=key)
    assert f'"article_id":"{OTHER}"' in listed()


@pytest.mark.parametrize("address", LISTS)
def test_a_pin_without_a_list_holds_in_every_list(own_api, key, ids, address):
    decide(own_api, key)
    answer = own_api.get(address.format(ANCHOR)).json()
    answer = answer.get("fallback", answer)
    first = next(iter(answer["blocks"].values())) if "blocks" in answer else answer
    assert (first["items"][0]["article_id"], first["items"][0]["source"]) == (OTHER, "pinned")


def test_a_boost_is_told_in_the_explanation(own_api, key):
    address = f"/v1/related?id={ANCHOR}&explain=1&limit=5"
    before = own_api.get(address).json()["items"]
    decide(own_api, key, before[4]["article_id"], "boost", factor=100)
    after = own_api.get(address).json()["items"][0]
    assert after["article_id"] == before[4]["article_id"]
    why = after["explain"]
    product = why["similarity"] * why["freshness"] * why["popularity"] * why["boost"]
    assert why["boost"] == 100
    assert product == pytest.approx(after["score"], abs=1e-6)


@pytest.mark.parametrize("address", LISTS[:5])
def test_every_list_tells_what_was_decided_where_it_is_asked_why(own_api, key, address):
    def told():
        items = own_api.get(f"{address.format(ANCHOR)}&explain=1").json()["items"]
        return {item["article_id"]: item["override"] for item in items}

    boosted, buried, *_ = [name for name in told() if name != OTHER]
    assert set(told().values()) == {None}
    decide(own_api, key, slot=3, expires_in="1h")
    decide(own_api, key, boosted, "boost", factor=4)
    decide(own_api, key, buried, "bury", list="section")
    after = told()
    assert after.pop(OTHER) == {"boost": 1.0, "slot": 3}
    assert after.pop(boosted) == {"boost": 4.0, "slot": None}
    assert set(after.values()) == {None}  # what was buried elsewhere is not told of
    assert "override" not in own_api.get(address.format(ANCHOR)).text


def test_a_decision_made_in_one_process_holds_in_another_within_two_seconds(
    home, serve, ids, key, until
):
    with serve(home.service()) as one, serve(home.service()) as other:
        decide(one, key, list="latest")
        until(lambda: ids(other.get("/v1/latest").json())[0] == OTHER, 2)
        one.delete(f"/v1/overrides?id={OTHER}", headers=key)
        until(lambda: ids(other.get("/v1/latest").json())[0] != OTHER, 2)


def test_a_decision_ends_by_itself_and_survives_a_restart(home, serve, ids, key):
    clock = replace(home)
    with serve(home.service(clock=lambda: clock.now)) as client:
        decide(client, key, expires_at=format_instant(home.now + 60))
        assert ids(client.get("/v1/latest").json())[0] == OTHER
    with serve(home.service(clock=lambda: clock.now)) as client:
        clock.now += 59
        assert ids(client.get("/v1/latest").json())[0] == OTHER
        clock.now += 1
        assert ids(client.get("/v1/latest").json())[0] != OTHER
        assert [one["active"] for one in kept(client, key)] == [False]


def test_an_article_may_be_named_by_its_address_and_may_come_later(own_api, key, ids, home):
    url = "https://sahila.example/ar/sport/ar-sport-05/?utm_source=x"
    stored = decide(own_api, key, None, url=url)
    assert stored["article_id"] == OTHER
    nowhere = {"url": "https://sahila.example/nowhere", "action": "exclude"}
    answer = own_api.post("/v1/overrides", json=nowhere, headers=key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "article_not_found")
    decide(own_api, key, "to-come")
    assert ids(own_api.get("/v1/latest").json())[0] == OTHER
    row = {"title": "جديد", "language": "ar", "published_at": format_instant(home.now - 86400 * 9)}
    own_api.put("/v1/articles?id=to-come", json=row, headers=key)
    assert "to-come" in ids(own_api.get("/v1/latest").json())[:2]


def test_sites_decide_for_themselves(own_api, key, ids):
    stored = decide(own_api, key, action="exclude", site="elsewhere")
    assert stored["site"] == "elsewhere"
    assert OTHER in ids(own_api.get("/v1/latest?limit=100&language=ar").json())
    answer = own_api.post(
        "/v1/overrides?site=third", json={"article_id": "x", "action": "pin", "slot": 1,
                                          "site": "elsewhere"}, headers=key)  # fmt: skip
    assert answer.json()["site"] == "third"
    assert own_api.delete(f"/v1/overrides?id={OTHER}", headers=key).status_code == 404
    address = f"/v1/overrides?id={OTHER}&site=elsewhere"
    assert own_api.delete(address, headers=key).status_code == 204


PIN = {"article_id": "x", "action": "pin", "slot": 1}
BOOST = {"article_id": "x", "action": "boost"}


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({**PIN, "article_id": None}, "article_id"),
        ({**PIN, "article_id": "a\0b"}, "article_id"),
        ({**PIN, "article_id": ["secret"]}, "article_id"),
        ({**PIN, "article_id": None, "url": 5}, "url"),
        ({**PIN, "article_id": None, "url": "x" * 8193}, "url"),
        ({"article_id": "x"}, "action"),
        ({**PIN, "action": "secret"}, "action"),
        ({**PIN, "action": ["pin"]}, "action"),
        ({**PIN, "list": "secret"}, "list"),
        ({**PIN, "list": "page"}, "list"),
        ({**PIN, "list": {}}, "list"),
        ({**PIN, "slot": None}, "slot"),
        ({**PIN, "slot": 0}, "slot"),
        ({**PIN, "slot": 101}, "slot"),
        ({**PIN, "slot": 1.5}, "slot"),
        ({**PIN, "slot": True}, "slot"),
        ({**PIN, "slot": "secret"}, "slot"),
        ({**BOOST, "slot": 1}, "slot"),
        ({**PIN, "factor": 2}, "factor"),
        ({**BOOST, "factor": 1}, "factor"),
        ({**BOOST, "factor": 100.1}, "factor"),
        ({**BOOST, "factor": 10**400}, "factor"),
        ({**BOOST, "factor": True}, "factor"),
        ({**BOOST, "factor": "secret"}, "factor"),
        ({**BOOST, "action": "bury", "factor": 1}, "factor"),
        ({**BOOST, "action": "bury", "factor": -0.1}, "factor"),
        ({**PIN, "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({**PIN, "expires_at": "secret"}, "expires_at"),
        ({**PIN, "expires_at": 1900000000}, "expires_at"),
        ({**PIN, "expires_in": "2 secret"}, "expires_in"),
        ({**PIN, "expires_in": 7200}, "expires_in"),
        ({**PIN, "expires_in": "2h", "expires_at": "2030-01-01"}, "expires_in"),
        ({**PIN, "note": "x" * 1001}, "note"),
        ({**PIN, "note": ["secret"]}, "note"),
        ({**PIN, "site": "a\nb"}, "site"),
        ([PIN], None),
        ("secret", None),
    ],
)
def test_what_cannot_be_decided_is_refused_by_field_and_not_repeated(api, key, row, field):
    answer = api.post("/v1/overrides", content=json.dumps(row), headers=key)
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["field"] == field
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("", "id"),
        ("id=", "id"),
        ("id=x&action=secret", "action"),
        ("id=x&list=secret", "list"),
        ("id=x&site=", "site"),
        ("id=%00", "id"),
    ],
)
def test_what_cannot_be_taken_back_is_refused(api, key, asked, field):
    answer = api.delete(f"/v1/overrides?{asked}", headers=key)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert "secret" not in answer.text


def test_blanks_are_not_given_and_unknown_fields_are_left_alone(own_api, key):
    stored = decide(own_api, key, list="", note=" ", expires_at="", factor=None, colour="red")
    assert (stored["list"], stored["note"], stored["expires_at"]) == (None, None, None)
    body = json.dumps({**PIN, "slot": 3.0, "note": "a\ud800b\nc"})
    stored = own_api.post("/v1/overrides", content=body, headers=key).json()
    assert (stored["slot"], stored["note"]) == (3, "a b c")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("given", [{}, {"X-API-Key": "wrong"}])
def test_deciding_and_looking_needs_a_valid_key(api, given, method):
    answer = api.request(method, "/v1/overrides?id=x", content=b"{}", headers=given)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")


def test_a_site_has_a_limit_and_what_expired_first_gives_way(home):
    clock = replace(home)
    service = home.service(clock=lambda: clock.now)
    try:
        desk = Desk(service._store, service._upkeep, lambda: clock.now, most=3)
        desk.put({"article_id": "a", "action": "exclude", "expires_in": "2m"}, None)
        desk.put({"article_id": "a", "action": "exclude", "list": "latest"}, None)
        desk.put({"article_id": "b", "action": "exclude", "expires_in": "1m"}, None)
        more = {"article_id": "c", "action": "exclude"}
        with pytest.raises(TooManyOverridesError, match="at most 3"):
            desk.put(more, None)
        assert desk.put(more, "elsewhere")[0]
        assert not desk.put({"article_id": "b", "action": "exclude", "expires_in": "1m"}, None)[0]
        clock.now += 3600
        assert desk.put(more, None)[0]
        desk.put({**more, "article_id": "d"}, None)
        left = [(one["article_id"], one["list"]) for one in desk.listed("default")]
        assert left == [("a", "latest"), ("c", None), ("d", None)]
        with pytest.raises(TooManyOverridesError):
            desk.put({**more, "article_id": "e"}, None)
    finally:
        service.close()


def test_too_many_are_409(home, serve, key):
    service = home.service()
    service.overrides = Desk(service._store, service._upkeep, lambda: home.now, most=1)
    with serve(service) as client:
        decide(client, key)
        answer = client.post("/v1/overrides", json=BOOST, headers=key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_many_overrides")
        assert [one["article_id"] for one in kept(client, key)] == [OTHER]


def test_answers_without_decisions_do_not_change(own_api, key):
    def answers():
        return [own_api.get(a.format(ANCHOR)).headers.get("etag") for a in LISTS]

    before = answers()
    decide(own_api, key, "nobody", action="boost")
    assert answers() == before
    decide(own_api, key)
    assert answers() != before
    own_api.delete("/v1/overrides?id=nobody", headers=key)
    own_api.delete(f"/v1/overrides?id={OTHER}", headers=key)
    assert answers() == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
FIELDS = {
    "article_id": st.just("x") | JSON,
    "action": st.sampled_from(["boost", "bury", "pin", "exclude"]) | JSON,
    "list": st.sampled_from(["related", "latest"]) | JSON,
    "factor": st.floats() | st.integers() | JSON,
    "slot": st.integers() | JSON,
    "expires_at": st.just("2030-01-01") | JSON,
    "expires_in": st.just("2h") | JSON,
    "note": JSON,
    "url": JSON,
    "site": JSON,
}


@settings(max_examples=examples(200), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.fixed_dictionaries({}, optional=FIELDS))
def test_no_decision_whatever_is_answered_with_500(own_api, key, row):
    body = json.dumps(row).encode()
    answer = own_api.post("/v1/overrides", content=body, headers=key)
    assert answer.status_code in {200, 201, 400, 404, 422}, answer.text
