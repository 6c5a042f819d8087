"""Training that takes over from an earlier version what has not changed.

What is counted, weighed and looked for anew is what came, changed or went. The idf of known terms
stays as it was at the last full training, so a row that did not change stays as it is, and so do
its neighbours among such rows: with those rows, every list is exactly the one that a full search
would find (where a group has more than `recsys.kernels.neighbours.EXACT_UP_TO` rows: as nearly as
the budget finds it). What differs from a full training is the idf, and how far it has moved is
measured: a row's turn is the angle between it and what the idf of today would make of it. The angle
between two rows then differs by no more than the sum of their turns, and no cosine by more than
that. Where rows would turn by more than `MOST_TURNED` on average, nothing is taken over.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.calibration.links import site_freshness
from recsys.data.corpus import Corpus
from recsys.data.documents import Documents
from recsys.data.pairs import Reads
from recsys.data.views import KeyedCounts
from recsys.errors import OutgrownError, RecsysError
from recsys.model import Model, Progress, groups_of, parts_of
from recsys.records import Article, Event
from recsys.signals.freshness import Freshness
from recsys.signals.retraining import Lists, Texts, told_turns
from recsys.signals.space import Space
from recsys.text.vectoriser import Vectoriser

Longs = npt.NDArray[np.int64]
Key = tuple[str, str]

MOST_TURNED = 0.05
"""Radians by which rows may turn on average before the idf is learned anew."""

MOST_CHANGED = 0.2
"""Share of the articles that may have come, changed or gone: more are no less work than all."""


@dataclass(frozen=True)
class Changes:
    """What distinguishes a collection of articles from that of a model.

    Attributes
    ----------
    put
        Articles that are new or have changed, in any order; of two with one key the later wins.
    deleted
        Keys of articles that are no longer there; those nobody knows do not count.
    """

    put: Sequence[Article]
    deleted: Sequence[Key] = ()

    @classmethod
    def between(cls, corpus: Corpus, articles: Iterable[Article]) -> "Changes":
        """Compare a model's corpus with all the articles of today, by their fingerprints."""
        by_key = {article.key: article for article in articles}
        held = {key: article.fingerprint for key, article in by_key.items()}
        wanted, deleted = cls.told(corpus, held)
        return cls([by_key[key] for key in wanted], deleted)

    @staticmethod
    def told(corpus: Corpus, held: Mapping[Key, int]) -> tuple[list[Key], list[Key]]:
        """Return the keys that are new or changed, and those deleted, by fingerprints of today."""
        keys = list(held)
        rows = corpus.rows_of(keys)
        known = corpus.numbers["fingerprint"][rows].tolist()
        wanted = [
            key
            for key, row, fingerprint in zip(keys, rows.tolist(), known, strict=True)
            if row < 0 or fingerprint != (held[key] or 1)
        ]
        gone = np.ones(len(corpus), dtype=np.bool_)
        gone[rows[rows >= 0]] = False
        deleted = np.flatnonzero(gone & (corpus.numbers["fingerprint"] != 0)).tolist()
        return wanted, [(corpus.site_of(row), corpus.id_of(row)) for row in deleted]


def retrained(
    since: Model,
    model: Model,
    changes: Changes,
    counts: KeyedCounts | None = None,
    *,
    now: int,
    events: Iterable[Event] = (),
    jobs: int = 1,
    progress: Progress | None = None,
    exact: bool = False,
) -> Model:
    """Fit ``model`` to the articles of ``since`` with changes; return it.

    Parameters
    ----------
    since
        Trained, nothing having been appended since; left as it is.
    model
        Its recipe may differ from that of ``since`` in what is not learned from the texts.
    changes
        Of the articles since then.
    counts, now, events, jobs, progress, exact
        As `Model.fit` takes them.

    Raises
    ------
    OutgrownError
        If too much has changed, or the recipe leaves out terms by their number: fit in full.
    RecsysError
        If the recipe learns something else from the texts.
    """
    tell = progress or (lambda stage, done, total: None)
    vectoriser, parts = parts_of(model.recipe)
    space, old = since.snapshot_.space, since.snapshot_.corpus
    assert space is not None
    _check(since, vectoriser, parts.similarity.neighbours, exact)
    put = sorted({article.key: article for article in changes.put}.values(), key=_key)
    corpus, order = _together(old, put, changes.deleted)
    told = _counted(old, order, put)
    if _linked(corpus) and parts_of(since.recipe)[1].freshness != parts.freshness:
        raise OutgrownError("[freshness] differs, and what links say of it is learned from texts")
    texts = Texts.of(space, vectoriser, Documents(put), order, jobs, partial(tell, "words"))
    turned = told_turns(texts.turns)
    if turned["mean"] > MOST_TURNED:
        raise OutgrownError(
            f"the idf of {since.name.version} would turn articles by {turned['mean']:.3f} radians"
            f" on average, more than {MOST_TURNED}"
        )
    lists = Lists.of(
        space, texts.rows, order, groups_of(corpus), parts.similarity, jobs,
        partial(tell, "neighbours"), exact,
    )  # fmt: skip
    near = lists.similarity
    near.recall_ = since.metrics_.get("recall_at_10")
    fresh = Space.of(
        texts.vectoriser,
        texts.places,
        texts.rows,
        near.neighbour_rows_,
        near.neighbour_cosines_,
        lists.inverted,
    )
    co_reading = None
    if parts.blend.co_reading > 0:
        co_reading = parts.co_reading.learned(Reads.of(events, corpus), len(corpus), now)
    told |= {"version": since.name.version, "turned": turned, "lists_found_anew": lists.found_anew}
    changed = any(told[name] for name in ("new", "changed", "deleted"))
    return model.learned(
        corpus,
        parts,
        fresh,
        near,
        counts or KeyedCounts(),
        now,
        _freshness(since, corpus, fresh, parts.freshness),
        co_reading,
        told if changed else since.facts_.get("since"),
    )


