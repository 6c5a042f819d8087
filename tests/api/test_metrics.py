import os
import re
import time
from contextlib import closing

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from recsys.api.app import create_app
from recsys.api.metrics import BUCKETS, OTHER, Metrics, shared_metrics
from recsys.settings import RULES
from tests.api.test_serving import launch_of, started


def samples(text: str) -> dict[tuple[str, frozenset], float]:
    """Return every sample, by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float | None:
    return samples(text).get((name, frozenset(labels.items())))


@pytest.fixture
def scrape(own_api):
    return lambda: own_api.get("/metrics").text


def test_it_is_text_that_nobody_keeps(own_api):
    answer = own_api.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert own_api.head("/metrics").status_code == 200
    assert "_created" not in answer.text
    assert samples(answer.text)


def test_requests_are_counted_by_route_method_and_status(own_api, scrape, key):
    for _ in range(3):
        own_api.get("/v1/latest")
    own_api.get("/v1/latest?limit=0")
    etag = own_api.get("/v1/latest?limit=2").headers["etag"]
    own_api.get("/v1/latest?limit=2", headers={"if-none-match": etag})
    own_api.head("/v1/latest")
    own_api.put("/v1/articles/one", json={"title": "x"}, headers=key)
    own_api.put("/v1/articles/two", json={"title": "x"}, headers=key)
    text = scrape()

    def requests(route: str, method: str, status: str) -> float | None:
        return value(text, "recsys_requests_total", route=route, method=method, status=status)

    assert requests("/v1/latest", "GET", "200") == 4
    assert requests("/v1/latest", "GET", "422") == 1
    assert requests("/v1/latest", "GET", "304") == 1
    assert requests("/v1/latest", "HEAD", "200") == 1
    assert requests("/v1/articles/{id}", "PUT", "201") == 2


@pytest.mark.slow  # hundreds of requests
def test_whatever_is_sent_makes_no_more_series(own_api, scrape):
    def send(i: int) -> None:
        for path in (f"/x{i}", f"/v1/x{i}", f"/v1/articles/{i}/y", f"/static/{i}", f"/health/{i}"):
            own_api.get(path)
        own_api.get("/v1/latest", params={"section": f"s{i}", "site": f"s{i}", f"p{i}": "1"})
        own_api.get("/v1/related", params={"id": f"a{i}"})
        own_api.request(f"METHOD{i}", "/v1/latest")
        own_api.put(f"/v1/articles/{i}", json={})
        own_api.post(f"/v1/models/m{i}/promote")
        own_api.post("/v1/events", json={"article_id": f"a{i}", "event_type": "view"})

    send(0)
    before = set(samples(scrape())) | set(samples(scrape()))
    for i in range(1, 25):
        send(i)
    after = set(samples(scrape()))
    assert after == before
    routes = {dict(labels)["route"] for _, labels in after if "route" in dict(labels)}
    assert {OTHER, "/static", "/v1/articles/{id}"} <= routes
    assert not any(re.search(r"\d", route.removeprefix("/v1")) for route in routes)


def test_latency_is_a_histogram_by_route(own_api, scrape):
    for _ in range(5):
        own_api.get("/v1/latest")
    text, name = scrape(), "recsys_request_duration_seconds"
    assert value(text, f"{name}_count", route="/v1/latest") == 5
    edges = [float(dict(labels)["le"]) for (n, labels) in samples(text)
             if n == f"{name}_bucket" and ("route", "/v1/latest") in labels]  # fmt: skip
    assert sorted(edges)[:-1] == list(BUCKETS)
    assert 0 < value(text, f"{name}_sum", route="/v1/latest") < 5
    assert value(text, f"{name}_bucket", route="/v1/latest", le="+Inf") == 5


def test_every_rule_has_a_series_from_the_start_and_others_share_one():
    metrics = Metrics()
    metrics.counted([None, "bots", None, "made up", "bots", None, "unheard of"])
    metrics.refused(4)
    text = metrics._registry
    rules = {s.labels["rule"]: s.value for f in text.collect() for s in f.samples
             if s.name == "recsys_events_total"}  # fmt: skip
    assert set(rules) == {"counted", "refused", *RULES, OTHER}
    assert (rules["counted"], rules["bots"], rules["refused"], rules[OTHER]) == (3, 2, 4, 2)


def test_lists_that_are_not_what_was_asked_for_are_counted_with_the_reason(home, serve):
    (home.models / "default" / "CURRENT").unlink()
    (home.models / "default" / "HISTORY").unlink()
    with serve(home.service()) as client:
        for path in ("related", "related.html", "page", "latest"):
            assert client.get(f"/v1/{path}?id=ar-sport-01").status_code == 200
        text = client.get("/metrics").text
    assert value(text, "recsys_degraded_total", list="related", reason="no_model") == 3
    assert value(text, "recsys_degraded_total", list="latest", reason="no_model") == 0


def test_requests_that_were_not_let_in_are_counted(home):
    metrics = Metrics()
    metrics.shed({"read": 2, "event": 0})
    metrics.shed({"read": 5, "event": 1})
    metrics.shed({"read": 5, "event": 1})
    shed = {s.labels["kind"]: s.value for f in metrics._registry.collect() for s in f.samples
            if s.name == "recsys_shed_total"}  # fmt: skip
    assert shed == {"read": 5, "event": 1}


@pytest.mark.slow  # trains another model
def test_only_the_model_that_is_served_has_a_series(own_api, scrape, home, second_model, until):
    from recsys import saving

    def served() -> list[dict[str, str]]:
        return [dict(labels) for name, labels in samples(scrape()) if name == "recsys_model_info"]

    (first,) = served()
    assert first == own_api.get("/health/ready").json()["model"]
    assert value(scrape(), "recsys_model_age_seconds") == 0
    saving.publish(second_model, home.models)
    until(lambda: served() != [first])
    assert served() == [{"name": "default", "version": second_model.name.version}]
    assert value(scrape(), "recsys_model_age_seconds") == -60  # it was trained a minute ahead


def test_what_is_true_now_is_told(own_api, scrape):
    text, health = scrape(), own_api.get("/health/ready").json()
    assert value(text, "recsys_articles") == health["articles"] > 0
    assert value(text, "recsys_store_readable") == 1
    assert value(text, "recsys_models_refused") == 0
    assert value(text, "recsys_events_waiting") == 0
    assert 0 <= value(text, "recsys_data_age_seconds") < 86400
    assert value(text, "process_resident_memory_bytes") > 10_000_000
    assert value(text, "process_open_fds") > 5


def test_without_a_model_and_a_store_that_can_be_read_it_still_answers(home, serve, until):
    (home.models / "default" / "CURRENT").unlink()
    (home.models / "default" / "HISTORY").unlink()
    with serve(home.service()) as client:
        os.rename(home.folder / "news.db", home.folder / "gone.db")
        until(lambda: value(client.get("/metrics").text, "recsys_store_readable") == 0)
        text = client.get("/metrics").text
        assert "recsys_model_info{" not in text
        assert "recsys_model_age_seconds" not in text
        os.rename(home.folder / "gone.db", home.folder / "news.db")


def test_nothing_of_a_reader_stands_in_it(own_api, scrape):
    own_api.get("/v1/related?id=ar-sport-01&section=secret-section", headers={"user-agent": "Spy"})
    view = {"article_id": "ar-sport-02", "visitor_id": "v-17", "url": "https://n.example/secret"}
    own_api.post("/v1/events", json=view, headers={"user-agent": "Spy/1.0"})
    text = scrape()
    for sent in ("127.0.0.1", "Spy", "v-17", "ar-sport", "secret", "python-httpx"):
        assert sent not in text


def test_apps_of_one_process_count_apart(home):
    assert create_app(None).state.metrics is not create_app(None).state.metrics
    with closing(home.service()) as service:
        one, other = Metrics(), Metrics()
        one.refused(1)
        assert value(one.text(service).decode(), "recsys_events_total", rule="refused") == 1
        assert value(other.text(service).decode(), "recsys_events_total", rule="refused") == 0


def test_counting_a_request_takes_a_few_microseconds():
    metrics = Metrics(route for route in create_app(None).routes)
    metrics.answered("GET", "/v1/latest", 200, 0.001)
    begin = time.process_time()
    for _ in range(10_000):
        metrics.answered("GET", "/v1/latest", 200, 0.001)
    assert (time.process_time() - begin) / 10_000 < 50e-6  # some 4, on an idle machine


def test_the_workers_folder_is_there_for_the_block_only():
    with shared_metrics(1):
        assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
    with shared_metrics(2):
        folder = os.environ["PROMETHEUS_MULTIPROC_DIR"]
        assert os.path.isdir(folder)
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
    assert not os.path.exists(folder)


@pytest.mark.slow
def test_a_scrape_of_one_worker_tells_the_sum_of_all(home, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with started(launch_of(home), 3) as (process, client):
        port = client.base_url.port
        for _ in range(60):  # a connection each, so that all workers get some
            httpx.get(f"http://127.0.0.1:{port}/v1/latest")
        texts = [httpx.get(f"http://127.0.0.1:{port}/metrics").text for _ in range(12)]
        seen = {value(t, "process_resident_memory_bytes") for t in texts}
        assert len(seen) > 1  # several workers answered
        labels = {"route": "/v1/latest", "method": "GET", "status": "200"}
        assert {value(t, "recsys_requests_total", **labels) for t in texts} == {60}
        name = "recsys_request_duration_seconds_count"
        assert {value(t, name, route="/v1/latest") for t in texts} == {60}
        assert len(list(tmp_path.glob("recsys-metrics-*"))) == 1
        process.terminate()
        process.wait(timeout=30)
    assert list(tmp_path.glob("recsys-metrics-*")) == []
