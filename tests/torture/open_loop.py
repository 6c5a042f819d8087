"""Clients that do not wait for one another: ``python open_loop.py '{"port": …}'`` prints JSON.

With a ``rate``, so many requests a second are sent, whatever comes back; without, each connection
asks again as soon as it was answered, which measures what the server can do.
"""

import asyncio
import json
import random
import sys
import time
from collections import deque
from dataclasses import dataclass, field

KEY_LENGTH = b"content-length:"


@dataclass
class Tally:
    """What became of the requests."""

    seconds: list[float] = field(default_factory=list)
    shed_seconds: list[float] = field(default_factory=list)
    other: dict[str, int] = field(default_factory=dict)
    without_retry_after: int = 0
    sent: int = 0
    unsent: int = 0
    in_time: int = 0

    def note(self, status: int, head: bytes, begun: float, end: float) -> None:
        now = time.monotonic()
        if status == 200:
            self.seconds.append(now - begun)
            self.in_time += now <= end
        elif status == 503:
            self.shed_seconds.append(now - begun)
            self.without_retry_after += b"retry-after:" not in head
        else:
            self.count(str(status))

    def count(self, what: str) -> None:
        self.other[what] = self.other.get(what, 0) + 1


class Client(asyncio.Protocol):
    """One connection, busy from its request to the end of the answer."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.received = bytearray()
        self.begun = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.run.idle.append(self)

    def ask(self, request: bytes, due: float) -> None:
        assert self.transport is not None
        self.begun = due
        self.run.tally.sent += 1
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.received[:end]).lower()
        start = head.find(KEY_LENGTH) + len(KEY_LENGTH)
        length = int(head[start:].split(b"\r\n", 1)[0])
        if len(self.received) < end + 4 + length:
            return
        self.received.clear()
        self.run.tally.note(int(head[9:12]), head, self.begun, self.run.end)
        self.begun = 0.0
        if b"connection: close" not in head:
            self.run.idle.append(self)
            self.run.answered()

    def connection_lost(self, error: Exception | None) -> None:
        if self.begun:
            self.run.tally.count("broken")
        if self in self.run.idle:
            self.run.idle.remove(self)
        if not self.run.over:
            self.run.connect()


class Run:
    """All connections of one run."""

    def __init__(self, asked: dict) -> None:
        self.port, self.seconds = asked["port"], asked["seconds"]
        self.rate, self.connections = asked.get("rate"), asked["connections"]
        draw = random.Random(asked.get("seed", 0))
        self.requests = [_page(draw, asked["articles"]) for _ in range(5000)]
        self.idle: deque[Client] = deque()
        self.tally = Tally()
        self.over = False
        self.end = 0.0
        self.tasks: set[asyncio.Task[None]] = set()

    def connect(self) -> None:
        task = asyncio.get_running_loop().create_task(self._connect())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: Client(self), "127.0.0.1", self.port)
        except OSError:
            self.tally.count("refused")
            await asyncio.sleep(0.1)
            if not self.over:
                self.connect()

    def answered(self) -> None:
        if self.rate is None and not self.over:
            self._ask(time.monotonic())

    def _ask(self, due: float) -> None:
        if not self.idle:
            self.tally.unsent += 1
            return
        request = self.requests[(self.tally.sent + self.tally.unsent) % len(self.requests)]
        self.idle.popleft().ask(request, due)

    async def run(self) -> dict:
        for _ in range(self.connections):
            self.connect()
        while len(self.idle) < self.connections:
            await asyncio.sleep(0.01)
        begun = time.monotonic()
        self.end = begun + self.seconds
        if self.rate is None:
            for _ in range(self.connections):
                self._ask(time.monotonic())
        launched = 0
        while (now := time.monotonic()) < self.end:
            for _ in range(int((now - begun) * (self.rate or 0)) - launched):
                launched += 1
                self._ask(now)
            await asyncio.sleep(0.002)
        self.over = True
        await asyncio.sleep(0.5)
        tally = self.tally
        return {
            "sent": tally.sent,
            "unsent": tally.unsent,
            "goodput": tally.in_time / self.seconds,
            "accepted": len(tally.seconds),
            "shed": len(tally.shed_seconds),
            "p50": _share(tally.seconds, 0.5),
            "p99": _share(tally.seconds, 0.99),
            "shed_p99": _share(tally.shed_seconds, 0.99),
            "without_retry_after": tally.without_retry_after,
            "other": tally.other,
        }


def _page(draw: random.Random, n_articles: int) -> bytes:
    one, other = draw.randrange(n_articles), draw.randrange(n_articles)
    path = f"/v1/page?id=g{one}&exclude=g{other}"
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def _share(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


async def main() -> None:
    print(json.dumps(await Run(json.loads(sys.argv[1])).run()))


if __name__ == "__main__":
    asyncio.run(main())
