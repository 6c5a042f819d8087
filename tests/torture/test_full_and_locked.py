"""A full disk, a locked store, a store that is gone: lists go on, events are refused, and back."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.torture.load import Poster, Reader, at_work, pages, percentile, until
from tests.torture.newsroom import Books, Home
from tests.torture.server import Server

pytestmark = pytest.mark.torture

ANSWER_SECONDS = 5.0  # an answer to an event is never later
NOTICE_SECONDS = 8.0  # trouble shows in /health/ready
RECOVERY_SECONDS = 5.0
TROUBLED_SECONDS = 5.0  # a full disk and a missing store last this long
EXCLUSIVE = """
import sqlite3, sys, time
store = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
store.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
store.execute("ROLLBACK")
"""
FLOCK = """
import fcntl, sys, time
with open(sys.argv[1] + ".lock", "a") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@dataclass
class Ordeal:
    """Readers and posters over a server that gets into trouble and out of it again."""

    server: Server
    ids: list[str]
    ready_told: bool = False
    recovery: float = 0.0
    readers: list[Reader] = field(default_factory=list)
    posters: list[Poster] = field(default_factory=list)

    def run(self, begin: Callable[[], None], end: Callable[[], None], seconds: float) -> None:
        self.readers = [Reader(self.server, pages(self.ids, n), pause=0.005) for n in range(2)]
        self.posters = [Poster(self.server, f"p{n}", self.ids, pause=0.01) for n in range(2)]
        with at_work([*self.readers, *self.posters]):
            until(lambda: len(self._acknowledged()) > 50, 20, "events are stored before")
            begin()
            begun = time.monotonic()
            until(lambda: self._refused() > 0, 12, "an event is refused")
            while time.monotonic() < begun + max(seconds, NOTICE_SECONDS * (not self.ready_told)):
                self.ready_told = self.ready_told or self.server.health()["store"] != "ok"
                time.sleep(0.1)
            before = self._refused()
            assert before > 0
            end()
            self.recovery = self._recovered()
            after = len(self._acknowledged())
            until(lambda: len(self._acknowledged()) > after + 50, 20, "events are stored after")
            until(lambda: self.server.health()["store"] == "ok", 10, "the store is well again")

    def check(self, told: Callable[..., None], name: str, home: Home) -> None:
        reads = sum(r.seen.statuses.total() for r in self.readers)
        failed = sum(r.seen.failed for r in self.readers)
        slowest = max(p.slowest for p in self.posters)
        acknowledged = self._acknowledged()
        self.server.stop()
        books = Books.of(home)
        lost = len(acknowledged - set(books.event_ids))
        told(
            name,
            reads=reads,
            failed=failed,
            reads_p99_ms=1e3 * percentile([s for r in self.readers for s in r.seen.seconds], 0.99),
            acknowledged=len(acknowledged),
            lost=lost,
            doubled=sum(n > 1 for n in books.event_ids.values()),
            refused=self._refused(),
            slowest_event_s=slowest,
            ready_told=self.ready_told,
            recovery_s=self.recovery,
        )
        assert failed == 0, [r.seen.first_bad for r in self.readers]
        assert lost == 0
        assert books.event_ids == dict.fromkeys(acknowledged, 1)
        assert books.views_counted == books.views_stored
        assert set().union(*(p.answers for p in self.posters)) == {202, 503}
        assert sum(p.without_retry_after for p in self.posters) == 0
        assert slowest <= ANSWER_SECONDS
        assert self.ready_told, "/health/ready did not tell"
        assert self.recovery <= RECOVERY_SECONDS

    def _acknowledged(self) -> set[str]:
        return set().union(*(set(poster.acknowledged) for poster in self.posters))

    def _refused(self) -> int:
        return sum(poster.answers[503] for poster in self.posters)

    def _recovered(self) -> float:
        before = [poster.answers[202] for poster in self.posters]
        return until(
            lambda: all(p.answers[202] > n for p, n in zip(self.posters, before, strict=True)),
            60,
            "events are stored again",
        )


def test_a_disk_that_is_full_by_the_page_refuses_events_and_nothing_else(home, ids, told):
    with Server(home, watched=True) as server:
        ordeal = Ordeal(server, ids)
        ordeal.run(
            lambda: server.signal(signal.SIGUSR1),
            lambda: server.signal(signal.SIGUSR2),
            TROUBLED_SECONDS,
        )
        ordeal.check(told, "full", home)


def test_a_disk_that_is_full_refuses_events_and_nothing_else(home, ids, tier, told):
    if not tier.is_long:
        pytest.skip("the long tier mounts a small disk (--long)")
    with small_disk(home.store.parent) as filler, Server(home) as server:
        ordeal = Ordeal(server, ids)
        ordeal.run(lambda: fill(filler), filler.unlink, TROUBLED_SECONDS)
        ordeal.check(told, "full_tmpfs", home)


@pytest.mark.parametrize("how", ["exclusive", "flock"])
def test_a_store_that_is_locked_refuses_events_and_nothing_else(home, ids, tier, told, how):
    script = EXCLUSIVE if how == "exclusive" else FLOCK
    command = [sys.executable, "-c", script, str(home.store), str(tier.locked)]
    holders: list[subprocess.Popen[bytes]] = []

    def lock() -> None:
        holders.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        assert holders[0].stdout.readline() == b"held\n"
        holders[0].stdout.close()

    def unlock() -> None:
        holders[0].wait(timeout=tier.locked + 30)

    with Server(home) as server:
        ordeal = Ordeal(server, ids)
        try:
            ordeal.run(lock, unlock, tier.locked - 1)
        finally:
            for holder in holders:
                holder.kill()
                holder.wait()
        ordeal.check(told, f"locked_{how}", home)


@pytest.mark.parametrize("what", ["folder", "files"])
def test_a_store_that_is_gone_refuses_events_and_nothing_else(home, ids, told, what):
    away = home.folder / "away"

    def move() -> None:
        if what == "folder":
            home.store.parent.rename(away)
        else:
            away.mkdir()
            shift(home.store.parent, away)

    def bring_back() -> None:
        if what == "folder":
            away.rename(home.store.parent)
        else:
            shift(away, home.store.parent)

    with Server(home) as server:
        ordeal = Ordeal(server, ids)
        ordeal.run(move, bring_back, TROUBLED_SECONDS)
        ordeal.check(told, f"gone_{what}", home)


def shift(source: Path, target: Path) -> None:
    """Move the files of a store, the database last, as the server would see a disk go and come."""
    for name in ("news.db-wal", "news.db-shm", "news.db"):
        if (source / name).exists():
            os.replace(source / name, target / name)


@contextmanager
def small_disk(folder: Path):
    """Have a folder on a disk of 48 MB; gives the file to fill it with."""
    content = {path.name: path.read_bytes() for path in folder.iterdir()}
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here; test_a_disk_that_is_full_by_the_page stands in")
    try:
        for name, each in content.items():
            (folder / name).write_bytes(each)
        yield folder / "filler"
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(filler: Path) -> None:
    """Write until no byte fits."""
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1 << 8, 1):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue
