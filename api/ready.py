"""Answers kept as bytes: given again for as long as they would be computed alike.

A list depends on what is asked, on the snapshot, and on the clock only at a few instants
(`recsys.lists.clock`). So an answer is kept for one snapshot and until the next of these instants;
the one thing in it that moves with the clock, ``generated_at``, is written anew when another second
has come. What is given is thus, byte for byte, what the routes would answer at that moment.

What is asked for again and again is prepared for the next snapshot by whoever brings it, before it
is served, and so is ready from its first moment.

Ready answers take no turn: to give one costs no more than to refuse it. Only the event loop changes
what is kept.
"""

import logging
import re
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from starlette.datastructures import MutableHeaders, QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from recsys.errors import RecsysError
from recsys.lists.clock import next_change
from recsys.snapshot import Snapshot
from recsys.times import format_instant

from .admission import Admission
from .answers import KEEPER, Answer
from .canned import Canned, Pairs
from .lists import Lists
from .metrics import Metrics
from .middleware import OPEN_HEADERS, matches, not_modified
from .service import Service

log = logging.getLogger(__name__)

MOST_BYTES = 32 * 2**20
"""What is kept at most, queries and heads included; when half of it is new the other half goes."""
MOST_ANSWERS = 8192
OVERHEAD_BYTES = 3000  # of an answer, as Python keeps it

MOST_PREPARED = 256
PREPARING_SECONDS = 0.1
"""What is prepared for the next snapshot at most, and how long that may take."""

_METHODS = {b"GET": "GET", b"HEAD": "HEAD"}
_UNUSUAL = frozenset({b"content-length", b"transfer-encoding", b"expect"})
_EVERY_SECOND = frozenset({"max_age"})  # parameters by which any second may change a list
_GENERATED = re.compile(rb'"generated_at":"')  # a quote inside of a string is escaped
_MOMENTS = re.compile(rb'"(?:generated_at|data_until)":"')


@dataclass(frozen=True)
class Origin:
    """What an answer is computed from.

    ``key`` is the path and query, ``path`` the path as it is routed, ``second`` the moment, and
    ``lasting`` whether the next seconds may have the same answer.
    """

    key: bytes
    path: str
    snapshot: Snapshot
    second: int
    lasting: bool


class Ready:
    """One answer: all of it, its head alone, and 304 in its place.

    Attributes
    ----------
    answer
        As the routes answered, but for the moment.
    whole, head, unchanged
        What is sent.
    path, second, lasting
        As those of the `Origin`; ``second`` moves on with the clock.
    given
        How many times it was given.
    etag, degraded
        As those of the `Answer`.
    """

    __slots__ = (
        "_moments", "answer", "degraded", "etag", "given", "head", "lasting", "path", "second",
        "unchanged", "whole",
    )  # fmt: skip

    def __init__(self, answer: Answer, origin: Origin) -> None:
        headers = MutableHeaders(raw=list(answer.raw_headers))
        headers.update(OPEN_HEADERS)
        start = {"status": answer.status_code, "headers": headers.raw}
        unchanged = not_modified(start)
        self.whole = Canned.of(answer.status_code, headers.raw, bytes(answer.body))
        self.head = Canned(self.whole.status, self.whole.headers, b"")
        self.unchanged = Canned.of(unchanged["status"], unchanged["headers"], b"")
        self.answer = answer
        self.path, self.second, self.lasting = origin.path, origin.second, origin.lasting
        self.etag, self.degraded = headers["etag"], answer.degraded
        self.given, self._moments = 0, _moments(answer, origin)

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        return len(self.whole.body) + OVERHEAD_BYTES

    def move(self, second: int) -> None:
        """Write another moment into the body."""
        body, instant = bytearray(self.whole.body), (format_instant(second) or "").encode()
        for place in self._moments:
            body[place : place + len(instant)] = instant
        self.answer.body, self.second = bytes(body), second
        self.whole = Canned(self.head.status, self.head.headers, self.answer.body)


@dataclass(frozen=True)
class Prepared:
    """What the answers of the next snapshot begin with, as of ``second``."""

    snapshot: "weakref.ref[Snapshot]"
    second: int
    answers: Mapping[bytes, Ready]


