"""Starts a server that is easier to torment: ``python launcher.py '{"store_url": …}' PORT``.

It looks at store and models twenty times a second. SIGUSR1 fills the disk, as far as the store can
tell: its file may not grow any more. SIGUSR2 makes room again.
"""

import json
import signal
import sys
from threading import Thread
from typing import Any

from recsys.api import serving
from recsys.api.service import Service
from recsys.settings import read_settings

REFRESH_SECONDS = 0.05
MOST_PAGES = 1 << 30


def main() -> None:
    opened: list[Service] = []

    def service(*given: Any, **named: Any) -> Service:
        opened.append(Service(*given, **{**named, "refresh_seconds": REFRESH_SECONDS}))
        return opened[-1]

    def fill(number: int, frame: object) -> None:
        full = number == signal.SIGUSR1
        Thread(target=set_room, args=(opened[-1], full), daemon=True).start()

    serving.Service = service  # type: ignore[misc, assignment]
    signal.signal(signal.SIGUSR1, fill)
    signal.signal(signal.SIGUSR2, fill)
    launch = serving.Launch(**json.loads(sys.argv[1]), settings=read_settings())
    serving.serve(launch, "127.0.0.1", int(sys.argv[2]))


def set_room(service: Service, full: bool) -> None:
    with service._store._connections.writing() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages if full else MOST_PAGES}")


if __name__ == "__main__":
    main()
