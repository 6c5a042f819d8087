"""A recipe as a ranker: the engine's own lists, asked with what was known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy.sparse import csr_array, vstack

from recsys.data.corpus import Corpus
from recsys.data.documents import document_of
from recsys.data.views import ViewCounts
from recsys.evaluation.co_reads import LiveCoReading
from recsys.evaluation.dataset import NEVER, Dataset, Reads, Rows
from recsys.evaluation.history import History, Query
from recsys.lists import Query as ListQuery
from recsys.lists import most_read, related
from recsys.model import Model, parts_of
from recsys.recipe import Recipe
from recsys.snapshot import Snapshot
from recsys.text.vectoriser import Vector
from recsys.topk import best_first

ListName = Literal["related", "most_read"]
_LISTS: Mapping[ListName, Callable[..., Any]] = {
    "related": related.rank,
    "most_read": most_read.rank,
}
_OWN: Mapping[ListName, Callable[..., Any]] = {"related": related.own, "most_read": most_read.own}
_MINUTE = 60_000  # milliseconds

ASKED: Mapping[str, frozenset[str]] = {
    "similarity": frozenset({"min_similarity", "short_terms", "lent"}),
    "freshness": frozenset({"flat_days", "half_life_days", "scale_days", "floor"}),
    "popularity": frozenset({"window_minutes", "half_life_minutes"}),
    "most_read": frozenset({"window_minutes", "half_life_minutes"}),
    "trending": frozenset(
        {"recent_minutes", "past_hours", "prior_hours", "prior_views", "min_views"}
    ),
    "blend": frozenset({"freshness", "popularity", "co_reading", "diversity", "depth"}),
}
"""Table -> the parameters that a list looks at when it is asked, and training does not.

