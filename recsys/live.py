"""What a store knows beyond a snapshot: articles, reads, sessions, editors' decisions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from recsys.data.corpus import Corpus
from recsys.data.pairs import Sessions
from recsys.data.stores.base import EVENTS_AT_ONCE, ArticleChange, Store
from recsys.data.views import ViewCounts
from recsys.incremental import Changes
from recsys.model import refreshed
from recsys.overrides import Overrides
from recsys.records import Article
from recsys.signals.co_reading import CoReading
from recsys.snapshot import Snapshot
from recsys.times import HOUR

_MANY, _LARGE_SHARE = 1000, 0.05
_LONG_HALF_LIVES = 7  # of events that are looked at: the oldest count 1/128


def up_to_date(snapshot: Snapshot, store: Store) -> Snapshot:
    """Return a snapshot with everything a store has by now.

    The store's article wins over the model's, a deleted one is gone, what the store does not know
    stays. Views are the store's alone: the model's are what it had counted by the training. So is
    what the editors decided.
    """
    views = ViewCounts.of(store.counts(), snapshot.corpus, len(snapshot.corpus))
    return caught_up(replace(snapshot, views=views), store, 0)[0]


def caught_up(
    snapshot: Snapshot,
    store: Store,
    since: int,
    told: tuple[int, list[ArticleChange]] | None = None,
) -> tuple[Snapshot, int]:
    """Return a snapshot with what a store changed, and the revision its articles are of.

    Parameters
    ----------
    snapshot
        Its articles know the store up to revision ``since``, its views up to their own revision.
    told
        What the store said a moment ago of its changes after ``since``; None asks it now.
    """
    revision, changes = told or store.article_changes(since)
    deleted = [(c.site, c.article_id) for c in changes if c.fingerprint is None]
    articles = store.get_articles(list(_unknown(snapshot.corpus, changes)))
    counts = store.counts(snapshot.views.revision)
    fresh = refreshed(snapshot, articles, deleted, counts)
    decided = store.overrides_revision()
    if decided != fresh.overrides.revision:
        overrides = Overrides.of(store.overrides(), fresh.corpus, decided)
        fresh = fresh.with_overrides(overrides)
    return fresh, revision


class Holder(Protocol):
    """What holds articles as a `Store` does."""

    def article_changes(self, since: int) -> tuple[int, list[ArticleChange]]:
        """As a store's."""

    def get_articles(self, keys: Sequence[tuple[str, str]]) -> list[Article]:
        """As a store's."""


def stored_changes(corpus: Corpus, store: Holder, site: str | None = None) -> Changes:
    """Return how a store's articles, or those of one site, differ from a model's."""
    _, told = store.article_changes(0)
    held = {
        (each.site, each.article_id): each.fingerprint
        for each in told
        if each.fingerprint is not None and site in (None, each.site)
    }
    wanted, deleted = Changes.told(corpus, held)
    return Changes(store.get_articles(wanted), deleted)


class FreshCoReading:
    """What is read with what, learned again and again from the events of a store.

    The store's events of the last seven long half-lives are all that counts: what is older would
    be worth less than a hundredth. What the model learned at its training is replaced.
    """

    def __init__(self) -> None:
        self._sessions = Sessions()
        self._event = 0  # the last of the store's that was taken in

    def take(self, snapshot: Snapshot, store: Store, now: int) -> bool:
        """Take in the store's next events at ``now`` (seconds); True if there are more."""
        hours = _LONG_HALF_LIVES * snapshot.parts.co_reading.long_half_life_hours
        first = (now - int(hours * HOUR)) * 1000
        event, events = store.events_after(self._event, first)
        self._sessions.take(events)
        self._sessions.let_go(first)
        more, self._event = event - self._event >= EVENTS_AT_ONCE, event
        return more

    def learned(self, snapshot: Snapshot, now: int) -> CoReading:
        """Return what is known of the snapshot's articles at ``now``, in seconds."""
        corpus, given = snapshot.corpus, snapshot.parts.co_reading
        return given.learned(self._sessions.reads(corpus), len(corpus), now)


def with_sessions(snapshot: Snapshot, store: Store, now: int) -> Snapshot:
    """Return a snapshot that knows what is read with what by ``now`` (seconds), if it wants to."""
    if snapshot.co_reading is None:
        return snapshot
    fresh = FreshCoReading()
    while fresh.take(snapshot, store, now):
        pass
    return snapshot.with_co_reading(fresh.learned(snapshot, now))


def _unknown(corpus: Corpus, changes: Iterable[ArticleChange]) -> Iterator[tuple[str, str]]:
    """Yield the articles that the corpus does not hold as they are stored.

    Many are compared by their fingerprints alone, for those are of the key too; few are looked up.
    """
    present = [change for change in changes if change.fingerprint is not None]
    told = np.array([change.fingerprint or 1 for change in present], dtype=np.uint64)
    fingerprints = corpus.numbers["fingerprint"]
    if len(present) > _MANY and len(present) > _LARGE_SHARE * len(corpus):
        known = np.isin(told, fingerprints)
    else:
        rows = corpus.rows_of([(change.site, change.article_id) for change in present])
        known = (rows >= 0) & (fingerprints[rows] == told) if len(corpus) else rows >= 0
    for place in np.flatnonzero(~known).tolist():
        yield present[place].site, present[place].article_id
