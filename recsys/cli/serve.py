"""``recsys serve``: the HTTP service."""

import sys
import time
from contextlib import closing
from typing import Annotated, Literal

import typer

from recsys.cli import options
from recsys.data.stores import open_store
from recsys.settings import Settings, read_settings


def serve(
    models: options.ModelsDir,
    store: options.StoreUrl,
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 is all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen at.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=1024, help="Processes.")] = 1,
    name: options.ModelName = "default",
    now: options.Now = None,
    config: options.Config = None,
    log_format: Annotated[
        Literal["text", "json"] | None,
        typer.Option(
            metavar="text|json",
            help="How to log on stderr; otherwise text on a terminal, JSON lines elsewhere.",
        ),
    ] = None,
) -> None:
    """Answer over HTTP until interrupted, from a model and a store, which is made if need be.

    With --now the clock starts there and runs on. A model that is trained, promoted or rolled
    back meanwhile is served within seconds.
    """
    from recsys.api.serving import Launch, serve

    settings = read_settings(config)
    offset = 0.0 if now is None else _start(store, now, settings) - time.time()
    log_format = log_format or ("text" if sys.stderr.isatty() else "json")
    launch = Launch(store, str(models), name, offset, settings, log_format)
    typer.echo(f"http://{f'[{host}]' if ':' in host else host}:{port}/docs")
    serve(launch, host, port, workers)


def _start(store: str, now: str, settings: Settings) -> int:
    with closing(open_store(store, settings)) as opened:
        return options.clock(now, opened.newest(), settings, None, from_files=False)
