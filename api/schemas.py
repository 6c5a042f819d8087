"""What answers look like, for the documentation; at run time they are ready bytes."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

Reason = Literal["few_similar", "thin_window", "no_views", "stale", "no_model"]


class TermShare(BaseModel):
    """A word and what it adds to the cosine; null stands for all other words."""

    term: str | None
    share: float


class Explanation(BaseModel):
    """similarity x freshness x popularity x boost is the score; the shares sum to the cosine."""

    similarity: float
    freshness: float
    popularity: float
    boost: float
    cosine: float
    terms: list[TermShare]


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
    """How many events are stored now."""

    received: int


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
    store: Literal["ok", "unreachable"]


Documented = dict[int | str, dict[str, Any]]

_BAD: Documented = {422: {"model": ErrorAnswer, "description": "A value is not allowed"}}
_HTML: dict[str, Any] = {"content": {"text/html": {"schema": {"type": "string"}}}}
_UNKNOWN: dict[str, Any] = {"model": UnknownArticleAnswer, "description": "Unknown article"}

LIST: Documented = {200: {"model": ListAnswer}, **_BAD}
ABOUT: Documented = {200: {"model": ListAnswer}, 404: _UNKNOWN, **_BAD}
PAGE: Documented = {200: {"model": PageAnswer}, 404: _UNKNOWN, **_BAD}
HTML: Documented = {200: {"description": "A fragment", **_HTML}, **_BAD}
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


def body_of(description: str, *media_types: str, example: Any = None) -> dict[str, Any]:
    """Return the OpenAPI description of a body that is read by hand."""
    content = {kind: {"schema": {}, "example": example} for kind in media_types}
    return {"requestBody": {"required": True, "description": description, "content": content}}
