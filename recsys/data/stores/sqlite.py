"""The embedded store: one SQLite file, read by many and written by one at a time."""

import builtins
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsys.counting import Rules
from recsys.counting.base import Arrival, Ledger
from recsys.data.stores import (
    schema,
    sqlite_forget,
    sqlite_ledger,
    sqlite_overrides,
    sqlite_strays,
    sqlite_tidy,
)
from recsys.data.stores.base import EVENTS_AT_ONCE, ArticleChange, Key, Receipt
from recsys.data.stores.sqlite_batch import Batch
from recsys.data.stores.sqlite_connections import Connections
from recsys.data.stores.sqlite_counts import read_counts
from recsys.data.stores.sqlite_keys import key_of, revision_of, set_revision
from recsys.data.views import KeyedCounts
from recsys.records import Article, Event, Override
from recsys.settings import Settings

if TYPE_CHECKING:
    from sqlite3 import Connection

PATIENCE_SECONDS = 60.0
PAGE = 1000  # articles or events fetched at a time

_ARTICLES = f"""
    SELECT article_id, {schema.ARTICLE_COLUMNS}, site FROM keys JOIN articles USING (key)
    WHERE fingerprint IS NOT NULL
"""
_PUT_ARTICLE = f"""
    INSERT OR REPLACE INTO articles (
        key, revision, fingerprint, address, canonical_address, {schema.ARTICLE_COLUMNS}
    ) VALUES ({", ".join("?" * 20)})
"""
_EVENT_COLUMNS = ", ".join(
    "article_id" if name == "key" else f"events.{name}" for name in schema.EVENT_COLUMNS
)


