"""What no browser sends: bytes that are no request, half a request, bodies that are no JSON."""

import json
import re
import socket
import time
from contextlib import suppress

import pytest
import uvicorn

from recsys.api.app import create_app
from recsys.api.middleware import MOST_PARAMETERS
from recsys.api.protocol import MOST_UNANSWERED, Deadlines, Protocol
from recsys.api.serving import OPTIONS

LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /v1/events HTTP/1.1\r\nHost: x\r\n"
SECRET = b"zanzibar"  # whatever is sent never comes back
LAST = LIVE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
HASTY = Deadlines(head=0.15, body=0.15, keyed_body=0.5, unread=0.2, linger=0.2, look=0.02)


def connected(client):
    return socket.create_connection((client.base_url.host, client.base_url.port), 5)


def talk(client, *parts):
    """Send, and return what comes until the server closes."""
    received = b""
    with connected(client) as sock:
        for part in parts:
            sock.sendall(part)
        while part := sock.recv(65536):
            received += part
    return received


def sent_until_cut_off(sock, data, pause=0.0, seconds=5.0):
    """Send over and over, and return what was sent; it must not go on for ever."""
    sock.settimeout(seconds)
    sent, end = [], time.monotonic() + seconds
    with suppress(ConnectionError):
        while time.monotonic() < end:
            sock.sendall(data)
            sent.append(data)
            time.sleep(pause)
    assert time.monotonic() < end, "the server takes whatever comes"
    return sent


def statuses(received):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


def is_refused(received, status=400, code="bad_request"):
    """Check that the last answer is our error, that it is clean, and the connection closed."""
    head, _, body = received.rpartition(b"HTTP/1.1 ")[2].partition(b"\r\n\r\n")
    headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    assert head.startswith(b"%d " % status), received
    error = json.loads(body)["error"]
    assert (list(error), error["code"]) == (["code", "message", "field"], code)
    assert headers[b"content-type"] == b"application/json"
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"access-control-allow-origin"] == b"*"
    assert headers[b"connection"] == b"close"
    assert headers[b"date"]
    assert not {b"server", b"set-cookie"} & set(headers)
    assert SECRET not in received


