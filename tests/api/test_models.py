import logging
import shutil
import time
from dataclasses import replace

import pytest

from recsys import releases, saving
from recsys.api.questions import ListQuestion, MostReadQuestion, RelatedQuestion
from recsys.data.stores import open_store
from recsys.errors import StoreError

pytestmark = pytest.mark.slow  # servers of their own, and waiting for them


ANCHOR = RelatedQuestion(id="ar-politics-01")


@pytest.fixture
def open_service():
    """Services that are closed whatever happens."""
    opened = []

    def start(home, **changes):
        opened.append(home.service(**changes))
        return opened[-1]

    yield start
    for service in opened:
        service.close()


def spoil(folder, name="idf.npy"):
    """Flip one bit."""
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(bytes(content))


def published(home, model):
    return home.models / "default" / saving.publish(model, home.models)


def test_a_model_that_is_promoted_is_served_without_a_restart(home, serve, second_model, until):
    with serve(home.service()) as client:
        version = saving.publish(second_model, home.models)
        until(lambda: client.get("/v1/latest").headers["x-model-version"] == version)
        answer = client.get("/v1/related?id=ar-politics-01").json()
        assert answer["model"]["version"] == version
        everything = client.get("/v1/latest?limit=100&language=fr").json()
        assert len(everything["items"]) > 20  # of the store; the new model knows none of them
        assert client.get("/v1/most-read").json()["items"][0]["views"] > 0


def test_a_damaged_new_model_is_refused_by_name_and_the_old_one_serves_on(
    home, open_service, second_model, until, caplog
):
    service = open_service(home)
    before = service.related(ANCHOR)
    version = saving.publish(second_model, home.models, promoted=False)
    folder = home.models / "default" / version
    spoil(folder)
    (home.models / "default" / "CURRENT").write_text(version)
    until(lambda: service.health()["refused"])
    (refused,) = service.health()["refused"]
    assert refused["version"] == folder.name
    assert refused["message"].startswith(f"default/{folder.name}/idf.npy: damaged")
    assert service.related(ANCHOR) == before
    time.sleep(0.2)  # four more looks, each of which could note it again
    assert sum("is refused" in record.message for record in caplog.records) == 1
    releases.promote(home.models, "default", before.model.version)
    until(lambda: not service.health()["refused"])


def test_a_version_that_was_repaired_is_served_again(home, open_service, second_model, until):
    service = open_service(home)
    version = saving.publish(second_model, home.models, promoted=False)
    spoil(home.models / "default" / version)
    (home.models / "default" / "CURRENT").write_text(version)
    until(lambda: service.health()["refused"])
    saving.publish(second_model, home.models)
    until(lambda: service.snapshot.model == second_model.name)
    assert service.health()["refused"] == []


@pytest.mark.parametrize("harm", ["flipped", "truncated", "missing", "manifest"])
def test_a_damaged_current_model_at_the_start_gives_way_to_the_one_before(
    home, open_service, second_model, sample_model, harm
):
    folder = published(home, second_model)
    if harm == "flipped":
        spoil(folder)
    elif harm == "truncated":
        (folder / "rows_data.npy").write_bytes((folder / "rows_data.npy").read_bytes()[:-8])
    elif harm == "missing":
        (folder / "near.npy").unlink()
    else:
        (folder / "manifest.json").write_text("{}")
    service = open_service(home)
    assert service.snapshot.model == sample_model.name
    assert [one["version"] for one in service.health()["refused"]] == [folder.name]
    assert service.health()["model"]["version"] == sample_model.name.version


def test_without_a_model_latest_and_most_read_serve_and_related_degrades(home, serve):
    shutil.rmtree(home.models)
    with serve(home.service()) as client:
        ready = client.get("/health/ready")
        assert ready.status_code == 200
        assert (ready.json()["reason"], ready.json()["model"]) == ("no_model", None)
        related = client.get("/v1/related?id=ar-politics-01").json()
        assert (related["degraded"], related["reason"]) == (True, "no_model")
        assert len(related["items"]) == 5
        assert client.get("/v1/latest?section=sport").json()["items"]
        most_read = client.get("/v1/most-read")
        assert most_read.json()["items"][0]["views"] > 0
        assert most_read.json()["model"] is None
        assert most_read.headers["x-model-version"] == "none"
        page = client.get("/v1/page?id=ar-politics-01").json()
        assert all(block["items"] for block in page["blocks"].values())
        drafted = client.post("/v1/related", json={"title": "خبر"}).json()
        assert drafted["reason"] == "no_model"


def test_the_first_model_of_all_is_served_as_soon_as_it_is_published(
    home, open_service, sample_model, until
):
    shutil.rmtree(home.models)
    service = open_service(home)
    saving.publish(sample_model, home.models)
    until(lambda: service.snapshot.model == sample_model.name)


def test_every_version_damaged_is_as_good_as_no_model(home, open_service):
    (version,) = releases.versions(home.models, "default")
    spoil(home.models / "default" / version)
    service = open_service(home)
    assert service.health()["reason"] == "no_model"
    assert service.latest(ListQuestion()).items


