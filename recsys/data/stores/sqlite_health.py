"""What a SQLite store looks like from outside. Nothing here writes, or makes a file beside it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from recsys.data.stores import sqlite_packs
from recsys.data.stores.sqlite_batch import COUNTED, OWN_LIST
from recsys.data.stores.sqlite_connections import version_of
from recsys.errors import StoreError

T = TypeVar("T")
Tell = Callable[[str, int, int], None]
"""Told how far long work is: stage, done, total (0 where that is not known)."""

SAFE_SQLITE = (3, 51, 3)  # from here on two connections may write and checkpoint at once
PATIENCE_SECONDS = 2.0

_STEPS = 1_000_000  # of SQLite's virtual machine, between two looks at the progress
_FACTS = """
    SELECT (SELECT newest_event FROM state) / 1000,
        (SELECT max(published_at) FROM articles WHERE fingerprint IS NOT NULL)
"""
_KEYS = "SELECT site, article_id FROM articles JOIN keys USING (key) WHERE fingerprint IS NOT NULL"
# What was imported before there was a ledger is counted and not entered.
_UNEXPLAINED = f"""
    SELECT count(*) FROM (
        SELECT sum(least) AS least, sum(most) AS most, sum(entered) AS entered FROM (
            SELECT key, views - imported AS least, views AS most, 0 AS entered FROM counts
            UNION ALL
            SELECT key, 0, 0, events FROM ledger
            WHERE event_type = 'view' AND outcome IN ('{COUNTED}', '{OWN_LIST}')
        ) GROUP BY key
    ) WHERE entered NOT BETWEEN least AND most
"""


@dataclass(frozen=True)
class Contents:
    """What stands in a store as of one moment.

    ``newest_event`` and ``newest_article`` are in seconds since 1970, None where there is none;
    ``keys`` are site and id of every article; ``salts`` site and day of every salt;
    ``unexplained`` is the number of articles whose counts the ledger does not agree with.
    """

    newest_event: int | None
    newest_article: int | None
    keys: tuple[tuple[str, str], ...]
    salts: tuple[tuple[str, int], ...]
    unexplained: int


def sqlite_version() -> str:
    """Return the version of the SQLite library in use."""
    return sqlite3.sqlite_version


def version(path: Path) -> int:
    """Return the version of a store; `StoreError` if there is none, or one of a newer version."""
    found = version_of(path)
    if found is None:
        raise StoreError(f"{path}: there is no store; recsys import SOURCE --store URL makes one")
    return found


def log_of(path: Path) -> Path:
    """Return where a store's write-ahead log is, while someone has it open."""
    return path.with_name(f"{path.name}-wal")


def lock_of(path: Path) -> Path:
    """Return the file at which writers take turns."""
    return path.with_name(f"{path.name}.lock")


def contents(path: Path) -> Contents:
    """Read what stands in a store of this version; `StoreError` if it cannot be read."""
    return _looked(path, _contents)


def damage(path: Path, tell: Tell) -> list[str]:
    """Check all pages, indexes and packs of a store; return what is wrong. May take minutes."""
    return _looked(path, lambda connection: _damage(connection, tell))


def _contents(connection: sqlite3.Connection) -> Contents:
    event, article = connection.execute(_FACTS).fetchone()
    (unexplained,) = connection.execute(_UNEXPLAINED).fetchone()
    keys = connection.execute(_KEYS).fetchall()
    salts = connection.execute("SELECT site, day FROM salts").fetchall()
    return Contents(event, article, tuple(keys), tuple(salts), unexplained)


def _damage(connection: sqlite3.Connection, tell: Tell) -> list[str]:
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        tell("checking the store", steps, 0)

    connection.set_progress_handler(step, _STEPS)
    try:
        rows = connection.execute("PRAGMA integrity_check(10)").fetchall()
    except sqlite3.OperationalError as error:
        if str(error) == "interrupted":  # what SQLite makes of Ctrl-C while it tells how far it is
            raise KeyboardInterrupt from None
        raise
    wrong = [str(row[0]) for row in rows if row[0] != "ok"]
    return wrong or [f"pack {hour} is not its counts" for hour in sqlite_packs.wrong(connection)]


def _looked(path: Path, look: Callable[[sqlite3.Connection], T]) -> T:
    """Look into a store.

    One that nobody has open has no write-ahead log, and is read as it lies: opened in the usual
    way, it would get one. Should somebody open it meanwhile, it is looked into again.
    """
    alone = not log_of(path).exists()
    try:
        found = _read(path, look, alone)
    except StoreError:
        if not alone or not log_of(path).exists():
            raise
    else:
        if not alone or not log_of(path).exists():
            return found
    return _read(path, look, alone=False)


def _read(path: Path, look: Callable[[sqlite3.Connection], T], alone: bool) -> T:
    with _opened(path, "mode=ro&immutable=1" if alone else "mode=ro") as connection:
        return look(connection)


@contextmanager
def _opened(path: Path, options: str) -> Iterator[sqlite3.Connection]:
    """Give a connection that sees the store as of one moment."""
    uri = f"{path.resolve().as_uri()}?{options}"
    try:
        with closing(
            sqlite3.connect(uri, uri=True, timeout=PATIENCE_SECONDS, isolation_level=None)
        ) as connection:
            connection.execute("BEGIN")
            yield connection
    except sqlite3.Error as error:
        raise StoreError(f"{path}: cannot be read: {error}") from None
