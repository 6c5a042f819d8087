"""Servers to be measured, each a process: ``python -m benchmarks.peers NAME PORT``, JSON on stdin.

``ours`` takes a launch; the others the answer they give, whatever is asked: ``headers`` and
``body``.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from recsys.api.schemas import ListAnswer
from recsys.api.serving import OPTIONS, Launch, serve

ANY_PATH = "/health/any"
"""What the bare application is asked for: our protocol asks no queue about it."""


def bare(answer: Mapping[str, Any]) -> ASGIApp:
    """Return an application that sends the same head and body each time, and does nothing else."""
    headers = [(name.encode(), value.encode()) for name, value in answer["headers"]]
    body = answer["body"].encode()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def _lifespan(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})


def tutorial(answer: Mapping[str, Any]) -> ASGIApp:
    """Return what a tutorial would write: a plain function, and a model of what it answers."""
    document = json.loads(answer["body"])
    app = FastAPI()

    @app.get(ANY_PATH)
    def read() -> ListAnswer:
        return ListAnswer(**document)

    return app


def main() -> int:
    """Serve until terminated."""
    name, port, given = sys.argv[1], int(sys.argv[2]), sys.stdin.read()
    if name == "ours":
        serve(Launch.parse(given), "127.0.0.1", port)
    elif name == "bare":
        uvicorn.run(bare(json.loads(given)), port=port, **OPTIONS)
    else:
        uvicorn.run(tutorial(json.loads(given)), port=port, access_log=False, log_level="warning")
    return 0


if __name__ == "__main__":
    sys.exit(main())
