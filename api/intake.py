"""Events on their way in: rows as they came, into arrivals that the store judges and counts."""

import weakref
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace

from recsys.counting.base import Arrival, Client
from recsys.data.corpus import Corpus
from recsys.data.rows import event_from_row, identifier
from recsys.data.stores.base import Store
from recsys.errors import NotFoundError
from recsys.model import find
from recsys.records import DEFAULT_SITE, Event
from recsys.settings import Settings
from recsys.snapshot import Snapshot

from .writer import EventWriter, Outcomes, Stored

Row = Mapping[str, object]
Trusts = Callable[[str], bool]
"""Whether the sender of a request may write to a site."""
_MOST_NAMES = 1024  # of at most some 10 kB each; most are of some 10 bytes


class Intake:
    """Takes events in, and says what became of them once they are committed.

    Parameters
    ----------
    store
        Where they go.
    settings
        Which of them count.
    clock
        Seconds since 1970.
    """

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], float]) -> None:
        self._settings, self._clock = settings, clock
        self._writer = EventWriter(store, lambda: int(clock() * 1000))
        self._corpus: weakref.ref[Corpus] | None = None
        self._names: dict[tuple[str, str | None, str | None], str | None] = {}

    def arrivals(
        self,
        rows: Sequence[Row],
        snapshot: Snapshot,
        client: Client,
        trusts: Trusts,
        site: str | None,
    ) -> list[Arrival]:
        """Return the events of rows, of now.

        Parameters
        ----------
        rows
            As they came; at the first bad one none is taken.
        snapshot
            Articles that are known, though the store may not have them.
        client
            Who sent them.
        trusts
            Where it does, the time and the visitor that a row gives count, and nothing is asked
            about the client. Elsewhere the time is now.
        site
            The site, whatever the rows say; None takes their own.

        Raises
        ------
        RowError
            At the first bad row.
        """
        now = int(self._clock() * 1000)
        arrivals = []
        for row in rows:
            of = site or identifier(row, "site") or DEFAULT_SITE
            trusted = trusts(of)
            event = self._event(row, of, now, trusted)
            known = self._known(snapshot, event)
            arrivals.append(Arrival(event, None if trusted else client, known=known))
        return arrivals

    def submit(self, arrivals: Sequence[Arrival]) -> "Future[Outcomes]":
        """Queue events; see `EventWriter.submit`."""
        return self._writer.submit(arrivals)

    def put(self, arrivals: Sequence[Arrival], stored: Stored) -> None:
        """Queue events; see `EventWriter.put`."""
        self._writer.put(arrivals, stored)

    @property
    def waiting(self) -> int:
        """How many events wait to be stored."""
        return self._writer.waiting

    @property
    def trouble(self) -> str | None:
        """Why events could not be stored the last time; None if they could."""
        return self._writer.trouble

    def close(self) -> None:
        """Store what waits, and take no more."""
        self._writer.close()

    def _event(self, row: Row, site: str, now: int, trusted: bool) -> Event:
        if not trusted:
            return event_from_row(row, self._settings, site, at=now)
        event = event_from_row(row, self._settings, site, timestamp_required=False)
        return event if event.timestamp is not None else replace(event, timestamp=now)

    def _known(self, snapshot: Snapshot, event: Event) -> str | None:
        """Return the id of the article an event is about, if the snapshot has it.

        Most events are about few articles, so the names that were asked for last are kept for as
        long as the articles are the same.
        """
        corpus = snapshot.corpus
        if self._corpus is None or self._corpus() is not corpus or len(self._names) >= _MOST_NAMES:
            self._corpus, self._names = weakref.ref(corpus), {}
        about = event.site, event.article_id, event.url
        if about not in self._names:
            self._names[about] = _known(snapshot, event)
        return self._names[about]


def _known(snapshot: Snapshot, event: Event) -> str | None:
    """Return the id of the article an event is about, if the snapshot has it."""
    for name in (event.article_id, event.url):
        with suppress(NotFoundError):
            if name is not None:
                return snapshot.corpus.id_of(find(snapshot, event.site, name))
    return None
