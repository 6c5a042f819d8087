"""A model: a recipe, and what it learned from articles and views."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b
from importlib.metadata import version
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from recsys.calibration.freshness import half_lives_of
from recsys.calibration.half_life import factors_of, site_half_lives
from recsys.calibration.links import site_freshness
from recsys.data.corpus import Corpus, numbered_groups
from recsys.data.documents import Documents, document_of
from recsys.data.keys import KeyIndex
from recsys.data.pairs import Reads
from recsys.data.views import KeyedCounts, ViewCounts
from recsys.errors import NotFoundError, RecipeError, RecsysError
from recsys.kernels.neighbours import EXACT_UP_TO
from recsys.lists import DEFAULT_LIMITS, Query, recommend
from recsys.ranking.blend import Blend
from recsys.ranking.stories import Stories
from recsys.recipe import Recipe
from recsys.records import DEFAULT_SITE, Article, Event, ModelName, RecommendationList
from recsys.settings import Settings
from recsys.signals.co_reading import CoReading
from recsys.signals.freshness import Freshness
from recsys.signals.popularity import Popularity
from recsys.signals.similarity import Similarity
from recsys.signals.space import Space
from recsys.signals.trend import Trend
from recsys.snapshot import Parts, Snapshot
from recsys.text.folding import Folding
from recsys.text.tokens import Tokenizer
from recsys.text.vectoriser import Document, Vectoriser
from recsys.times import DAY, MINUTE, UNKNOWN, format_instant

Rows = npt.NDArray[np.int32]
Progress = Callable[[str, int, int], None]
"""Called with a stage's name, what is done of it, and how much there is."""

TABLES: Mapping[str, type] = {
    "folding": Folding,
    "tokenizer": Tokenizer,
    "vectoriser": Vectoriser,
    "similarity": Similarity,
    "freshness": Freshness,
    "popularity": Popularity,
    "most_read": Popularity,
    "trending": Trend,
    "co_reading": CoReading,
    "blend": Blend,
    "stories": Stories,
}
"""Tables of a recipe: each the parameters of one constructor."""

_LIBRARIES = (
    "joblib", "numba", "numpy", "PyStemmer", "scikit-learn", "scipy", "selectolax",
)  # fmt: skip
_VIEWS_KEPT = 31 * DAY // MINUTE  # minutes of views that a saved model carries along


def parts_of(recipe: Recipe) -> tuple[Vectoriser, Parts]:
    """Build the parts of a recipe; `RecipeError` if a table or a parameter is not allowed."""
    recipe.check_tables(list(TABLES))
    tokenizer = recipe.part(Tokenizer, "tokenizer", folding=recipe.part(Folding, "folding"))
    names = [name for name in TABLES if name not in ("folding", "tokenizer", "vectoriser")]
    parts = Parts(**{name: recipe.part(TABLES[name], name) for name in names})
    vectoriser = recipe.part(Vectoriser, "vectoriser", tokenizer=tokenizer)
    learners = {name: getattr(parts, name) for name in names}
    learners |= {"tokenizer": tokenizer, "vectoriser": vectoriser}
    for name, learner in learners.items():
        if hasattr(learner, "check"):
            _checked(recipe, name, learner)
    return vectoriser, parts


def _checked(recipe: Recipe, name: str, learner: Any) -> None:
    try:
        learner.check()
    except ValueError as error:
        raise RecipeError(f"recipe {recipe.name}: {name}.{error}") from None


