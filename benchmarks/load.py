"""A client that measures a server: ``python -m benchmarks.load``, a `Plan` as JSON on stdin.

Prints a `Measured` as JSON. One thread over plain sockets, so that a request costs the client a
few microseconds and the server is what is measured; it belongs into a process of its own.
"""

import json
import re
import select
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_BODILESS = (204, 304)
_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True)
class Plan:
    """What is asked.

    Parameters
    ----------
    port
        On this machine.
    requests
        As they are sent, one after the other and then from the start again.
    seconds
        How long requests are sent.
    connections
        Kept alive; each has one request under way at a time.
    rate
        Requests a second, sent whatever comes back; a request that has to wait for a connection
        is timed from when it was due. 0: each connection asks again as soon as it was answered.
    """

    port: int
    requests: Sequence[str]
    seconds: float
    connections: int = 16
    rate: float = 0.0


@dataclass
class Measured:
    """What came back; milliseconds, and how many answers of each status.

    ``per_cpu_second`` is how many answers the server gave in a second of a processor's time, 0
    where that is not known: what it could do on a machine of its own, whatever else runs here.
    """

    per_second: float = 0.0
    per_cpu_second: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    worst_ms: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)


class _Connection:
    """One socket, and how much of an answer it has read."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.begun = 0.0
        self._read = b""

    def ask(self, request: bytes, begun: float) -> None:
        self.begun = begun
        self.socket.sendall(request)

    def status(self) -> int | None:
        """Return the status once all of the answer is here; 0 if the server went away."""
        data = self.socket.recv(1 << 20)
        if not data:
            return 0
        data = self._read + data if self._read else data
        end = data.find(b"\r\n\r\n")
        if end >= 0:
            status, length = int(data[9:12]), _LENGTH.search(data, 0, end)
            size = int(length[1]) if length and status not in _BODILESS else 0
            if len(data) >= end + 4 + size:
                self._read = b""
                return status
        self._read = data
        return None


class _Run:
    """All connections of one run."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.requests = [text.encode() for text in plan.requests]
        connections = [_Connection(plan.port) for _ in range(plan.connections)]
        self.by_socket = {each.socket.fileno(): each for each in connections}
        self.idle = deque(connections)
        self.due: deque[float] = deque()
        self.sent = self.launched = 0
        self.seconds: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.ready = select.epoll()
        for number in self.by_socket:
            self.ready.register(number, select.EPOLLIN)

    def measured(self) -> Measured:
        """Run to the end."""
        begun = now = time.perf_counter()
        end = begun + self.plan.seconds
        while now < end or (len(self.idle) < len(self.by_socket) and now < end + _PATIENCE_SECONDS):
            if now < end:
                self._launch(now, begun)
            self._wait(now, begun, end)
            now = time.perf_counter()
        unanswered = len(self.by_socket) - len(self.idle)
        self.statuses.update({"unanswered": unanswered} if unanswered else {})
        taken = sorted(self.seconds) or [0.0]
        return Measured(
            per_second=len(self.seconds) / self.plan.seconds,
            p50_ms=1e3 * taken[len(taken) // 2],
            p99_ms=1e3 * taken[len(taken) * 99 // 100],
            worst_ms=1e3 * taken[-1],
            statuses=dict(sorted(self.statuses.items())),
        )

    def _launch(self, now: float, begun: float) -> None:
        rate = self.plan.rate
        if not rate:
            while self.idle:
                self._ask(now)
            return
        while begun + self.launched / rate <= now:
            self.due.append(begun + self.launched / rate)
            self.launched += 1
        while self.idle and self.due:
            self._ask(self.due.popleft())

    def _ask(self, begun: float) -> None:
        self.idle.popleft().ask(self.requests[self.sent % len(self.requests)], begun)
        self.sent += 1

    def _wait(self, now: float, begun: float, end: float) -> None:
        until = end if now < end else now + 0.1
        if self.plan.rate:
            until = min(until, begun + self.launched / self.plan.rate)
        select.select([self.ready], [], [], max(0.0, until - now))  # finer than milliseconds
        for number, _ in self.ready.poll(0):
            connection = self.by_socket[number]
            status = connection.status()
            if status is not None:
                self.seconds.append(time.perf_counter() - connection.begun)
                self.statuses[str(status)] += 1
                self.idle.append(connection)
            if status == 0:
                self.ready.unregister(number)


AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def get(path: str, **headers: str) -> str:
    """Return a GET as a browser sends it, about."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: localhost",
        f"User-Agent: {AGENT}",
        "Accept: */*",
        "Accept-Language: ar,en;q=0.5",
        "Origin: https://news.example",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines) + "\r\n\r\n"


def post(path: str, document: object, address: str) -> str:
    """Return a POST of JSON as a proxy hands on what a browser at ``address`` sent, about."""
    body = json.dumps(document)
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        f"User-Agent: {AGENT}",
        f"X-Forwarded-For: {address}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines) + f"\r\n\r\n{body}"


def main() -> int:
    """Read a plan and carry it out."""
    print(json.dumps(asdict(_Run(Plan(**json.load(sys.stdin))).measured())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
