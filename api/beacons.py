"""Events on the short way: read, stored and answered without the application.

What a page sends with ``navigator.sendBeacon`` is a small body and no key. The protocol takes such
a request in by itself, as the route would: the same functions read its body and its headers, and
the same writer stores its events. There are few different answers, which stand ready. Whatever is
unusual, and whatever is wrong with a body, goes the long way.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from time import perf_counter

from recsys.counting.base import Arrival
from recsys.errors import RecsysError, StoreError

from . import answers, canned
from .admission import Admission, Ticket
from .auth import Rights
from .bodies import MOST_EVENTS, objects
from .canned import Canned
from .clients import client_of
from .metrics import Metrics
from .middleware import BODY_LIMITS, may_be_json
from .service import Service
from .writer import Outcomes

PATH = "/v1/events"
_TARGET = re.compile(rb"/v1/events(?:\?(?:site=([A-Za-z0-9._-]{1,512}))?)?")
_UNUSUAL = frozenset({"x-api-key", "transfer-encoding", "expect"})
_LONGEST_LENGTH = 15  # digits
_KEPT_ANSWERS = 256

Sends = Callable[["Beacon", Canned], None]


class _Nobody:
    """Waits for nothing, and is told that the client has gone."""

    def set(self) -> None:
        """Pass over it."""


class Beacon:
    """One request. For uvicorn it is one under way, with the first five attributes of those.

    Attributes
    ----------
    response_started, response_complete, disconnected, keep_alive, message_event
        As those of uvicorn's ``RequestResponseCycle``.
    body
        What is here of it.
    ticket
        By which it was let in.
    """

    message_event = _Nobody()

    def __init__(
        self, beacons: "Beacons", headers: Mapping[str, str], site: str | None, ticket: Ticket
    ) -> None:
        self.response_started = self.response_complete = self.disconnected = False
        self.keep_alive = True
        self.body, self.ticket = b"", ticket
        self.headers, self.site, self.begin = headers, site, perf_counter()
        self.arrivals: Sequence[Arrival] = ()
        self.outcome: Outcomes | StoreError = ()
        self.send: Sends
        self._beacons = beacons

    # What the writer asks and tells, in its thread.

    def set_running_or_notify_cancel(self) -> bool:
        """Return that the events are to be stored, wherever their sender is."""
        return True

    def set_result(self, result: Outcomes) -> None:
        """Take what became of the events."""
        self.outcome = result
        self._beacons.told(self)

    def set_exception(self, exception: StoreError) -> None:
        """Take why they are not stored."""
        self.outcome = exception
        self._beacons.told(self)


class Beacons:
    """Takes beacons in, and answers all that were stored together in one go.

    Only the event loop may use it, but for `told`.

    Parameters
    ----------
    service
        Where their events go.
    metrics, admission
        Where they are counted.
    loop
        The running one.

    Attributes
    ----------
    given
        How many were answered so far.
    """

    def __init__(
        self,
        service: Service,
        metrics: Metrics,
        admission: Admission,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._service, self._metrics, self._admission = service, metrics, admission
        self._loop = loop
        self._told: deque[Beacon] = deque()
        self._called = False  # whether the loop will look at them
        self.given = 0

    def at_head(
        self, method: bytes, target: bytes, headers: Sequence[tuple[bytes, bytes]], ticket: Ticket
    ) -> Beacon | None:
        """Return a request whose body may come; None if it has to go the long way.

        Parameters
        ----------
        target
            Path and query, as they were sent.
        headers
            Names in lower case.
        ticket
            By which it was let in, before its body is here.
        """
        asked = _TARGET.fullmatch(target) if method == b"POST" else None
        if asked is None:
            return None
        first = {name.decode(): value.decode("latin-1") for name, value in reversed(headers)}
        length = first.get("content-length", "")
        if not length.isdecimal() or len(length) > _LONGEST_LENGTH:
            return None
        if not 0 < int(length) <= BODY_LIMITS[PATH] or not _UNUSUAL.isdisjoint(first):
            return None
        if not may_be_json(first.get("content-type", "")):
            return None
        site = asked[1].decode() if asked[1] else None
        return Beacon(self, first, site, ticket)

    def read(self, beacon: Beacon, peer: str | None) -> bool:
        """Read a body that is here; False if the application has to say what is wrong with it."""
        began = perf_counter()
        try:
            rows = objects(beacon.body, MOST_EVENTS)
            client = client_of(beacon.headers, peer, self._service.settings)
            trusts = Rights().may_write_to
            beacon.arrivals = self._service.arrivals(rows, client, trusts, beacon.site)
        except RecsysError:
            return False
        beacon.ticket.spent = perf_counter() - began
        return True

    def take(self, beacon: Beacon, send: Sends) -> None:
        """Store what was read, when it is its turn; then send an answer."""
        beacon.send = send
        self._admission.call(beacon.ticket, partial(self._begin, beacon))

    def told(self, beacon: Beacon) -> None:
        """Let a request be answered whose events were stored or not; from any thread."""
        self._told.append(beacon)
        if not self._called:
            self._called = True
            with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
                self._loop.call_soon_threadsafe(self._answer_all)

    def _begin(self, beacon: Beacon) -> None:
        """Queue the events for the store, wherever their sender is, unless it is too late."""
        if not beacon.ticket.started:
            self._answer(beacon, 503, canned.overloaded(False))
            return
        try:
            self._service.put(beacon.arrivals, beacon)
        except StoreError:
            self._answer(beacon, 503, canned.unavailable())

    def _answer_all(self) -> None:
        self._called = False
        outcomes: list[str | None] = []
        while self._told:
            beacon = self._told.popleft()
            if isinstance(beacon.outcome, StoreError):
                self._answer(beacon, 503, canned.unavailable())
            else:
                outcomes += beacon.outcome
                counted = beacon.outcome.count(None)
                self._answer(beacon, 202, _received(len(beacon.outcome), counted))
        self._metrics.counted(outcomes)

    def _answer(self, beacon: Beacon, status: int, answer: Canned) -> None:
        """Count a request, and send the answer if anybody is there."""
        self.given += 1
        self._admission.leave(beacon.ticket)
        self._metrics.answered("POST", PATH, status, perf_counter() - beacon.begin)
        self._metrics.shed(self._admission.shed)
        if not beacon.disconnected:
            beacon.send(beacon, answer)


@lru_cache(_KEPT_ANSWERS)
def _received(events: int, counted: int) -> Canned:
    return canned.opened(answers.received(events, counted))