@dataclass
class Model:
    """TF-IDF similarity, freshness and popularity, learned from a newsroom's data.

    Parameters
    ----------
    recipe
        The parameters of all parts.
    settings
        What the sites are called, their languages and time zones.

    Attributes
    ----------
    snapshot_
        What was learned; `recsys.snapshot.Snapshot`.
    now_
        Clock of the training, in seconds since 1970.
    facts_
        What the manifest says of the data: fingerprint, counts, time span.
    metrics_
        What the manifest says of the model: how many articles have enough that is similar, how
        many tell a story that was told before, and how similar the nearest article is on average.
    calibration_
        What the data set of the parameters that the recipe leaves open, with the evidence:
        ``half_life``, by site (`recsys.calibration.half_life.HalfLife`), and ``freshness``, by
        site (`recsys.calibration.freshness.SiteFreshness`).
    """

    recipe: Recipe = field(default_factory=Recipe)
    settings: Settings = field(default_factory=Settings)

    def fit(
        self,
        articles: Iterable[Article],
        counts: KeyedCounts | None = None,
        *,
        now: int,
        events: Iterable[Event] = (),
        jobs: int = 1,
        backend: str | None = None,
        progress: Progress | None = None,
        exact: bool = False,
    ) -> Self:
        """Learn from articles, views and, if the recipe wants them, sessions.

        Parameters
        ----------
        articles
            In any order; of two with one key the later wins. Texts are let go of when they are
            counted, unless links lead from them.
        counts
            Views and readers; none if not given.
        now
            In seconds since 1970. Views and events after it do not count.
        events
            In any order; what is read in one session. Not looked at unless ``blend.co_reading``
            is over 0.
        jobs, backend
            Of joblib. What is learned does not depend on them.
        progress
            Told how far each stage is.
        exact
            Look at every pair of articles, however many there are
            (`recsys.signals.similarity.Similarity.fit`).

        Raises
        ------
        RecipeError
            If the recipe has an unknown table or key, or a value that is not allowed.
        RecsysError
            If joblib does not know the backend or cannot run so many jobs.
        """
        tell = progress or (lambda stage, done, total: None)
        vectoriser, parts = parts_of(self.recipe)
        by_key = {article.key: article for article in articles}
        chosen = [by_key.pop(key) for key in sorted(by_key)]
        documents, groups = Documents(chosen), numbered_groups(chosen)
        try:
            rows = vectoriser.fit_transform(
                documents, jobs, backend, lambda done, total: tell("words", done, total)
            )
        except ValueError as error:  # the recipe was checked: what is left is joblib's
            raise RecsysError(f"jobs or backend: {error}") from None
        if not any(article.inline_links for article in chosen):
            documents = Documents(())  # nobody asks for them: the largest part of the memory
        with ThreadPoolExecutor(1) as beside:  # neighbours leave the interpreter to it
            made = beside.submit(Corpus.of, chosen)
            if len(chosen) > EXACT_UP_TO:  # then the texts are to go first
                made.result()
            del chosen
            near = Similarity(**parts.similarity.__dict__).fit(
                rows, groups, jobs, partial(tell, "neighbours"), exact
            )
            corpus = made.result()
        space = Space.of(
            vectoriser,
            KeyIndex.of(vectoriser.vocabulary_),
            rows,
            near.neighbour_rows_,
            near.neighbour_cosines_,
        )
        aged = _freshness(corpus, space, documents, parts.freshness)
        co_reading = None
        if parts.blend.co_reading > 0:
            co_reading = parts.co_reading.learned(Reads.of(events, corpus), len(corpus), now)
        counts = counts or KeyedCounts()
        return self.learned(corpus, parts, space, near, counts, now, aged, co_reading)

    def learned(
        self,
        corpus: Corpus,
        parts: Parts,
        space: Space,
        near: Similarity,
        counts: KeyedCounts,
        now: int,
        freshness: dict[str, dict[str, Any]],
        co_reading: CoReading | None,
        since: Mapping[str, Any] | None = None,
    ) -> Self:
        """Keep what was learned; ``since`` is what the manifest says of a training before it."""
        leaders = parts.stories.leaders(
            near.neighbour_rows_, near.neighbour_cosines_, corpus.published, corpus.same_page()
        )
        views = ViewCounts.of(counts, corpus, len(corpus)).since(now // MINUTE - _VIEWS_KEPT, now)
        self.now_ = now
        self.facts_ = _facts(corpus, views, space.vectoriser, space.rows)
        self.facts_["neighbours"] = near.engine_
        if co_reading is not None:
            self.facts_ |= co_reading.facts()
        if since:
            self.facts_["since"] = dict(since)
        self.metrics_ = _metrics(near, leaders)
        name = ModelName(self.recipe.name, _version(self.recipe, self.facts_, now))
        self.calibration_ = {
            "half_life": _half_lives(corpus, views, parts.most_read, now),
            "freshness": freshness,
        }
        self.snapshot_ = Snapshot(
            corpus,
            views,
            leaders,
            parts,
            space,
            name,
            self.settings,
            half_life_factors=factors_of(self.calibration_["half_life"]),
            freshness_days=half_lives_of(self.calibration_["freshness"]),
            co_reading=co_reading,
        )
        return self

    @property
    def name(self) -> ModelName:
        """Name and version of what was learned."""
        name = self.snapshot_.model
        assert name is not None
        return name

    def related(
        self, id_or_url: str, limit: int = DEFAULT_LIMITS["related"], **asked: Any
    ) -> RecommendationList:
        """Return the articles most related to one; ``asked`` are fields of `Query`."""
        site = asked.get("site", DEFAULT_SITE)
        query = Query(row=find(self.snapshot_, site, id_or_url), limit=limit, **asked)
        return recommend(self.snapshot_, "related", query, self.now_)

    def most_read(
        self, limit: int = DEFAULT_LIMITS["most_read"], **asked: Any
    ) -> RecommendationList:
        """Return the most read articles as of training; ``asked`` are fields of `Query`."""
        return recommend(self.snapshot_, "most_read", Query(limit=limit, **asked), self.now_)

    def refreshed(
        self,
        articles: Sequence[Article] = (),
        deleted: Iterable[tuple[str, str]] = (),
        counts: KeyedCounts | None = None,
    ) -> "Model":
        """Return the model with what came since (`refreshed`); this one stays as it is."""
        changed = replace(self)
        changed.now_, changed.facts_, changed.metrics_ = self.now_, self.facts_, self.metrics_
        changed.calibration_ = self.calibration_
        changed.snapshot_ = refreshed(self.snapshot_, articles, deleted, counts)
        return changed


def refreshed(
    snapshot: Snapshot,
    articles: Sequence[Article] = (),
    deleted: Iterable[tuple[str, str]] = (),
    counts: KeyedCounts | None = None,
) -> Snapshot:
    """Return a snapshot with articles put and deleted, and counts brought up to date.

    A put article is appended as a row, whether it is new or replaces one; what the model learned
    of the others is shared, not copied. New words count for nothing until the next training.
    """
    snapshot = snapshot.counted(counts) if counts else snapshot
    gone = list(deleted)
    corpus = snapshot.corpus.without(gone)
    if corpus is snapshot.corpus and not articles:
        return snapshot
    corpus, n = corpus.with_articles(articles), len(corpus)
    changed = [*gone, *(article.key for article in articles)]
    space, leaders = snapshot.space, snapshot.leaders
    added = np.arange(n, len(corpus), dtype=np.int32)
    leaders = np.concatenate([leaders, added])
    if articles and space is not None:
        space = space.extended([document_of(a) for a in articles], groups_of(corpus))
        for row in added.tolist():
            near, cosines = space.neighbours(row)
            fit = near < row
            leaders[row] = snapshot.parts.stories.leader(
                near[fit], cosines[fit], corpus.published, leaders, row
            )
    return snapshot.with_rows(
        added,
        corpus=corpus,
        space=space,
        leaders=_with_equal_addresses(corpus, leaders, added),
        views=snapshot.views.moved(changed, snapshot.corpus, corpus, len(corpus)),
        overrides=snapshot.overrides.moved(changed, corpus),
    )


def find(snapshot: Snapshot, site: str, id_or_url: str) -> int:
    """Return the row of an article by id or address; `NotFoundError` if there is none."""
    row = snapshot.corpus.row_of(site, id_or_url)
    if row < 0:
        row = snapshot.corpus.row_at(site, id_or_url)
    if row < 0:
        raise NotFoundError("article_not_found", "there is no article with this id or address")
    return row


def groups_of(corpus: Corpus) -> Rows:
    """Return int32, shape (n,): a number for each pair of site and language."""
    groups = corpus.site.astype(np.int32) * len(corpus.languages) + corpus.language
    return groups.astype(np.int32)


def _with_equal_addresses(corpus: Corpus, leaders: Rows, added: Rows) -> Rows:
    for row in added.tolist():
        twin = corpus.first_at_address_of(row)
        if twin != row and leaders[row] == row:
            leaders[row] = leaders[twin]
    return leaders


def _half_lives(
    corpus: Corpus, views: ViewCounts, most_read: Popularity, now: int
) -> dict[str, dict[str, Any]]:
    """Return what each site's reading says of its half-life; nothing if the recipe fixes it."""
    if most_read.half_life_minutes is not None:
        return {}
    minute, window = now // MINUTE, most_read.window_minutes
    found = site_half_lives(views, corpus.site, corpus.sites, minute, window)
    return {site: half_life.document() for site, half_life in found.items()}


def _freshness(
    corpus: Corpus, space: Space, documents: Sequence[Document], freshness: Freshness
) -> dict[str, dict[str, Any]]:
    """Return what each site's links say of its freshness; nothing if the recipe fixes it."""
    if freshness.half_life_days is not None:
        return {}
    found = site_freshness(corpus, space, documents, freshness)
    return {site: aged.document() for site, aged in found.items()}


def _facts(corpus: Corpus, views: ViewCounts, vectoriser: Vectoriser, rows: Any) -> dict[str, Any]:
    dated = corpus.published[corpus.published != UNKNOWN]
    digest = blake2b(np.ascontiguousarray(corpus.numbers["fingerprint"]).tobytes(), digest_size=16)
    for column in (*views.rows_minutes_views(), *views.rows_days_readers()):
        digest.update(np.ascontiguousarray(column).tobytes())
    return {
        "fingerprint": digest.hexdigest(),
        "articles": len(corpus),
        "articles_shown": int(corpus.shown.sum()),
        "sites": sorted(corpus.sites),
        "languages": sorted(language for language in corpus.languages if language),
        "views": int(views.rows_minutes_views()[2].sum()),
        "first_published": format_instant(int(dated.min())) if dated.size else None,
        "last_published": format_instant(int(dated.max())) if dated.size else None,
        "terms": len(vectoriser.vocabulary_),
        "nonzeros": int(rows.nnz),
    }


def _metrics(near: Similarity, leaders: Rows) -> dict[str, Any]:
    similar = (near.neighbour_cosines_ >= near.min_similarity).sum(axis=1)
    nearest = near.neighbour_cosines_[:, 0].astype(np.float64)
    return {
        "articles_with_5_similar": int((similar >= 5).sum()),
        "articles_of_a_story_told_before": int((leaders != np.arange(leaders.size)).sum()),
        "mean_cosine_of_the_nearest": round(float(nearest.mean()), 6) if nearest.size else None,
        "recall_at_10": near.recall_,
    }


def library_versions() -> dict[str, str]:
    """Return the versions of what a trained model depends on."""
    return {name: version(name) for name in _LIBRARIES} | {"recsys-news": version("recsys-news")}


def _version(recipe: Recipe, facts: Mapping[str, Any], now: int) -> str:
    parts = json.dumps([recipe.tables, facts, library_versions()], sort_keys=True)
    stamp = (format_instant(now) or "").replace("-", "").replace(":", "")
    return f"{stamp}-{blake2b(parts.encode(), digest_size=4).hexdigest()}"
