"""The server: one process or several around one listening socket.

The process that starts the workers imports no application: they are ready a second sooner.
"""

import json
import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from uvicorn.supervisors import Multiprocess

from recsys.data.stores import open_store
from recsys.errors import SettingsError
from recsys.settings import Settings
from recsys.typed import from_table

from . import logs, memory
from .metrics import shared_metrics
from .service import Service

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI

MOST_FILES = 65_536
TURN_SECONDS = 0.0005
"""How long a thread that refreshes or loads may keep the interpreter while a request waits for it;
usually it is ten times as long, and a request waits several times."""
_VARIABLE = "_RECSYS_SERVE"  # carries a Launch to the workers; not one of the RECSYS_* settings
OPTIONS: Mapping[str, Any] = {
    "http": f"{__package__}.protocol:Protocol",
    "proxy_headers": False,  # whose X-Forwarded-For is believed, the settings say
    "access_log": False,
    "log_level": "warning",
    "server_header": False,
    "timeout_keep_alive": 75,  # longer than the 60 s of proxies, which would meet a closed one
    "timeout_graceful_shutdown": 6,  # leaves 4 of 10 s to the service
    "timeout_worker_healthcheck": 60,  # a busy machine starts no worker in the usual 5 s
    "backlog": 2048,
    "ws": "none",
    "lifespan": "on",
}


@dataclass(frozen=True)
class Launch:
    """What a process needs to know to serve.

    ``clock_offset_seconds`` is how far ahead of the machine's clock the service lives.
    ``log_format`` is one of `logs.LogFormat`, or None to leave logging as it is. ``notes`` is a
    folder in which several workers note what they have checked (`recsys.saving.load`).
    """

    store_url: str
    models: str
    model_name: str = "default"
    clock_offset_seconds: float = 0.0
    settings: Settings = field(default_factory=Settings)
    log_format: str | None = None
    notes: str | None = None

    def service(self) -> Service:
        """Open everything."""
        return Service(
            self.store_url,
            Path(self.models),
            self.settings,
            model_name=self.model_name,
            clock=lambda: time.time() + self.clock_offset_seconds,
            notes=Path(self.notes) if self.notes else None,
        )

    def try_store(self) -> None:
        """Open the store and close it again: what would fail in every worker fails here."""
        open_store(self.store_url, self.settings).close()

    def text(self) -> str:
        """Return the launch as text; `parse` reads it back equal."""
        return json.dumps(_given(asdict(self)))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `text` wrote."""
        return from_table(cls, json.loads(text))


def serve(
    launch: Launch, host: str, port: int, workers: int = 1, more: "Sequence[APIRouter]" = ()
) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is being answered and stored.

    Parameters
    ----------
    launch
        What is served.
    host, port
        Where to listen.
    workers
        Processes; each holds its own snapshot.
    more
        Further routers; only with one worker.

    Raises
    ------
    SettingsError
        If the address cannot be listened at.
    StoreError
        If the store cannot be opened.
    """
    with _listening(host, port) as listening:  # from now on one is kept waiting, not turned away
        _allow_many_sockets()
        logs.configure(launch.log_format)
        options = {**OPTIONS, **logs.options(launch.log_format)}
        with suppress(KeyboardInterrupt):
            if workers == 1:
                config = uvicorn.Config(_application(launch, more), **options)
                uvicorn.Server(config).run([listening])
            else:
                launch.try_store()
                app = f"{__name__}:worker_app"
                config = uvicorn.Config(app, factory=True, workers=workers, **options)
                with shared_metrics(workers), TemporaryDirectory(prefix="recsys-notes-") as notes:
                    os.environ[_VARIABLE] = replace(launch, notes=notes).text()
                    Multiprocess(config, [listening]).run()


def worker_app() -> "FastAPI":
    """Return the application of one of several workers."""
    return _application(Launch.parse(os.environ[_VARIABLE]))


def _application(launch: Launch, more: "Sequence[APIRouter]" = ()) -> "FastAPI":
    memory.settle()
    sys.setswitchinterval(TURN_SECONDS)
    with memory.kept_for_good(), ThreadPoolExecutor(1) as beside:
        service = beside.submit(launch.service)
        from .app import create_app  # takes its time, meanwhile the disk is read

        return create_app(service.result(), more)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=OPTIONS["backlog"])
    except (OSError, OverflowError) as error:
        reason = str(getattr(error, "strerror", None) or error).partition(" (while")[0]
        raise SettingsError(f"{host}:{port}: cannot listen there: {reason}") from None


def _allow_many_sockets() -> None:
    """Open as many files as the machine allows: slow clients soon hold the usual 1024."""
    with suppress(ImportError, ValueError, OSError):  # no such limits, or none that can be set
        from resource import RLIMIT_NOFILE, getrlimit, setrlimit

        soft, hard = getrlimit(RLIMIT_NOFILE)
        setrlimit(RLIMIT_NOFILE, (max(soft, min(hard, MOST_FILES)), hard))


def _given(value: Any) -> Any:
    """Return a table without what is None, as TOML would have it."""
    if isinstance(value, Mapping):
        return {key: _given(inner) for key, inner in value.items() if inner is not None}
    return value
