"""Clients: connections that are kept alive, threads that post and read."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.torture.server import KEYED, Server

Headers = Mapping[str, str]
BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/126.0.0.0 Safari/537.36"
)
BROKEN = (OSError, http.client.HTTPException)


@dataclass(frozen=True)
class Answer:
    """What came back, and after how long."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float

    @property
    def document(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One connection that is kept alive; what breaks it is raised, and the next call opens anew."""

    def __init__(self, port: int, headers: Headers = KEYED, timeout: float = 30.0) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self._headers = dict(headers)

    def get(self, path: str, headers: Headers | None = None) -> Answer:
        return self.ask("GET", path, None, headers)

    def post(self, path: str, document: object, headers: Headers | None = None) -> Answer:
        return self.ask("POST", path, json.dumps(document).encode(), headers)

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Headers | None = None
    ) -> Answer:
        own = {**self._headers, **(headers or {})}
        if body is not None:
            own.setdefault("Content-Type", "application/json")
        begun = time.monotonic()
        try:
            self._connection.request(method, path, body, own)
            answer = self._connection.getresponse()
            content = answer.read()
        except BaseException:
            self._connection.close()
            raise
        return Answer(answer.status, answer.headers, content, time.monotonic() - begun)

    def close(self) -> None:
        self._connection.close()


class Worker(threading.Thread):
    """Does something over and over until told to stop; what it raises is raised by `finish`."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopping = threading.Event()
        self.error: BaseException | None = None

    def step(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what it holds."""

    def run(self) -> None:
        try:
            while not self.stopping.is_set():
                self.step()
        except BaseException as error:
            self.error = error
        finally:
            self.close()

    def finish(self, seconds: float = 60.0) -> None:
        self.stopping.set()
        self.join(seconds)
        assert not self.is_alive(), "a client did not come to an end"
        if self.error is not None:
            raise self.error


class Poster(Worker):
    """Posts batches of views with ids of their own; each again and again until it is stored.

    Attributes
    ----------
    sent, acknowledged
        Event ids that were sent, and those that were answered 202.
    answers
        How often each status came.
    slowest
        Seconds of the slowest answer.
    """

    def __init__(
        self, server: Server, name: str, ids: Sequence[str], most: int = 10, pause: float = 0.0
    ) -> None:
        super().__init__()
        self._connection = Connection(server.port)
        self._name, self._ids, self._most, self._pause = name, ids, most, pause
        self._random = random.Random(name)
        self._n = 0
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self.answers: Counter[int] = Counter()
        self.without_retry_after = 0
        self.slowest = 0.0

    def step(self) -> None:
        batch = self._batch()
        self.sent |= {event["event_id"] for event in batch}
        end = time.monotonic() + 90.0
        while not self._stored(batch):
            assert time.monotonic() < end, "events were not taken for 90 seconds"
        self.acknowledged |= {event["event_id"] for event in batch}
        if self._pause:
            time.sleep(self._pause)

    def close(self) -> None:
        self._connection.close()

    def _batch(self) -> list[dict[str, str]]:
        size = self._random.randint(1, self._most)
        numbers = range(self._n, self._n + size)
        self._n += size
        choice = self._random.choice
        return [{"article_id": choice(self._ids), "event_id": f"{self._name}-{n}"} for n in numbers]

    def _stored(self, batch: list[dict[str, str]]) -> bool:
        try:
            answer = self._connection.post("/v1/events", batch)
        except BROKEN:
            time.sleep(0.02)
            return False
        self.answers[answer.status] += 1
        self.slowest = max(self.slowest, answer.seconds)
        if answer.status == 503:
            self.without_retry_after += "retry-after" not in answer.headers
            time.sleep(0.1)
            return False
        assert answer.status == 202, (answer.status, answer.body)
        return True


@dataclass
class Seen:
    """What readers were answered."""

    statuses: Counter[object] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    first_bad: str = ""

    def note(self, answer: Answer, path: str) -> None:
        self.statuses[answer.status] += 1
        self.seconds.append(answer.seconds)
        if answer.status != 200 and not self.first_bad:
            self.first_bad = f"{path}: {answer.status} {answer.body[:200]!r}"

    @property
    def failed(self) -> int:
        return self.statuses.total() - self.statuses[200]


class Reader(Worker):
    """Reads one path after another and notes every answer.

    Parameters
    ----------
    path
        Gives the next path.
    forgiving
        Whether a broken connection is as it should be, as where the server is being killed.
    check
        Looks at every answer.
    """

    def __init__(
        self,
        server: Server,
        path: Callable[[], str],
        *,
        forgiving: bool = False,
        pause: float = 0.0,
        check: Callable[[Answer], None] = lambda answer: None,
    ) -> None:
        super().__init__()
        self._connection = Connection(server.port)
        self._path, self._forgiving, self._pause, self._check = path, forgiving, pause, check
        self.seen = Seen()

    def step(self) -> None:
        path = self._path()
        try:
            answer = self._connection.get(path)
        except BROKEN as error:
            if not self._forgiving:
                self.seen.statuses[type(error).__name__] += 1
                self.seen.first_bad = self.seen.first_bad or f"{path}: {error!r}"
            time.sleep(0.02)
            return
        self.seen.note(answer, path)
        self._check(answer)
        if self._pause:
            time.sleep(self._pause)

    def close(self) -> None:
        self._connection.close()


@contextmanager
def at_work(workers: Sequence[Worker]) -> Iterator[None]:
    """Start workers, and have them finish whatever happens."""
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.stopping.set()
    for worker in workers:
        worker.finish()


def pages(ids: Sequence[str], seed: int = 0) -> Callable[[], str]:
    """Return what gives, each time, a path to read: every kind of list, never the same query."""
    draw = random.Random(seed)

    def path() -> str:
        one, other = draw.choice(ids), draw.choice(ids)
        kinds = (
            f"/v1/page?id={one}&exclude={other}",
            f"/v1/related?id={one}&exclude={other}",
            f"/v1/inline?id={one}",
            f"/v1/most-read?id={one}&window=24h",
            f"/v1/most-read?unit=readers&exclude={one}",
            f"/v1/trending?id={one}",
            f"/v1/latest?exclude={one}",
            f"/v1/page.html?id={one}",
        )
        return draw.choice(kinds)

    return path


def until(holds: Callable[[], object], seconds: float, what: str) -> float:
    """Wait for something and return how long it took."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() < begun + seconds, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - begun


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
