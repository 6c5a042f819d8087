"""Connections to a SQLite file: many that read, one that writes, when it is its turn."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from recsys.data.stores import schema, sqlite_migration
from recsys.data.stores.turns import Turns
from recsys.errors import StoreError
from recsys.settings import Settings

_BULK_CACHE_KIB, _SERVING_CACHE_KIB = 65536, 1024  # a service's memory is to stay what it is
_READING_CACHE_KIB = 512  # of each reader; the system caches the file in any case
_IDLE_READERS = 1  # kept open; more, with a cache and a schema each, only while they are needed
_BULK_PATIENCE_SECONDS = 30.0  # who waits so long has much to write, and nobody waiting for it
_CHECKPOINT_PAGES = 4000
_FAULTS = (sqlite3.Error, UnicodeEncodeError, OverflowError)


class Connections:
    """One connection that writes, and as many read-only ones as are in use at a time.

    A file that has gone, or was put in the place of another, is noticed before anything is read
    or written: nothing is ever acknowledged into a file that has no name any more.
    """

    def __init__(
        self, path: Path | None, settings: Settings, create: bool, patience_seconds: float
    ) -> None:
        self._path = path.resolve() if path else None
        self._patience_seconds = patience_seconds
        bulk = patience_seconds >= _BULK_PATIENCE_SECONDS
        self._cache_kib = _BULK_CACHE_KIB if bulk else _SERVING_CACHE_KIB
        self._turns = Turns(
            self._path and self._path.with_name(f"{self._path.name}.lock"), patience_seconds
        )
        self._idle: list[tuple[object, sqlite3.Connection]] = []
        self._writer: sqlite3.Connection | None = None
        self._file: object = None
        if self._path is None:
            self._writer = self._connected("file::memory:")
            self._writer.executescript(schema.SCHEMA)
        else:
            self._make_ready(self._path, settings, create)
            self._file = _file_at(self._path)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees the store as of one moment."""
        if self._path is None:
            with self.writing() as connection:
                yield connection
            return
        with self._named():
            file = self._same_file(self._path)
            connection = self._reader(self._path, file)
            try:
                with _transaction(connection, "BEGIN"):
                    yield connection
            finally:
                self._keep(file, connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Wait for the turn, then give the connection that writes, in one transaction."""
        with self._turns.taken(), self._named():
            self._open_writer()
            assert self._writer is not None
            with _transaction(self._writer, "BEGIN IMMEDIATE"):
                yield self._writer

    def truncate_log(self) -> None:
        """Empty the write-ahead log, so that nothing deleted is left in it; unless it is read."""
        with self._turns.taken(), self._named():
            self._open_writer()
            if self._writer is not None:
                self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close all; the last writer's closing is a checkpoint, and so takes its turn."""
        while self._idle:
            self._idle.pop()[1].close()
        with self._turns.taken(), self._named():
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    def _reader(self, path: Path, file: object) -> sqlite3.Connection:
        while self._idle:
            of, connection = self._idle.pop()
            if of == file:
                return connection
            connection.close()
        return self._connected(_uri(path, "ro"), f"cache_size = -{_READING_CACHE_KIB}")

    def _keep(self, file: object, connection: sqlite3.Connection) -> None:
        if len(self._idle) < _IDLE_READERS:
            self._idle.append((file, connection))
        else:
            connection.close()

    def _open_writer(self) -> None:
        if self._path is None:
            return
        before, file = self._file, self._same_file(self._path)
        if self._writer is not None and file != before:
            self._writer.close()
            self._writer = None
        if self._writer is None:
            self._writer = self._connected(
                _uri(self._path, "rw"),
                "synchronous = FULL",
                "secure_delete = ON",
                f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
                f"cache_size = -{self._cache_kib}",
            )
        self._file = file

    def _same_file(self, path: Path) -> object:
        """Return what tells the file at the path from any other; StoreError if it is gone."""
        file = _file_at(path)
        if file is None:
            raise StoreError(f"{path}: the store is gone; put it back, serving waits for it")
        if file != self._file and version_of(path) != schema.VERSION:
            raise StoreError(f"{path}: another file has taken the place of the store")
        return file

    def _make_ready(self, path: Path, settings: Settings, create: bool) -> None:
        version = version_of(path)
        if version is None:
            self._create(path, create)
        elif version < schema.VERSION:
            with self._turns.taken(), self._named():
                found = version_of(path) or version
                if found < schema.VERSION:  # not by another process, meanwhile
                    with closing(self._connected(_uri(path, "rw"))) as connection:
                        sqlite_migration.migrate(connection, found, settings)

    def _create(self, path: Path, create: bool) -> None:
        """Make the file beside its place and move it there: it exists whole or not at all."""
        if not create:
            raise StoreError(
                f"{path}: there is no such store; recsys import SOURCE --store URL makes one"
            )
        if not path.parent.is_dir():
            raise StoreError(f"{path}: there is no directory {path.parent}")
        with self._turns.taken(), self._named():
            if version_of(path) is not None:  # made by another process, meanwhile
                return
            draft = path.with_name(f"{path.name}.new")
            draft.unlink(missing_ok=True)
            with closing(self._connected(_uri(draft, "rwc"))) as connection:
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

    def _connected(self, uri: str, *pragmas: str) -> sqlite3.Connection:
        """Return a connection that is set up; a damaged file leaves none open."""
        connection = sqlite3.connect(
            uri,
            uri=True,
            timeout=self._patience_seconds,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection


def _uri(path: Path, mode: str) -> str:
    return f"{path.as_uri()}?mode={mode}"


def _file_at(path: Path) -> object:
    """Return device and inode of a file; None where there is none."""
    try:
        facts = path.stat()
    except FileNotFoundError:
        return None
    return facts.st_dev, facts.st_ino


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


def version_of(path: Path) -> int | None:
    """Return the version of a store, None if there is none; StoreError for something else.

    Only the first 100 bytes are read, by which SQLite tells whose a file is.
    """
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from None
    if not head:
        return None
    application, version = (int.from_bytes(head[at : at + 4], "big") for at in (68, 60))
    if not head.startswith(b"SQLite format 3\0") or application != schema.APPLICATION_ID:
        raise StoreError(f"{path}: is not a store of recsys; it was left as it is")
    if version > schema.VERSION:
        raise StoreError(
            f"{path}: is a store of version {version}, this program knows {schema.VERSION};"
            " install a newer recsys-news"
        )
    return version


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
