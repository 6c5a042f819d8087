"""Processes that answer, to be measured by `benchmarks.load`: ours, `benchmarks.peers`, nginx."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchmarks.load import Measured, Plan

STARTS_WITHIN_SECONDS = 60.0
_GOOD = {"200", "202", "304"}


def failed(measured: Measured) -> int:
    """Return how many answers were none, or not what was asked for."""
    return sum(n for status, n in measured.statuses.items() if status not in _GOOD)


@dataclass
class Server:
    """A running peer; ``pid`` is that of the process that answers."""

    name: str
    port: int
    pid: int = 0

    def ask(self, requests: Sequence[str], seconds: float, **how: Any) -> Measured:
        """Have a process of its own ask; rates are those of the answers that were asked for."""
        plan = Plan(self.port, requests, seconds, **how)
        command, before = [sys.executable, "-m", "benchmarks.load"], self._cpu_seconds()
        done = subprocess.run(
            command, input=json.dumps(asdict(plan)), capture_output=True, text=True, check=True
        )
        measured, taken = Measured(**json.loads(done.stdout)), self._cpu_seconds() - before
        answers = sum(measured.statuses.values())
        good = answers - failed(measured)
        return replace(
            measured,
            per_second=measured.per_second * good / max(1, answers),
            per_cpu_second=good / taken if taken else 0.0,
        )

    def _cpu_seconds(self) -> float:
        """Return how long processors have worked for it; 0 where there is no /proc."""
        with suppress(OSError):
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    def answer(self, path: str) -> tuple[dict[str, str], bytes]:
        """Return head and body of one answer, which must be 200."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        if response.status != 200:
            raise RuntimeError(f"{self.name} answered {response.status} to {path}: {body[:200]!r}")
        return {name.lower(): value for name, value in response.getheaders()}, body


@contextmanager
def running(name: str, given: str) -> Iterator[Server]:
    """Start one of `benchmarks.peers` and stop it at the end."""
    server = Server(name, free_port())
    command = [sys.executable, "-m", "benchmarks.peers", name, str(server.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        process.stdin.write(given)
        process.stdin.close()
        with _up(server, process):
            yield server


@contextmanager
def nginx(body: bytes) -> Iterator[Server | None]:
    """Start nginx with one file; None where it is not installed."""
    program = shutil.which("nginx")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as name:
        folder, server = Path(name), Server("nginx", free_port())
        (folder / "answer.json").write_bytes(body)
        (folder / "nginx.conf").write_text(
            "daemon off; master_process off; pid nginx.pid; error_log stderr crit;\n"
            "events { worker_connections 512; }\n"
            "http { access_log off; keepalive_requests 100000000; server {\n"
            f" listen 127.0.0.1:{server.port}; root {folder}; rewrite ^ /answer.json break; }} }}\n"
        )
        with (
            subprocess.Popen([program, "-p", name, "-c", "nginx.conf"]) as process,
            _up(server, process),
        ):
            yield server


@contextmanager
def _up(server: Server, process: "subprocess.Popen[Any]") -> Iterator[None]:
    """Wait until the server answers, and stop it at the end."""
    try:
        _wait_for(server.port, process)
        server.pid = process.pid
        yield
    finally:
        process.terminate()


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as at:
        return int(at.getsockname()[1])


def _wait_for(port: int, process: "subprocess.Popen[Any]") -> None:
    end = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("a server did not start")
