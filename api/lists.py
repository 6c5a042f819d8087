"""What the routes ask of one snapshot: every list, and the page."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from recsys import page, search
from recsys.data.documents import document_of
from recsys.data.rows import article_from_row
from recsys.errors import NotFoundError, RequestError
from recsys.hourly import hourly_views
from recsys.lists import DEFAULT_LIMITS, Query, recommend
from recsys.model import find
from recsys.records import RecommendationList
from recsys.settings import Settings
from recsys.snapshot import Snapshot
from recsys.times import HOUR, format_instant

from .questions import (
    ListQuestion,
    MostReadQuestion,
    PageQuestion,
    Question,
    RelatedQuestion,
    SearchQuestion,
)

Row = Mapping[str, object]
_UNSTORED = "unstored"  # id of an article that was sent without one


class UnknownArticleError(NotFoundError):
    """An article that nobody has; ``fallback`` is what may be shown in place of its list."""

    def __init__(self, fallback: RecommendationList | None) -> None:
        super().__init__("article_not_found", "there is no article with this id or address")
        self.fallback = fallback


class Lists:
    """Lists of one moment, or of every moment in which they are asked for.

    Parameters
    ----------
    settings
        Everything that is configured.
    snapshot, now
        What to answer from, and seconds since 1970; asked anew for each list.
    """

    def __init__(
        self, settings: Settings, snapshot: Callable[[], Snapshot], now: Callable[[], int]
    ) -> None:
        self.settings = settings
        self._snapshot, self._now = snapshot, now

    @property
    def now(self) -> int:
        """Seconds since 1970."""
        return self._now()

    @property
    def snapshot(self) -> Snapshot:
        """What is served at this moment."""
        return self._snapshot()

    def related(self, asked: RelatedQuestion) -> RecommendationList:
        """Return the articles most like one."""
        return self._about("related", asked)

    def inline(self, asked: RelatedQuestion) -> RecommendationList:
        """Return the links for inside an article."""
        return self._about("inline", asked)

    def related_to(self, row: Row, asked: RelatedQuestion) -> RecommendationList:
        """Return the articles most like one that need not be stored; `RowError` if it is bad."""
        row = {**row, "article_id": row.get("article_id") or _UNSTORED}
        site = asked.site if "site" in asked.model_fields_set else None
        article = article_from_row(row, self.settings, site)
        snapshot = self.snapshot
        asked = asked.model_copy(update={"site": article.site})
        query = self._query(snapshot, "related", asked, -1)
        itself = _rows_of(snapshot, article.site, article.article_id, article.url)
        query = replace(
            query,
            vector=snapshot.space.vector_of(document_of(article)) if snapshot.space else None,
            language=query.language or article.language,
            exclude=query.exclude | itself,
        )
        return recommend(snapshot, "related", query, self.now)

    def most_read(self, asked: MostReadQuestion) -> RecommendationList:
        """Return what is read most."""
        return self._beside("most_read", asked)

    def trending(self, asked: ListQuestion) -> RecommendationList:
        """Return what rises."""
        return self._beside("trending", asked)

    def latest(self, asked: ListQuestion) -> RecommendationList:
        """Return the newest articles."""
        return self._beside("latest", asked)

    def page(self, asked: PageQuestion) -> page.Page:
        """Return all blocks of one page; what it shows may be no article, as a front page is none.

        Only a block that needs an article asks for one that is known.
        """
        snapshot = self.snapshot
        blocks = page.parse_blocks(asked.blocks) if asked.blocks else []
        if blocks and not any(block.needs_an_article for block in blocks):
            row = _row_of(snapshot, asked)
        else:
            row = self._row(snapshot, asked)
        query = self._query(snapshot, "page", asked, row)
        blocks = blocks or page.default_blocks(snapshot, query)
        return page.compose(snapshot, query, blocks, self.now)

    def found(self, asked: SearchQuestion) -> list[dict[str, Any]]:
        """Return what is shown of the articles that are searched for; see `recsys.search`."""
        snapshot, now = self.snapshot, self.now
        rows = search.found(snapshot, asked.site, asked.q, asked.limit, now)
        return [search.document(snapshot.corpus, row) for row in rows.tolist()]

    def views(
        self, site: str, article_id: str | None, url: str | None, hours: int
    ) -> dict[str, Any]:
        """Return the views by the hour of an article, or of a whole site; `NotFoundError`."""
        snapshot, now = self.snapshot, self.now
        name = article_id if article_id is not None else url
        row = -1 if name is None else find(snapshot, site, name)
        counts = hourly_views(snapshot, site, row, hours, now).tolist()
        first = now // HOUR - hours + 1
        return {
            "site": site,
            "article_id": snapshot.corpus.id_of(row) if row >= 0 else None,
            "total": sum(counts),
            "views": [
                {"hour": format_instant((first + i) * HOUR), "views": n}
                for i, n in enumerate(counts)
            ],
        }

    def _about(self, name: str, asked: RelatedQuestion) -> RecommendationList:
        """Return a list that needs an article."""
        if asked.id is None and asked.url is None:
            raise RequestError("id", "the id or url of an article is required")
        snapshot = self.snapshot
        query = self._query(snapshot, name, asked, self._row(snapshot, asked))
        return recommend(snapshot, name, query, self.now)

    def _beside(self, name: str, asked: ListQuestion) -> RecommendationList:
        """Return a list that stands on any page; an article that is not known is not left out."""
        snapshot = self.snapshot
        query = self._query(snapshot, name, asked, _row_of(snapshot, asked))
        return recommend(snapshot, name, query, self.now)

    def _row(self, snapshot: Snapshot, asked: RelatedQuestion | PageQuestion) -> int:
        """Return the row of the article being read, -1 if none was named."""
        row = _row_of(snapshot, asked)
        if row < 0 and (asked.id is not None or asked.url is not None):
            raise UnknownArticleError(self.most_read(asked.most_read()) if asked.fallback else None)
        return row

    def _query(self, snapshot: Snapshot, name: str, asked: Question, row: int) -> Query:
        of_list = self.settings.list(name)
        filters = asked.filters()
        if name == "most_read" and of_list.window:
            filters.setdefault("window", of_list.window)
        limit = asked.limit if isinstance(asked, ListQuestion) else None
        limit = limit or of_list.limit or DEFAULT_LIMITS.get(name, 1)
        left_out = _rows_of(snapshot, asked.site, *asked.exclude)
        return Query(row=row, limit=limit, exclude=left_out, **filters)


def _row_of(snapshot: Snapshot, asked: Question) -> int:
    """Return the row of the article being read by its id, else by its address; -1 if unknown."""
    for name in (asked.id, asked.url):
        for row in _rows_of(snapshot, asked.site, name):
            return row
    return -1


def _rows_of(snapshot: Snapshot, site: str, *names: str | None) -> frozenset[int]:
    """Return the rows of ids or addresses; those that are not known are passed over."""
    rows = set()
    for name in names:
        with suppress(NotFoundError):
            rows.add(find(snapshot, site, name or ""))
    return frozenset(rows)
