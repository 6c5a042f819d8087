"""Ten times what the server can do, and clients that never come to an end."""

import json
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.torture.load import Connection, Poster, Reader, Worker, at_work, pages, percentile
from tests.torture.server import Server

pytestmark = pytest.mark.torture

CLIENTS = Path(__file__).with_name("open_loop.py")
TIMES = 10
CONNECTIONS = 600
FEW = 4  # connections that measure what the server can do
MEASURED_SECONDS = 4.0
P99_SECONDS = 0.25
GOODPUT = 0.8
NORMAL_SECONDS = 5.0
IN_A_ROW = 20  # quick answers that make it normal again
SLOW_SECONDS = 12.0


def test_ten_times_the_capacity_is_shed_and_the_rest_is_served_in_time(home, tier, told):
    with Server(home) as server:
        asked = {"port": server.port, "articles": tier.articles}
        clients(**asked, seconds=2.0, connections=FEW, seed=9)
        alone = clients(**asked, seconds=MEASURED_SECONDS, connections=FEW)
        rate = TIMES * alone["goodput"]
        over = clients(**asked, seconds=tier.overload, connections=CONNECTIONS, rate=rate, seed=1)
        normal = back_to_normal(server, tier.articles, max(0.1, 5 * alone["p50"]))
        told(
            "overload",
            capacity=alone["goodput"],
            offered=(over["sent"] + over["unsent"]) / tier.overload,
            sent=over["sent"] / tier.overload,
            goodput=over["goodput"] / alone["goodput"],
            p50_ms=1e3 * over["p50"],
            p99_ms=1e3 * over["p99"],
            shed=over["shed"],
            shed_p99_ms=1e3 * over["shed_p99"],
            other=over["other"],
            normal_after_s=normal,
        )
        assert over["other"] == {}
        assert over["without_retry_after"] == 0
        assert over["p99"] <= P99_SECONDS
        assert over["goodput"] >= GOODPUT * alone["goodput"]
        assert normal <= NORMAL_SECONDS


def test_slow_clients_harm_nobody_else(home, ids, tier, told):
    with Server(home) as server:
        before = server.descriptors()
        readers = [Reader(server, pages(ids, n), pause=0.01) for n in range(3)]
        poster = Poster(server, "honest", ids, pause=0.01)
        slow = SlowClients(server.port, tier.slow_sockets)
        with at_work([*readers, poster, slow]):
            time.sleep(SLOW_SECONDS)
        failed = sum(reader.seen.failed for reader in readers)
        refused = sum(n for status, n in poster.answers.items() if status != 202)
        seconds = [s for reader in readers for s in reader.seen.seconds]
        told(
            "slow",
            sockets=tier.slow_sockets,
            ended_by_the_server=slow.ended,
            honest_reads=len(seconds),
            failed=failed,
            reads_p99_ms=1e3 * percentile(seconds, 0.99),
            honest_events=len(poster.acknowledged),
            events_refused=refused,
        )
        assert failed == 0, [reader.seen.first_bad for reader in readers]
        assert refused == 0
        assert len(seconds) > 200
        assert len(poster.acknowledged) > 100
        time.sleep(2)
        assert server.descriptors() <= before + 20


def clients(**asked):
    """Run clients in a process of their own and return what they were answered."""
    command = [sys.executable, str(CLIENTS), json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=asked["seconds"] + 60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def back_to_normal(server: Server, n_articles: int, quick: float) -> float:
    """Return when answers began to be 200 and quick, one after another, for good."""
    connection = Connection(server.port)
    begun, since, in_a_row = time.monotonic(), 0.0, 0
    while in_a_row < IN_A_ROW and time.monotonic() < begun + 30:
        asked = time.monotonic()
        answer = connection.get(f"/v1/page?id=g{int(asked * 1000) % n_articles}")
        good = answer.status == 200 and answer.seconds <= quick
        since = since if in_a_row and good else asked
        in_a_row = in_a_row + 1 if good else 0
    connection.close()
    return since - begun if in_a_row == IN_A_ROW else float("inf")


class SlowClients(Worker):
    """Sockets that send a byte a second, of heads and of bodies, and others that never read."""

    def __init__(self, port: int, number: int) -> None:
        super().__init__()
        self._port, self._number = port, number
        self._sockets: list[socket.socket] = []
        self.ended = 0

    def step(self) -> None:
        if not self._sockets:
            self._sockets = [self._opened(n) for n in range(self._number)]
        for n, each in enumerate(self._sockets):
            if n % 3 != 2 and not self._trickle(each):
                self.ended += 1
                each.close()
                self._sockets[n] = self._opened(n)
        self.stopping.wait(1.0)

    def close(self) -> None:
        for each in self._sockets:
            each.close()

    def _opened(self, n: int) -> socket.socket:
        made = socket.socket()
        if n % 3 == 2:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        made.settimeout(10)
        made.connect(("127.0.0.1", self._port))
        made.setblocking(False)
        head = b"GET /v1/page?id=g1 HTTP/1.1\r\nHost: localhost\r\n"
        post = b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n["
        with suppress(OSError):
            made.send((head, post, (head + b"\r\n") * 20)[n % 3])
        return made

    def _trickle(self, each: socket.socket) -> bool:
        """Send a byte; False if the server has ended the connection."""
        try:
            return each.send(b" ") > 0 and not _at_end(each)
        except BlockingIOError:
            return True
        except OSError:
            return False


def _at_end(each: socket.socket) -> bool:
    try:
        while received := each.recv(4096):
            del received
        return True
    except BlockingIOError:
        return False
