"""From files into a store: what import, train and most-read have in common."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import typer

from recsys.cli.options import CallError
from recsys.cli.progress import progress
from recsys.data.importers.reading import (
    Kind,
    OnError,
    Report,
    kind_of,
    read_articles,
    read_events,
)
from recsys.data.stores import open_store
from recsys.data.stores.base import ArticleChange, Store
from recsys.data.views import KeyedCounts
from recsys.errors import DataError
from recsys.live import Holder
from recsys.records import Article, Event, Override
from recsys.settings import Settings
from recsys.times import UNKNOWN

if TYPE_CHECKING:
    from recsys.model import Progress

_BATCH = {"articles": 200, "events": 5000}  # rows a transaction
_OFTEN = 1000  # rows between two looks at the progress
_IN_MEMORY = "sqlite:///:memory:"


@dataclass(frozen=True)
class Reading:
    """How files are read; the fields are those of `recsys.data.importers.reading`."""

    settings: Settings
    format: str | None = None
    site: str | None = None
    site_column: str | None = None
    on_error: OnError = "stop"

    def __post_init__(self) -> None:
        """Refuse two answers to the question which site a row belongs to."""
        if self.site is not None and self.site_column is not None:
            raise CallError("--site and --site-column exclude each other")

    def kind(self, source: Path) -> Kind:
        """Return what a file holds; it must be one that can be read twice."""
        self.check(source)
        return kind_of(source, self.format)

    def check(self, source: Path) -> None:
        """Refuse a pipe: files are read more than once."""
        if source.exists() and not source.is_file() and not source.is_dir():
            raise DataError(f"{source}: must be a regular file, for it is read more than once")

    def items(self, source: Path, kind: Kind, report: Report) -> Iterator[Any]:
        """Yield the articles or events of a file."""
        self.check(source)
        read: Callable[..., Iterator[Any]] = read_articles if kind == "articles" else read_events
        return read(
            source,
            self.settings,
            format=self.format,
            site=self.site,
            site_column=self.site_column,
            on_error=self.on_error,
            report=report,
        )


@dataclass
class Tally:
    """What became of one file; ``stored`` rows are committed."""

    source: Path
    kind: Kind
    stored: int = 0
    new: int = 0
    replaced: int = 0
    counted: int = 0
    report: Report = field(default_factory=lambda: Report(Path()))

    def document(self) -> dict[str, Any]:
        """Return the JSON object of a file in ``recsys import --json``."""
        counts = {"new": self.new, "replaced": self.replaced, "counted": self.counted}
        shown = ("new", "replaced") if self.kind == "articles" else ("counted",)
        return {
            "source": str(self.source),
            "kind": self.kind,
            "read": self.report.read,
            **{name: counts[name] for name in shown},
            "skipped": self.report.skipped,
            "unknown_columns": self.report.unknown,
            "rejects_file": next((str(path) for path in self.report.files), None),
        }


def check_all(sources: Sequence[tuple[Path, Kind]], reading: Reading, tell: "Progress") -> None:
    """Read every file to its end; DataError at the first row that is refused."""
    for source, kind in sources:
        for n, _ in enumerate(reading.items(source, kind, Report())):
            if n % _OFTEN == 0:
                tell(f"checking {source.name}", n, 0)


def put(store: Store, source: Path, kind: Kind, reading: Reading, tell: "Progress") -> Tally:
    """Put a file into a store, a batch a transaction."""
    tally = Tally(source, kind)
    fill(store, tally, reading, tell)
    return tally


def fill(store: Store, tally: Tally, reading: Reading, tell: "Progress") -> None:
    """Put a file into a store, and count as it goes."""
    items = reading.items(tally.source, tally.kind, tally.report)
    while batch := list(islice(items, _BATCH[tally.kind])):
        _put(store, batch, tally)
        tally.stored += len(batch)
        tell(tally.source.name, tally.stored, 0)


def _put(store: Store, batch: list[Any], tally: Tally) -> None:
    if tally.kind == "articles":
        new = sum(store.put_articles(batch))
        tally.new += new
        tally.replaced += len(batch) - new
    else:
        tally.counted += store.put_events(batch).counted


class Data(Holder, Protocol):
    """What training and lists need to know of the data; a `Store` is one."""

    def counts(self) -> KeyedCounts:
        """Return the counts, of all sites."""

    def newest(self) -> int | None:
        """Return the newest instant, in seconds; None if there is none."""

    def snapshot(self, site: str | None = None) -> tuple[list[Article], KeyedCounts]:
        """Return articles, ordered by site and id, and counts."""

    def events(self, site: str | None = None) -> Iterator[Event]:
        """Yield every event that is kept."""

    def overrides(self) -> list[Override]:
        """Return what editors decided."""


@dataclass(frozen=True)
class ArticlesAlone:
    """Articles without a store, for there is nothing to count; the key of an article finds it."""

    by_key: dict[tuple[str, str], Article]

    def newest(self) -> int | None:
        """Return when the newest article was published, in seconds; None if none says."""
        known = (a.published_at for a in self.by_key.values() if a.published_at != UNKNOWN)
        return max(known, default=None)

    def snapshot(self, site: str | None = None) -> tuple[list[Article], KeyedCounts]:
        """Return the articles, all or a site's, ordered by site and id, and no counts."""
        keys = sorted(key for key in self.by_key if site in (None, key[0]))
        return [self.by_key[key] for key in keys], KeyedCounts()

    def article_changes(self, since: int) -> tuple[int, list[ArticleChange]]:
        """Return every article's fingerprint: each was put once."""
        each = (ArticleChange(*key, article.fingerprint) for key, article in self.by_key.items())
        return 0, list(each)

    def get_articles(self, keys: Sequence[tuple[str, str]]) -> list[Article]:
        """Return those of ``keys`` that are there, in the order asked."""
        return [self.by_key[key] for key in keys if key in self.by_key]

    def counts(self) -> KeyedCounts:
        """Return none."""
        return KeyedCounts()

    def events(self, site: str | None = None) -> Iterator[Event]:
        """Yield nothing."""
        return iter(())

    def overrides(self) -> list[Override]:
        """Return nothing."""
        return []


