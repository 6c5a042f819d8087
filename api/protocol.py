"""How bytes become requests: uvicorn's protocol, with deadlines, limits and answers of our own.

Of uvicorn it uses what an `asyncio.Protocol` and an httptools parser call, ``on_response_complete``
and ``shutdown``; and of the request under way whether it was answered.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from . import canned
from .admission import TICKET, Admission, Kind, Ticket, kind_of
from .beacons import Beacon, Beacons
from .canned import Canned
from .heads import path_and_query, path_of, plain_head
from .middleware import is_fragment
from .ready import ReadyAnswers

LONGEST_HEAD = 65_536  # bytes of request line and headers
MOST_HEADERS = 200
MOST_UNANSWERED = 64  # requests of one connection, sent behind one another
MOST_UNREAD = 65_536  # bytes of answers that wait for a client who is answered at once


@dataclass(frozen=True)
class Deadlines:
    """How long a client may take, in seconds; how often a connection is looked at.

    Parameters
    ----------
    head
        From the connection, or the first byte of a later request, to the end of the headers.
    body
        From there to the end of the body.
    keyed_body
        The same where the request bears an ``X-API-Key``.
    unread
        Without taking anything of what was answered.
    linger
        From a refusal to the end of the connection, for a client that is still sending.
    stopping
        For all of these, once the server is to stop.
    look
        From one look to the next.
    """

    head: float = 10.0
    body: float = 10.0
    keyed_body: float = 60.0
    unread: float = 20.0
    linger: float = 2.0
    stopping: float = 1.0
    look: float = 1.0


Awaited = Literal["head", "body", "end", None]
"""What the client has to send next; None between two requests, ``end`` after a refusal."""


class RefusedError(Exception):
    """What was sent is no request; only the parser sees this."""


class Protocol(HttpToolsProtocol):
    """One connection.

    Attributes
    ----------
    deadlines
        Of all connections.
    """

    deadlines: ClassVar[Deadlines] = Deadlines()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._admission: Admission = app_state.get("admission") or Admission()
        self._ready: ReadyAnswers | None = app_state.get("ready")
        self._beacons: Beacons | None = app_state.get("beacons")
        self._beacon: Beacon | None = None  # whose body is being read
        self._ticket: Ticket | None = None  # of the request that is being read
        self._awaited: Awaited = None
        self._until = 0.0  # when what is awaited must be here
        self._head_size = 0  # bytes received since its beginning
        self._unanswered = 0
        self._skipping = False  # the body of a request that was answered from here
        self._refusal: Canned | None = None  # to be sent when what came before it is answered
        self._stopping = False
        self._unread, self._unread_since = 0, 0.0
        self._look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Await the first head."""
        super().connection_made(transport)
        self._admission.arrived()
        self._await("head", self.deadlines.head)
        self._look_again()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget everything."""
        self._start_beacon()
        super().connection_lost(exc)
        if self._look is not None:
            self._look.cancel()
        if self._ticket is not None:
            self._ticket.gone = True

    def data_received(self, data: bytes) -> None:
        """Parse what came; after a refusal nothing is."""
        if self._awaited == "end" or self._refusal is not None:
            return
        if self._awaited is None:
            self._await("head", self.deadlines.head)
        self._head_size += len(data)
        self._admission.arrived()
        self._unset_keepalive_if_required()
        try:
            self._parse(data)
        except httptools.HttpParserError:
            self._refuse(canned.bad_head() if self._awaited == "head" else canned.bad_body())
        if self._awaited == "head" and self._head_size > LONGEST_HEAD:
            self._refuse(canned.bad_head())

    def on_message_begin(self) -> None:
        """Begin a request, the first one of what came or one behind it."""
        super().on_message_begin()
        if self._awaited is None:
            self._await("head", self.deadlines.head)

    def on_headers_complete(self) -> None:
        """Start the request, or answer at once that there is too much to do."""
        if self._awaited == "end":
            raise RefusedError
        self._check_head()
        if self.parser.should_upgrade():  # raised by the parser when this returns
            return
        self.url = path_and_query(self.url)
        if self._is_answered_at_once():
            return
        path = path_of(self.url)
        kind = kind_of(self.parser.get_method().decode(), path)
        keyed = any(name == b"x-api-key" for name, _ in self.headers)
        if self._is_let_in(kind, path):
            if kind != "event" or not self._is_beacon():
                self._start()
            self._await("body", self.deadlines.keyed_body if keyed else self.deadlines.body)
        else:
            self._await("body", self.deadlines.body)
            self._shed(path)

    def on_body(self, body: bytes) -> None:
        """Take in a part of the body."""
        if self._beacon is not None:
            self._beacon.body += body
        elif not self._skipping:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request that is being read."""
        if self._awaited != "body":
            return
        self._awaited, self._head_size = None, 0
        if self._ticket is not None:
            self._admission.completed(self._ticket)
        if self._is_taken():
            return
        if not self._skipping:
            super().on_message_complete()
            return
        self._skipping = False
        if self._keeps_alive():
            super().on_response_complete()
        else:
            self._end()

    def on_response_complete(self) -> None:
        """Go on with the next request, or send the refusal that had to wait."""
        self._unanswered -= 1
        super().on_response_complete()
        if self._refusal is not None:
            self._refuse(self._refusal)

    def shutdown(self) -> None:
        """Answer what was asked, and wait no longer for what was not."""
        self._start_beacon()
        self._stopping = True
        self._until = min(self._until, self.loop.time() + self.deadlines.stopping)
        super().shutdown()
        if self._awaited == "end":
            self.transport.abort()

    def _parse(self, data: bytes) -> None:
        """Parse, and take a request that asks for another protocol as if it did not."""
        while data:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                if self.parser.get_method() == b"CONNECT":
                    raise httptools.HttpParserError from None
                head = plain_head(self.parser, self.url, self.headers)
                self.parser = httptools.HttpRequestParser(self)
                data = head + data[upgrade.args[0] :]

    def _check_head(self) -> None:
        """Refuse a head that is too long, and one too many."""
        if len(self.headers) > MOST_HEADERS or self._unanswered >= MOST_UNANSWERED:
            raise RefusedError
        if self._head_size > LONGEST_HEAD:
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if size > LONGEST_HEAD:
                raise RefusedError

    def _is_answered_at_once(self) -> bool:
        """Answer with ready bytes, if there are any and the client has read the ones before."""
        cycle, ready = self.cycle, self._ready
        if ready is None or not (cycle is None or cycle.response_complete):
            return False
        if self.transport.get_write_buffer_size() > MOST_UNREAD:
            return False
        answer = ready.answer(self.parser.get_method(), self.url, self.headers)
        if answer is None:
            return False
        self._skipping, self._ticket = True, None
        self._await("body", self.deadlines.body)
        self._write(answer, self._keeps_alive())
        return True

    def _is_let_in(self, kind: Kind | None, path: str) -> bool:
        """Return whether there is room. Who does not wait for answers goes behind all others."""
        if kind is None:
            self._ticket = None
            return True
        if self.cycle is None or self.cycle.response_complete:
            self._ticket = self._admission.ask(kind, path, whole=kind == "read")
            return self._ticket is not None
        if self._ticket is not None:
            self._ticket.last = True
        self._ticket = self._admission.ask_last(kind, path, whole=kind == "read")
        return True

    def _is_beacon(self) -> bool:
        """Return whether a request may go the short way, once its body is here."""
        ticket, beacons = self._ticket, self._beacons
        if beacons is None or ticket is None or ticket.last:
            return False
        if self.transport.get_write_buffer_size() <= MOST_UNREAD:
            method = self.parser.get_method()
            self._beacon = beacons.at_head(method, self.url, self.headers, ticket)
        return self._beacon is not None

    def _is_taken(self) -> bool:
        """Let a beacon be stored; False if it, or whatever else this is, goes the long way."""
        beacon, beacons = self._beacon, self._beacons
        if beacon is None or beacons is None:
            return False
        peer = self.client[0] if self.client else None
        if not beacon.ticket.seconds or not beacons.read(beacon, peer):
            self._start_beacon()
            return False
        self._beacon, self.cycle = None, cast(Any, beacon)
        beacon.keep_alive = self._keeps_alive()
        self._unanswered += 1
        beacons.take(beacon, self._send)
        return True

    def _start_beacon(self) -> None:
        """Send the beacon whose body is being read, if there is one, on the long way."""
        beacon, self._beacon = self._beacon, None
        if beacon is not None:
            self._start()
            super().on_body(beacon.body)

    def _send(self, beacon: Beacon, answer: Canned) -> None:
        """Answer a beacon, and go on with what came behind it."""
        beacon.response_started = beacon.response_complete = True
        self._write(answer, beacon.keep_alive)
        if not beacon.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _start(self) -> None:
        """Hand the request over to the application."""
        try:
            super().on_headers_complete()
        except BaseException:
            if self._ticket is not None:
                self._admission.withdraw(self._ticket)
            raise
        self._unanswered += 1
        if self._ticket is not None:
            cast(dict[str, Any], self.scope)[TICKET] = self._ticket

    def _shed(self, path: str) -> None:
        """Answer 503 without the application, and pass over the body."""
        self._skipping = True
        head_only = self.parser.get_method() == b"HEAD"
        self._write(canned.overloaded(head_only, is_fragment(path)), self._keeps_alive())
        if self.expect_100_continue:  # the body will not come
            self._end()

    def _keeps_alive(self) -> bool:
        wanted = self.parser.should_keep_alive() and self.parser.get_http_version() != "1.0"
        return wanted and not self.expect_100_continue and not self._stopping

    def _refuse(self, answer: Canned) -> None:
        """Answer and end the connection, once what was asked before is answered."""
        self._start_beacon()
        unfinished = self._awaited == "body"
        if self._awaited == "end":
            return
        if self._unanswered > unfinished:
            self._refusal = answer
        elif unfinished and (self._skipping or self.cycle.response_started):
            self.transport.abort()
        else:
            self._write(answer)
            self._end()

    def _write(self, answer: Canned, keep: bool = False) -> None:
        self.transport.write(answer.sent(self.server_state.default_headers, keep))

    def _end(self) -> None:
        """Close our side. The other one may still be sending: cut off, it would miss the answer."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._await("end", self.deadlines.linger)
        if self._stopping or not self.transport.can_write_eof():
            self.transport.close()
        elif not self.transport.is_closing():
            self.transport.write_eof()

    def _await(self, what: Awaited, seconds: float) -> None:
        self._awaited = what
        self._until = self.loop.time() + (self.deadlines.stopping if self._stopping else seconds)

    def _look_again(self) -> None:
        self._look = self.loop.call_later(self.deadlines.look, self._look_after)

    def _look_after(self) -> None:
        """Enforce the deadlines."""
        self._look_again()
        now = self.loop.time()
        if self._is_unread(now):
            self.transport.abort()
        elif self._awaited is not None and now >= self._until:
            self._overdue()

    def _is_unread(self, now: float) -> bool:
        """Return whether the client has long taken nothing of what waits for it."""
        size = self.transport.get_write_buffer_size()
        if size == 0 or size < self._unread:
            self._unread_since = now
        self._unread = size
        most = self.deadlines.stopping if self._stopping else self.deadlines.unread
        return size > 0 and now - self._unread_since >= most

    def _overdue(self) -> None:
        """Give up on what should have come."""
        if self._awaited == "end":
            self.transport.abort()
        elif self._awaited == "body":
            self._refuse(canned.too_slow())
        elif self._unanswered:  # it is our turn, not the client's
            self._await("head", self.deadlines.head)
        else:
            self.transport.close()
