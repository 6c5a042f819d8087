"""Ready answers are, byte for byte, what the routes would answer at that moment."""

import random
import socket
from contextlib import closing, contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from string import punctuation
from urllib.parse import quote

import pytest

from recsys import saving
from recsys.api.answers import json_answer
from recsys.api.app import create_app
from recsys.api.questions import ListQuestion
from recsys.api.ready import MOST_ANSWERS, MOST_BYTES, OVERHEAD_BYTES, Origin, ReadyAnswers
from recsys.times import format_instant
from tests.api.conftest import serving

LONG_WAY = {"Content-Length": "0"}  # what has a body, be it an empty one, goes to the routes
LISTS = ("related", "most-read", "trending", "latest", "inline", "page")
IDS = ("ar-politics-01", "ar-sport-02", "fr-culture-01", "en-world-02", "ar-health-03")
SECTIONS = ("رياضة", "سياسة", "Culture", "nowhere")
VALUES = {
    "id": (*IDS, "unknown", ""),
    "exclude": IDS,
    "limit": ("1", "3", "10", "100", "0", "x"),
    "section": SECTIONS,
    "language": ("ar", "fr", "xx", "arabic"),
    "max_age": ("30d", "2d", "1h", "soon"),
    "explain": ("1", "0"),
    "window": ("now", "1h", "24h", "7d", "today", "yesterday", "never"),
    "unit": ("views", "readers"),
    "sponsored": ("1",),
    "fallback": ("0",),
    "site": ("default", "elsewhere"),
    "blocks": ("related:3,latest:2", "most_read,trending,section/رياضة:4", "nonsense"),
    "n": ("1", "<&>"),
}


@contextmanager
def watched(service):
    app = create_app(service)
    with serving(app) as client:
        yield client, app.state.ready


def question(draw):
    """Any list with any parameters, good ones and bad ones."""
    name = draw.choice(LISTS)
    chosen = draw.sample(sorted(VALUES), draw.randint(0, 4))
    if name in ("related", "inline", "page") and draw.random() < 0.8:
        chosen.append("id")
    query = "&".join(f"{each}={draw.choice(VALUES[each])}" for each in chosen)
    return f"/v1/{name}{draw.choice(('', '', '.html'))}?{query}"


@contextmanager
def asking(client):
    """Ask over one bare connection: thousands of questions through httpx are seconds of httpx."""
    connection = HTTPConnection("127.0.0.1", client.base_url.port, timeout=60)

    def seen(address, method="GET", **headers):
        """Everything of an answer but the date."""
        connection.request(method, quote(address, safe=punctuation), headers=headers)
        answer = connection.getresponse()
        kept = [(name, value) for name, value in answer.getheaders() if name != "date"]
        return answer.status, answer.reason, kept, answer.read()

    with closing(connection):
        yield seen


@pytest.mark.parametrize(("seed", "n"), [(6, 12), pytest.param(5, 150, marks=pytest.mark.slow)])
def test_both_ways_answer_alike_whatever_is_asked(home, seed, n):
    draw, given = random.Random(seed), 0
    with watched(home.service()) as (client, ready), asking(client) as seen:
        for _ in range(n):
            address = question(draw)
            long = seen(address, **LONG_WAY)
            seen(address)
            before = ready.given
            assert seen(address) == long
            assert ready.given - before == (long[0] == 200), address
            etag = dict(long[2]).get("etag", "")
            for method in ("GET", "HEAD"):
                for held in (etag, f'"x",{etag.removeprefix("W/")}', "*", 'W/"other"', ""):
                    asked = {"If-None-Match": held}
                    short = seen(address, method, **asked)
                    assert short == seen(address, method, **asked, **LONG_WAY)
            assert seen(address, "HEAD") == seen(address, "HEAD", **LONG_WAY)
            given += long[0] == 200
        assert 0.4 * n < given < 0.93 * n
        assert ready.given > 10 * given


