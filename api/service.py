"""All that the routes ask for: one snapshot, one store, one clock."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Any

from recsys import releases
from recsys.counting.base import Arrival, Client
from recsys.data.rows import article_from_row, identifier
from recsys.data.stores import open_store
from recsys.errors import NotFoundError, RowError
from recsys.model import find
from recsys.records import Article
from recsys.settings import Settings
from recsys.snapshot import Snapshot
from recsys.times import format_instant

from .housekeeping import EVERY_SECONDS, Housekeeping
from .intake import Intake, Trusts
from .lists import Lists
from .overrides import Desk
from .upkeep import Upkeep
from .writer import Outcomes, Stored

log = logging.getLogger(__name__)

Row = Mapping[str, object]
_PATIENCE_SECONDS = 2.0  # with other writers of the store


class Service(Lists):
    """Answers from one snapshot that is swapped whole, and writes through to the store.

    Opens everything and starts threads at once; `close` stops them.

    Parameters
    ----------
    store_url
        As for `recsys.data.stores.open_store`.
    models
        The folder of all models.
    settings
        Everything that is configured.
    model_name
        Which model is served.
    clock
        Seconds since 1970; the only clock there is.
    refresh_seconds
        How often store and models are looked at.
    notes
        As for `recsys.saving.load`.

    Raises
    ------
    StoreError
        If the store cannot be opened or read. A missing or damaged model is no error: see `health`.
    """

    def __init__(
        self,
        store_url: str,
        models: Path | str,
        settings: Settings,
        *,
        model_name: str = "default",
        clock: Callable[[], float] = time.time,
        refresh_seconds: float = 1.0,
        notes: Path | None = None,
    ) -> None:
        super().__init__(settings, lambda: self._upkeep.snapshot, lambda: int(clock()))
        self._models = Path(models)
        self._store = open_store(store_url, settings, patience_seconds=_PATIENCE_SECONDS)
        try:
            self._upkeep = Upkeep(self._store, self._models, model_name, settings, clock, notes)
        except BaseException:
            self._store.close()
            raise
        self._intake = Intake(self._store, settings, clock)
        self.overrides = Desk(self._store, self._upkeep, clock)
        self._closing = Signal()
        looks = [
            (self._upkeep.follow_store, refresh_seconds),
            (self._upkeep.follow_models, refresh_seconds),
            (Housekeeping(self._store, self._upkeep, clock).look, EVERY_SECONDS),
        ]
        self._threads = [Thread(target=self._repeat, args=look, daemon=True) for look in looks]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Store the events that wait, then let go of everything."""
        self._closing.set()
        self._intake.close()
        for thread in self._threads:
            thread.join()
        self._store.close()

    def put_article(self, article_id: str, row: Row, site: str | None) -> bool:
        """Store an article under an id; True if it was not there. It is served on return."""
        if identifier(row, "article_id") not in (None, article_id):
            raise RowError("article_id", "differs from the id in the address")
        article = article_from_row({**row, "article_id": article_id}, self.settings, site)
        known = self.snapshot.corpus.row_of(*article.key) >= 0
        (new,) = self._store.put_articles([article])
        self._upkeep.refresh()
        return new and not known

    def put_articles(self, rows: Sequence[Row | RowError], site: str | None) -> dict[str, Any]:
        """Store those articles that are well formed; say what is wrong with each of the others."""
        articles, errors = self._sorted_out(rows, site)
        created = sum(self._store.put_articles(articles))
        self._upkeep.refresh()
        counts = {"received": len(rows), "stored": len(articles), "created": created}
        return {**counts, "errors": errors}

    def delete_article(self, article_id: str, site: str) -> None:
        """Delete an article, the model's too; it is in no list on return."""
        known = self.snapshot.corpus.row_of(site, article_id) >= 0
        if not self._store.delete_article(site, article_id) and not known:
            raise NotFoundError("article_not_found", "there is no article with this id")
        self._upkeep.refresh()

    def submit(
        self, rows: Sequence[Row], client: Client, trusts: Trusts, site: str | None
    ) -> "Future[Outcomes]":
        """Queue events; the result comes once they are committed.

        Raises
        ------
        RowError
            At the first bad row; none is taken.
        BusyError
            If too many events are waiting, or the store could not be written a moment ago.
        """
        return self._intake.submit(self.arrivals(rows, client, trusts, site))

    def arrivals(
        self, rows: Sequence[Row], client: Client, trusts: Trusts, site: str | None
    ) -> list[Arrival]:
        """Return the events of rows, ready for `put`. See `Intake.arrivals`."""
        return self._intake.arrivals(rows, self.snapshot, client, trusts, site)

    def put(self, arrivals: Sequence[Arrival], stored: Stored) -> None:
        """Queue events, and say who is to be told once they are committed; `BusyError`."""
        self._intake.put(arrivals, stored)

    def before_serving(self, prepare: Callable[[Snapshot], None]) -> None:
        """Call a function with each snapshot that comes by itself, before it is served."""
        self._upkeep.prepare = prepare

    @property
    def events_waiting(self) -> int:
        """How many events wait to be stored."""
        return self._intake.waiting

    def ledger(self, site: str, article_id: str | None, url: str | None) -> dict[str, Any]:
        """Return what became of the events about an article, or of a whole site's."""
        if article_id is None and url is not None:
            article_id = self.snapshot.corpus.id_of(find(self.snapshot, site, url))
        document = self._store.ledger(site, article_id).document()
        known = article_id is None or self.snapshot.corpus.row_of(site, article_id) >= 0
        if not known and not document["received"]:
            raise NotFoundError("article_not_found", "there is no article with this id or address")
        return {"site": site, "article_id": article_id, **document}

    def health(self) -> dict[str, Any]:
        """Return whether lists can be served, and what is wrong if they are not the best."""
        snapshot, until = self.snapshot, self.snapshot.data_until
        model = snapshot.model
        return {
            "status": "ready",
            "model": {"name": model.name, "version": model.version} if model else None,
            "reason": None if model else "no_model",
            "articles": int(snapshot.corpus.shown.sum()),
            "data_until": None if until is None else format_instant(min(until, self.now)),
            "refused": [{"version": v, "message": m} for v, m in self._upkeep.refused.items()],
            "store": self._store_state(),
        }

    def _store_state(self) -> str:
        if self._upkeep.trouble is not None:
            return "unreachable"
        return "ok" if self._intake.trouble is None else "unwritable"

    def models(self) -> list[dict[str, Any]]:
        """Return every model on disk, its versions, and which of them is served here."""
        served = self.snapshot.model
        return [
            {
                "name": name,
                "versions": releases.versions(self._models, name),
                "history": releases.history(self._models, name),
                "served": served.version if served and served.name == name else None,
            }
            for name in releases.names(self._models)
        ]

    def promote(self, name: str, version: str) -> str:
        """Make a version the served one; `ModelError` if it is damaged."""
        releases.promote(self._models, name, version)
        self._upkeep.follow_models()
        return version

    def rollback(self, name: str) -> str:
        """Go back to the version promoted before, and return it."""
        version = releases.rollback(self._models, name)
        self._upkeep.follow_models()
        return version

    def _sorted_out(
        self, rows: Sequence[Row | RowError], site: str | None
    ) -> tuple[list[Article], list[dict[str, Any]]]:
        """Return the articles of the good rows, and what is wrong with each of the others."""
        articles, errors = [], []
        for index, row in enumerate(rows):
            try:
                if isinstance(row, RowError):
                    raise row
                articles.append(article_from_row(row, self.settings, site))
            except RowError as error:
                field = error.field or None
                errors.append({"index": index, "field": field, "message": error.reason})
        return articles, errors

    def _repeat(self, look: Callable[[], None], seconds: float) -> None:
        while not self._closing.wait(seconds):
            try:
                look()
            except Exception:
                log.exception("%s failed, it will be tried again", look.__name__)
