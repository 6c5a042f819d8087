"""How soon a service is ready with a saved model, and what another worker costs.

`benchmarks.training` asks for it with each model that it saved. ``recsys serve`` is started as a
user starts it, with an empty store; it is ready when ``/health/ready`` says so. What one pass of
checksums takes by itself, the files being in the system's cache, is taken off. Private memory is
what a worker wrote and shares with nobody. Pages of files that it alone has looked at are not
among it: they are the system's cache, and whoever checked a model for all has looked at every one.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from benchmarks.results import Found, Row, Skipped
from benchmarks.servers import free_port
from recsys import releases
from recsys.manifest import verify

NAME = "starting"
READY_WITHIN_SECONDS = 300.0
_STARTS, _STEADY_SECONDS = 3, 2.0


def rows(models: Path, size: int, kind: str) -> Iterator[Found]:
    """Yield what the model that is served from a folder takes to start."""
    folder = models / "default" / releases.current(models, "default")
    verify(folder)  # into the cache
    checked = [_checked(folder) for _ in range(_STARTS)]
    ready = []
    for _ in range(_STARTS):
        with started(models, 1) as (_, seconds):
            ready.append(seconds)
    beyond = [max(0.0, one - check) for one, check in zip(ready, checked, strict=True)]
    what, note = f"model of {kind} articles", f"checksums {min(checked):.2f} s more"
    what_ready = f"{what}: ready, beyond a pass of checksums"
    yield Row(NAME, what_ready, "recsys", size, "s", beyond, note=note)
    if not Path("/proc/self/smaps_rollup").is_file():
        yield Skipped(NAME, "memory of a worker", "there is no /proc/self/smaps_rollup")
        return
    with started(models, 2) as (process, _):
        private = private_mb(process.pid, 2)
    what_private = f"{what}: private memory of each of two workers"
    yield Row(NAME, what_private, "recsys", size, "MB", private)


def _checked(folder: Path) -> float:
    begun = time.perf_counter()
    verify(folder)
    return time.perf_counter() - begun


@contextmanager
def started(models: Path, workers: int) -> "Iterator[tuple[subprocess.Popen[bytes], float]]":
    """Serve; give the process and after how many seconds it was ready."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "recsys", "serve", "--models", str(models)]
        command += ["--store", f"sqlite:///{folder}/news.db", "--port", str(port)]
        command += ["--workers", str(workers)]
        begun = time.perf_counter()
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
            try:
                _wait_until_ready(process, port)
                yield process, time.perf_counter() - begun
            finally:
                process.terminate()


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < end and process.poll() is None:
        asking = closing(HTTPConnection("127.0.0.1", port, timeout=READY_WITHIN_SECONDS))
        with suppress(OSError, HTTPException), asking as connection:
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.01)
    raise RuntimeError("the service did not get ready")


def private_mb(pid: int, workers: int) -> list[float]:
    """Return what the largest children of a process hold for themselves, once that is steady."""
    found: list[float] = []
    end = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < end:
        time.sleep(_STEADY_SECONDS)
        before, found = found, sorted(map(_private, _children(pid)))[-workers:]
        if len(before) == len(found) == workers and _near(before, found):
            break
    return found


def _near(before: list[float], now: list[float]) -> bool:
    return all(abs(a - b) < 0.5 for a, b in zip(before, now, strict=True))


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _private(pid: int) -> float:
    """Return MB that were written and that nobody else maps; 0 of a process that is gone."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        sizes = [int(line.split()[1]) for line in lines if line.startswith("Private_Dirty:")]
        return sum(sizes) / 1024
    return 0.0
