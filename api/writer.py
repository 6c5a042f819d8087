"""Events on their way into the store: one transaction for all that arrive together."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition, Thread
from time import monotonic

from recsys.data.stores.base import Store
from recsys.errors import StoreError
from recsys.records import Event


class BusyError(StoreError):
    """More events are waiting than may wait."""


@dataclass(frozen=True)
class _Waiting:
    """Events of one request, and what tells it that they are stored."""

    events: Sequence[Event]
    stored: "Future[int]" = field(default_factory=Future)


class EventWriter:
    """Group commit: a thread stores whatever came within a few milliseconds, in one transaction.

    Parameters
    ----------
    store
        Where events go.
    gather_seconds
        How long the first event of a batch waits for others.
    capacity
        How many events may wait; beyond that they are refused.
    """

    def __init__(self, store: Store, gather_seconds: float = 0.01, capacity: int = 20_000) -> None:
        self._store, self._gather_seconds, self._capacity = store, gather_seconds, capacity
        self._queue: list[_Waiting] = []
        self._n_events = 0
        self._open = True
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="event-writer", daemon=True)
        self._thread.start()

    def submit(self, events: Sequence[Event]) -> "Future[int]":
        """Queue events.

        Returns
        -------
        stored
            Resolves to their number once they are committed, or raises `StoreError`.

        Raises
        ------
        BusyError
            If too many are waiting already, or the writer is closed.
        """
        waiting = _Waiting(events)
        with self._changed:
            if not self._open or self._n_events + len(events) > self._capacity:
                raise BusyError("too many events are waiting to be stored")
            self._queue.append(waiting)
            self._n_events += len(events)
            self._changed.notify()
        return waiting.stored

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
            batch, self._queue, self._n_events = self._queue, [], 0
        return batch

    def _store_all(self, batch: Sequence[_Waiting]) -> None:
        asked = [waiting for waiting in batch if waiting.stored.set_running_or_notify_cancel()]
        try:
            self._store.put_events([event for waiting in asked for event in waiting.events])
        except Exception as error:
            for waiting in asked:
                waiting.stored.set_exception(_as_store_error(error))
        else:
            for waiting in asked:
                waiting.stored.set_result(len(waiting.events))


def _as_store_error(error: Exception) -> StoreError:
    return error if isinstance(error, StoreError) else StoreError(str(error))
