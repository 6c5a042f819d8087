"""The embedded store: one SQLite file, read by many and written by one at a time."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from recsys.data.stores import schema
from recsys.data.stores.base import ArticleChange, Key, Receipt
from recsys.data.stores.sqlite_counts import Batch, key_of, read_counts, revision_of, set_revision
from recsys.data.stores.turns import Turns
from recsys.data.views import KeyedCounts
from recsys.errors import StoreError
from recsys.records import Article, Event
from recsys.settings import Settings

PATIENCE_SECONDS = 60.0
PAGE = 1000  # articles or events fetched at a time

_WRITER_CACHE_KIB = 65536
_CHECKPOINT_PAGES = 4000
_FAULTS = (sqlite3.Error, UnicodeEncodeError, OverflowError)

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
        Time zones of the sites, for the days of readers.
    create
        Whether to make a file that is not there.

    Raises
    ------
    StoreError
        If the file is missing, is not a store or is one of a newer version. It is not touched.
    """

    def __init__(
        self, path: Path | None, settings: Settings | None = None, *, create: bool = True
    ) -> None:
        self._settings = settings or Settings()
        self._connections = _Connections(path, create)

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
        """Store events and count their views; see `Store.put_events`."""
        if not events:
            return Receipt(0, 0)
        with self._connections.writing() as connection:
            batch = Batch(connection, self._settings)
            for event in events:
                batch.add(event)
            return Receipt(len(events), batch.written())

    def events(self, site: str | None = None) -> Iterator[Event]:
        """Yield every event, in the order of storing."""
        query = f"""SELECT {_EVENT_COLUMNS}, event
            FROM events LEFT JOIN keys USING (key)
            WHERE event > ? {_only(site, "events.")} ORDER BY event LIMIT {PAGE}"""
        after = 0
        while page := self._rows(query, after, *_given(site)):
            yield from (schema.event_of(row[:-1]) for row in page)
            after = page[-1][-1]

    def counts(self, since: int = 0) -> KeyedCounts:
        """Return counts that changed after ``since``; see `Store.counts`."""
        with self._connections.reading() as connection:
            return read_counts(connection, since)

    def revision(self) -> int:
        """Return the revision now, within some 20 microseconds."""
        with self._connections.reading() as connection:
            return revision_of(connection)

    def newest(self) -> int | None:
        """Return the newest instant of an event or article, in seconds."""
        query = """SELECT max(published_at) FROM articles WHERE published_at IS NOT NULL
            UNION ALL SELECT newest_event FROM state"""
        (published,), (seen,) = self._rows(query)
        return max(
            (instant for instant in (published, seen and seen // 1000) if instant is not None),
            default=None,
        )

    def snapshot(self, site: str | None = None) -> tuple[list[Article], KeyedCounts]:
        """Return articles and counts as of one moment; see `Store.snapshot`."""
        query = f"{_ARTICLES} {_only(site)} ORDER BY site, article_id"
        with self._connections.reading() as connection:
            rows = connection.execute(query, _given(site))
            return list(map(schema.article_of, rows)), read_counts(connection, 0, site)

    def close(self) -> None:
        """Close every connection."""
        self._connections.close()

    def _rows(self, query: str, *values: object) -> list[Any]:
        with self._connections.reading() as connection:
            return connection.execute(query, values).fetchall()


class _Connections:
    """One connection that writes, and as many read-only ones as are in use at a time."""

    def __init__(self, path: Path | None, create: bool) -> None:
        self._path = path.resolve() if path else None
        self._turns = Turns(
            self._path and self._path.with_name(f"{self._path.name}.lock"), PATIENCE_SECONDS
        )
        self._idle: list[sqlite3.Connection] = []
        self._writer: sqlite3.Connection | None = None
        if self._path is None:
            self._writer = _connected("file::memory:")
            self._writer.executescript(schema.SCHEMA)
        elif not _is_store(self._path):
            self._create(self._path, create)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees the store as of one moment."""
        if self._path is None:
            with self.writing() as connection:
                yield connection
            return
        with self._named():
            connection = self._idle.pop() if self._idle else _connected(_uri(self._path, "ro"))
            try:
                with _transaction(connection, "BEGIN"):
                    yield connection
            finally:
                self._idle.append(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Wait for the turn, then give the connection that writes, in one transaction."""
        with self._turns.taken(), self._named():
            self._writer = self._writer or self._open_writer()
            with _transaction(self._writer, "BEGIN IMMEDIATE"):
                yield self._writer

    def close(self) -> None:
        """Close all; the last writer's closing is a checkpoint, and so takes its turn."""
        while self._idle:
            self._idle.pop().close()
        with self._turns.taken(), self._named():
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    def _open_writer(self) -> sqlite3.Connection:
        assert self._path is not None
        connection = _connected(_uri(self._path, "rw"))
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA cache_size = -{_WRITER_CACHE_KIB}")
        return connection

    def _create(self, path: Path, create: bool) -> None:
        """Make the file beside its place and move it there: it exists whole or not at all."""
        if not create:
            raise StoreError(
                f"{path}: there is no such store; recsys import SOURCE --store URL makes one"
            )
        if not path.parent.is_dir():
            raise StoreError(f"{path}: there is no directory {path.parent}")
        with self._turns.taken(), self._named():
            if _is_store(path):  # made by another process, meanwhile
                return
            draft = path.with_name(f"{path.name}.new")
            draft.unlink(missing_ok=True)
            with closing(_connected(_uri(draft, "rwc"))) as connection:
                connection.executescript(schema.SCHEMA)
                connection.execute("PRAGMA journal_mode = WAL")
            os.replace(draft, path)
            _sync_directory(path.parent)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except (*_FAULTS, OSError) as error:
            raise StoreError(f"{self._path or ':memory:'}: {error}") from error


def _connected(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(
        uri, uri=True, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
    )


def _uri(path: Path, mode: str) -> str:
    return f"{path.as_uri()}?mode={mode}"


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _is_store(path: Path) -> bool:
    """Return whether there is a store; raise StoreError if there is something else.

    Only the first 100 bytes are read, by which SQLite tells whose a file is.
    """
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from None
    if not head:
        return False
    application, version = (int.from_bytes(head[at : at + 4], "big") for at in (68, 60))
    if not head.startswith(b"SQLite format 3\0") or application != schema.APPLICATION_ID:
        raise StoreError(f"{path}: is not a store of recsys; it was left as it is")
    if version > schema.VERSION:
        raise StoreError(
            f"{path}: is a store of version {version}, this program knows {schema.VERSION};"
            " install a newer recsys-news"
        )
    return True


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _put(connection: sqlite3.Connection, article: Article, revision: int) -> bool:
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