@pytest.mark.parametrize(("seed", "n"), [(8, 12), pytest.param(7, 100, marks=pytest.mark.slow)])
def test_both_ways_answer_alike_while_everything_changes(home, key, second_model, seed, n):
    draw, clock, agreed = random.Random(seed), replace(home), 0
    addresses = [question(draw) for _ in range(60)]
    service = home.service(clock=lambda: clock.now)
    versions = [service.snapshot.model.version, second_model.name.version]
    saving.publish(second_model, home.models, promoted=False)

    def put(client):
        published = format_instant(clock.now + draw.randint(-90, 90))
        article = {"title": f"خبر {draw.random()}", "published_at": published, "language": "ar"}
        client.put(f"/v1/articles?id=new-{draw.randint(1, 5)}", json=article, headers=key)

    def decide(client):
        expires = format_instant(clock.now + draw.randint(1, 90))
        action = draw.choice(
            ({"action": "boost"}, {"action": "bury"}, {"action": "pin", "slot": 1})
        )
        decision = {"article_id": draw.choice(IDS), "expires_at": expires, **action}
        answer = client.post("/v1/overrides", json=decision, headers=key)
        assert answer.status_code < 300, answer.text

    changes = (
        put,
        decide,
        lambda client: client.delete(f"/v1/articles?id={draw.choice(IDS)}", headers=key),
        lambda client: client.post("/v1/events", json={"article_id": draw.choice(IDS)}),
        lambda client: service.promote("default", draw.choice(versions)),
    )
    with watched(service) as (client, ready), asking(client) as seen:
        for step in range(n):
            if step % 4 == 0:
                draw.choice(changes)(client)
            clock.now += draw.choice((0, 1, 1, 2, 7, 30, 61, 3600))
            for address in draw.sample(addresses, 3):
                before = seen(address, **LONG_WAY)
                first, again = seen(address), seen(address)
                if before == seen(address, **LONG_WAY):  # else a refresh came in between
                    agreed += 1
                    assert first == again == before, (step, address)
        assert agreed > 2.5 * n
        assert ready.given > 1.5 * n


def test_what_is_kept_outlives_the_second_and_no_more_than_the_minute(home):
    clock = replace(home, now=home.now - home.now % 60)
    with watched(home.service(clock=lambda: clock.now, refresh_seconds=1000)) as (client, ready):
        client.get("/v1/latest")
        for later, given in ((1, 1), (58, 2), (1, 2), (0, 3)):  # seconds 1, 59, 60, 60
            clock.now += later
            answer = client.get("/v1/latest").json()
            assert answer["generated_at"] == format_instant(clock.now)
            assert ready.given == given


@pytest.mark.slow
def test_with_max_age_an_answer_is_kept_for_its_second_only(home):
    clock = replace(home, now=home.now - home.now % 60)
    with watched(home.service(clock=lambda: clock.now, refresh_seconds=1000)) as (client, ready):
        for later, given in ((0, 0), (0, 1), (1, 1), (0, 2)):
            clock.now += later
            client.get("/v1/latest?max_a%67e=2d")
            assert ready.given == given


def test_requests_and_degraded_lists_are_counted_both_ways(home):
    (home.models / "default" / "CURRENT").unlink()
    (home.models / "default" / "HISTORY").unlink()
    address = "/v1/related?id=ar-sport-01"
    with watched(home.service()) as (client, ready):
        for headers in (
            LONG_WAY,
            {},
            {},
            {"If-None-Match": "*"},
            {**LONG_WAY, "If-None-Match": "*"},
        ):
            client.get(address, headers=headers)
        client.head(address)
        assert ready.given == 4
        text = client.get("/metrics").text
    route = 'route="/v1/related"'
    assert 'recsys_degraded_total{list="related",reason="no_model"} 6.0' in text
    assert f'recsys_requests_total{{method="GET",{route},status="200"}} 3.0' in text
    assert f'recsys_requests_total{{method="GET",{route},status="304"}} 2.0' in text
    assert f'recsys_requests_total{{method="HEAD",{route},status="200"}} 1.0' in text
    assert f"recsys_request_duration_seconds_count{{{route}}} 6.0" in text