class SqliteStore:
    """A `recsys.data.stores.base.Store` in one SQLite file.

    Readers see the last commit and never wait. Writers of all processes take turns at
    ``<file>.lock``, each for one transaction and its checkpoint: SQLite before 3.51.3 may corrupt
    a file that two connections write and checkpoint at once. Readers' connections are read-only,
    so that they never checkpoint.

    Parameters
    ----------
    path
        The file; None keeps everything in memory and gone after `close`.
    settings
        Time zones of the sites, for the days of readers, and which events count.
    create
        Whether to make a file that is not there.
    patience_seconds
        How long to wait for other writers before giving up.

    Raises
    ------
    StoreError
        If the file is missing, is not a store or is one of a newer version. It is not touched.
    """

    def __init__(
        self,
        path: Path | None,
        settings: Settings | None = None,
        *,
        create: bool = True,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._settings = settings or Settings()
        self._rules = Rules(self._settings)
        self._connections = Connections(path, self._settings, create, patience_seconds)

    def put_articles(self, articles: Iterable[Article]) -> list[bool]:
        """Insert or replace; see `Store.put_articles`."""
        batch = list(articles)
        if not batch:
            return []
        with self._connections.writing() as connection:
            revision, before = revision_of(connection) + 1, connection.total_changes
            new = [_put(connection, article, revision) for article in batch]
            if connection.total_changes != before:
                set_revision(connection, revision)
                self._count_what_waited(connection, batch)
        return new

    def delete_article(self, site: str, article_id: str) -> bool:
        """Delete and leave a tombstone; see `Store.delete_article`."""
        with self._connections.writing() as connection:
            key = key_of(connection, site, article_id)
            found = connection.execute("SELECT fingerprint FROM articles WHERE key = ?", (key,))
            row = found.fetchone()
            if row is None or row[0] is not None:
                revision = revision_of(connection) + 1
                connection.execute(
                    "INSERT OR REPLACE INTO articles (key, revision) VALUES (?, ?)",
                    (key, revision),
                )
                set_revision(connection, revision)
        return row is not None and row[0] is not None

    def get_articles(self, keys: Sequence[Key]) -> list[Article]:
        """Return those that exist, in the order asked; see `Store.get_articles`."""
        query = f"{_ARTICLES} AND site = ? AND article_id = ?"
        with self._connections.reading() as connection:
            rows = [connection.execute(query, key).fetchone() for key in keys]
        return [schema.article_of(row) for row in rows if row is not None]

    def articles(self, site: str | None = None) -> Iterator[Article]:
        """Yield every article, by site and id; one that changes meanwhile may be old or new."""
        query = f"""{_ARTICLES} AND (site, article_id) > (?, ?) {_only(site)}
            ORDER BY site, article_id LIMIT {PAGE}"""
        after = (site or "", "")
        while page := self._rows(query, *after, *_given(site)):
            yield from map(schema.article_of, page)
            after = (page[-1][-1], page[-1][0])

    def article_changes(self, since: int) -> tuple[int, list[ArticleChange]]:
        """Return the revision now and what changed after ``since``, oldest change first."""
        query = """SELECT site, article_id, fingerprint FROM articles JOIN keys USING (key)
            WHERE revision > ? ORDER BY revision, key"""
        with self._connections.reading() as connection:
            rows = connection.execute(query, (since,)).fetchall()
            revision = revision_of(connection)
        return revision, [
            ArticleChange(site, article_id, None if bits is None else schema.unsigned(bits))
            for site, article_id, bits in rows
        ]

    def put_events(self, events: Sequence[Event]) -> Receipt:
        """Store the newsroom's own events; see `Store.put_events`."""
        arrivals = [Arrival(event, imported=True) for event in events]
        return self.put_arrivals(arrivals, int(time.time() * 1000))

    def put_arrivals(self, arrivals: Sequence[Arrival], now: int) -> Receipt:
        """Judge, count and store what came over HTTP; see `Store.put_arrivals`."""
        if not arrivals:
            return Receipt(0, 0)
        with (
            self._connections.writing() as connection,
            closing(Batch(connection, self._settings, self._rules, now)) as batch,
        ):
            for arrival in arrivals:
                batch.add(arrival)
            return batch.written()

    def ledger(self, site: str, article_id: str | None = None) -> Ledger:
        """Return what became of events; see `Store.ledger`."""
        with self._connections.reading() as connection:
            return sqlite_ledger.read(connection, site, article_id)

    def waiting_for(self) -> builtins.list[tuple[str, str | None, str | None]]:
        """Return what events wait for; see `Store.waiting_for`."""
        with self._connections.reading() as connection:
            return sqlite_strays.names(connection)

    def admit(self, site: str, article_id: str, now: int, address: str | None = None) -> None:
        """Count what waited for an article; see `Store.admit`."""
        with (
            self._connections.writing() as connection,
            closing(Batch(connection, self._settings, self._rules, now)) as batch,
        ):
            key = key_of(connection, site, article_id)
            sqlite_strays.admit(batch, connection, site, article_id, key, [address])
            batch.written()

    def forget(
        self,
        site: str,
        *,
        visitor_id: str | None = None,
        address: str | None = None,
        agent: str | None = None,
    ) -> int:
        """Delete what is known of a reader; see `Store.forget`."""
        with self._connections.writing() as connection:
            n = sqlite_forget.forget(connection, site, visitor_id, address, agent)
        self._connections.truncate_log()
        return n

    def tidy(self, now: int) -> bool:
        """Forget what is due; see `Store.tidy`."""
        with self._connections.writing() as connection:
            done = sqlite_tidy.tidy(connection, self._settings, now)
        if done.secrets:
            self._connections.truncate_log()
        return done.more

    def events(self, site: str | None = None) -> Iterator[Event]:
        """Yield every event, in the order of storing."""
        query = f"""SELECT {_EVENT_COLUMNS}, event
            FROM events LEFT JOIN keys USING (key)
            WHERE event > ? {_only(site, "events.")} ORDER BY event LIMIT {PAGE}"""
        after = 0
        while page := self._rows(query, after, *_given(site)):
            yield from (schema.event_of(row[:-1]) for row in page)
            after = page[-1][-1]

    def events_after(self, event: int, first: int) -> tuple[int, builtins.list[Event]]:
        """Return events stored after one; see `Store.events_after`."""
        query = f"""SELECT {_EVENT_COLUMNS}, event
            FROM events LEFT JOIN keys USING (key)
            WHERE event > ? ORDER BY event LIMIT {EVENTS_AT_ONCE}"""
        rows = self._rows(query, event)
        found = [schema.event_of(row[:-1]) for row in rows]
        recent = [each for each in found if (each.timestamp or 0) >= first]
        return (rows[-1][-1] if rows else event), recent

    def counts(self, since: int = 0, first_minute: int = 0) -> KeyedCounts:
        """Return counts that changed after ``since``; see `Store.counts`."""
        with self._connections.reading() as connection:
            return read_counts(connection, since, first_minute=first_minute)

    def revision(self) -> int:
        """Return the revision now, within some 20 microseconds."""
        with self._connections.reading() as connection:
            return revision_of(connection)

    def identity(self) -> int:
        """Return what tells this store from any other."""
        with self._connections.reading() as connection:
            return int(connection.execute("SELECT identity FROM state").fetchone()[0])

    def newest(self) -> int | None:
        """Return the newest instant of an event or article, in seconds."""
        query = """SELECT max(published_at) FROM articles WHERE published_at IS NOT NULL
            UNION ALL SELECT newest_event FROM state"""
        (published,), (seen,) = self._rows(query)
        return max(
            (instant for instant in (published, seen and seen // 1000) if instant is not None),
            default=None,
        )

    def put_override(self, override: Override) -> bool:
        """Store an editor's decision; see `Store.put_override`."""
        with self._connections.writing() as connection:
            return sqlite_overrides.put(connection, override)

    def delete_overrides(
        self, site: str, article_id: str, action: str | None = None, list: str | None = None
    ) -> int:
        """Delete decisions about an article; see `Store.delete_overrides`."""
        with self._connections.writing() as connection:
            return sqlite_overrides.delete(connection, site, article_id, action, list)

    def overrides_revision(self) -> int:
        """Return when something was last decided; see `Store.overrides_revision`."""
        with self._connections.reading() as connection:
            return sqlite_overrides.revision(connection)

    def overrides(self) -> builtins.list[Override]:
        """Return all decisions; see `Store.overrides`."""
        with self._connections.reading() as connection:
            return sqlite_overrides.read(connection)

    def snapshot(self, site: str | None = None) -> tuple[list[Article], KeyedCounts]:
        """Return articles and counts as of one moment; see `Store.snapshot`."""
        query = f"{_ARTICLES} {_only(site)} ORDER BY site, article_id"
        with self._connections.reading() as connection:
            rows = connection.execute(query, _given(site))
            return list(map(schema.article_of, rows)), read_counts(connection, 0, site)

    def close(self) -> None:
        """Close every connection."""
        self._connections.close()

    def _count_what_waited(self, connection: "Connection", articles: Sequence[Article]) -> None:
        """Count the events that came before their articles."""
        if not sqlite_strays.are_waiting(connection):
            return
        now = int(time.time() * 1000)
        with closing(Batch(connection, self._settings, self._rules, now)) as batch:
            for article in articles:
                key = key_of(connection, *article.key)
                addresses = [schema.address(url) for url in (article.url, article.canonical_url)]
                sqlite_strays.admit(batch, connection, *article.key, key, addresses)
            batch.written()

    def _rows(self, query: str, *values: object) -> list[Any]:
        with self._connections.reading() as connection:
            return connection.execute(query, values).fetchall()


def _put(connection: "Connection", article: Article, revision: int) -> bool:
    """Store an article unless it is stored already; return whether it was not there."""
    key, values = key_of(connection, *article.key), schema.article_values(article)
    found = connection.execute("SELECT fingerprint FROM articles WHERE key = ?", (key,))
    stored = (found.fetchone() or (None,))[0]
    if stored != values[0]:
        connection.execute(_PUT_ARTICLE, (key, revision, *values))
    return stored is None


def _only(site: str | None, table: str = "") -> str:
    return "" if site is None else f"AND {table}site = ?"


def _given(site: str | None) -> tuple[str, ...]:
    return () if site is None else (site,)
