"""What answers look like, for the documentation; at run time they are ready bytes."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from recsys.records import Action

Reason = Literal["few_similar", "thin_window", "no_views", "stale", "no_model"]


class TermShare(BaseModel):
    """A word and what it adds to the cosine; null stands for all other words."""

    term: str | None
    share: float


class Lender(BaseModel):
    """What vouches for a very short article: it is drawn by weight from its cosine to this one."""

    article_id: str
    cosine: float
    weight: float


class Explanation(BaseModel):
    """similarity x freshness x popularity x boost is the score; the shares sum to the cosine.

    co_reading stands only where the similarity is a mix of the cosine and of what is read with it,
    lent only where the article is very short and an earlier one near it vouches for it.
    """

    similarity: float
    freshness: float
    popularity: float
    boost: float
    cosine: float
    terms: list[TermShare]
    co_reading: float | None = None
    lent: Lender | None = None


class DecidedAnswer(BaseModel):
    """What editors decided about an article, as far as it holds in the list."""

    boost: float = Field(description="What it is boosted or buried by; 1 where it is not.")
    slot: int | None = Field(description="Where it is pinned.")


class Item(BaseModel):
    """One article of a list."""

    rank: int
    article_id: str
    url: str | None
    title: str
    title_short: str
    section: str | None
    published_at: str | None
    image_url: str | None
    language: str | None
    dir: Literal["rtl", "ltr"]
    publisher: str | None
    sponsored: bool
    score: float
    source: str = Field(description="The list it comes from; filled-in items name another one.")
    story_id: str
    views: int | None
    explain: Explanation | None = Field(None, description="Only where it was asked for.")
    override: DecidedAnswer | None = Field(None, description="Only where explain was asked for.")


class ModelName(BaseModel):
    """Which model answered."""

    name: str
    version: str


class ListAnswer(BaseModel):
    """One list."""

    list: str
    heading: str
    rec_id: str = Field(description="Hash of list, parameters, model version and ranked ids.")
    generated_at: str
    data_until: str | None
    model: ModelName | None
    degraded: bool
    reason: Reason | None
    window: str | None
    window_used: str | None
    section: str | None
    unit: str | None
    items: Sequence[Item]


class PageArticle(BaseModel):
    """The article being read."""

    article_id: str
    url: str | None
    canonical_url: str | None
    title: str
    section: str | None


class PageAnswer(BaseModel):
    """All blocks of a page, by what was asked before the colon."""

    article: PageArticle | None
    blocks: dict[str, ListAnswer]


class Error(BaseModel):
    """What went wrong; ``code`` is for programs, ``message`` for people."""

    code: str
    message: str
    field: str | None


class ErrorAnswer(BaseModel):
    """Every error."""

    error: Error


class UnknownArticleAnswer(ErrorAnswer):
    """An unknown article, and what may be shown in place of its list."""

    fallback: ListAnswer | None = None


class Received(BaseModel):
    """How many events are stored now, and how many of them count."""

    received: int
    counted: int = Field(
        description="An address range that has read too much may have some of them taken back."
    )


class EventCounts(BaseModel):
    """Received is counted and dropped together; dropped is by rule."""

    received: int
    counted: int
    dropped: dict[str, int]


class LedgerDay(BaseModel):
    """A day on the site's clock."""

    day: str
    received: int
    counted: int


class LedgerAnswer(EventCounts):
    """What became of the events about an article, or of a whole site's."""

    site: str
    article_id: str | None
    from_own_lists: int = Field(description="Counted views to which our own lists led.")
    types: dict[str, EventCounts] = Field(description="By view, click and impression.")
    days: list[LedgerDay]


class FoundArticle(BaseModel):
    """An article that was searched for."""

    article_id: str
    url: str | None
    title: str
    section: str | None
    published_at: str | None
    language: str | None
    dir: Literal["rtl", "ltr"]


class FoundAnswer(BaseModel):
    """Articles that were searched for, the newest first; one meant by id or address before."""

    articles: Sequence[FoundArticle]


class HourViews(BaseModel):
    """Views in an hour of the UTC clock."""

    hour: str = Field(description="When it begins.")
    views: int


class ViewsAnswer(BaseModel):
    """Views by the hour, the oldest first; the last one is running."""

    site: str
    article_id: str | None
    total: int
    views: Sequence[HourViews]


class RowProblem(BaseModel):
    """What is wrong with one row."""

    index: int
    field: str | None
    message: str


class BulkAnswer(BaseModel):
    """What became of the rows: those that are not in errors are stored."""

    received: int
    stored: int
    created: int
    errors: list[RowProblem]


