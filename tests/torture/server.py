"""A real server as a process: started, asked whether it is ready, measured, killed."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import httpx

from tests.torture.newsroom import Home

KEY = "torture-key"
KEYED = {"X-API-Key": KEY}
LAUNCHER = Path(__file__).with_name("launcher.py")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Server:
    """One server over a home; a context in which it runs.

    Parameters
    ----------
    home
        What it serves.
    workers
        Processes.
    settings
        Variables of the environment, without ``RECSYS_`` before them.
    watched
        Whether it is started by ``launcher.py``, which looks at the models twenty times a second
        and fills its disk when told to.
    """

    def __init__(
        self,
        home: Home,
        workers: int = 1,
        settings: Mapping[str, str] | None = None,
        watched: bool = False,
    ) -> None:
        self.home, self.workers, self.watched = home, workers, watched
        self.settings = {"API_KEY": KEY, **(settings or {})}
        self.port = free_port()
        self.started = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        self.wait_until_ready()
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RECSYS_")}
        environment |= {f"RECSYS_{name}": value for name, value in self.settings.items()}
        environment["TMPDIR"] = str(self.home.folder.parent)  # for what a killed one leaves behind
        with self.home.log.open("ab") as log:
            self.started = time.monotonic()
            self.process = subprocess.Popen(
                self._command(),
                cwd=self.home.folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self, seconds: float = 60.0) -> float:
        """Return how long it took from the start to the first 200 of ``/health/ready``."""
        while time.monotonic() < self.started + seconds:
            assert self.process is not None
            assert self.process.poll() is None, f"it ended: {self.tail()}"
            if self.is_ready():
                return time.monotonic() - self.started
            time.sleep(0.01)
        raise AssertionError(f"not ready within {seconds} s: {self.tail()}")

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def health(self) -> dict[str, Any]:
        with self.client() as client:
            return client.get("/health/ready").json()

    def client(self, timeout: float = 30.0) -> httpx.Client:
        return httpx.Client(base_url=self.address, headers=KEYED, timeout=timeout)

    def kill(self) -> None:
        """End the whole group at once, with no time to say goodbye."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=30)
            self.process = None

    def stop(self, seconds: float = 20.0) -> float:
        """Ask it to end, and return how long that took."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=seconds)
        self.kill()
        return time.monotonic() - begun

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def tail(self, size: int = 3000) -> str:
        return self.home.log.read_text(errors="replace")[-size:]

    def rss_bytes(self) -> int:
        """Memory of all its processes that is in use."""
        return sum(
            int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
            for pid in family(self.pid)
        )

    def descriptors(self) -> int:
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in family(self.pid))

    def _command(self) -> list[str]:
        if self.watched:
            asked = {"store_url": self.home.store_url, "models": str(self.home.models)}
            return [sys.executable, str(LAUNCHER), json.dumps(asked), str(self.port)]
        where = ["--models", str(self.home.models), "--store", self.home.store_url]
        how = ["--port", str(self.port), "--workers", str(self.workers)]
        return [sys.executable, "-m", "recsys", "serve", *where, *how]


def free_port() -> int:
    """Return a port below those that outgoing connections take, so that it stays free."""
    draw = random.SystemRandom()
    while True:
        port = draw.randrange(12_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def family(pid: int) -> list[int]:
    """Return a process and all that it started."""
    found = [pid]
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            children = Path(f"/proc/{pid}/task/{thread}/children").read_text().split()
            found += [each for child in children for each in family(int(child))]
    return found


def recsys(*arguments: object) -> list[str]:
    """Return the command line of a command of ours."""
    return [sys.executable, "-m", "recsys", *map(str, arguments)]
