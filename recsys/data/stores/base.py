"""What the engine asks of a store. A second backend writes one file against this protocol."""

import builtins
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from recsys.counting.base import Arrival, Ledger
from recsys.data.views import KeyedCounts
from recsys.records import Article, Event, Override

Key = tuple[str, str]  # (site, article_id)

EVENTS_AT_ONCE = 10_000
"""Events that `Store.events_after` looks at."""


class ArticleChange(NamedTuple):
    """An article that was put or deleted; ``fingerprint`` is None for a deleted one."""

    site: str
    article_id: str
    fingerprint: int | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a batch of events.

    Parameters
    ----------
    received
        How many events they were.
    counted
        How many views the counts have grown by.
    outcomes
        For each event the rule by which it did not count, None if it did.
    """

    received: int
    counted: int
    outcomes: Sequence[str | None] = field(default=(), compare=False)


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
        """Store the newsroom's own events and count their views, in one transaction.

        An event whose ``event_id`` the site has sent before is received and otherwise ignored. Of
        a visitor's views of an article in one half hour of the UTC clock one counts, the earliest.
        An event with a ``url`` and no ``article_id`` belongs to the newest article at that
        canonical address; if there is none it is kept and not counted. No other rule is asked, and
        nothing of it is ever forgotten by `tidy`.
        """

    def put_arrivals(self, arrivals: Sequence[Arrival], now: int) -> Receipt:
        """Judge, count and store what came over HTTP, in one transaction.

        Neither an address nor an agent is written, and no visitor's or session's id: a hash in
        its place, whose salt is gone after 48 hours.

        Parameters
        ----------
        now
            The clock, in milliseconds since 1970.
        """

    def ledger(self, site: str, article_id: str | None = None) -> Ledger:
        """Return what became of the events about an article, or of all events of a site."""

    def waiting_for(self) -> builtins.list[tuple[str, str | None, str | None]]:
        """Return site and article id, or canonical address, of articles that events wait for."""

    def admit(self, site: str, article_id: str, now: int, address: str | None = None) -> None:
        """Count what waited for an article, or an address, that the service knows of by itself."""

    def forget(
        self,
        site: str,
        *,
        visitor_id: str | None = None,
        address: str | None = None,
        agent: str | None = None,
    ) -> int:
        """Delete what is known of a reader, by a visitor's id or by address and agent.

        Counts stay: nobody can be found in them. Returns how many rows were deleted.
        """

    def tidy(self, now: int) -> bool:
        """Forget what is due at ``now`` (seconds), a part at a time; True if there is more.

        Salts and hashes of readers after 48 hours; raw events after the retention; counts by the
        minute become quarters of an hour after 6 hours, hours after 3 days.
        """

    def events(self, site: str | None = None) -> Iterator[Event]:
        """Yield every stored event, in the order in which they were stored."""

    def events_after(self, event: int, first: int) -> tuple[int, builtins.list[Event]]:
        """Return events stored after one, and the number of the last that was looked at.

        Parameters
        ----------
        event
            Number that an earlier call returned; 0 for the beginning. The same number comes back
            where nothing was stored since.
        first
            Milliseconds since 1970: what happened before is left out.

        Returns
        -------
        event, events
            In the order in which they were stored. Where the number grew by `EVENTS_AT_ONCE` or
            more, there may be others: ask again.
        """

    def counts(self, since: int = 0, first_minute: int = 0) -> KeyedCounts:
        """Return counts that changed after revision ``since``: absolute values, not differences.

        None before ``first_minute`` and its day. All, and said so, where changes since then
        can no longer be told.
        """

    def revision(self) -> int:
        """Return the revision now: cheap enough to be asked twice a second."""

    def identity(self) -> int:
        """Return what tells this store from any other, one that took its place for instance."""

    def newest(self) -> int | None:
        """Return the newest instant in the data (article or event), in seconds; None if none."""

    def put_override(self, override: Override) -> bool:
        """Store an editor's decision in the place of an earlier one; True if there was none.

        The article need not be stored. The revision grows.
        """

    def delete_overrides(
        self, site: str, article_id: str, action: str | None = None, list: str | None = None
    ) -> int:
        """Delete the decisions about an article, all or those of an action or list; how many.

        ``list=""`` names the decisions for every list.
        """

    def overrides_revision(self) -> int:
        """Return the revision at which something was last decided; 0 if nothing ever was."""

    def overrides(self) -> builtins.list[Override]:
        """Return all decisions, expired ones too, the oldest first (then by id and action)."""

    def snapshot(self, site: str | None = None) -> tuple[list[Article], KeyedCounts]:
        """Return articles and counts as of one moment, for training."""

    def close(self) -> None:
        """Release files and connections. A closed store is not used again."""
