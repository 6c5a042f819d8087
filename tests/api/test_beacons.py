"""Events that the protocol takes in by itself become what the route makes of them, to the byte."""

import json
import random
import re
import shutil
import sqlite3
import time
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace

import pytest

from recsys.api import protocol
from recsys.api.app import create_app
from tests.api.conftest import KEY, serving
from tests.api.test_edges import HASTY, connected

SHORT, LONG = b"/v1/events", b"/v1/%65vents"  # one route; only the first is known to the protocol
SITES = ("default", "elsewhere", "x")
IDS = ("ar-politics-01", "ar-sport-02", "fr-culture-01", "nobody", " ar-health-03 ", "7")
ANY = (None, "", " ", 1, 2.0, 2.5, -1, True, [], {}, "x" * 512, "x" * 513, "a\x00b", "\ud800", "ع")
VALUES = {
    "article_id": IDS,
    "url": ("https://news.example/a", "https://x\n", "", "ftp://x", "https://x/" + "y" * 8200),
    "event_type": ("view", "click", "impression", "history", "shown", "dance"),
    "visitor_id": ("v1", "v2"),
    "session_id": ("s1",),
    "event_id": ("e1", "e2", "e3"),
    "from_article_id": IDS,
    "list": ("related", "most_read"),
    "position": (0, 3, "4", "x", 2**31, 1e300),
    "rec_id": ("0af3",),
    "site": SITES,
    "timestamp": ("2027-01-15T03:04:05Z", 5),
    "surplus": ({"a": [1]}, "y"),
}
FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0"
HEADERS = {
    b"user-agent": (*(FIREFOX % (n, n) for n in range(130, 136)), b"curl/8.5.0", b"", b"\xff\xd8"),
    b"content-type": (
        b"text/plain;charset=UTF-8", b"application/json", b"", b"image/png", b"TEXT/PLAIN",
        b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x",
    ),
    b"x-forwarded-for": (
        b"203.0.113.7", b"198.51.100.1, 203.0.113.9", b"rubbish", b"10.0.0.1:80", b"::1", b"",
        b"::ffff:198.51.100.9", b"2001:db8::7",
    ),
    b"sec-gpc": (b"1", b"0"),
    b"dnt": (b"1",),
    b"sec-purpose": (b"prefetch;prerender", b"PREVIEW", b"none"),
    b"x-moz": (b"prefetch",),
    b"origin": (b"https://news.example", b"null"),
    b"cookie": (b"a=b",),
    b"x-api-key": (KEY.encode(), b"wrong"),
    b"if-none-match": (b"*",),
    b"range": (b"bytes=0-1",),
    b"connection": (b"close", b"keep-alive"),
    b"accept-encoding": (b"gzip",),
}  # fmt: skip
OFTEN = sorted(set(HEADERS) - {b"x-api-key", b"content-type"})
BODIES = (
    b"", b"{", b"7", b"[]", b"[1]", b"null", b"\xff\xfe", b"{}", b"[[]]", b'"x"', b" " * 16_000,
    b'{"article_id": "a", "article_id": "a"}', b'{"article_id": NaN}', b'{"position": 1e999}',
    b'{"article_id": "ar-sport-02", "position": NaN}', b'{"article_id": "\\ud800"}',
    b'\xef\xbb\xbf{"article_id": "ar-sport-02"}', b'\xef\xbb\xbf\xef\xbb\xbf{"article_id": "a"}',
    b'{"article_id": "ar-sport-02"}\n{"article_id": "ar-sport-02"}', b'{"article_id": "\xd8"}',
    json.dumps([{"article_id": "ar-sport-02"}] * 400).encode(), b"[" + b"{}," * 1001 + b"{}]",
    b"[" + b"0," * 1000 + b"0]", b"[" * 15_000, json.dumps({"article_id": "x" * 513}).encode(),
    b'{"article_id": "ar-sport-02", "from_article_id": "\\ud83d\\ude00"}', b" " * 16_001,
)  # fmt: skip
QUERIES = (b"", b"", b"", b"?", b"?site=elsewhere", b"?site=x", b"?site=", b"?site=%00", b"?n=1")


@dataclass
class Way:
    """A server of its own, whose requests name its events by one of the two paths."""

    client: object
    beacons: object
    path: bytes

    def asked(self, target, headers, body, method=b"POST"):
        """Ask, and return everything but the date, and how often the short way was gone."""
        lines = [b"%b: %b" % pair for pair in headers]
        first = b"%b %b%b HTTP/1.1" % (method, self.path, target)
        head = b"\r\n".join((first, b"host: recs.example", *lines, b"", b""))
        before = self.beacons.given
        with connected(self.client) as sock:
            sock.sendall(head)
            sock.sendall(body)
            answer = whole(sock)
        return answer, self.beacons.given - before


