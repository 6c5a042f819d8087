"""The snapshot that is served, kept up to date with the store and with what is published."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock

from recsys import releases, saving
from recsys.data.corpus import Corpus
from recsys.data.stores.base import ArticleChange, Store
from recsys.data.views import KeyedCounts, ViewCounts
from recsys.errors import ModelError, NotFoundError, StoreError
from recsys.live import FreshCoReading, caught_up
from recsys.settings import Settings
from recsys.snapshot import Snapshot
from recsys.times import DAY, MINUTE

log = logging.getLogger(__name__)

LEARNS_EVERY_SECONDS = 60  # at most, what is read with what
LEARNS_SHARE = 0.05  # of the time, at most
KEPT_DAYS = 32  # of views, in memory: the longest window is 30 days


class Upkeep:
    """One reference to an immutable snapshot, swapped whole.

    Articles served are the model's and the store's: the store's row wins, a deleted one is gone.
    Views are the store's.

    Parameters
    ----------
    store
        Open; stays its owner's to close.
    models
        The folder of all models.
    name
        Which of them is served.
    settings
        What the sites are called.
    clock
        Seconds since 1970; views older than any list asks for are let go by it.

    Attributes
    ----------
    snapshot
        What to answer from; never changes, only this reference does.
    refused
        Version -> why it is not served; replaced, never changed.
    trouble
        Why the store could not be read last time; None if it could.
    prepare
        Called with each snapshot that is about to be served because the store or the model has
        changed, but for what a request has just put there, which is to be served at once.

    Raises
    ------
    StoreError
        If the store cannot be read at the start. Later on that is only noted in ``trouble``.
    """

    def __init__(
        self,
        store: Store,
        models: Path,
        name: str,
        settings: Settings,
        clock: Callable[[], float],
        notes: Path | None = None,
    ) -> None:
        self._notes = notes
        self._store, self._models, self._name, self._settings = store, models, name, settings
        self._clock = clock
        self._swapping = Lock()
        self._revision = 0  # of the store's articles that the snapshot knows
        self._looked = (0, -1)  # identity and revision of the store when it was last read
        self._co_reading = FreshCoReading()
        self._learns_again = 0.0  # when it does, by a clock that only goes forward
        self.refused: dict[str, str] = {}
        self.trouble: str | None = None
        self.snapshot: Snapshot
        self.prepare: Callable[[Snapshot], None] = _nothing
        self._stamp = self._current_stamp()
        with ThreadPoolExecutor(1) as beside:  # SQLite and checksums need no GIL
            told, counts = beside.submit(self._told), beside.submit(self._counts)
            snapshot = self._first_model() or self._untrained()
            self._serve(snapshot, counts.result, told.result())

    def follow_store(self) -> None:
        """Take in what changed in the store; trouble with it is noted, and serving goes on."""
        try:
            self.refresh(self.prepare)
            self._follow_sessions()
        except StoreError as error:
            if self.trouble is None:
                log.error("the store cannot be read, serving goes on without news: %s", error)
                with self._swapping:
                    self.snapshot = self.snapshot.with_stale(True)
            self.trouble = str(error)

    def refresh(self, prepare: Callable[[Snapshot], None] | None = None) -> None:
        """Take in what changed in the store; `StoreError` if it cannot be read."""
        identity, revision = self._store.identity(), self._store.revision()
        if identity != self._looked[0]:
            self._co_reading = FreshCoReading()
            self._serve(self.snapshot, self._counts)  # another store has taken its place
            log.warning("another store has taken the place of the one before")
        elif revision != self._looked[1]:
            with self._swapping:
                fresh, self._revision = caught_up(self.snapshot, self._store, self._revision)
                fresh = self._without_old_views(fresh)
                if prepare is not None and fresh is not self.snapshot:
                    prepare(fresh)
                self.snapshot = fresh
        self._looked = (identity, revision)
        if self.trouble is not None:
            log.warning("the store can be read again")
            with self._swapping:
                self.snapshot = self.snapshot.with_stale(False)
            self.trouble = None

    def _follow_sessions(self) -> None:
        """Learn anew what is read with what, if the model wants that and it is time."""
        begun, snapshot = time.monotonic(), self.snapshot
        if snapshot.co_reading is None or begun < self._learns_again:
            return
        now = int(self._clock())
        if self._co_reading.take(snapshot, self._store, now):
            return  # the next look goes on
        learned = self._co_reading.learned(snapshot, now)
        with self._swapping:
            if self.snapshot.model == snapshot.model:  # else its rows are others
                fresh = self.snapshot.with_co_reading(learned)
                self.prepare(fresh)
                self.snapshot = fresh
        took = time.monotonic() - begun
        self._learns_again = begun + max(LEARNS_EVERY_SECONDS, took / LEARNS_SHARE)

    def follow_models(self) -> None:
        """Serve what ``CURRENT`` names now; a model that is damaged is refused by name, once.

        Where the store cannot be read, the next look tries again.
        """
        stamp = self._current_stamp()
        if stamp == self._stamp or stamp is None:
            return
        snapshot = self._loaded("")
        with suppress(StoreError):
            if snapshot is not None:
                self.refused = {}
                if snapshot.model is not None and snapshot.model != self.snapshot.model:
                    self._learns_again = 0.0
                    self._serve(snapshot, self._counts)
                    served = snapshot.model
                    log.info("model %s %s is served now", served.name, served.version)
            self._stamp = stamp

    def _counts(self) -> KeyedCounts:
        return self._store.counts(first_minute=self._first_minute())

    def _told(self) -> tuple[int, tuple[int, list[ArticleChange]]]:
        """Return the identity of the store, and all that it knows of articles."""
        return self._store.identity(), self._store.article_changes(0)

    def _serve(
        self,
        snapshot: Snapshot,
        counts: Callable[[], KeyedCounts],
        told: tuple[int, tuple[int, list[ArticleChange]]] | None = None,
    ) -> None:
        """Bring a snapshot up to date, all but the last bit without holding up any writer.

        Articles come first: meanwhile the counts may be read in another thread. ``told`` is what
        `_told` said a moment ago.
        """
        looked = self._store.identity(), self._store.revision()
        changes = told[1] if told is not None and told[0] == looked[0] else None
        none_yet = ViewCounts.of(KeyedCounts(revision=looked[1]), snapshot.corpus, 0)
        fresh, revision = caught_up(replace(snapshot, views=none_yet), self._store, 0, changes)
        views = ViewCounts.of(counts(), fresh.corpus, len(fresh.corpus))
        fresh = fresh.with_views(views)
        self.prepare(fresh)  # what it has to work out for all lists, while writers go on
        with self._swapping:
            fresh, self._revision = caught_up(fresh, self._store, revision)
            self.prepare(fresh)
            self.snapshot, self._looked = fresh, looked

    def _without_old_views(self, snapshot: Snapshot) -> Snapshot:
        """Let go of views that no list asks for any more, a day's at a time."""
        oldest, first = snapshot.views.oldest_minute, self._first_minute()
        if oldest is None or oldest >= first - DAY // MINUTE:
            return snapshot
        return snapshot.with_views(snapshot.views.without(first))

    def _first_minute(self) -> int:
        return max(0, int(self._clock() - KEPT_DAYS * DAY) // MINUTE)

    def _first_model(self) -> Snapshot | None:
        """Return the current model or, where that is damaged, the last good one before it."""
        found = self._loaded("", at_once=True)
        past = releases.history(self._models, self._name)
        for version in dict.fromkeys(reversed(past)):
            if found is None and version not in self.refused:
                found = self._loaded(version, at_once=True)
        return found

    def _loaded(self, version: str, at_once: bool = False) -> Snapshot | None:
        """Open a version (``""`` is the current one); None, and refused by name, if damaged.

        ``at_once`` takes two cores, and so is for when nobody is answered yet.
        """
        try:
            version = version or releases.current(self._models, self._name)
            return saving.load(
                self._models, self._name, self._settings, version, self._notes, at_once
            ).snapshot_
        except NotFoundError as error:
            if version:
                self._refuse(version, error)
        except (ModelError, OSError) as error:
            self._refuse(version or "CURRENT", error)
        return None

    def _refuse(self, version: str, error: Exception) -> None:
        message = str(error).replace(f"{self._models}/", "")
        self.refused = {**self.refused, version: message}
        log.error("model %s %s is refused: %s", self._name, version, error)

    def _untrained(self) -> Snapshot:
        corpus = Corpus.of(self._store.articles())
        nothing = ViewCounts.of(KeyedCounts(), corpus, len(corpus))
        return Snapshot.untrained(corpus, nothing, self._settings)

    def _current_stamp(self) -> object:
        """Return what changes whenever ``CURRENT`` is written; None where there is none."""
        try:
            facts = (self._models / self._name / "CURRENT").lstat()
        except OSError:
            return None
        return facts.st_mtime_ns, facts.st_ino


def _nothing(snapshot: Snapshot) -> None:
    """Prepare nothing."""
