"""Who is let in: no more than can be served soon, and one a turn of the event loop.

Lists are computed in the event loop. Whatever is let in waits in a queue of ours: a turn of the
loop starts one request, and sockets are read before the next, so that a refusal is quick and the
wait of the others is known.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import RETRY_AFTER_SECONDS, OverloadedError, error_response
from .middleware import OPEN_HEADERS

Kind = Literal["read", "event", "write"]

LONGEST_WAITS: Mapping[Kind, float] = {"read": 0.18, "event": 0.09, "write": 0.18}
"""Seconds of work that may wait before one more is refused: events before reads."""
LATEST_SECONDS = 0.22
"""Wait after which a request is refused when its turn has come, as the estimate was wrong; where
the queue is less than half as long as it may be, the wait was a pause of the machine."""
MOST_IN_FLIGHT: Mapping[Kind, int] = {"event": 1000, "write": 100}
"""Requests that may be under way; these wait for the disk or for a thread, not for the loop."""
FIRST_GUESS_SECONDS = 0.003
SHORTEST_SECONDS = 0.0001
WEIGHT = 0.05  # of the newest measurement
OUTLIER = 5  # times the estimate; more is a pause of something else

OVERLOADED = "too much is being asked at this moment; try again"
BEGINNING = "beginning"  # name of what is done before a body is here
TICKET = "recsys.ticket"  # where the scope of a request carries it


@dataclass(eq=False)
class Ticket:
    """One request that was let in.

    ``name`` says whose estimate it stands under, ``whole`` whether all of it is here, ``begun``
    whether the gate has seen it, ``gone`` whether nobody waits for the answer any more, ``last``
    whether it lets all others go first, ``since`` when it joined the queue, ``seconds`` what it
    adds to it (0 outside of it), ``spent`` the seconds that it has held the loop before its turn,
    ``started`` whether it had its turn.
    """

    kind: Kind
    name: str
    whole: bool = True
    begun: bool = False
    gone: bool = False
    last: bool = False
    since: float = 0.0
    seconds: float = 0.0
    spent: float = 0.0
    started: bool = False


class _Call:
    """A function to be called when it is a request's turn, in the place of a future."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[[], None]) -> None:
        self._function = function

    def done(self) -> bool:
        """Return whether nobody waits any more: never."""
        return False

    def set_result(self, result: None) -> None:
        """Call it."""
        self._function()


_Waiting = tuple[Ticket, "asyncio.Future[None] | _Call"]


