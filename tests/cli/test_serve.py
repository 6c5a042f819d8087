import json
import logging
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from http.client import HTTPConnection

import pytest


@pytest.fixture(autouse=True)
def _logging_as_it_was():
    loggers = [logging.getLogger(name) for name in (None, "recsys", "uvicorn")]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def serving(newsroom, *more: str):
    """Start ``recsys serve`` and give its port; it must end quietly when interrupted."""
    port = free_port()
    call = [sys.executable, "-m", "recsys", "serve", "--models", str(newsroom.models)]
    call += ["--store", newsroom.store, "--port", str(port), *more]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        until = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            try:
                first = socket.create_connection(("127.0.0.1", port))
                break
            except OSError:
                time.sleep(0.001)
        with first:  # who was let in before anything was loaded is answered too
            assert asked(first, "/health/live").startswith(b"HTTP/1.1 200 ")
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert out == f"http://127.0.0.1:{port}/docs\n"
    assert {json.loads(line)["level"] for line in err.splitlines()} == {"info"}
    assert process.returncode in (0, 130)


def asked(connection: socket.socket, path: str) -> bytes:
    connection.settimeout(60)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: news\r\n\r\n".encode())
    return connection.recv(1_024)


def answer(port: int, path: str):
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_the_service_answers_what_the_command_prints(recsys, newsroom, workers):
    with serving(newsroom, "--now", "data", "--workers", str(workers)) as port:
        status, served = answer(port, "/v1/related?id=ar-sport-01&limit=3&explain=1")
    call = ["related", "ar-sport-01", "--models", newsroom.models, "--store", newsroom.store]
    printed = recsys(*call, "--now", "data", "--limit", "3", "--explain", "--json").document
    assert status == 200
    names = [[item["article_id"] for item in answer["items"]] for answer in (served, printed)]
    assert names[0] == names[1]
    assert (served["rec_id"], served["model"]) == (printed["rec_id"], printed["model"])
    assert served["generated_at"].startswith("2027-01-15T")  # the clock starts there and runs on


def test_a_port_that_is_taken_is_one_line(recsys, newsroom):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        call = ["serve", "--models", newsroom.models, "--store", newsroom.store, "--port", port]
        said = recsys(*call)
    assert said.code == 1
    assert said.err.startswith(f"recsys: 127.0.0.1:{port}: cannot listen there: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("store", ["sqlite:///no/such/place.db", "news.db"])
def test_a_store_that_cannot_be_is_one_line(recsys, newsroom, store):
    said = recsys("serve", "--models", newsroom.models, "--port", free_port(), "--store", store)
    assert said.code == 1
    assert said.err.startswith("recsys: ")
    assert said.err.count("\n") == 1
