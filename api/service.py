"""All that the routes ask for: one snapshot, one store, one clock."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Any

from recsys import page, releases
from recsys.counting.base import Arrival, Client
from recsys.data.documents import document_of
from recsys.data.rows import article_from_row, identifier
from recsys.data.stores import open_store
from recsys.errors import NotFoundError, RequestError, RowError
from recsys.lists import DEFAULT_LIMITS, Query, recommend
from recsys.model import find
from recsys.records import Article, RecommendationList
from recsys.settings import Settings
from recsys.snapshot import Snapshot
from recsys.times import format_instant

from .housekeeping import EVERY_SECONDS, Housekeeping
from .intake import Intake, Trusts
from .overrides import Desk
from .questions import ListQuestion, MostReadQuestion, PageQuestion, Question, RelatedQuestion
from .upkeep import Upkeep
from .writer import Outcomes, Stored

log = logging.getLogger(__name__)

Row = Mapping[str, object]
_UNSTORED = "unstored"  # id of an article that was sent without one
_PATIENCE_SECONDS = 2.0  # with other writers of the store


class UnknownArticleError(NotFoundError):
    """An article that nobody has; ``fallback`` is what may be shown in place of its list."""

    def __init__(self, fallback: RecommendationList | None) -> None:
        super().__init__("article_not_found", "there is no article with this id or address")
        self.fallback = fallback


class Service:
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
        self.settings = settings
        self._models, self._clock = Path(models), clock
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

    @property
    def now(self) -> int:
        """Seconds since 1970."""
        return int(self._clock())

    @property
    def snapshot(self) -> Snapshot:
        """What is served at this moment."""
        return self._upkeep.snapshot

    def related(self, asked: RelatedQuestion) -> RecommendationList:
        """Return the articles most like one."""
        return self._about("related", asked)

    def inline(self, asked: RelatedQuestion) -> RecommendationList:
        """Return the links for inside an article."""
        return self._about("inline", asked)

    def related_to(self, row: Row, asked: RelatedQuestion) -> RecommendationList:
        """Return the articles most like one that need not be stored; `RowError` if it is bad."""
        row = {**row, "article_id": row.get("article_id") or _UNSTORED}
        site = asked.site if "site" in asked.model_fields_set else None
        article = article_from_row(row, self.settings, site)
        snapshot = self.snapshot
        asked = asked.model_copy(update={"site": article.site})
        query = self._query(snapshot, "related", asked, -1)
        itself = _rows_of(snapshot, article.site, article.article_id, article.url)
        query = replace(
            query,
            vector=snapshot.space.vector_of(document_of(article)) if snapshot.space else None,
            language=query.language or article.language,
            exclude=query.exclude | itself,
        )
        return recommend(snapshot, "related", query, self.now)

    def most_read(self, asked: MostReadQuestion) -> RecommendationList:
        """Return what is read most."""
        return self._beside("most_read", asked)

    def trending(self, asked: ListQuestion) -> RecommendationList:
        """Return what rises."""
        return self._beside("trending", asked)

    def latest(self, asked: ListQuestion) -> RecommendationList:
        """Return the newest articles."""
        return self._beside("latest", asked)

    def page(self, asked: PageQuestion) -> page.Page:
        """Return all blocks of one page."""
        snapshot = self.snapshot
        query = self._query(snapshot, "page", asked, self._row(snapshot, asked))
        if asked.blocks:
            blocks = page.parse_blocks(asked.blocks)
        else:
            blocks = page.default_blocks(snapshot, query)
        return page.compose(snapshot, query, blocks, self.now)

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

    def _about(self, name: str, asked: RelatedQuestion) -> RecommendationList:
        """Return a list that needs an article."""
        if asked.id is None and asked.url is None:
            raise RequestError("id", "the id or url of an article is required")
        snapshot = self.snapshot
        query = self._query(snapshot, name, asked, self._row(snapshot, asked))
        return recommend(snapshot, name, query, self.now)

    def _beside(self, name: str, asked: ListQuestion) -> RecommendationList:
        """Return a list that stands on any page; an article that is not known is not left out."""
        snapshot = self.snapshot
        query = self._query(snapshot, name, asked, _row_of(snapshot, asked))
        return recommend(snapshot, name, query, self.now)

    def _row(self, snapshot: Snapshot, asked: RelatedQuestion | PageQuestion) -> int:
        """Return the row of the article being read, -1 if none was named."""
        row = _row_of(snapshot, asked)
        if row < 0 and (asked.id is not None or asked.url is not None):
            raise UnknownArticleError(self.most_read(asked.most_read()) if asked.fallback else None)
        return row

    def _query(self, snapshot: Snapshot, name: str, asked: Question, row: int) -> Query:
        of_list = self.settings.list(name)
        filters = asked.filters()
        if name == "most_read" and of_list.window:
            filters.setdefault("window", of_list.window)
        limit = asked.limit if isinstance(asked, ListQuestion) else None
        limit = limit or of_list.limit or DEFAULT_LIMITS.get(name, 1)
        left_out = _rows_of(snapshot, asked.site, *asked.exclude)
        return Query(row=row, limit=limit, exclude=left_out, **filters)

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


def _row_of(snapshot: Snapshot, asked: Question) -> int:
    """Return the row of the article being read by its id, else by its address; -1 if unknown."""
    for name in (asked.id, asked.url):
        for row in _rows_of(snapshot, asked.site, name):
            return row
    return -1


def _rows_of(snapshot: Snapshot, site: str, *names: str | None) -> frozenset[int]:
    """Return the rows of ids or addresses; those that are not known are passed over."""
    rows = set()
    for name in names:
        with suppress(NotFoundError):
            rows.add(find(snapshot, site, name or ""))
    return frozenset(rows)