def whole(sock):
    """Read one answer, or nothing where there is none, less its date."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += (part := sock.recv(65_536))
        if not part:
            return received
        received = received.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head)
    while length and len(body) < int(length[1]):
        body += sock.recv(65_536)
    dateless = re.sub(rb"\r\ndate: [^\r]*", b"", head)
    assert dateless != head
    return dateless + b"\r\n\r\n" + body


@contextmanager
def both_over(home):
    """Two servers over equal stores, in which readers are hashed alike; and what these hold."""
    counting = replace(
        home.settings.counting,
        trusted_proxies=("127.0.0.1",),
        staff=("203.0.113.0/25",),
        events_per_minute=60,
    )
    settings = replace(home.settings, counting=counting)
    with way_of(home, SHORT, settings) as way:
        for site in SITES:
            answer = way.client.post(f"/v1/events?site={site}", json={"article_id": "nobody"})
            assert answer.status_code == 202
    twin = replace(home, folder=home.folder.with_name("twin"))
    shutil.copytree(home.folder, twin.folder)
    with ExitStack() as stack:
        yield (
            stack.enter_context(way_of(home, SHORT, settings)),
            stack.enter_context(way_of(twin, LONG, settings)),
            lambda: (written(home), written(twin)),
        )


@pytest.fixture
def both(home):
    with both_over(home) as given:
        yield given


@pytest.fixture(scope="module")
def lasting(sample_home, tmp_path_factory):
    """The same two for one question after another: equal before, they must be equal after."""
    folder = tmp_path_factory.mktemp("lasting") / "home"
    shutil.copytree(sample_home.folder, folder)
    with both_over(replace(sample_home, folder=folder)) as given:
        yield given


@contextmanager
def way_of(home, path, settings):
    app = create_app(home.service(settings=settings))
    with serving(app) as client:
        yield Way(client, app.state.beacons, path)


def written(home):
    """Everything in a store, table by table, but for what is made and noted in idle moments."""
    with closing(sqlite3.connect(home.folder / "news.db")) as store, store:
        names = store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        kept = [name for (name,) in names if name not in ("packs", "state")]
        found = {name: sorted(store.execute(f"SELECT * FROM {name}"), key=repr) for name in kept}
        said = store.execute("SELECT revision, newest_event, decided FROM state")
        return {**found, "state": said.fetchall()}


def counts(way):
    """What is counted of requests and events, under the names of a route."""
    lines = way.client.get("/metrics").text.splitlines()
    kept = ("recsys_requests_total", "recsys_events_total", "recsys_shed_total")
    return [line for line in lines if line.startswith(kept) and "/metrics" not in line]


def row(draw):
    """One event, mostly a good one."""
    names = ["article_id", *draw.sample(sorted(VALUES), draw.randint(0, 4))]
    good = draw.random() < 0.8
    found = {name: draw.choice(VALUES[name][:3] if good else VALUES[name]) for name in names}
    if draw.random() < 0.2:
        found |= {"event_type": "click", "list": "related", "article_id": "ar-sport-02"}
    if draw.random() < 0.07:
        found[draw.choice(names)] = draw.choice(ANY)
    return found


def body(draw):
    """One event or some, as a page sends them; or what no page sends."""
    if draw.random() < 0.1:
        return draw.choice(BODIES)
    rows = row(draw) if draw.random() < 0.6 else [row(draw) for _ in range(draw.randint(0, 5))]
    text = json.dumps(rows, ensure_ascii=draw.random() < 0.5)
    sent = text.encode("utf-8", "surrogatepass")
    if draw.random() < 0.1:
        at = draw.randrange(len(sent))
        sent = sent[:at] + draw.choice((b"", b"\x00", b'"', b"\xff", sent)) + sent[at + 1 :]
    return sent


def headers_of(draw, sent):
    """Headers in any order and case, some of them twice."""
    names = [b"user-agent"]
    names += draw.sample(OFTEN, draw.randint(0, 4))
    names += [b"x-api-key"] if draw.random() < 0.07 else []
    pairs = [(name, draw.choice(HEADERS[name])) for name in names]
    kinds = HEADERS[b"content-type"]
    pairs.append((b"content-type", draw.choice(kinds if draw.random() < 0.2 else kinds[:3])))
    pairs.append((b"content-length", b"%d" % len(sent)))
    draw.shuffle(pairs)
    return [(name.title() if draw.random() < 0.5 else name, value) for name, value in pairs]


@pytest.mark.slow  # asks 320 times
def test_both_ways_answer_and_store_alike_whatever_is_sent(both):
    short, long, stores = both
    draw, taken = random.Random(3), 0
    for step in range(160):
        sent, target = body(draw), draw.choice(QUERIES)
        headers = headers_of(draw, sent)
        one, n = short.asked(target, headers, sent)
        other, none = long.asked(target, headers, sent)
        assert one == other, (step, target, headers, sent)
        assert none == 0
        keyed = any(name.lower() == b"x-api-key" for name, _ in headers)
        plain = target in (b"", b"?", b"?site=elsewhere", b"?site=x") and not keyed
        assert n == (plain and one.startswith(b"HTTP/1.1 202")), (step, target, headers, sent)
        taken += n
    assert 60 < taken < 130
    stored, twin = stores()
    assert stored == twin
    sizes = {name: len(stored[name]) for name in ("events", "strays", "clicks", "seen", "ranges")}
    assert min(sizes.values()) > 1, sizes
    assert counts(short) == counts(long)


@pytest.mark.slow  # looks into both stores after each
@pytest.mark.parametrize("sent", BODIES, ids=range(len(BODIES)))
def test_both_ways_say_the_same_of_an_odd_body(lasting, sent):
    short, long, stores = lasting
    for kind in (b"text/plain", b"application/json"):
        headers = [(b"content-type", kind), (b"content-length", b"%d" % len(sent))]
        assert short.asked(b"", headers, sent)[0] == long.asked(b"", headers, sent)[0]
    assert stores()[0] == stores()[1]


def posted(sent, target=SHORT, more=b""):
    head = b"POST %b HTTP/1.1\r\nhost: x\r\n%bcontent-length: %d\r\n\r\n"
    return head % (target, more, len(sent)) + sent


VIEW = b'{"article_id": "ar-sport-02"}'


def test_a_beacon_that_comes_in_pieces_is_taken_in_once_it_is_here(both):
    short, _, _ = both
    sent = posted(VIEW)
    with connected(short.client) as sock:
        for at in range(0, len(sent), 7):
            sock.sendall(sent[at : at + 7])
            time.sleep(0.001)
        assert whole(sock).endswith(b'{"received":1,"counted":0}')
    assert short.beacons.given == 1


def test_what_is_sent_behind_a_beacon_is_answered_behind_it(both):
    short, _, _ = both
    wrong = posted(b"{")
    live = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"
    answers = []
    with connected(short.client) as sock:
        sock.sendall(posted(VIEW) + live + posted(VIEW, more=b"sec-gpc: 1\r\n") + wrong + live)
        received = b""
        while received.count(b"HTTP/1.1 ") < 5 or not received.endswith(b"}"):
            received += sock.recv(65_536)
        answers = re.findall(rb"HTTP/1.1 (\d+)", received)
    assert answers == [b"202", b"200", b"202", b"400", b"200"]
    assert short.beacons.given == 1


@pytest.mark.slow  # waits until it is too slow
@pytest.mark.parametrize("more", [b"", b"connection: close\r\n", b"expect: 100-continue\r\n"])
def test_half_a_beacon_is_nothing_either_way(both, monkeypatch, until, more):
    monkeypatch.setattr(protocol.Protocol, "deadlines", HASTY)
    short, long, stores = both
    sent = [posted(VIEW, way.path, more)[:-5] for way in (short, long)]
    answers = []
    for way, half in zip((short, long), sent, strict=True):
        with connected(way.client) as sock:  # the client goes away
            sock.sendall(half)
        with connected(way.client) as sock:  # and this one waits
            sock.sendall(half)
            answers.append(whole(sock))
    assert answers[0] == answers[1]
    assert b"too_slow" in answers[0]
    until(lambda: counts(short) == counts(long))
    assert sum("499" in line for line in counts(short)) == 1
    assert stores()[0] == stores()[1]


def test_the_sender_of_a_beacon_may_leave_at_once(both, until):
    short, _, stores = both
    before = len(stores()[0]["strays"])
    for _ in range(5):
        with connected(short.client) as sock:
            sock.sendall(posted(b'{"article_id": "nobody"}', more=b"user-agent: Firefox\r\n"))
    until(lambda: len(stores()[0]["strays"]) == before + 5)
    until(lambda: short.beacons.given == 5)


def test_what_waits_for_the_store_is_answered_before_the_server_stops(home, until):
    with ExitStack() as stack:
        app = create_app(home.service())
        with serving(app) as client:
            waiting = [stack.enter_context(connected(client)) for _ in range(20)]
            store = stack.enter_context(closing(sqlite3.connect(home.folder / "news.db")))
            store.execute("BEGIN IMMEDIATE")
            for sock in waiting:
                sock.sendall(posted(VIEW))
            until(lambda: app.state.admission.in_flight["event"] == 20)
            assert app.state.beacons.given == 0
            store.rollback()
        assert app.state.beacons.given == 20
        for sock in waiting:
            answer = whole(sock)
            assert answer.startswith(b"HTTP/1.1 202")


@pytest.mark.slow  # waits for the store until it is given up
def test_a_store_that_cannot_be_written_is_told_alike_both_ways(both, home, tmp_path):
    short, long, _ = both
    headers = [(b"content-length", b"%d" % len(VIEW))]
    with ExitStack() as stack:
        for folder in (home.folder, tmp_path / "twin"):
            store = stack.enter_context(closing(sqlite3.connect(folder / "news.db")))
            store.execute("BEGIN IMMEDIATE")
        waited = [way.asked(b"", headers, VIEW) for way in (short, long)]
        at_once = [way.asked(b"", headers, VIEW) for way in (short, long)]
    assert waited[0][0] == waited[1][0] == at_once[0][0] == at_once[1][0]
    assert b" 503 " in waited[0][0]
    assert b"retry-after: 1" in waited[0][0]
    assert short.beacons.given == 2