class Admission:
    """The queue of one process, and whether one more may join it.

    A request waits as long as the ones before it take, each estimated by how long the latest of
    the same name held the loop (exponential average, outliers cut).

    Parameters
    ----------
    names
        Paths that are told apart; all others share one estimate.
    clock
        Seconds, never going back.

    Attributes
    ----------
    shed
        Kind -> how many were refused since the start.
    in_flight
        Kind -> how many were started and have not been answered.
    waiting_seconds
        How long the queue is.
    """

    def __init__(
        self, names: Collection[str] = (), clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.shed: dict[Kind, int] = {"read": 0, "event": 0, "write": 0}
        self.in_flight: dict[Kind, int] = {"read": 0, "event": 0, "write": 0}
        self.waiting_seconds = 0.0
        self._clock = clock
        self._estimates = dict.fromkeys((*names, BEGINNING, ""), FIRST_GUESS_SECONDS)
        self._n_waiting = 0
        self._queue: deque[_Waiting] = deque()
        self._last: deque[_Waiting] = deque()
        self._turning = False  # whether the next turn is to come
        self._running: tuple[str, float] | None = None  # name and start of this turn's request
        self._reading_until: float | None = None  # before the next one is started
        self._arrivals = self._seen = 0

    def ask(self, kind: Kind, path: str, whole: bool = True) -> Ticket | None:
        """Let a request in; None, and counted as shed, if the queue is too long.

        It joins the queue at once if it is ``whole``, otherwise when it is `completed`.
        """
        ticket = Ticket(kind, self._name(path), whole)
        allowed = self.enter(ticket) if whole else self._has_room(kind)
        return ticket if allowed else None

    def ask_last(self, kind: Kind, path: str, whole: bool = True) -> Ticket:
        """Let a request in that lets all others go first, so that it makes no queue longer."""
        return Ticket(kind, self._name(path), whole, last=True)

    def completed(self, ticket: Ticket) -> None:
        """Note that all of a request is here, be it that the gate has seen it already."""
        if not (ticket.whole or ticket.begun or ticket.last):
            self.enter(ticket)
        ticket.whole = True

    def enter(self, ticket: Ticket) -> bool:
        """Let a request join the queue, or count it as shed."""
        if not self._has_room(ticket.kind):
            return False
        ticket.since, ticket.seconds = self._clock(), self._estimates[ticket.name]
        self.waiting_seconds += ticket.seconds
        self._n_waiting += 1
        return True

    def withdraw(self, ticket: Ticket) -> None:
        """Take a request out of the queue, if it is in there."""
        if ticket.seconds:
            self._n_waiting -= 1
            left = self.waiting_seconds - ticket.seconds
            self.waiting_seconds = left if self._n_waiting else 0.0
            ticket.seconds = 0.0

    def arrived(self) -> None:
        """Note that a socket had something to read, a connection or data."""
        self._arrivals += 1

    async def turn(self, ticket: Ticket) -> bool:
        """Wait until it is this request's turn; False, and counted as shed, if that is too late."""
        if not ticket.seconds and not ticket.last:  # there was no room
            return False
        loop = asyncio.get_running_loop()
        if not self._turning:
            self._turning = True
            self.start(ticket)
            loop.call_soon(self._next_turn, loop)
            return True
        called = loop.create_future()
        if ticket.last:
            self.withdraw(ticket)
            ticket.since = self._clock()
            self._last.append((ticket, called))
        else:
            self._queue.append((ticket, called))
        await called
        return ticket.started

    def call(self, ticket: Ticket, function: Callable[[], None]) -> None:
        """Call a function when it is this request's turn, or too late: see ``started``.

        As `turn`, without a task: a call costs a request nothing where nobody else waits.
        """
        if not self._turning and ticket.seconds:
            self._turning = True
            loop = asyncio.get_running_loop()
            self.start(ticket)
            loop.call_soon(self._next_turn, loop)
        elif ticket.seconds:
            self._queue.append((ticket, _Call(function)))
            return
        function()

    def is_in_time(self, ticket: Ticket) -> bool:
        """Return whether a request may still be answered; if not it is shed.

        After a pause of the machine all that wait are late: where they are few, they are answered.
        """
        few = self.waiting_seconds <= LONGEST_WAITS[ticket.kind] / 2
        if few or self._clock() - ticket.since <= LATEST_SECONDS:
            return True
        self.withdraw(ticket)
        self.shed[ticket.kind] += 1
        return False

    def start(self, ticket: Ticket) -> None:
        """Note that a request is being computed from now on."""
        self.withdraw(ticket)
        ticket.started = True
        self.in_flight[ticket.kind] += 1
        self._running = ticket.name, self._clock() - ticket.spent

    def measure(self) -> None:
        """Learn from how long the request that was started has held the loop."""
        if self._running is None:
            return
        name, started = self._running
        usual = self._estimates[name]
        taken = min(self._clock() - started, OUTLIER * usual)
        self._estimates[name] = max(SHORTEST_SECONDS, usual + WEIGHT * (taken - usual))
        self._running = None

    def leave(self, ticket: Ticket) -> None:
        """Note that a request is done with."""
        if ticket.started:
            self.in_flight[ticket.kind] -= 1

    def _name(self, path: str) -> str:
        return path if path in self._estimates else ""

    def _has_room(self, kind: Kind) -> bool:
        full = self.in_flight[kind] >= MOST_IN_FLIGHT.get(kind, self.in_flight[kind] + 1)
        if full or self.waiting_seconds > LONGEST_WAITS[kind]:
            self.shed[kind] += 1
            return False
        return True

    def _next_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start who waits longest."""
        if self._is_reading():
            loop.call_soon(self._next_turn, loop)
            return
        self.measure()
        self._turning = self._start_next(self._queue) or self._start_next(self._last)
        if self._turning:
            loop.call_soon(self._next_turn, loop)
        while self._last and not self.is_in_time(self._last[0][0]):
            _wake(self._last.popleft()[1])

    def _start_next(self, queue: deque[_Waiting]) -> bool:
        while queue:
            ticket, called = queue.popleft()
            if called.done():  # cancelled
                self.withdraw(ticket)
                continue
            in_time = self.is_in_time(ticket)
            if in_time:
                self.start(ticket)
            _wake(called)
            if in_time:
                return True
        return False

    def _is_reading(self) -> bool:
        """Return whether the sockets should be read once more before anything is started.

        A turn of uvloop accepts one connection. Those that come meanwhile would wait unseen if
        every turn computed a list; so sockets are read until nothing is new, for as long at most
        as the last request took.
        """
        now = self._clock()
        if self._reading_until is None:
            self._reading_until = 2 * now - (self._running[1] if self._running else now)
        if self._arrivals != self._seen and now < self._reading_until:
            self._seen = self._arrivals
            return True
        self._reading_until = None
        return False


def _wake(called: "asyncio.Future[None] | _Call") -> None:
    if not called.done():
        called.set_result(None)


class Gate:
    """Lets requests in, in their turn; the rest get 503. Must be the outermost layer.

    What has a body waits for its turn only once that is here, so that slow clients hold up nobody.
    """

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self.app, self._admission = app, admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        ticket: Ticket | None = scope.get(TICKET)
        if ticket is None:
            kind = kind_of(scope["method"], scope["path"])
            if kind is None:
                await self.app(scope, receive, send)
                return
            ticket = self._admission.ask(kind, scope["path"], whole=kind == "read")
            if ticket is None:
                await overloaded()(scope, receive, send)
                return
        await self._serve(ticket, scope, receive, send)

    async def _serve(self, ticket: Ticket, scope: Scope, receive: Receive, send: Send) -> None:
        ticket.begun = True
        try:
            if ticket.whole:
                its_turn = await self._admission.turn(ticket)
            else:
                its_turn = await self._begin(ticket)
                receive = partial(self._late, ticket, receive)
            if not its_turn:
                await overloaded()(scope, receive, send)
            elif not (ticket.gone and ticket.whole):  # of the others it is noted that they went
                await self.app(scope, receive, send)
        finally:
            self._admission.leave(ticket)

    async def _begin(self, ticket: Ticket) -> bool:
        """Wait for a moment in which nobody else has anything to do."""
        beginning = Ticket(ticket.kind, BEGINNING, last=True)
        try:
            return await self._admission.turn(beginning)
        finally:
            self._admission.leave(beginning)

    async def _late(self, ticket: Ticket, receive: Receive) -> Message:
        """Queue when the last of the body is here."""
        message = await receive()
        whole = message["type"] == "http.request" and not message.get("more_body", False)
        if whole and not ticket.started:
            self._admission.enter(ticket)
            if not await self._admission.turn(ticket):
                raise OverloadedError(OVERLOADED)
        return message


def kind_of(method: str, path: str) -> Kind | None:
    """Return what a request counts as; None for what is never refused."""
    if path.startswith("/health/") or path == "/metrics":
        return None
    if method in ("GET", "HEAD", "OPTIONS"):
        return "read"
    return "event" if path == "/v1/events" else "write"


def overloaded() -> Response:
    """Return the answer to what is not let in."""
    headers = {**OPEN_HEADERS, "retry-after": str(RETRY_AFTER_SECONDS)}
    return error_response(503, code=OverloadedError.code, message=OVERLOADED, headers=headers)