Two things training looks at all the same: freshness without a half-life, which it calibrates, and
whether co-reading has any weight.
"""


def learned_by(recipe: Recipe) -> str:
    """Return what training depends on: recipes for which it is equal learn the same.

    Whatever is not in `ASKED` counts as such. `RecipeError` as `recsys.model.parts_of`.
    """
    vectoriser, parts = parts_of(recipe)
    asked = {name: _without(getattr(parts, name), keys) for name, keys in ASKED.items()}
    if parts.freshness.half_life_days is None:
        del asked["freshness"]
    return repr((vectoriser, parts.__dict__ | asked, parts.blend.co_reading > 0))


def _without(part: Any, names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in part.__dict__.items() if name not in names}


@dataclass(frozen=True)
class RecipeRanker:
    """Ranks as the service would with a model of a recipe.

    The model is trained once a history, on the texts that may be learned from; what came later is
    appended, as it is in service. Co-reading, where the recipe wants it, is as fresh as if it were
    learned anew for every question. A read is known to it from the end of its minute on: up to a
    minute later than to the service, never earlier than it happened.

    Parameters
    ----------
    recipe
        What the model is.
    list
        Which list answers.
    jobs
        Of the training.
    """

    recipe: Recipe
    list: ListName = "related"
    jobs: int = 1

    def __call__(self, history: History, query: Query, now: int, k: int) -> Rows:
        """Return int32, at most ``k`` rows, best first; see `recsys.evaluation.history.Ranker`."""
        served = Served.of(history, self.recipe, self.jobs)
        if served.co_reading is not None:
            served.co_reading.move(now)
        if query.among is not None:
            return self._among(served, history, query, now, k)
        asked = served.asked(history, query, now, k)
        found = _LISTS[self.list](served.snapshot, asked, whole_second_before(now))
        return history.first_allowed(query, served.outside[found.rows], now, k)

    def _among(self, served: "Served", history: History, query: Query, now: int, k: int) -> Rows:
        """Rank given rows by their own scores."""
        rows = history.candidates(query, now)
        asked = served.asked(history, query, now, k)
        second = whole_second_before(now)
        scores, _ = _OWN[self.list](served.snapshot, asked, served.inside[rows], second)
        return best_first(rows, scores)[:k]


def whole_second_before(now: int) -> int:
    """Return the last whole second that lies before ``now``, in milliseconds."""
    return (now - 1) // 1000


@dataclass(frozen=True, eq=False)
class Served:
    """What a recipe learned of a history, and the way between its rows and the data set's.

    Attributes
    ----------
    snapshot
        With the reads of all minutes, later ones included: a list looks back from its ``now``.
    inside, outside
        int32, shapes (n,) and (m,): row of the data set -> row of the snapshot, -1 for what is
        published when nothing is asked any more, and back.
    fleeting
        int32: rows of the data set that are withdrawn at some time.
    co_reading
        What the snapshot knows of sessions, to be moved to the moment of a question; None where
        the recipe does not want it.
    """

    snapshot: Snapshot
    inside: Rows
    outside: Rows
    fleeting: Rows
    co_reading: LiveCoReading | None = None

    @classmethod
    def of(cls, history: History, recipe: Recipe, jobs: int = 1) -> "Served":
        """Return what a recipe learned of a history.

        It learns once, and once for all recipes that learn the same (`learned_by`).
        """
        last: dict[object, Served] = history.once(("recipes", "last"), dict)
        name = recipe.name, repr(sorted(recipe.tables.items()))
        if name not in last:
            learned = "recipes", learned_by(recipe)
            trained = history.once(learned, lambda: cls._trained(history, recipe, jobs))
            last.clear()  # the next one will be asked many questions in a row, as this one was
            last[name] = trained.asked_as(recipe)
        return last[name]

    def asked_as(self, recipe: Recipe) -> "Served":
        """Return the same, asked as a recipe says that learns the same."""
        _, parts = parts_of(recipe)
        return replace(self, snapshot=replace(self.snapshot, parts=parts))

    @classmethod
    def _trained(cls, history: History, recipe: Recipe, jobs: int) -> "Served":
        """Train a model on what may be learned from, and append the rest."""
        dataset, learned = history.dataset, history.learned()
        later = np.setdiff1d(history.listed(), learned)
        articles = [[dataset.articles[row] for row in rows.tolist()] for rows in (learned, later)]
        published = dataset.corpus.published
        newest = int(published[learned].max(initial=0))
        model = Model(recipe).fit(articles[0], now=newest, jobs=jobs).refreshed(articles[1])
        outside = np.concatenate([learned, later]).astype(np.int32)
        inside = np.full(len(dataset), -1, dtype=np.int32)
        inside[outside] = np.arange(outside.size, dtype=np.int32)
        reads = _inside(history, inside)
        snapshot = replace(
            model.snapshot_,
            corpus=_as_known(model.snapshot_.corpus, dataset, outside),
            views=_views(reads, outside.size),
        )
        live = None
        if snapshot.co_reading is not None:
            live = LiveCoReading(**snapshot.parts.co_reading.__dict__)
            live.follow(reads)
            snapshot = replace(snapshot, co_reading=live)
        fleeting = np.flatnonzero(dataset.withdrawn < NEVER).astype(np.int32)
        return cls(snapshot, inside, outside, fleeting, live)

    def asked(self, history: History, query: Query, now: int, k: int) -> ListQuery:
        """Return the list's own query."""
        row = int(self.inside[query.row]) if query.row >= 0 else -1
        return ListQuery(
            site=query.site,
            row=row,
            vector=self._vector(query, row),
            limit=k,
            section=query.section,
            language=query.language,
            exclude=self._hidden(history, query, now),
        )

    def evidence(self) -> tuple[Rows, csr_array]:
        """Return the leaders of the stories and the vectors, in the rows of the data set."""
        space = self.snapshot.space
        assert space is not None
        texts = csr_array(vstack([space.rows, space.tail], format="csr"))
        return self.outside[self.snapshot.leaders][self.inside], csr_array(texts[self.inside])

    def _vector(self, query: Query, row: int) -> Vector | None:
        """Return the text asked with; the neighbours that training kept know what came later."""
        space = self.snapshot.space
        if space is None or row < 0:
            return None
        if query.article is not None:
            return space.vector_of(document_of(query.article))
        return space.vector(row)

    def _hidden(self, history: History, query: Query, now: int) -> frozenset[int]:
        """Return the rows that may not be listed for reasons that a list does not know of."""
        dataset = history.dataset
        gone = self.fleeting[dataset.withdrawn[self.fleeting] <= now]
        seen = np.array([row for row in (*query.seen, query.row) if row >= 0], dtype=np.int32)
        return frozenset(self.inside[np.concatenate([gone, dataset.same[seen]])].tolist())


def _as_known(corpus: Corpus, dataset: Dataset, outside: Rows) -> Corpus:
    """Return a model's corpus with what the data set says of publication and of repetitions."""
    own = {name: dataset.corpus.numbers[name][outside] for name in ("published", "shown")}
    return replace(corpus, numbers={**corpus.numbers, **own})


def _inside(history: History, inside: Rows) -> Reads:
    """Return all reads that may be known, by row of the snapshot, of articles that are in it."""
    reads, same = history.reads, history.dataset.same
    row, led_by = inside[same[reads.row]], inside[same[reads.from_row]]
    from_row = np.where(reads.from_row >= 0, led_by, -1).astype(np.int32)
    return replace(reads, row=row, from_row=from_row).part(row >= 0)


def _views(reads: Reads, n_rows: int) -> ViewCounts:
    """Return reads as views, each counted at the end of its minute.

    A list at ``now`` counts up to the running minute: so it counts nothing that lies at or after
    ``now``, and nobody has to count anew for each question.
    """
    minutes = reads.time // _MINUTE + 1
    pairs, views = np.unique(minutes << 32 | reads.row, return_counts=True)
    columns = (pairs & 0xFFFFFFFF, pairs >> 32, views)
    nothing = tuple(np.zeros(0, dtype=np.int32) for _ in range(3))
    row, minute, count = (column.astype(np.int32) for column in columns)
    return ViewCounts.from_rows(n_rows, (row, minute, count), nothing)
