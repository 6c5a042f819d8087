"""Events on their way into the store: one transaction for all that arrive together."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Condition, Thread
from time import monotonic
from typing import Protocol

from recsys.counting.base import Arrival
from recsys.data.stores.base import Store
from recsys.errors import StoreError

log = logging.getLogger(__name__)

Outcomes = Sequence[str | None]
"""For each event the rule by which it did not count, None if it did."""


class Stored(Protocol):
    """What is told what became of events, in the writer's thread; a ``Future`` is such a thing."""

    def set_running_or_notify_cancel(self) -> bool:
        """Return whether they are still to be stored; asked once, before they are."""

    def set_result(self, result: Outcomes, /) -> None:
        """Take what became of them; they are committed."""

    def set_exception(self, exception: StoreError, /) -> None:
        """Take why they are not stored."""


class BusyError(StoreError):
    """More events are waiting than may wait, or the store could not be written a moment ago."""


@dataclass(frozen=True)
class _Waiting:
    """Events of one request, and what tells it that they are stored."""

    arrivals: Sequence[Arrival]
    stored: Stored


class EventWriter:
    """Group commit: a thread stores whatever came within a few milliseconds, in one transaction.

    Where the store cannot be written, all that wait are told so, and for a moment whoever comes
    is refused at once: nobody waits for a store that is not there.

    Parameters
    ----------
    store
        Where events go.
    clock
        Milliseconds since 1970.
    gather_seconds
        How long the first event of a batch waits for others.
    capacity
        How many events may wait; beyond that they are refused.
    pause_seconds
        How long to refuse after a failure before trying again.

    Attributes
    ----------
    trouble
        Why events could not be stored the last time; None if they could.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], int],
        gather_seconds: float = 0.01,
        capacity: int = 20_000,
        pause_seconds: float = 0.5,
    ) -> None:
        self._store, self._clock = store, clock
        self._gather_seconds, self._capacity = gather_seconds, capacity
        self._pause_seconds, self._refuse_until = pause_seconds, 0.0
        self.trouble: str | None = None
        self._queue: list[_Waiting] = []
        self._n_events = 0
        self._open = True
        self._changed = Condition()  # told with the first event that waits, and when closed
        self._thread = Thread(target=self._run, name="event-writer", daemon=True)
        self._thread.start()

    def submit(self, arrivals: Sequence[Arrival]) -> "Future[Outcomes]":
        """Queue events.

        Returns
        -------
        stored
            Resolves to what became of each once they are committed, or raises `StoreError`.

        Raises
        ------
        BusyError
            As `put`.
        """
        stored: Future[Outcomes] = Future()
        self.put(arrivals, stored)
        return stored

    def put(self, arrivals: Sequence[Arrival], stored: Stored) -> None:
        """Queue events, and say who is to be told once they are committed.

        Raises
        ------
        BusyError
            If too many are waiting already, the store has just failed, or the writer is closed.
        """
        with self._changed:
            if not self._open or self._n_events + len(arrivals) > self._capacity:
                raise BusyError("too many events are waiting to be stored")
            if monotonic() < self._refuse_until:
                raise BusyError("the store could not be written a moment ago")
            if not self._queue:  # later ones need not wake a thread that gathers
                self._changed.notify()
            self._queue.append(_Waiting(arrivals, stored))
            self._n_events += len(arrivals)

    @property
    def waiting(self) -> int:
        """How many events wait."""
        return self._n_events

    def close(self) -> None:
        """Store what is waiting, and take no more."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._taken():
            self._store_all(batch)

    def _taken(self) -> list[_Waiting]:
        """Wait for events and return all that came together; none once closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or not self._open)
            until = monotonic() + self._gather_seconds
            while self._open and (left := until - monotonic()) > 0:
                self._changed.wait(left)
            return self._emptied()

    def _emptied(self) -> list[_Waiting]:
        batch, self._queue, self._n_events = self._queue, [], 0
        return batch

    def _store_all(self, batch: Sequence[_Waiting]) -> None:
        asked = [waiting for waiting in batch if waiting.stored.set_running_or_notify_cancel()]
        arrivals = [arrival for waiting in asked for arrival in waiting.arrivals]
        try:
            outcomes = self._store.put_arrivals(arrivals, self._clock()).outcomes
        except Exception as error:
            self._refuse(asked, _as_store_error(error))
            return
        if self.trouble is not None and asked:
            log.warning("events are stored again")
            self.trouble = None
        start = 0
        for waiting in asked:
            end = start + len(waiting.arrivals)
            waiting.stored.set_result(outcomes[start:end])
            start = end

    def _refuse(self, asked: Sequence[_Waiting], error: StoreError) -> None:
        """Tell all that wait, those who came meanwhile too."""
        if self.trouble is None:
            log.error("events cannot be stored and are refused: %s", error)
        self.trouble = str(error)
        with self._changed:
            self._refuse_until = monotonic() + self._pause_seconds
            late = self._emptied()
        for waiting in late:
            if waiting.stored.set_running_or_notify_cancel():
                waiting.stored.set_exception(error)
        for waiting in asked:
            waiting.stored.set_exception(error)


def _as_store_error(error: Exception) -> StoreError:
    return error if isinstance(error, StoreError) else StoreError(str(error))
