"""More than can be done: who is let in, who is told to come again, and how the server stops."""

import asyncio
import signal
import socket
import time
from collections import Counter
from contextlib import suppress
from threading import Event as Signal
from threading import Thread

import httpx
import pytest

from recsys.api import admission as rules
from recsys.api.admission import Admission, Gate, Ticket, kind_of
from recsys.data.stores import open_store
from tests.api.test_serving import launch_of, started

PAGE = "/v1/page"


class Clock:
    """Stands still until it is moved."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def admission(clock):
    return Admission({PAGE, "/v1/latest"}, clock)


def taught(admission, clock, path, seconds, times=300):
    for _ in range(times):
        admission.start(admission.ask("read", path))
        clock.now += seconds
        admission.measure()
        admission.leave(Ticket("read", path, started=True))


def let_in(admission, kind, path=PAGE, most=1000):
    return [ticket for _ in range(most) if (ticket := admission.ask(kind, path))]


def test_reads_are_let_in_until_they_would_wait_for_180_ms(admission, clock):
    taught(admission, clock, PAGE, 0.01)
    assert len(let_in(admission, "read")) == 19  # the last one behind 18 of 10 ms
    assert admission.waiting_seconds == pytest.approx(0.19, rel=0.01)
    assert admission.shed == {"read": 981, "event": 0, "write": 0}


def test_events_are_shed_before_reads(admission, clock):
    taught(admission, clock, PAGE, 0.01)
    tickets = [admission.ask("read", PAGE) for _ in range(10)]
    assert admission.ask("event", "/v1/events") is None
    assert admission.ask("read", PAGE) is not None
    admission.withdraw(tickets[0])
    admission.withdraw(tickets[1])
    assert admission.ask("event", "/v1/events") is not None
    assert admission.shed == {"read": 0, "event": 1, "write": 0}


def test_quick_answers_make_a_longer_queue_than_slow_ones(admission, clock):
    taught(admission, clock, PAGE, 0.01)
    taught(admission, clock, "/v1/latest", 0.001)
    assert len(let_in(admission, "read", "/v1/latest")) == pytest.approx(181, abs=1)


def test_a_single_read_is_let_in_however_slow_it_is(admission, clock):
    taught(admission, clock, PAGE, 5.0)
    assert len(let_in(admission, "read")) == 1


def test_one_pause_changes_the_estimate_by_little(admission, clock):
    taught(admission, clock, PAGE, 0.01)
    taught(admission, clock, PAGE, 10.0, times=1)
    assert len(let_in(admission, "read")) in (15, 16)


def test_a_wait_that_was_longer_than_expected_ends_in_a_refusal(admission, clock):
    early, late, *others = let_in(admission, "read")
    shed = admission.shed["read"]
    clock.now += 0.22
    assert admission.is_in_time(early)
    clock.now += 0.01
    assert not admission.is_in_time(late)
    assert admission.shed["read"] == shed + 1
    for ticket in (early, *others):
        admission.withdraw(ticket)
    assert admission.waiting_seconds == 0


def test_after_a_pause_of_the_machine_the_few_that_wait_are_answered(admission, clock):
    few = let_in(admission, "read", most=4)
    clock.now += 10
    assert all(admission.is_in_time(ticket) for ticket in few)
    assert admission.shed["read"] == 0


@pytest.mark.parametrize(("kind", "most"), [("event", 1000), ("write", 100)])
def test_only_so_many_may_wait_for_the_disk(admission, kind, most):
    for _ in range(most):
        admission.start(admission.ask(kind, "/v1/events"))
    assert admission.ask(kind, "/v1/events") is None
    assert admission.ask("read", PAGE) is not None
    admission.leave(Ticket(kind, "", started=True))
    assert admission.ask(kind, "/v1/events") is not None


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/v1/page", "read"),
        ("HEAD", "/static/docs.js", "read"),
        ("OPTIONS", "/v1/events", "read"),
        ("POST", "/v1/events", "event"),
        ("POST", "/v1/related", "write"),
        ("DELETE", "/v1/articles", "write"),
        ("GET", "/health/live", None),
        ("GET", "/metrics", None),
        ("GET", "/metrics/x", "read"),
    ],
)
def test_what_requests_count_as(method, path, kind):
    assert kind_of(method, path) == kind


def served(admission, *asked):
    """Ask for all at once through the gate, and return who was begun in which turn of the loop."""
    begun, turn = [], 0

    async def app(scope, receive, send):
        begun.append((scope["path"], turn))

    async def count_turns():
        nonlocal turn
        while True:
            await asyncio.sleep(0)
            turn += 1

    async def run():
        counting = asyncio.ensure_future(count_turns())
        gate = Gate(app, admission)
        scopes = [{"type": "http", "method": "GET", "headers": [], **scope} for scope in asked]
        await asyncio.gather(*(gate(scope, None, None) for scope in scopes))
        counting.cancel()

    asyncio.run(run())
    return begun


def test_a_turn_of_the_loop_starts_one_request_first_come_first_served(admission):
    begun = served(admission, *({"path": f"/{n}"} for n in range(5)))
    assert [path for path, _ in begun] == ["/0", "/1", "/2", "/3", "/4"]
    assert len({turn for _, turn in begun}) == 5
    assert admission.waiting_seconds == 0
    assert admission.in_flight["read"] == 0


def test_who_does_not_wait_for_answers_goes_behind_all_others(admission):
    behind = {rules.TICKET: admission.ask_last("read", PAGE)}
    begun = served(admission, {"path": "/0"}, {"path": "/last", **behind}, {"path": "/2"})
    assert [path for path, _ in begun] == ["/0", "/2", "/last"]


def test_nothing_is_computed_for_who_went_away(admission):
    gone = admission.ask("read", PAGE)
    gone.gone = True
    assert served(admission, {"path": "/1", rules.TICKET: gone}) == []


@pytest.fixture
def full(monkeypatch):
    """Nothing fits in."""
    monkeypatch.setattr(rules, "LONGEST_WAITS", dict.fromkeys(("read", "event", "write"), -1.0))


NEW = "/v1/page?n=new"  # asked nowhere else, so that no answer is ready
READS = (NEW, "/v1/latest?n=new", "/docs", "/static/docs.js")


@pytest.mark.parametrize("address", READS)
def test_a_refusal_is_a_clean_503_that_a_widget_can_read(api, full, address):
    answer = api.get(address, headers={"Origin": "https://x.example"})
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "overloaded"
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "connection" not in answer.headers
    assert not {"server", "set-cookie"} & set(answer.headers)
    assert api.head(address).content == b""


def test_a_fragment_that_is_refused_leaves_nothing_in_the_page(api, full):
    answer = api.get("/v1/related.html?id=x", headers={"Origin": "https://x.example"})
    assert (answer.status_code, answer.content) == (503, b"")
    assert answer.headers["x-error"] == "overloaded"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert (answer.headers["retry-after"], answer.headers["cache-control"]) == ("1", "no-store")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert api.head("/v1/related.html?id=x").status_code == 503


def test_what_is_ready_is_answered_however_much_waits(own_api, monkeypatch):
    ready = own_api.get("/v1/latest")
    monkeypatch.setattr(rules, "LONGEST_WAITS", dict.fromkeys(("read", "event", "write"), -1.0))
    assert own_api.get("/v1/page").status_code == 503
    again = own_api.get("/v1/latest")
    assert (again.status_code, again.content) == (200, ready.content)


def test_whether_it_lives_is_never_refused(api, full):
    assert api.get("/health/live").status_code == 200
    assert api.get("/health/ready").status_code == 200


def test_a_refused_connection_goes_on_where_that_is_possible(api, full):
    event = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
    live = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    page = f"GET {NEW} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    assert asked(api, event + b"\r\n", b"[1, 2, 3]" + page, page + live) == [503, 503, 503, 200]
    assert asked(api, event + b"Expect: 100-continue\r\n\r\n") == [503]
    assert asked(api, f"GET {NEW} HTTP/1.0\r\n\r\n".encode()) == [503]
    assert asked(api, page.replace(b"x", b"x\r\nConnection: close") + page) == [503]


def asked(client, *parts):
    """Send, and return the statuses of what comes until the server closes."""
    received = b""
    with socket.create_connection((client.base_url.host, client.base_url.port), 5) as sock:
        for part in parts:
            sock.sendall(part)
            time.sleep(0.02)
        while part := sock.recv(65536):
            received += part
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def test_a_large_body_that_is_not_let_in_is_refused(own_api, full, key):
    for size in (2, 3_000_000):
        answer = own_api.post("/v1/articles", content=b" " * size, headers=key)
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "overloaded"
    assert own_api.get("/health/live").status_code == 200


class Crowd:
    """Clients that ask again as soon as they are answered."""

    def __init__(self, port, n_readers, n_posters=0):
        self.seen = Counter()  # (method, status)
        self.without_retry_after = 0
        self._port, self._n_readers, self._n_posters = port, n_readers, n_posters

    async def ask(self, seconds):
        self._end = time.monotonic() + seconds
        event = b'{"article_id": "ar-sport-01"}'
        post = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(event)
        get = b"GET /v1/page?id=ar-sport-01&n=0 HTTP/1.1\r\nHost: x\r\n\r\n"
        requests = [get] * self._n_readers + [post + event] * self._n_posters
        await asyncio.gather(*map(self._client, requests))

    async def _client(self, request):
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while time.monotonic() < self._end:
            writer.write(request.replace(b"n=0", b"n=%d" % self.seen.total()))  # none is ready
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length: ")[2].split()[0]))
            status = int(head[9:12])
            self.seen[request.split()[0], status] += 1
            self.without_retry_after += status == 503 and b"retry-after: " not in head
            await asyncio.sleep(0.02 if status == 503 else 0)
        writer.close()
        await writer.wait_closed()


@pytest.mark.slow
def test_too_much_is_shed_while_the_rest_is_served_and_then_all_is_as_before(home):
    with started(launch_of(home), 1) as (_, client):
        port = client.base_url.port
        few = Crowd(port, 4)
        asyncio.run(few.ask(1.0))
        assert set(few.seen) == {(b"GET", 200)}
        many = Crowd(port, 150, 100)
        asyncio.run(many.ask(3.0))
        assert set(many.seen) == {
            *((b"GET", status) for status in (200, 503)),
            *((b"POST", status) for status in (202, 503) if many.seen[b"POST", status]),
        }
        assert many.without_retry_after == 0
        assert many.seen[b"GET", 503] > many.seen[b"GET", 200] > few.seen[b"GET", 200]
        assert many.seen[b"POST", 202] / many.seen.total() < 0.05
        assert many.seen[b"GET", 200] > many.seen[b"POST", 202]
        assert [client.get("/v1/page").status_code for _ in range(20)] == [200] * 20
        assert client.post("/v1/events", json={"article_id": "a"}).status_code == 202


HALVES = (
    b"GET /v1/page HTTP/1.1\r\nHost: x\r\n",
    b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n[",
    b"PUT /v1/articles?id=a HTTP/1.1\r\nX-API-Key: k\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n",
    b"",
)


def half_sent(port, n):
    """Open connections that never come to an end."""
    sockets = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(n)]
    for place, sock in enumerate(sockets):
        sock.sendall(HALVES[place % len(HALVES)])
    return sockets


@pytest.mark.slow
def test_hundreds_of_slow_sockets_harm_nobody(home):
    with started(launch_of(home), 1) as (_, client):
        slow, seen = half_sent(client.base_url.port, 600), Counter()
        end = time.monotonic() + 3
        while time.monotonic() < end:
            seen[client.get("/v1/page?id=ar-sport-01").status_code] += 1
            seen[client.post("/v1/events", json={"article_id": "ar-sport-01"}).status_code] += 1
        for sock in slow:
            sock.close()
        assert set(seen) == {200, 202}


@pytest.mark.slow
def test_a_server_that_is_told_to_stop_keeps_what_it_acknowledged_and_waits_for_no_slow_one(home):
    with started(launch_of(home), 1) as (process, client):
        slow = half_sent(client.base_url.port, 100)
        stored, posting = Counter(), Signal()

        def post(n):
            with httpx.Client(base_url=client.base_url) as own, suppress(httpx.TransportError):
                while True:
                    answer = own.post("/v1/events", json=[{"article_id": f"{n}"}] * 3)
                    stored[answer.status_code] += 3
                    posting.set()

        posters = [Thread(target=post, args=(n,)) for n in range(8)]
        for poster in posters:
            poster.start()
        assert posting.wait(60)
        time.sleep(0.5)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        assert time.monotonic() - begun < 8
        for each in (*posters, *slow):
            each.join() if isinstance(each, Thread) else each.close()
        assert "Traceback" not in process.stderr.read()
    assert set(stored) == {202}
    store = open_store(home.store_url)
    assert store.ledger("default").document()["received"] >= stored[202]
    store.close()