def exchanged(port, sent):
    """What comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), 10) as sock:
        sock.sendall(sent)
        received = bytearray()
        while part := sock.recv(65536):
            received += part
    return [line for line in received.split(b"\r\n") if not line.startswith(b"date:")]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_connection_that_is_to_end_ends_both_ways(home, version):
    with watched(home.service()) as (client, ready):
        head = f"GET /v1/latest HTTP/{version}\r\nHost: x\r\nConnection: close\r\n"
        client.get("/v1/latest")
        short = exchanged(client.base_url.port, f"{head}\r\n".encode())
        assert ready.given == 1
        long = exchanged(client.base_url.port, f"{head}Content-Length: 0\r\n\r\n".encode())
        assert short == long
        assert b"connection: close" in short
        assert ready.given == 1


def test_requests_sent_behind_one_another_are_answered_in_their_order(home):
    limits = [1, 2, 3, 1, 9, 2, 8, 3, 1, 7] * 3
    with watched(home.service()) as (client, ready):
        for limit in (1, 2, 3):
            client.get(f"/v1/latest?limit={limit}")
        asked = [f"GET /v1/latest?limit={n} HTTP/1.1\r\nHost: x\r\n" for n in limits]
        asked[-1] += "Connection: close\r\n"
        lines = exchanged(client.base_url.port, "".join(f"{a}\r\n" for a in asked).encode())
        bodies = [line for line in lines if line.startswith(b"{")]
        assert [line.count(b'"rank":') for line in bodies] == limits
        assert ready.given >= 3


def test_who_does_not_read_is_not_answered_at_once_without_end(home):
    with watched(home.service()) as (client, ready):
        client.get("/v1/latest?limit=100")
        size = len(client.get("/v1/latest?limit=100").content)
        with socket.create_connection(("127.0.0.1", client.base_url.port)) as sock:
            sock.sendall(b"GET /v1/latest?limit=100 HTTP/1.1\r\nHost: x\r\n\r\n" * 5000)
            client.get("/v1/latest")
            assert ready.given * size < 12_000_000  # what the sockets hold, not 5000 answers


@pytest.fixture
def kept(home):
    service = home.service(refresh_seconds=1000)
    app = create_app(service)
    answer = json_answer(service.latest(ListQuestion()), service.settings)

    def keep(ready, key):
        origin = Origin(key, "/v1/latest", service.snapshot, service.now, True)
        ready.take(origin, answer)
        return len(answer.body) + OVERHEAD_BYTES + len(key)

    def empty(**most):
        return ReadyAnswers(service, app.state.metrics, app.state.admission, **most)

    yield keep, empty
    service.close()


@pytest.mark.slow
def test_however_much_is_asked_no_more_is_kept_than_is_allowed(kept):
    keep, empty = kept
    usual, small = empty(), empty(most_bytes=200_000, most_answers=100)
    for i in range(10_000):
        key = b"/v1/latest?n=%d" % i
        keep(usual, key)
        if i % 4 == 0:
            keep(small, key + b"x" * random.Random(i).randint(0, 30_000))
        assert small.size <= 200_000
        assert len(small) <= 100
        assert usual.size <= MOST_BYTES
        assert len(usual) <= MOST_ANSWERS
    assert len(usual) > MOST_ANSWERS // 4


def test_the_size_is_that_of_what_is_kept(kept):
    keep, empty = kept
    ready, draw, sizes = empty(most_answers=20), random.Random(3), {}
    for _ in range(2000):
        key = b"/v1/latest?n=%d" % draw.randint(0, 40)
        if draw.random() < 0.5:
            ready.answer(b"GET", key, [])
        else:
            sizes[key] = keep(ready, key)
        held = {*ready._young, *ready._old}
        assert len(held) == len(ready)
        assert ready.size == sum(sizes[each] for each in held)


def test_what_is_asked_again_and_again_stays(kept):
    keep, empty = kept
    ready = empty(most_answers=20)
    keep(ready, b"/v1/latest?")
    for i in range(200):
        keep(ready, b"/v1/latest?n=%d" % i)
        assert ready.answer(b"GET", b"/v1/latest", []) is not None
    assert ready.answer(b"GET", b"/v1/latest?n=1", []) is None


@pytest.mark.slow
def test_what_is_asked_again_and_again_is_ready_when_another_model_comes(home, second_model):
    service = home.service(refresh_seconds=1000)
    saving.publish(second_model, home.models, promoted=False)
    often = ["/v1/latest", "/v1/most-read?limit=3", f"/v1/related?id={IDS[0]}&explain=1"]
    once, fleeting = "/v1/latest?limit=2", "/v1/latest?max_age=2d"
    with watched(service) as (client, ready), asking(client) as seen:
        for address in (*often, *often, once, fleeting, fleeting):
            seen(address)
        before = service.snapshot
        service.promote("default", second_model.name.version)
        assert service.snapshot is not before
        for address, more in ((once, 0), (fleeting, 0), *((each, 1) for each in often)):
            given = ready.given
            answer = seen(address)
            assert ready.given - given == more, address
            assert answer == seen(address, **LONG_WAY)
            assert dict(answer[2])["x-model-version"] == second_model.name.version


def test_what_cannot_be_prepared_is_computed_when_it_is_asked_for(home, key):
    service = home.service()
    with watched(service) as (client, ready), asking(client) as seen:
        address = f"/v1/related?id={IDS[0]}"
        for _ in range(2):
            assert seen(address)[0] == 200
        assert client.delete(f"/v1/articles?id={IDS[0]}", headers=key).status_code == 204
        ready.prepare(service.snapshot)
        assert seen(address) == seen(address, **LONG_WAY)
        assert seen(address)[0] == 404
