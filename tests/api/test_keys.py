from dataclasses import replace

import pytest

from recsys.api.auth import Rights, rights_of
from recsys.settings import Settings, Site, key_hash

OWN = "key of one site ع"
SITES = {"rabat": Site(key_hashes=(key_hash(OWN), key_hash("second").upper())), "fes": Site()}
SETTINGS = Settings(sites=SITES, keys={"hashes": (key_hash("all"),)})


def as_header(key):
    """What Starlette makes of the bytes of a header."""
    return key.encode().decode("latin-1")


@pytest.mark.parametrize(
    ("given", "rights"),
    [
        (None, Rights()),
        ("", Rights()),
        ("wrong", Rights()),
        ("\xff", Rights()),
        (key_hash("all"), Rights()),
        ("all", Rights(everywhere=True)),
        (as_header(OWN), Rights(sites=frozenset({"rabat"}))),
        ("second", Rights(sites=frozenset({"rabat"}))),
    ],
)
def test_a_key_is_good_for_all_sites_or_for_its_own(given, rights):
    found = rights_of(SETTINGS, given)
    assert found == rights
    assert bool(found) == bool(found.everywhere or found.sites)
    assert found.may_write_to("rabat") == bool(found)
    assert found.may_write_to("fes") == found.may_write_to("unheard of") == found.everywhere


def test_one_key_may_be_good_for_several_sites():
    both = replace(SETTINGS, sites={n: Site(key_hashes=(key_hash("x"),)) for n in ("a", "b")})
    assert rights_of(both, "x") == Rights(sites=frozenset({"a", "b"}))
    assert rights_of(Settings(), "x") == Rights()


@pytest.fixture
def client(home, serve):
    """A service with a key for all sites, that of the tests, and one for rabat."""
    settings = replace(home.settings, sites={**home.settings.sites, **SITES})
    with serve(home.service(settings=settings)) as client:
        yield client


own = {"X-API-Key": OWN.encode()}
ROW = {"title": "خبر", "language": "ar"}

pytestmark = pytest.mark.slow  # servers of their own


def test_an_article_goes_to_the_site_of_the_key_and_to_no_other(client, key):
    put = client.put
    assert put("/v1/articles?id=x&site=rabat", json=ROW, headers=own).status_code == 201
    assert put("/v1/articles/y", json={**ROW, "site": "rabat"}, headers=own).status_code == 201
    for address, row in (
        ("/v1/articles?id=x", ROW),
        ("/v1/articles/x", ROW),
        ("/v1/articles?id=x", {**ROW, "site": "fes"}),
        ("/v1/articles?id=x&site=fes", {**ROW, "site": "rabat"}),
    ):
        answer = put(address, json=row, headers=own)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
        assert put(address, json=row, headers=key).status_code in (200, 201)
    assert client.get("/v1/related?id=x&site=rabat").status_code == 200


def test_an_article_is_deleted_by_the_key_of_its_site(client, key):
    for site in ("rabat", "fes"):
        for name in "xy":
            client.put(f"/v1/articles?id={name}&site={site}", json=ROW, headers=key)
    for address in ("/v1/articles?id=x", "/v1/articles/y"):
        mark = "&" if "?" in address else "?"
        assert client.delete(address, headers=own).status_code == 401
        assert client.delete(f"{address}{mark}site=fes", headers=own).status_code == 401
        assert client.delete(f"{address}{mark}site=rabat", headers=own).status_code == 204
        assert client.delete(f"{address}{mark}site=fes", headers=key).status_code == 204


def test_in_bulk_a_row_of_another_site_is_an_error_and_keeps_no_other_out(client):
    rows = [
        {"article_id": "1", "title": "1", "site": "rabat"},
        {"article_id": "2", "title": "2", "site": "fes"},
        {"article_id": "3", "title": "3"},
        {"article_id": "4", "title": "4", "site": ["rabat"]},
        "nothing",
        {"article_id": "5", "title": "5", "site": "rabat"},
    ]
    answer = client.post("/v1/articles", json=rows, headers=own).json()
    assert (answer["received"], answer["stored"]) == (6, 2)
    assert [(error["index"], error["field"]) for error in answer["errors"]] == [
        (1, "site"),
        (2, "site"),
        (3, "site"),
        (4, None),
    ]
    assert "valid for this site" in answer["errors"][0]["message"]
    forced = client.post("/v1/articles?site=rabat", json=rows[:3], headers=own).json()
    assert (forced["stored"], forced["errors"]) == (3, [])
    assert client.post("/v1/articles?site=fes", json=rows, headers=own).status_code == 401


def test_decisions_are_the_sites_own(client, key):
    row = {"article_id": "x", "action": "exclude"}

    def put(site, headers):
        return client.post("/v1/overrides", json={**row, "site": site}, headers=headers).status_code

    assert [put("rabat", own), put("fes", own), put("fes", key)] == [201, 401, 201]
    assert client.post("/v1/overrides?site=fes", json=row, headers=own).status_code == 401
    for site, status in (("rabat", 200), ("fes", 401), ("default", 401)):
        assert client.get(f"/v1/overrides?site={site}", headers=own).status_code == status
    for site, status in (("fes", 401), ("rabat", 204)):
        answer = client.delete(f"/v1/overrides?id=x&site={site}", headers=own)
        assert answer.status_code == status


def test_models_are_for_the_key_of_all_sites(client, key):
    assert client.get("/v1/models", headers=own).status_code == 401
    assert client.post("/v1/models/default/rollback", headers=own).status_code == 401
    assert client.get("/v1/models", headers=key).status_code == 200


def test_without_any_key_of_all_sites_a_site_may_still_write(home, serve):
    settings = replace(home.settings, keys={}, sites=SITES)
    with serve(home.service(settings=settings)) as client:
        address = "/v1/articles?id=x&site=rabat"
        assert client.put(address, json=ROW, headers=own).status_code == 201
        assert client.put(address, json=ROW).status_code == 401


def test_whether_there_is_a_key_is_asked_before_the_body_is_read(client):
    for address in ("/v1/articles?id=x", "/v1/articles/x"):
        assert client.put(address, content=b"{").status_code == 401
        assert client.put(address, content=b"{", headers=own).status_code == 400