class OverrideAnswer(BaseModel):
    """What an editor decided about an article, and whether it holds now."""

    article_id: str
    action: Action
    list: str | None = Field(description="The only list it holds in; null for every list.")
    factor: float | None = Field(description="Of a boost or bury.")
    slot: int | None = Field(description="Of a pin; from 1.")
    expires_at: str | None = Field(description="It holds until before; null is for good.")
    note: str | None
    created_at: str
    site: str
    active: bool


class OverridesAnswer(BaseModel):
    """All that was decided, the oldest first."""

    overrides: Sequence[OverrideAnswer]


class Refused(BaseModel):
    """A version that is not served, and why."""

    version: str
    message: str


class Health(BaseModel):
    """What is served, and what stands in the way of better."""

    status: Literal["ready"]
    model: ModelName | None
    reason: Literal["no_model"] | None
    articles: int
    data_until: str | None
    refused: list[Refused]
    store: Literal["ok", "unreachable", "unwritable"]


class WidgetFileAnswer(BaseModel):
    """Where a file of the widget lies, and what a page may demand of its bytes."""

    path: str
    floating: str | None
    integrity: str


class WidgetVersions(BaseModel):
    """The version of the widget that is shipped now, and its files by name."""

    version: str
    files: Mapping[str, WidgetFileAnswer]


Documented = dict[int | str, dict[str, Any]]

_ERROR = {"model": ErrorAnswer}
_BAD: Documented = {
    400: {**_ERROR, "description": "The request is too large or cannot be read"},
    422: {**_ERROR, "description": "A value is not allowed"},
    503: {**_ERROR, "description": "Too much is asked for now; try again"},
}
_HTML: dict[str, Any] = {"content": {"text/html": {"schema": {"type": "string"}}}}
_UNKNOWN: dict[str, Any] = {"model": UnknownArticleAnswer, "description": "Unknown article"}

LIST: Documented = {200: {"model": ListAnswer}, **_BAD}
ABOUT: Documented = {200: {"model": ListAnswer}, 404: _UNKNOWN, **_BAD}
PAGE: Documented = {200: {"model": PageAnswer}, 404: _UNKNOWN, **_BAD}
HTML: Documented = {
    200: {"description": "A fragment", **_HTML},
    **{  # JSON where the request never came so far as to have a path
        status: {**bad, "description": f"{bad['description']}; x-error names the error", **_HTML}
        for status, bad in _BAD.items()
    },
}
RECEIVED: Documented = {202: {"model": Received}}
BULK: Documented = {200: {"model": BulkAnswer}}
WRITE: Documented = {
    400: {"model": ErrorAnswer, "description": "The body cannot be read"},
    413: {"model": ErrorAnswer, "description": "The body is too large"},
    **_BAD,
    503: {"model": ErrorAnswer, "description": "The store cannot be used now"},
}
KEYED: Documented = {
    401: {"model": ErrorAnswer, "description": "A valid X-API-Key is required"},
    **WRITE,
}
LEDGER: Documented = {
    200: {"model": LedgerAnswer},
    404: {"model": ErrorAnswer, "description": "Unknown article"},
    **KEYED,
}

FOUND: Documented = {200: {"model": FoundAnswer}, **_BAD}
VIEWS: Documented = {
    200: {"model": ViewsAnswer},
    401: {"model": ErrorAnswer, "description": "A valid X-API-Key is required"},
    404: {"model": ErrorAnswer, "description": "Unknown article"},
    **_BAD,
}

DECISIONS: Documented = {200: {"model": OverridesAnswer}, **KEYED}
DECISION: Documented = {
    404: {"model": ErrorAnswer, "description": "Unknown article or override"},
    **KEYED,
}
DECIDED: Documented = {
    200: {"model": OverrideAnswer, "description": "Replaced"},
    201: {"model": OverrideAnswer, "description": "New"},
    409: {"model": ErrorAnswer, "description": "The site has too many"},
    **DECISION,
}

MISSING: Documented = {404: {"model": ErrorAnswer, "description": "There is none"}, **KEYED}
PROMOTION: Documented = {409: {"model": ErrorAnswer, "description": "Refused"}, **MISSING}
WIDGET_FILE: Documented = {
    200: {"description": "The file"},
    404: {"model": ErrorAnswer, "description": "There is no such file of this version"},
    **_BAD,
}
WIDGET_VERSIONS: Documented = {200: {"model": WidgetVersions}, **_BAD}


def body_of(description: str, *media_types: str, example: Any = None) -> dict[str, Any]:
    """Return the OpenAPI description of a body that is read by hand."""
    content = {kind: {"schema": {}, "example": example} for kind in media_types}
    return {"requestBody": {"required": True, "description": description, "content": content}}