@pytest.mark.parametrize(
    "sent",
    [
        "خبر عاجل zanzibar\r\n\r\n".encode(),
        "GET /خبر-zanzibar HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        b"GET /\0zanzibar HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03zanzibar",
        b"ZANZIBAR / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"get /health/live HTTP/1.1\r\nHost: zanzibar\r\n\r\n",
        b"GET zanzibar HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: zanzibar\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: \0zanzibar\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nzanzibar\r\n\r\n",
        b"CONNECT zanzibar:80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nzanzibar",
        POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nzanzibar",
        POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n[\"zanzibar\"]",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: 99999999999999999999999999\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzanzibar\r\n",
        POST + b"Transfer-Encoding: identity\r\n\r\nzanzibar",
        b"GET /" + b"zanzibar" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        LIVE[:-2] + b"A: " + b"zanzibar" * 8192 + b"\r\n\r\n",
        LIVE[:-2] + b"A: " + b"zanzibar" * 50_000,  # and no end
        LIVE[:-2] + b"A: zanzibar\r\n" * 201 + b"\r\n",
    ],
)  # fmt: skip
def test_what_is_no_request_is_answered_400_with_our_error_and_no_echo(api, caplog, sent):
    is_refused(talk(api, sent))
    assert "zanzibar" not in caplog.text.lower()
    assert "127.0.0.1" not in caplog.text


def test_a_head_of_less_than_64_kb_is_read(api):
    assert statuses(talk(api, LIVE[:-2] + b"A: " + b"a" * 65_000 + b"\r\n\r\n", LAST)) == [200, 200]


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"http://x.example/health/live", 200),
        (b"HTTPS://x.example:1/v1/latest?limit=1", 200),
        (b"http://x.example", 404),
        (b"http://x.example?limit=1", 404),
        (b"*", 404),
        (b"//v1/latest", 404),
        (b"/health/live#part", 200),
        (b"/v1/%zz%", 404),
        (b"/v1/articles/%ff%fe", 405),
        (b"/static/%00", 404),
        (b"/static/" + b"a" * 9000, 404),
        (b"/static/../app.py", 404),
        (b"/static/%ff", 404),
        (b"/v1/latest?id=%ff%00", 422),
        (b"/v1/latest?%ff=%ff&limit=1", 200),
    ],
)
def test_odd_targets_are_answered(api, target, status):
    received = talk(api, b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n", LAST)
    assert statuses(received) == [status, 200]


@pytest.mark.parametrize("method", [b"TRACE", b"PROPFIND", b"PATCH", b"LOCK", b"OPTIONS"])
def test_methods_that_nothing_knows_are_refused(api, method):
    for path in (b"/v1/latest", b"/nope", b"/static/docs.js"):
        received = talk(api, method + b" " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n", LAST)
        status, after = statuses(received)
        assert (status in (404, 405), after) == (True, 200)


def test_a_client_of_http_1_0_is_answered_and_the_connection_closed(api):
    received = talk(api, b"GET /v1/latest HTTP/1.0\r\n\r\n")
    assert statuses(received) == [200]


def test_requests_behind_one_another_are_answered_in_their_order(api):
    paths = [b"/health/live", b"/v1/latest?limit=1", b"/nope", b"/v1/most-read?limit=1"]
    asked = b"".join(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in paths)
    received = talk(api, asked + LAST)
    assert statuses(received) == [200, 200, 404, 200, 200]
    assert received.index(b'"live"') < received.index(b'"latest"') < received.index(b'"most_read"')


@pytest.mark.parametrize("first", [LIVE, b"GET /v1/page HTTP/1.1\r\nHost: x\r\n\r\n", LIVE * 3])
def test_rubbish_behind_a_request_is_refused_after_the_answer(api, first):
    received = talk(api, first + b"zanzibar \0\r\n\r\n")
    assert statuses(received) == [*[200] * first.count(b"GET"), 400]
    is_refused(received)


def test_a_body_is_asked_for_where_the_client_waits_for_that(api):
    head = POST + b"Expect: 100-continue\r\nContent-Length: "
    with connected(api) as sock:
        sock.sendall(head + b"2\r\n\r\n")
        assert sock.recv(99) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"[]")
        assert statuses(sock.recv(9999)) == [202]
    too_large = talk(api, head + b"99999\r\n\r\n")
    assert statuses(too_large) == [413]
    assert b"connection: close" in too_large


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_a_request_that_asks_for_another_protocol_is_answered_in_this_one(api, protocol):
    asked = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: " + protocol + b"\r\n"
    posted = POST + asked + b"HTTP2-Settings: AAM\r\nContent-Length: 2\r\n\r\n[]"
    received = talk(api, posted + LIVE[:-2] + asked + b"\r\n" + LAST)
    assert statuses(received) == [202, 200, 200]
    assert statuses(talk(api, *(bytes([byte]) for byte in posted), LAST)) == [202, 200]


@pytest.mark.parametrize("address", [b"/v1/events", b"/v1/articles", b"/nope", b"/static/docs.js"])
def test_who_sends_too_much_reads_the_answer_all_the_same(api, address):
    head = b"POST " + address + b" HTTP/1.1\r\nHost: x\r\n"
    whole = b"Content-Length: 3000000\r\n\r\n" + b" " * 3_000_000
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    chunked = b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 20 + b"0\r\n\r\n"
    for body in (whole, chunked):
        status, after = statuses(talk(api, head + body, LAST))
        assert (status in (401, 404, 405, 413), after) == (True, 200)
        assert statuses(talk(api, head + b"Connection: close\r\n" + body)) == [status]


@pytest.mark.slow  # waits
def test_a_head_that_does_not_come_to_an_end_is_closed(own_api, monkeypatch):
    monkeypatch.setattr(Protocol, "deadlines", HASTY)
    for begun in (b"", b"GET / HT", LIVE + b"GET /v1/la"):
        assert len(statuses(talk(own_api, begun))) == begun.count(LIVE)


@pytest.mark.slow  # waits
def test_bytes_that_trickle_in_do_not_put_off_the_end_of_a_head(own_api, monkeypatch):
    monkeypatch.setattr(Protocol, "deadlines", HASTY)
    with connected(own_api) as sock:
        assert len(sent_until_cut_off(sock, b"A", pause=0.03)) < 20


@pytest.mark.slow  # waits
def test_a_body_that_does_not_come_to_an_end_is_too_slow(own_api, monkeypatch):
    monkeypatch.setattr(Protocol, "deadlines", HASTY)
    for body in (b"Content-Length: 9\r\n\r\n[", b"Transfer-Encoding: chunked\r\n\r\n"):
        begun = time.monotonic()
        is_refused(talk(own_api, POST + body), code="too_slow")
        assert 0.15 <= time.monotonic() - begun < 0.45
    is_refused(talk(own_api, POST + b"X-API-Key: k\r\n" + body), code="too_slow")
    assert time.monotonic() - begun > 0.6


@pytest.mark.slow  # waits
def test_a_client_that_does_not_read_is_cut_off(own_api, monkeypatch):
    monkeypatch.setattr(Protocol, "deadlines", HASTY)
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect((own_api.base_url.host, own_api.base_url.port))
        sent_until_cut_off(sock, b"GET /static/docs.js HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
    assert own_api.get("/health/live").status_code == 200


def test_who_sends_many_requests_ahead_is_answered_some_and_closed(own_api):
    received = talk(own_api, LIVE * 5000)
    assert statuses(received) == [*[200] * MOST_UNANSWERED, 400]
    is_refused(received)


@pytest.mark.slow  # waits
def test_a_kept_connection_outlives_the_deadlines(own_api, monkeypatch):
    monkeypatch.setattr(Protocol, "deadlines", HASTY)
    with connected(own_api) as sock:
        for _ in range(2):
            sock.sendall(LIVE)
            assert statuses(sock.recv(9999)) == [200]
            time.sleep(0.25)


def test_a_clients_address_never_comes_from_a_header(home):
    app = create_app(home.service())
    config = uvicorn.Config(app, **OPTIONS)
    config.load()
    assert config.loaded_app is app  # and not in a layer that rewrites it
    assert OPTIONS["timeout_keep_alive"] > 60
    app.state.service.close()


BAD = {
    "nothing": b"",
    "half": b"{",
    "deep": b"[" * 100_000,
    "deep objects": b'{"a":' * 5000,
    "NaN": b'{"article_id": "zanzibar", "position": NaN}',
    "Infinity": b'{"article_id": "zanzibar", "position": -Infinity}',
    "infinite": b'{"article_id": "zanzibar", "position": 1e999}',
    "invalid UTF-8": b'{"article_id": "zanzibar\xff"}',
    "UTF-16": '{"article_id": "zanzibar"}'.encode("utf-16"),
    "a key twice": b'{"article_id": "zanzibar", "article_id": "zanzibar"}',
    "a huge number": b'{"article_id": ' + b"9" * 5000 + b"}",
    "rubbish behind": b'{"article_id": "a"} zanzibar',
    "form data": b"article_id=zanzibar",
}
BAD_ROWS = {
    "half a character": b'{"article_id": "zanzibar\\ud800"}',
    "NUL": b'{"article_id": "zanzibar\\u0000"}',
    "a large number": b'{"article_id": ' + b"9" * 600 + b"}",
    "no string": b'{"article_id": {"zanzibar": []}}',
    "no row": b'["zanzibar"]',
    "no object": b'"zanzibar"',
}
ROUTES = (
    ("POST", "/v1/events"),
    ("POST", "/v1/related"),
    ("PUT", "/v1/articles?id=a"),
    ("PUT", "/v1/articles/a"),
    ("POST", "/v1/articles"),
)


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_a_body_that_is_no_json_is_400_and_not_repeated(api, key, body):
    for method, address in ROUTES:
        answer = api.request(method, address, content=body, headers=key)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "bad_request"
        assert "zanzibar" not in str(answer.headers) + answer.text


@pytest.mark.parametrize("body", BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_row_that_is_none_is_refused_and_not_repeated(api, key, body):
    for method, address in ROUTES:
        answer = api.request(method, address, content=body, headers=key)
        assert "zanzibar" not in str(answer.headers) + answer.text
        if (method, address) == ("POST", "/v1/articles"):  # says what is wrong with each
            assert (answer.json()["stored"], len(answer.json()["errors"])) == (0, 1)
        else:
            assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_value")


@pytest.mark.parametrize("kind", ["application/xml", "image/png", "text/html", "multipart/x", "ء"])
def test_a_body_of_a_kind_that_is_no_json_is_400(api, key, kind):
    for method, address in ROUTES:
        headers = {**key, "Content-Type": kind.encode()}
        assert api.request(method, address, content=b"[]", headers=headers).status_code == 400


@pytest.mark.parametrize(
    "kind",
    ["application/json; charset=utf-8", "text/plain;charset=UTF-8", "application/x-ndjson",
     "application/x-www-form-urlencoded", "Application/Problem+JSON", ""],
)  # fmt: skip
def test_clients_may_call_json_what_they_are_used_to(api, kind):
    answer = api.post("/v1/events", content=b"[]", headers={"Content-Type": kind})
    assert answer.status_code == 202


def test_events_may_be_16_kb_and_with_a_valid_key_a_megabyte(own_api, key):
    site_key = {"X-API-Key": b"wrong"}
    for size, headers, status in [
        (16_000, {}, 202),
        (16_001, {}, 413),
        (16_001, site_key, 413),
        (16_001, key, 202),
        (1_000_000, key, 202),
        (1_000_001, key, 413),
    ]:
        body = b"[]".ljust(size)
        whole = own_api.post("/v1/events", content=body, headers=headers)
        parts = own_api.post("/v1/events", content=iter([body[:9], body[9:]]), headers=headers)
        assert (whole.status_code, parts.status_code) == (status, status), size


def test_a_query_may_be_so_long_and_no_longer(api):
    for query, status in [
        ("&".join(["a"] * MOST_PARAMETERS), 200),
        ("&".join(["a"] * (MOST_PARAMETERS + 1)), 400),
        ("a=" + "a" * 31_998, 200),
        ("a=" + "a" * 31_999, 400),
    ]:
        for address in ("/v1/latest", "/v1/page.html", "/health/ready"):
            answer = api.get(f"{address}?{query}")
            assert answer.status_code == status
            if status == 400 and address.endswith(".html"):  # goes into a page as it is
                assert (answer.headers["x-error"], answer.content) == ("bad_request", b"")
            elif status == 400:
                assert answer.json()["error"]["code"] == "bad_request"


@pytest.mark.parametrize("part", ["bytes=0-9", "bytes=999999999-", "zanzibar", "bytes=9-1"])
def test_files_are_sent_whole(api, part):
    answer = api.get("/static/docs.js", headers={"Range": part})
    assert answer.status_code == 200
    assert answer.content == api.get("/static/docs.js").content
