import json
import logging
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest

from recsys import saving
from recsys.api.logs import JsonLines, TextLines, options
from tests.api.test_serving import free_port

TIME = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def record(message: str, *arguments: object, error: BaseException | None = None):
    facts = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("recsys.test", logging.WARNING, "f.py", 1, message, arguments, facts)


def caught() -> BaseException:
    try:
        raise ValueError("first line\nsecond line")
    except ValueError as error:
        return error


def test_a_record_is_one_json_object_on_one_line():
    line = JsonLines().format(record("a\nb %s %d", "خبر\ud800", 2))
    assert "\n" not in line
    assert line.isascii()
    document = json.loads(line)
    assert re.fullmatch(TIME, document.pop("time"))
    assert document == {
        "level": "warning", "logger": "recsys.test", "message": "a\nb خبر\ud800 2"
    }  # fmt: skip


def test_a_traceback_is_one_string():
    document = json.loads(JsonLines().format(record("it failed", error=caught())))
    assert document["message"] == "it failed"
    assert document["error"].startswith("Traceback (most recent call last):\n")
    assert document["error"].endswith("ValueError: first line\nsecond line")


def test_text_is_for_people():
    line, *rest = TextLines().format(record("it failed", error=caught())).split("\n")
    assert re.fullmatch(f"{TIME} WARNING recsys.test: it failed", line)
    assert rest[0] == "Traceback (most recent call last):"


def test_no_format_leaves_logging_as_it_is():
    assert options(None) == {}


@contextmanager
def serving(home, *more: str, stderr=subprocess.PIPE):
    """Start ``recsys serve`` and give process and address; stop it at the end."""
    port = free_port()
    call = [sys.executable, "-m", "recsys", "serve", "--models", str(home.models)]
    call += ["--store", home.store_url, "--port", str(port), *more]
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=stderr, text=True)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1200):
            try:
                httpx.get(f"{address}/health/live", timeout=60)
                break
            except httpx.TransportError:
                assert process.poll() is None
                time.sleep(0.05)
        yield process, address
    finally:
        process.kill()
        process.communicate()


def stopped(process) -> list[dict]:
    """Stop a service and return what it logged: JSON, line for line."""
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    return [json.loads(line) for line in err.splitlines()]


def messages(records: list[dict], logger: str = "recsys") -> list[str]:
    return [each["message"] for each in records if each["logger"].startswith(logger)]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_elsewhere_than_on_a_terminal_every_line_is_json_from_every_worker(home, workers):
    with serving(home, "--workers", str(workers)) as (process, _):
        records = stopped(process)
    assert all(set(each) == {"time", "level", "logger", "message"} for each in records)
    assert all(re.fullmatch(TIME, each["time"]) for each in records)
    version = (home.models / "default" / "CURRENT").read_text().strip()
    said = messages(records)
    assert said.count(f"serving model default {version}") == workers
    assert sum(text.startswith("all that was acknowledged is stored") for text in said) == workers
    assert messages(records, "uvicorn").count("Application startup complete.") == workers


@pytest.mark.slow
def test_swaps_refusals_and_trouble_with_the_store_are_told(home, second_model):
    first = (home.models / "default" / "CURRENT").read_text().strip()
    with serving(home, "--log-format", "json") as (process, address):

        def ready() -> dict:
            return httpx.get(f"{address}/health/ready", timeout=60).json()

        def wait(holds) -> None:
            until = time.monotonic() + 60
            while not holds(ready()):
                assert time.monotonic() < until
                time.sleep(0.1)

        second = saving.publish(second_model, home.models)
        wait(lambda now: now["model"]["version"] == second)
        damaged = home.models / "default" / second / "idf.npy"
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
        (home.models / "default" / "CURRENT").write_text(f"{second}\n")
        wait(lambda now: now["refused"])
        os.rename(home.folder / "news.db", home.folder / "gone.db")
        wait(lambda now: now["store"] == "unreachable")
        os.rename(home.folder / "gone.db", home.folder / "news.db")
        wait(lambda now: now["store"] == "ok")
        records = stopped(process)
    levels = {each["message"]: each["level"] for each in records}
    assert f"serving model default {first}" in levels
    assert [text for text in levels if second in text and "served now" in text]
    (refused,) = [text for text in levels if "is refused" in text]
    assert second in refused
    assert levels[refused] == "error"
    assert any("store cannot be read" in text for text in levels)
    assert any("store can be read again" in text for text in levels)


@pytest.mark.slow
def test_nothing_of_a_client_is_logged(home):
    with serving(home) as (process, address):
        agent = {"user-agent": "Spy/1.0", "x-forwarded-for": "203.0.113.9"}
        for path in ("/v1/latest?section=secret", "/secret", "/v1/related?id=secret"):
            httpx.get(f"{address}{path}", headers=agent)
        view = {"article_id": "secret", "visitor_id": "v-17"}
        httpx.post(f"{address}/v1/events", json=view, headers=agent)
        httpx.post(f"{address}/v1/events", content=b"{secret", headers=agent)
        (home.folder / "news.db").rename(home.folder / "gone.db")
        httpx.post(f"{address}/v1/events", json=view, headers=agent)
        (home.folder / "gone.db").rename(home.folder / "news.db")
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as raw:
            raw.sendall(b"secret nonsense\r\n\r\n")
            raw.recv(1000)
        text = "\n".join(each["message"] + each.get("error", "") for each in stopped(process))
    assert "serving model" in text
    for sent in ("secret", "Spy", "203.0.113", "v-17"):
        assert sent not in text
    assert set(re.findall(r"127\.0\.0\.1:(\d+)", text)) <= {port}  # where it listens


@pytest.mark.slow
def test_on_a_terminal_it_is_text(home):
    ours, theirs = pty.openpty()
    with serving(home, stderr=theirs) as (process, _):
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
    os.close(theirs)
    drawn = b""
    try:
        while block := os.read(ours, 65536):
            drawn += block
    except OSError:  # Linux says so where the other end is closed
        pass
    os.close(ours)
    lines = drawn.decode().splitlines()
    assert any(
        re.fullmatch(f"{TIME} INFO recsys.api.app: serving model .*", line) for line in lines
    )
    assert not any(line.startswith("{") for line in lines)