def test_an_empty_store_without_a_model_answers_with_empty_lists(home, tmp_path, serve):
    empty = replace(home, folder=tmp_path / "empty")
    empty.folder.mkdir()
    with serve(empty.service()) as client:
        for name in ("most-read", "trending", "latest"):
            assert client.get(f"/v1/{name}").json()["items"] == []
        assert client.get("/v1/related?id=x").status_code == 404
        ready = client.get("/health/ready").json()
        assert (ready["articles"], ready["data_until"]) == (0, None)
        assert client.get("/v1/page").status_code == 200


def test_a_store_that_is_gone_does_not_stop_the_serving(home, open_service, until, caplog):
    service = open_service(home)
    before = service.related(ANCHOR), service.most_read(MostReadQuestion())
    for path in home.folder.glob("news.db*"):
        path.write_bytes(b"no store" * 1000)
    until(lambda: service.health()["store"] == "unreachable")
    now = service.related(ANCHOR), service.most_read(MostReadQuestion())
    assert [answer.items for answer in now] == [answer.items for answer in before]
    assert {answer.reason for answer in now} == {"stale"}
    with pytest.raises(StoreError):
        service.put_article("x", {"title": "x"}, None)
    assert sum("cannot be read" in record.message for record in caplog.records) == 1


def test_something_that_is_no_store_is_refused_at_the_start(home):
    (home.folder / "news.db").write_bytes(b"no store" * 1000)
    with pytest.raises(StoreError):
        home.service()


def test_what_changed_in_the_store_while_nobody_served_is_there_at_the_start(home, open_service):
    store = open_store(home.store_url, home.settings)
    (article,) = store.get_articles([("default", "ar-sport-01")])
    store.put_articles([replace(article, title="عنوان جديد"), replace(article, article_id="new")])
    store.delete_article("default", "ar-sport-02")
    store.close()
    service = open_service(home)
    corpus = service.snapshot.corpus
    assert corpus.texts["title"][corpus.row_of("default", "ar-sport-01")] == "عنوان جديد"
    assert corpus.row_of("default", "new") >= 0
    assert corpus.row_of("default", "ar-sport-02") == -1
    assert service.health()["articles"] == 216


def test_models_are_listed_promoted_and_rolled_back(own_api, home, key, second_model, sample_model):
    first, second = sample_model.name.version, second_model.name.version
    saving.publish(second_model, home.models, promoted=False)
    (listed,) = own_api.get("/v1/models", headers=key).json()["models"]
    assert listed == {
        "name": "default",
        "versions": sorted([first, second]),
        "history": [first],
        "served": first,
    }
    promoted = own_api.post(f"/v1/models/default/promote?version={second}", headers=key)
    assert promoted.json() == {"name": "default", "version": second}
    assert own_api.get("/v1/latest").headers["x-model-version"] == second
    back = own_api.post("/v1/models/default/rollback", headers=key)
    assert back.json()["version"] == first
    assert own_api.get("/v1/latest").headers["x-model-version"] == first
    nothing_before = own_api.post("/v1/models/default/rollback", headers=key)
    assert nothing_before.status_code == 404


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("default/promote?version=nonsense", 404, "version_not_found"),
        ("default/promote?version=20200101T000000Z-00000000", 404, "version_not_found"),
        ("default/promote", 422, "invalid_value"),
        ("nope/promote?version=20200101T000000Z-00000000", 404, "version_not_found"),
        ("..%2F..%2Fetc/rollback", 404, "not_found"),
        ("../rollback", 404, "not_found"),
        ("nope/rollback", 404, "version_not_found"),
    ],
)
def test_a_model_that_does_not_exist_cannot_be_promoted(api, key, address, status, code):
    answer = api.post(f"/v1/models/{address}", headers=key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_damaged_model_cannot_be_promoted(own_api, home, key, second_model):
    saving.publish(second_model, home.models, promoted=False)
    spoil(home.models / "default" / second_model.name.version)
    address = f"/v1/models/default/promote?version={second_model.name.version}"
    answer = own_api.post(address, headers=key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "model_refused")
    assert str(home.folder) not in answer.text


def test_health_says_what_is_served(api, sample_model):
    assert api.get("/health/live").json() == {"status": "live"}
    ready = api.get("/health/ready").json()
    assert ready == {
        "status": "ready",
        "model": {"name": "default", "version": sample_model.name.version},
        "reason": None,
        "articles": 216,
        "data_until": ready["data_until"],
        "refused": [],
        "store": "ok",
    }
    assert "2027-01-15T07:00:00Z" <= ready["data_until"] <= "2027-01-15T08:00:00Z"


def test_a_failure_nobody_foresaw_does_not_end_the_looking(home, open_service, caplog, until):
    service = open_service(home)
    caplog.set_level(logging.ERROR)
    (home.models / "default" / "CURRENT").unlink()
    (home.models / "default" / "CURRENT").mkdir()
    until(lambda: bool(service.health()["refused"]))
    assert service.related(ANCHOR).items
