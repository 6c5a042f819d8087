"""What the engine asks of a store. A second backend writes one file against this protocol."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from recsys.data.views import KeyedCounts
from recsys.records import Article, Event

Key = tuple[str, str]  # (site, article_id)


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """An article that was put or deleted; ``fingerprint`` is None for a deleted one."""

    site: str
    article_id: str
    fingerprint: int | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch of events: ``received == counted + other``."""

    received: int
    counted: int


class Store(Protocol):
    """Articles, events and counts, sites apart, safe to use from several threads and processes.

    Every method may raise `recsys.errors.StoreError`. What a writing method returned from is
    committed: it survives a crash of the process and of the machine.

    Revisions are positive, grow with every commit that changes articles or counts, and are only
    meaningful within one store; 0 means "from the beginning".
    """

    def put_articles(self, articles: Iterable[Article]) -> list[bool]:
        """Insert or replace, in one transaction; True for each that was not there before.

        An article equal to the stored one changes nothing, not even the revision.
        """

    def delete_article(self, site: str, article_id: str) -> bool:
        """Delete and leave a tombstone, even for an id never stored; True if it was there."""

    def get_articles(self, keys: Sequence[Key]) -> list[Article]:
        """Return those of ``keys`` that exist and are not deleted, in the order asked."""

    def articles(self, site: str | None = None) -> Iterator[Article]:
        """Yield every article that is not deleted, by site and then id, in byte order."""

    def article_changes(self, since: int) -> tuple[int, list[ArticleChange]]:
        """Return the revision now, and what was put or deleted after revision ``since``."""

    def put_events(self, events: Sequence[Event]) -> Receipt:
        """Store events and count their views, in one transaction, in the order given.

        An event whose ``event_id`` the site has sent before is received and otherwise ignored.
        A view counts unless the same visitor viewed the same article in the same half hour of
        the UTC clock. An event with a ``url`` and no ``article_id`` belongs to the newest article
        at that canonical address; if there is none it is kept and not counted.
        """

    def events(self, site: str | None = None) -> Iterator[Event]:
        """Yield every stored event, in the order in which they were stored."""

    def counts(self, since: int = 0) -> KeyedCounts:
        """Return counts that changed after revision ``since``: absolute values, not differences."""

    def revision(self) -> int:
        """Return the revision now: cheap enough to be asked twice a second."""

    def newest(self) -> int | None:
        """Return the newest instant in the data (article or event), in seconds; None if none."""

    def snapshot(self, site: str | None = None) -> tuple[list[Article], KeyedCounts]:
        """Return articles and counts as of one moment, for training."""

    def close(self) -> None:
        """Release files and connections. A closed store is not used again."""