class ReadyAnswers:
    """What is kept, all of one snapshot, in two generations of which the older is let go whole.

    Parameters
    ----------
    service
        Whose answers these are.
    metrics, admission
        Where they are counted.
    most_bytes, most_answers
        How much is kept at most.

    Attributes
    ----------
    given
        How many ready answers were given so far.
    """

    def __init__(
        self,
        service: Service,
        metrics: Metrics,
        admission: Admission,
        most_bytes: int = MOST_BYTES,
        most_answers: int = MOST_ANSWERS,
    ) -> None:
        self._service, self._metrics, self._admission = service, metrics, admission
        self._most_bytes, self._most_answers = most_bytes // 2, most_answers // 2
        self._young: dict[bytes, Ready] = {}
        self._old: dict[bytes, Ready] = {}
        self._young_bytes = self._old_bytes = 0
        self._snapshot: weakref.ref[Snapshot] | None = None
        self.given = 0
        self._since = self._until = 0  # seconds in which what is kept holds
        self._prepared: Prepared | None = None

    def __len__(self) -> int:
        """Return how many answers are kept."""
        return len(self._young) + len(self._old)

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        return self._young_bytes + self._old_bytes

    def answer(self, method: bytes, target: bytes, headers: Pairs) -> Canned | None:
        """Return what to answer, counted as answered; None if it must be computed.

        Parameters
        ----------
        target
            Path and query, as they were sent.
        headers
            Names in lower case.
        """
        begin, known = perf_counter(), _METHODS.get(method)
        found = self._get(target if b"?" in target else target + b"?") if known else None
        if found is None or known is None:
            return None
        held = None
        for name, value in headers:
            if name in _UNUSUAL:
                return None
            if name == b"if-none-match" and held is None:
                held = value.decode("latin-1")
        given, status = found.whole if known == "GET" else found.head, 200
        if held is not None and matches(held, found.etag):
            given, status = found.unchanged, 304
        self.given += 1
        found.given += 1
        if found.degraded:
            self._metrics.degraded(found.degraded)
        self._metrics.answered(known, found.path, status, perf_counter() - begin)
        self._metrics.shed(self._admission.shed)
        return given

    def meanwhile(self, key: bytes) -> Answer | None:
        """Return what was computed for another request while this one waited for its turn."""
        found = self._get(key)
        return None if found is None else found.answer

    def origin(self, scope: Scope) -> Origin:
        """Return what a request that is answered at once is answered from."""
        key = bytes(scope["raw_path"]) + b"?" + bytes(scope["query_string"])
        lasting = _EVERY_SECOND.isdisjoint(QueryParams(scope["query_string"]))
        return Origin(key, scope["path"], self._service.snapshot, self._service.now, lasting)

    def take(self, origin: Origin, answer: Answer) -> None:
        """Keep an answer, unless something has changed since it was begun."""
        snapshot, now = self._service.snapshot, self._service.now
        if snapshot is origin.snapshot and now == origin.second:
            if not self._holds(snapshot, now):
                self._begin(snapshot, now)
            self._put(origin.key, Ready(answer, origin))

    def prepare(self, snapshot: Snapshot) -> None:
        """Compute from the snapshot that comes next what is asked for again and again.

        Called in the thread that brings it, before it is served. What has been given most comes
        first; what is not done within `PREPARING_SECONDS` is computed when it is asked for.
        """
        begin, second = perf_counter(), self._service.now
        lists = Lists(self._service.settings, lambda: snapshot, lambda: second)
        answers: dict[bytes, Ready] = {}
        for key, known in self._wanted():
            if perf_counter() - begin > PREPARING_SECONDS:
                break
            try:
                made = known.answer.again(lists) if known.answer.again else None
            except RecsysError:  # such as an article that is gone
                continue
            except Exception:  # whatever it is, it must not keep a snapshot from being served
                log.exception("%s cannot be prepared", self._metrics.route_of(known.path))
                break
            if isinstance(made, Answer):
                answers[key] = Ready(made, Origin(key, known.path, snapshot, second, True))
        self._prepared = Prepared(weakref.ref(snapshot), second, answers)

    def _wanted(self) -> list[tuple[bytes, Ready]]:
        """Return what was given since it was computed, and may be for more than a second."""
        kept = self._young.copy()  # in one go, whatever the event loop does meanwhile
        wanted = [(key, ready) for key, ready in kept.items() if ready.given and ready.lasting]
        return sorted(wanted, key=lambda pair: -pair[1].given)[:MOST_PREPARED]

    def _get(self, key: bytes) -> Ready | None:
        now = self._service.now
        if not self._holds(self._service.snapshot, now):
            return None
        found = self._young.get(key)
        if found is None:
            found = self._old.pop(key, None)
            if found is None:
                return None
            self._old_bytes -= found.size + len(key)
            self._put(key, found)
        if found.second != now:
            if not found.lasting:
                return None
            found.move(now)
        return found

    def _holds(self, snapshot: Snapshot, now: int) -> bool:
        prepared = self._prepared
        if prepared is not None and prepared.snapshot() is snapshot:
            self._prepared = None
            self._begin(snapshot, prepared.second)
            for key, ready in prepared.answers.items():
                self._put(key, ready)
        kept = self._snapshot
        return kept is not None and kept() is snapshot and self._since <= now < self._until

    def _begin(self, snapshot: Snapshot, now: int) -> None:
        """Forget everything; what comes now is of this snapshot."""
        self._young, self._old = {}, {}
        self._young_bytes = self._old_bytes = 0
        self._snapshot = weakref.ref(snapshot)
        self._since, self._until = now, next_change(snapshot, now)

    def _put(self, key: bytes, ready: Ready) -> None:
        self._drop(key)
        size = ready.size + len(key)
        full = len(self._young) >= self._most_answers
        if full or self._young_bytes + size > self._most_bytes:
            self._old, self._old_bytes = self._young, self._young_bytes
            self._young, self._young_bytes = {}, 0
        if size <= self._most_bytes:
            self._young[key] = ready
            self._young_bytes += size

    def _drop(self, key: bytes) -> None:
        for generation in (self._young, self._old):
            gone = generation.pop(key, None)
            if gone is not None and generation is self._young:
                self._young_bytes -= gone.size + len(key)
            elif gone is not None:
                self._old_bytes -= gone.size + len(key)


class Keeping:
    """Lets what the routes answer be kept, and answers who waited for the same. The innermost."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "GET" and "raw_path" in scope:
            ready: ReadyAnswers = scope["app"].state.ready
            origin = ready.origin(scope)
            answer = None if _has_body(scope) else ready.meanwhile(origin.key)
            if answer is not None:
                await answer(scope, receive, send)
                return
            scope[KEEPER] = partial(ready.take, origin)
        await self.app(scope, receive, send)


def _has_body(scope: Scope) -> bool:
    return any(name in _UNUSUAL for name, _ in scope["headers"])


def _moments(answer: Answer, origin: Origin) -> tuple[int, ...]:
    """Return where in a body the moment of answering stands."""
    if answer.media_type != "application/json":
        return ()
    until = origin.snapshot.data_until
    moving = _MOMENTS if until is not None and until > origin.second else _GENERATED
    return tuple(match.end() for match in moving.finditer(bytes(answer.body)))
