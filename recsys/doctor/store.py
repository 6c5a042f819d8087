"""The store: what it is, whether it can be written, whether what stands in it is sound."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from recsys.data.stores import open_store, schema, sqlite_health
from recsys.data.stores.sqlite_health import Contents, Tell
from recsys.data.stores.sqlite_tidy import REMEMBERED_SECONDS
from recsys.doctor.base import Asked, Check, Findings, fault, ok, until_refused, warning
from recsys.errors import StoreError
from recsys.settings import Settings
from recsys.times import HOUR, day_begin

LARGE_LOG_BYTES = 64_000_000  # a checkpoint is due at 16
LITTLE_SPACE_BYTES, NO_SPACE_BYTES = 1_000_000_000, 100_000_000
SALTS_LATE_SECONDS = HOUR  # the service forgets them within a minute

_SCHEME = "sqlite:///"
_RESTORE = "stop the service and put back a backup, or import into a new store"


def store(url: str, asked: Asked, found: Findings, tell: Tell) -> Iterator[Check]:
    """Yield the checks of a store; `StoreError` if there is none that this program knows."""
    path = _path_of(url)
    version = sqlite_health.version(path)
    if version < schema.VERSION:
        cure = "opening it with recsys serve or import brings it up to date; make a backup first"
        yield warning("store.file", f"{path}: is of version {version}; {cure}")
    else:
        yield ok("store.file", f"{path}: a store of version {version}")
    yield from until_refused("store.folder", _beside(path))
    yield from until_refused("store.pages", _pages(path, asked.quick, tell))
    if version == schema.VERSION:
        yield from until_refused("store.contents", _inside(path, asked, found))


def _path_of(url: str) -> Path:
    """Return the file of a store; `StoreError` if the URL names none."""
    if not url.startswith(_SCHEME) or url in (_SCHEME, f"{_SCHEME}:memory:"):
        open_store(url, create=False).close()  # says what is wrong with it
        raise StoreError(f"{url}: is gone when nobody has it open; name a file")
    return Path(url.removeprefix(_SCHEME))


def disk(name: str, folder: Path) -> Check:
    """Check that there is room to write."""
    free = shutil.disk_usage(folder).free
    left = f"{folder.resolve()}: {free / 1e6:,.0f} MB are free"
    if free < NO_SPACE_BYTES:
        return fault(name, f"{left}; make room at once, before writes fail")
    if free < LITTLE_SPACE_BYTES:
        return warning(name, f"{left}; make room")
    return ok(name, left)


def _beside(path: Path) -> Iterator[Check]:
    """Yield the checks of what a store needs around it."""
    yield _writable(path)
    yield _log(path)
    yield disk("store.disk", path.parent)


def _writable(path: Path) -> Check:
    """Check all that a writer needs: the file, its folder for the log, the lock."""
    name, lock = "store.writable", sqlite_health.lock_of(path)
    if lock.exists() and not lock.is_file():
        return fault(name, f"{lock}: is no file, so that nobody can write; remove it")
    for needed in (path.parent, path, lock):
        if needed.exists() and not os.access(needed, os.W_OK):
            who = f"user {os.getuid()}"
            return fault(name, f"{needed}: may not be written by {who}; run as its owner, or chmod")
    return ok(name, "file, folder and lock may be written")


def _log(path: Path) -> Check:
    name, log = "store.log", sqlite_health.log_of(path)
    size = log.stat().st_size if log.exists() else 0
    if size > LARGE_LOG_BYTES:
        cure = "something reads the store without end: find it (lsof) and stop it"
        return warning(name, f"{log}: has grown to {size / 1e6:,.0f} MB; {cure}")
    return ok(name, f"the write-ahead log has {size / 1e6:,.0f} MB")


def _pages(path: Path, quick: bool, tell: Tell) -> Iterator[Check]:
    name = "store.pages"
    if quick:
        yield ok(name, "not looked at (--quick)")
    elif wrong := sqlite_health.damage(path, tell):
        first = " ".join(wrong[0].split())
        yield fault(name, f"{path}: is damaged ({first}; {len(wrong)} in all); {_RESTORE}")
    else:
        yield ok(name, "every page, index and pack is sound")


def _inside(path: Path, asked: Asked, found: Findings) -> Iterator[Check]:
    inside = sqlite_health.contents(path)
    found.newest_event, found.newest_article = inside.newest_event, inside.newest_article
    found.articles = inside.keys
    yield ok("store.articles", f"{len(inside.keys)} articles")
    yield _ledger(inside)
    yield _salts(inside, found.settings, asked.now)


def _ledger(inside: Contents) -> Check:
    name, wrong = "store.ledger", inside.unexplained
    if wrong:
        cure = "somebody changed the store by other means; put back a backup"
        return fault(name, f"of {wrong} articles the counts differ from the ledger; {cure}")
    return ok(name, "the counts are those of the ledger")


def _salts(inside: Contents, settings: Settings, now: float) -> Check:
    """Check that what readers are hashed with is forgotten, as was promised."""
    name = "store.salts"
    ages = [now - day_begin(day, settings.site(site).time_zone) for site, day in inside.salts]
    late = sum(age > REMEMBERED_SECONDS + SALTS_LATE_SECONDS for age in ages)
    if late:
        cure = "recsys serve forgets them: start it, and look in its log why it did not"
        return fault(name, f"{late} salts of readers are older than 48 hours; {cure}")
    return ok(name, f"salts of readers: {len(ages)}, none older than 48 hours")