@contextmanager
def opened(
    store: str | None,
    articles: Sequence[Path] | None,
    events: Sequence[Path] | None,
    reading: Reading,
) -> Iterator[Data]:
    """Give the store that is named or, for the length of the block, what files hold.

    With events they go into a store in memory, so that they are counted as a store counts.
    """
    if (store is None) == (not articles) or (store is not None and events):
        raise CallError(
            "give either --store URL, or --articles F and, if you have them, --events F"
        )
    if store is not None:
        with closing(open_store(store, reading.settings, create=False)) as named:
            yield named
        return
    if not events:
        yield _alone(articles or (), reading)  # held by nobody else
        return
    with closing(open_store(_IN_MEMORY, reading.settings)) as made:
        with progress() as tell:
            for source in articles or ():
                _announce(put(made, source, "articles", reading, tell))
            for source in events or ():
                _announce(put(made, source, "events", reading, tell))
        yield made


def _alone(sources: Sequence[Path], reading: Reading) -> ArticlesAlone:
    """Read articles, of two with one key the later."""
    data = ArticlesAlone({})
    with progress() as tell:
        for source in sources:
            tally = Tally(source, "articles")
            for n, article in enumerate(reading.items(source, "articles", tally.report), 1):
                data.by_key[article.key] = article
                if n % _OFTEN == 0:
                    tell(source.name, n, 0)
            _announce(tally)
    return data


def _announce(tally: Tally) -> None:
    """Say on stderr that rows were skipped: the command has its own answer on stdout."""
    for path in tally.report.files:
        typer.echo(f"{tally.source}: rows skipped: {tally.report.skipped}, see {path}", err=True)
