"""What the service answers a second, beside its peers: ``python -m benchmarks.serving``.

Peers, each a process of its own on the same machine: a bare ASGI application that sends the same
head and body on the same server (same protocol and options), FastAPI as tutorials write it, and
nginx with the same bytes as a file, where nginx is installed. Everything is asked by
`benchmarks.load`. Peers are measured in turn, round after round; what counts is the ratio within
a round, of which the median is printed: that of the answers in a second of a processor's time, so
that neither the client nor whatever else runs on the machine is measured with it.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread
from typing import Any

from benchmarks.load import Measured, Plan, get, post
from benchmarks.newsroom import Newsroom, built
from benchmarks.peers import ANY_PATH
from recsys import releases
from recsys.api.serving import Launch
from recsys.times import parse_instant

BLOCKS = (
    "inline:2,related:5,latest:4,section/{0}:4,section/{1}:4,section/{2}:4,section/{3}:4,"
    "most_read:5,trending:5"
)  # nine
KEPT = ("etag", "cache-control", "x-model-version", "content-length", "content-type",
        "x-content-type-options", "referrer-policy", "access-control-allow-origin",
        "access-control-expose-headers")  # fmt: skip
STARTS_WITHIN_SECONDS = 60.0
SWAP_SECONDS = 10.0
EVENTS_PER_SECOND = 500


@dataclass
class Server:
    """A running peer; ``pid`` is that of the process that answers."""

    name: str
    port: int
    pid: int = 0

    def ask(self, requests: Sequence[str], seconds: float, **how: Any) -> Measured:
        """Have a process of its own ask, and return what it measured."""
        plan = Plan(self.port, requests, seconds, **how)
        command, before = [sys.executable, "-m", "benchmarks.load"], self._cpu_seconds()
        done = subprocess.run(
            command, input=json.dumps(asdict(plan)), capture_output=True, text=True, check=True
        )
        measured, taken = Measured(**json.loads(done.stdout)), self._cpu_seconds() - before
        answers = sum(measured.statuses.values())
        return replace(measured, per_cpu_second=answers / taken if taken else 0.0)

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
    server = Server(name, _free_port())
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
        folder, server = Path(name), Server("nginx", _free_port())
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


def _free_port() -> int:
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


class Questions:
    """What is asked of the service."""

    def __init__(self, newsroom: Newsroom, articles: int) -> None:
        self._ids = newsroom.ids[:articles]
        self._blocks = BLOCKS.format(*newsroom.sections)
        self.lists = {
            "related": [get(f"/v1/related?id={i}") for i in self._ids],
            "most_read": [get("/v1/most-read")],
            "latest": [get("/v1/latest")],
        }
        self.page = [get(f"/v1/page?id={i}&blocks={self._blocks}") for i in self._ids]
        columns = [(each * len(self._ids))[: len(self._ids)] for each in self.lists.values()]
        self.mixed = [request for row in zip(*columns, strict=True) for request in row]

    def never_twice(self, path: str, n: int = 40_000) -> list[str]:
        """Return requests of which no two have one address, though all have one answer."""
        joined = "&" if "?" in path else "?"
        return [get(f"{path}{joined}n={i}") for i in range(n)]

    def events(self, n: int = 20_000) -> list[str]:
        """Return views by many readers."""
        views = (
            {"article_id": self._ids[i % len(self._ids)], "visitor_id": f"v{i}"} for i in range(n)
        )
        return [post("/v1/events", view) for view in views]


def path_of(request: str) -> str:
    """Return what a request asks for."""
    return request.split(" ", 2)[1]


def medians(measured: Sequence[Measured]) -> Measured:
    """Return the median of each figure; statuses are added up."""
    statuses: dict[str, int] = {}
    for each in measured:
        for status, n in each.statuses.items():
            statuses[status] = statuses.get(status, 0) + n
    names = ("per_second", "per_cpu_second", "p50_ms", "p99_ms", "worst_ms")
    middle = {name: statistics.median(getattr(each, name) for each in measured) for name in names}
    return Measured(**middle, statuses=statuses)


@dataclass(frozen=True)
class Peer:
    """A name for the table, who is asked, and what."""

    name: str
    server: Server
    requests: Sequence[str]


def in_turn(peers: Sequence[Peer], rounds: int, seconds: float, **how: Any) -> None:
    """Measure peers round after round and print each beside the first."""
    measured: dict[str, list[Measured]] = {peer.name: [] for peer in peers}
    for peer in peers:  # warm
        peer.server.ask(peer.requests, 0.5, **how)
    for _ in range(rounds):
        for peer in peers:
            measured[peer.name].append(peer.server.ask(peer.requests, seconds, **how))
    first = measured[peers[0].name]
    for name, rows in measured.items():
        pairs = list(zip(rows, first, strict=True))
        ratio = statistics.median(_capacity(one) / _capacity(base) for one, base in pairs)
        more = statistics.median(one.p99_ms - base.p99_ms for one, base in pairs)
        _print(name, medians(rows), f"{ratio:7.3f} {more:+8.2f}")


def _print(name: str, row: Measured, rest: str = "") -> None:
    cpu = f"{row.per_second:9,.0f} {row.per_cpu_second:9,.0f}"
    figures = f"{cpu} {row.p50_ms:8.2f} {row.p99_ms:8.2f} {row.worst_ms:8.1f}"
    print(f"{name:34} {figures} {rest or ' ' * 16}  {row.statuses}", flush=True)


def _capacity(measured: Measured) -> float:
    return measured.per_cpu_second or measured.per_second


def _title(text: str) -> None:
    print(f"\n{text}\n{'':34} requests/s  a CPU s   p50 ms   p99 ms    worst   ratio  p99 ms more")


@contextmanager
def swapping(newsroom: Newsroom) -> Iterator[list[str]]:
    """Promote one model after another; give the versions promoted so far."""
    models, promoted, over = (
        newsroom.models,
        [releases.current(newsroom.models, "default")],
        Event(),
    )

    def swap() -> None:
        while not over.wait(SWAP_SECONDS):
            others = [v for v in releases.versions(models, "default") if v != promoted[-1]]
            if others:
                releases.promote(models, "default", others[0])
                promoted.append(others[0])

    thread = Thread(target=swap)
    thread.start()
    try:
        yield promoted
    finally:
        over.set()
        thread.join()
        releases.promote(models, "default", promoted[0])


def with_traffic(ours: Server, asked: Questions, newsroom: Newsroom, seconds: float) -> None:
    """Print reads while events come in and models are swapped."""
    rates: Mapping[str, tuple[Sequence[str], int]] = {
        "lists": (asked.mixed, 1000),
        "pages": (asked.page, 200),
    }
    for name, (requests, rate) in rates.items():
        with swapping(newsroom) as promoted, ThreadPoolExecutor(1) as beside:
            posted = beside.submit(ours.ask, asked.events(), seconds, rate=EVENTS_PER_SECOND)
            _print(f"{name}, {rate}/s", ours.ask(requests, seconds, rate=rate))
            _print(f"  events, {len(promoted) - 1} swaps", posted.result())


@dataclass
class Bench:
    """All peers running, and how long each is measured."""

    bare: Server
    heads: Server
    tutorial: Server
    ours: Server
    nginx: Server | None
    asked: Questions
    newsroom: Newsroom
    rounds: int
    seconds: float

    def saturation(self) -> None:
        """Ask over each connection again as soon as it was answered."""
        _title("16 connections, each asking again at once")
        peers = [
            Peer("bare ASGI", self.bare, [get(ANY_PATH)]),
            Peer("bare ASGI, two headers", self.heads, [get(ANY_PATH)]),
            *(Peer(f"{n}, warm", self.ours, asked) for n, asked in self.asked.lists.items()),
            Peer("latest, 304", self.ours, [get("/v1/latest", if_none_match="*")]),
        ]
        if self.nginx is not None:
            peers.append(Peer("nginx", self.nginx, [get("/")]))
        in_turn(peers, self.rounds, self.seconds)

    def cold(self) -> None:
        """Ask no address twice."""
        _title("the same, and no address twice")
        peers = [Peer("FastAPI as in tutorials", self.tutorial, [get(ANY_PATH)])]
        for name, requests in {**self.asked.lists, "page": self.asked.page}.items():
            fresh = self.asked.never_twice(path_of(requests[0]))
            peers.append(Peer(f"{name}, cold", self.ours, fresh))
        in_turn(peers, 1, self.seconds)

    def fixed_rate(self) -> None:
        """Ask so many times a second, whatever comes back."""
        _title("1,000 requests a second")
        mixed = self.asked.mixed
        peers = [
            Peer("bare ASGI", self.bare, [get(ANY_PATH)]),
            Peer("lists, warm", self.ours, mixed),
        ]
        in_turn(peers, self.rounds, self.seconds, rate=1000)
        _title("200 pages of nine blocks a second")
        peers = [
            Peer("bare ASGI", self.bare, [get(ANY_PATH)]),
            Peer("page, warm", self.ours, self.asked.page),
            Peer("page, cold", self.ours, self.asked.never_twice(path_of(self.asked.page[0]))),
        ]
        in_turn(peers, self.rounds, self.seconds, rate=200)

    def traffic(self) -> None:
        """Ask while everything changes."""
        _title(f"with {EVENTS_PER_SECOND} events a second and another model every 10 s")
        with_traffic(self.ours, self.asked, self.newsroom, 2.4 * SWAP_SECONDS)


PARTS: Mapping[str, Callable[[Bench], None]] = {
    "saturation": Bench.saturation,
    "cold": Bench.cold,
    "rate": Bench.fixed_rate,
    "traffic": Bench.traffic,
}


def measure(newsroom: Newsroom, given: argparse.Namespace) -> None:
    """Start everything and run the parts that were asked for."""
    version = releases.current(newsroom.models, "default")
    offset = parse_instant(version.partition("-")[0]) + 30 - time.time()
    launch = Launch(newsroom.store_url, str(newsroom.models), clock_offset_seconds=offset)
    asked = Questions(newsroom, given.addresses)
    with running("ours", launch.text()) as ours:
        head, body = ours.answer(path_of(asked.lists["related"][0]))
        headers = [(name, head[name]) for name in KEPT if name in head]
        same = json.dumps({"headers": headers, "body": body.decode()})
        few = [(n, v) for n, v in headers if n in ("content-length", "content-type")]
        fewer = json.dumps({"headers": few, "body": body.decode()})
        with (
            running("bare", same) as bare,
            running("bare", fewer) as heads,
            running("tutorial", same) as tutorial,
            nginx(body) as web,
        ):
            bench = Bench(
                bare, heads, tutorial, ours, web, asked, newsroom, given.rounds, given.seconds
            )
            for name in given.parts:
                PARTS[name](bench)


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="folder with news.db and models/; else generated")
    parser.add_argument("--articles", type=int, default=3000, help="of the generated newsroom")
    parser.add_argument("--addresses", type=int, default=50, help="articles that are asked about")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    given = parser.parse_args()
    if given.home is not None:
        measure(Newsroom(given.home), given)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        measure(built(Path(folder), given.articles), given)
    return 0


if __name__ == "__main__":
    sys.exit(main())
