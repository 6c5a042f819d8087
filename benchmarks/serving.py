"""What the service answers, beside its peers: ``python -m benchmarks.run --only serving``.

Peers, each a process of its own on the same machine: a bare ASGI application that sends the same
head and body on the same server (same protocol and options), FastAPI as tutorials write it, and
nginx with the same bytes as a file, where nginx is installed. Everything is asked by
`benchmarks.load`: over 16 connections of which each asks again as soon as it was answered (closed
loop), or so many times a second whatever comes back (open loop: what waits is timed from when it
was due). Peers are measured in turn, round after round, and ratios are taken within a round; of the
closed loop those of the answers in a second of the server's processor time, so that neither the
client nor whatever else runs on the machine is measured with it. ``cold`` asks no address twice.

``python -m benchmarks.serving`` takes a newsroom of your own (``--home``) and single parts.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from benchmarks.load import Measured, get, post
from benchmarks.newsroom import Newsroom, built
from benchmarks.peers import ANY_PATH
from benchmarks.results import Found, Row, Skipped, table
from benchmarks.scale import Scale
from benchmarks.servers import Server, failed, nginx, running
from recsys import releases
from recsys.api.serving import Launch
from recsys.settings import Counting, Settings
from recsys.times import parse_instant

NAME = "serving"
BLOCKS = (
    "inline:2,related:5,latest:4,section/{0}:4,section/{1}:4,section/{2}:4,section/{3}:4,"
    "most_read:5,trending:5"
)  # nine
KEPT = ("etag", "cache-control", "x-model-version", "content-length", "content-type",
        "x-content-type-options", "referrer-policy", "access-control-allow-origin",
        "access-control-expose-headers")  # fmt: skip
SWAP_SECONDS = 10.0
EVENTS_PER_SECOND = 500


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
        """Return views by readers at as many addresses, so that no rule drops them."""
        return [
            post("/v1/events", {"article_id": self._ids[i % len(self._ids)]}, _address(i))
            for i in range(n)
        ]


def _address(i: int) -> str:
    """Return an address of a network of its own, up to 2**16 of them."""
    return f"11.{i >> 8 & 255}.{i & 255}.7"


def path_of(request: str) -> str:
    """Return what a request asks for."""
    return request.split(" ", 2)[1]


@dataclass(frozen=True)
class Peer:
    """A name for the table, who is asked, what, and whether it is ours."""

    name: str
    server: Server
    requests: Sequence[str]
    ours: bool = True


@dataclass(frozen=True)
class Pace:
    """How peers are asked: how many rounds, of how many seconds, at what rate (0: closed loop)."""

    rounds: int
    seconds: float
    rate: float = 0.0


def in_turn(what: str, size: int, peers: Sequence[Peer], pace: Pace) -> Iterator[Row]:
    """Measure peers round after round; yield a row of each, ours beside the peers."""
    measured: dict[str, list[Measured]] = {peer.name: [] for peer in peers}
    for peer in peers:  # warm
        peer.server.ask(peer.requests, 0.5, rate=pace.rate)
    for _ in range(pace.rounds):
        for peer in peers:
            measured[peer.name].append(peer.server.ask(peer.requests, pace.seconds, rate=pace.rate))
    make = at_a_rate if pace.rate else in_a_loop
    rows = {name: make(what, name, size, found) for name, found in measured.items()}
    others = [rows[peer.name] for peer in peers if not peer.ours]
    for peer in peers:
        row = rows[peer.name]
        yield row.beside(others) if peer.ours else row


def in_a_loop(what: str, name: str, size: int, measured: Sequence[Measured]) -> Row:
    """Return how many answers a second of a processor gave; of the clock, if that is not known."""
    known = all(each.per_cpu_second for each in measured)
    values = [each.per_cpu_second if known else each.per_second for each in measured]
    unit = "answers a CPU s" if known else "answers a second"
    best = max(each.per_second for each in measured)
    note = f"{best:,.0f} a second at best{_failed(measured)}"
    return Row(NAME, what, name, size, unit, values, better="higher", note=note)


def at_a_rate(what: str, name: str, size: int, measured: Sequence[Measured]) -> Row:
    """Return the 99th percentile of the time an answer takes."""
    worst = max(each.worst_ms for each in measured)
    note = f"{worst:,.0f} ms at worst{_failed(measured)}"
    return Row(NAME, what, name, size, "ms, 99 %", [each.p99_ms for each in measured], note=note)


def _failed(measured: Sequence[Measured]) -> str:
    n = sum(map(failed, measured))
    return f", {n} errors" if n else ""


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

    def in_turn(self, what: str, peers: Sequence[Peer], rate: float = 0.0) -> Iterator[Row]:
        """Measure peers beside the bare application, and nginx where it is."""
        others = [Peer("bare ASGI", self.bare, [get(ANY_PATH)], False)]
        if self.nginx is not None:
            others.append(Peer("nginx", self.nginx, [get("/")], False))
        pace = Pace(self.rounds, self.seconds, rate)
        yield from in_turn(what, len(self.newsroom.ids), [*others, *peers], pace)

    def saturation(self) -> Iterator[Row]:
        """Ask over each connection again as soon as it was answered."""
        peers = [
            Peer("bare ASGI, two headers", self.heads, [get(ANY_PATH)], False),
            Peer("FastAPI as in tutorials", self.tutorial, [get(ANY_PATH)], False),
            *(Peer(name, self.ours, asked) for name, asked in self.asked.lists.items()),
            Peer("latest, 304", self.ours, [get("/v1/latest", if_none_match="*")]),
        ]
        yield from self.in_turn("closed loop, warm", peers)

    def cold(self) -> Iterator[Row]:
        """Ask no address twice."""
        peers = [Peer("FastAPI as in tutorials", self.tutorial, [get(ANY_PATH)], False)]
        for name, requests in {**self.asked.lists, "page": self.asked.page}.items():
            peers.append(Peer(name, self.ours, self.asked.never_twice(path_of(requests[0]))))
        yield from self.in_turn("closed loop, cold", peers)

    def fixed_rate(self) -> Iterator[Row]:
        """Ask so many times a second, whatever comes back."""
        lists = [Peer("lists", self.ours, self.asked.mixed)]
        yield from self.in_turn("open loop, 1,000/s", lists, 1000)
        fresh = self.asked.never_twice(path_of(self.asked.page[0]))
        pages = [
            Peer("page, warm", self.ours, self.asked.page),
            Peer("page, cold", self.ours, fresh),
        ]
        yield from self.in_turn("open loop, 200/s", pages, 200)

    def traffic(self) -> Iterator[Row]:
        """Ask while events come in and models are swapped."""
        seconds, size = 2.5 * SWAP_SECONDS, len(self.newsroom.ids)  # two swaps
        rates = {"lists": (self.asked.mixed, 1000), "page": (self.asked.page, 200)}
        for name, (requests, rate) in rates.items():
            what = f"{rate:,}/s with {EVENTS_PER_SECOND} events a second and models swapped"
            with swapping(self.newsroom) as promoted, ThreadPoolExecutor(1) as beside:
                posted = beside.submit(
                    self.ours.ask, self.asked.events(), seconds, rate=EVENTS_PER_SECOND
                )
                read = self.ours.ask(requests, seconds, rate=rate)
                events = posted.result()
            yield at_a_rate(what, name, size, [read])
            yield at_a_rate(what, f"events beside {name}", size, [events])
            errors = float(failed(read) + failed(events))
            note = f"{len(promoted) - 1} swaps"
            yield Row(NAME, what, name, size, "errors", [errors], note=note)


PARTS: Mapping[str, Callable[[Bench], Iterator[Row]]] = {
    "saturation": Bench.saturation,
    "cold": Bench.cold,
    "rate": Bench.fixed_rate,
    "traffic": Bench.traffic,
}


@dataclass(frozen=True)
class Extent:
    """How much is measured: addresses that are asked for, rounds, seconds of each, parts."""

    addresses: int = 50
    rounds: int = 3
    seconds: float = 2.0
    parts: Sequence[str] = tuple(PARTS)


def measure(newsroom: Newsroom, extent: Extent, tell: Callable[[str], None]) -> Iterator[Row]:
    """Start everything and run the parts that were asked for."""
    version = releases.current(newsroom.models, "default")
    offset = parse_instant(version.partition("-")[0]) + 30 - time.time()
    settings = Settings(counting=Counting(trusted_proxies=("127.0.0.1",)))
    launch = Launch(newsroom.store_url, str(newsroom.models), "default", offset, settings)
    asked = Questions(newsroom, extent.addresses)
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
            servers = bare, heads, tutorial, ours, web
            bench = Bench(*servers, asked, newsroom, extent.rounds, extent.seconds)
            for name in extent.parts:
                tell(f"{NAME}: {name}")
                yield from PARTS[name](bench)


def rows(scale: Scale) -> Iterator[Found]:
    """Yield what a generated newsroom's service answers."""
    if shutil.which("nginx") is None:
        yield Skipped(NAME, "nginx", "it is not installed")
    n, extent = (10_000, Extent()) if scale.full else (3000, Extent(seconds=0.6))
    with tempfile.TemporaryDirectory() as folder:
        scale.tell(f"{NAME}: training models of {n:,} articles")
        yield from measure(built(Path(folder), n), extent, scale.tell)


def main() -> int:
    """Measure what is asked for, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="folder with news.db and models/; else generated")
    parser.add_argument("--articles", type=int, default=3000, help="of the generated newsroom")
    parser.add_argument("--addresses", type=int, default=50, help="articles that are asked about")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    given = parser.parse_args()
    extent = Extent(given.addresses, given.rounds, given.seconds, given.parts)
    with tempfile.TemporaryDirectory() as folder:
        home = given.home and Newsroom(given.home)
        newsroom = home or built(Path(folder), given.articles)
        print(*table(list(measure(newsroom, extent, Scale().tell))), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
