"""A server that answers whatever a test says, be it no HTTP at all; and what pages were seen to do.

Tests of the real engine take its pages from here too: the page of a newspaper is of another origin.
"""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import recsys.api

WIDGET = Path(recsys.api.__file__).parent / "static" / "widget"
PIXEL = bytes.fromhex(  # a GIF of one transparent point
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)


@dataclass
class Reply:
    """One answer; ``after`` is called once ``body`` is sent and may go on, or wait."""

    body: bytes = b""
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    after: Callable[[socket.socket], None] | None = None


Respond = Callable[[str, dict[str, str]], Reply | None]
"""From path and query to an answer; None for 404."""


def as_json(document: Any, **more: Any) -> Reply:
    """Halves of characters and NUL go as escapes, as any JSON library may write them."""
    return Reply(json.dumps(document, ensure_ascii=True).encode(), **more)


def page(body: str, look: str = "classic", head: str = "", engine: str = "") -> Reply:
    """The page of an Arabic newspaper that takes the widget from an engine; by itself from here."""
    html = (
        '<!doctype html><html lang="ar" dir="rtl"><meta charset="utf-8"><title>page</title>'
        '<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">'
        f'<link rel="stylesheet" href="{engine}/widget/looks/{look}.css">{head}'
        f'<script type="module" src="{engine}/widget/v1.js"></script><body>{body}</body></html>'
    )
    return Reply(html.encode("utf-8", "replace"), kind="text/html; charset=utf-8")


@contextmanager
def answering(respond: Respond) -> Iterator[str]:
    """Answer at the address that is given; the module is where the engine has it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self.reply(self.usual(parts.path) or respond(parts.path, query) or Reply(status=404))

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.reply(as_json({"received": 1, "counted": 1}, status=202))

        def usual(self, path: str) -> Reply | None:
            if path == "/widget/v1.js":
                return Reply((WIDGET / "news-list.js").read_bytes(), kind="text/javascript")
            if path.startswith("/widget/looks/"):
                return Reply((WIDGET / path.removeprefix("/widget/")).read_bytes(), kind="text/css")
            return Reply(PIXEL, kind="image/gif") if path.startswith("/pixel") else None

        def reply(self, reply: Reply) -> None:
            try:
                self.send_response(reply.status)
                usual = {
                    "content-type": reply.kind,
                    "content-length": str(len(reply.body)),
                    "access-control-allow-origin": "*",
                }
                for name, value in {**usual, **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)
                if reply.after is not None:
                    reply.after(self.connection)
            except (BrokenPipeError, ConnectionResetError):  # nobody waits any more
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Seen:
    """What a page said and did."""

    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    """Of all that was requested, with their ports."""


WATCH = """
    window.hits = 0;
    window.hit = window.alert = window.confirm = window.prompt = () => { window.hits++ };
    window.unhandled = [];
    addEventListener("unhandledrejection", (event) => window.unhandled.push(String(event.reason)));
    window.heard = { load: [], empty: [], click: [] };
    for (const name of Object.keys(window.heard)) {
        addEventListener(`newslist:${name}`, ({ target }) => window.heard[name].push(target.id));
    }
"""


def watched(context: Any) -> tuple[Any, Seen]:
    """Open a tab of which everything is noted."""
    tab, seen = context.new_page(), Seen()
    tab.add_init_script(WATCH)
    tab.on("console", lambda message: seen.console.append(f"{message.type}: {message.text}"))
    tab.on("pageerror", lambda error: seen.errors.append(str(error)))

    def close(dialog: Any) -> None:
        seen.dialogs.append(dialog.message)
        dialog.dismiss()

    def note(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "about"):
            seen.hosts.add(f"{parts.scheme}://{parts.netloc}")

    tab.on("dialog", close)
    tab.on("request", note)
    return tab, seen