def _key(article: Article) -> Key:
    return article.key


def _check(since: Model, vectoriser: Vectoriser, neighbours: int, exact: bool) -> None:
    """Refuse a recipe that learns something else from the texts."""
    space, version = since.snapshot_.space, since.name.version
    assert space is not None
    before, _ = parts_of(since.recipe)
    for table, given, kept in (
        ("folding", vectoriser.tokenizer.folding, before.tokenizer.folding),
        ("tokenizer", vectoriser.tokenizer, before.tokenizer),
        ("vectoriser", vectoriser, before),
    ):
        if given != kept:
            raise RecsysError(
                f"the recipe's [{table}] is not that of {version}: train without --since"
            )
    if space.kept != neighbours:
        raise RecsysError(
            f"the recipe keeps {neighbours} neighbours, {version} {space.kept}: train without"
            " --since"
        )
    if vectoriser.min_df > 1 or vectoriser.max_df < 1:
        raise OutgrownError("the recipe leaves out terms by how many articles they stand in")
    if space.tail.shape[0]:
        raise RecsysError(f"articles were appended to {version} since its training")
    if exact and since.facts_["neighbours"] != "exact":
        raise OutgrownError(f"the neighbours of {version} are not exact")


def _together(old: Corpus, put: Sequence[Article], deleted: Iterable[Key]) -> tuple[Corpus, Longs]:
    """Return the corpus of today, and for each of its rows the old one or ``n_old`` + its place."""
    appended = old.without(deleted).with_articles(put)
    live = np.flatnonzero(appended.numbers["fingerprint"][: len(old)])
    keys = _Keys(appended, live)
    at = [bisect_left(keys, article.key) for article in put]
    order = np.insert(live, at, len(old) + np.arange(len(put))).astype(np.int64)
    return appended.taken(order), order


@dataclass(frozen=True, eq=False)
class _Keys(Sequence[Key]):
    """The keys of some rows, made as they are read."""

    corpus: Corpus
    rows: Longs

    def __len__(self) -> int:
        return self.rows.size

    def __getitem__(self, place: int) -> Key:  # type: ignore[override]
        row = int(self.rows[place])
        return self.corpus.site_of(row), self.corpus.id_of(row)


def _counted(old: Corpus, order: Longs, put: Sequence[Article]) -> dict[str, Any]:
    """Return how many articles are new, changed and deleted; `OutgrownError` if too many."""
    changed = int(np.count_nonzero(old.rows_of([article.key for article in put]) >= 0))
    before = int(np.count_nonzero(old.numbers["fingerprint"]))
    new = len(put) - changed
    told = {"new": new, "changed": changed, "deleted": before + new - order.size}
    if sum(told.values()) > MOST_CHANGED * max(1, before):
        raise OutgrownError(
            f"{sum(told.values())} of {before} articles have come, changed or gone, more than"
            f" {MOST_CHANGED:.0%}"
        )
    return told


def _freshness(
    since: Model, corpus: Corpus, space: Space, freshness: Freshness
) -> dict[str, dict[str, Any]]:
    """Return what links say of freshness: as before where there are any, their texts being gone."""
    if freshness.half_life_days is not None:
        return {}
    before: dict[str, dict[str, Any]] = since.calibration_["freshness"]
    if _linked(corpus):
        return before
    found = site_freshness(corpus, space, [], freshness)
    return {site: aged.document() for site, aged in found.items()}


def _linked(corpus: Corpus) -> bool:
    return corpus.texts["inline_links"].base.text.size > 0
