"""What goes in and what comes out: articles, events, recommendations.

Field names are those of the rows and of the JSON answers. Instants are whole seconds since 1970
(UTC); `recsys.times.format_instant` writes them.
"""

from dataclasses import asdict, dataclass, field, fields
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Literal

from recsys.times import UNKNOWN, format_instant

EventType = Literal["view", "impression", "click"]
Action = Literal["boost", "bury", "pin", "exclude"]
DEFAULT_SITE = "default"


@dataclass(frozen=True, slots=True)
class Article:
    """One article as its site tells it.

    ``published_at`` and ``updated_at`` are seconds since 1970, `UNKNOWN` where the site does not
    say. ``section`` holds every section the article is filed under, the main one first.
    """

    article_id: str
    title: str | None = None
    url: str | None = None
    body: str | None = None
    summary: str | None = None
    section: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    published_at: int = UNKNOWN
    updated_at: int = UNKNOWN
    author: str | None = None
    image_url: str | None = None
    canonical_url: str | None = None
    source: str | None = None
    sponsored: bool = False
    inline_links: tuple[str, ...] = ()
    site: str = DEFAULT_SITE

    @property
    def key(self) -> tuple[str, str]:
        """(site, article_id), unique in a store."""
        return self.site, self.article_id

    @property
    def fingerprint(self) -> int:
        """64 bits over every field: two equal articles have equal fingerprints."""
        text = ", ".join(map(_written, _all_fields(self)))
        parts = f"[{text}]".encode("utf-8", "backslashreplace")
        return int.from_bytes(blake2b(parts, digest_size=8).digest(), "little")


_all_fields = attrgetter(*(f.name for f in fields(Article)))


def _written(value: object) -> str:
    """Return what `repr` does; of the long texts of most languages in half the time."""
    if not isinstance(value, str):
        return repr(value)
    text = value.replace("\\", "\\\\").replace("\n", "\\n")
    return repr(value) if "'" in text or not text.isprintable() else f"'{text}'"


@dataclass(frozen=True, slots=True)
class Event:
    """Something a reader did. ``timestamp`` is in milliseconds since 1970, None if unknown."""

    timestamp: int | None
    article_id: str | None = None
    url: str | None = None
    event_type: EventType = "view"
    visitor_id: str | None = None
    session_id: str | None = None
    event_id: str | None = None
    from_article_id: str | None = None
    list: str | None = None
    position: int | None = None
    rec_id: str | None = None
    site: str = DEFAULT_SITE


@dataclass(frozen=True, slots=True)
class Override:
    """What an editor has decided about an article, whatever the lists would have it.

    Of one article, action and list there is one; a later one replaces it.

    Parameters
    ----------
    action
        ``boost`` and ``bury`` multiply the score by ``factor``, ``pin`` puts the article at place
        ``slot``, ``exclude`` keeps it out and beats all others.
    list
        The only list it holds in, as `recsys.lists.LISTS` names them; None for every list.
    factor
        Above 1 for a boost, from 0 to below 1 for a bury; None for the other actions.
    slot
        From 1, for a pin; None for the other actions.
    expires_at, created_at
        Seconds since 1970. It holds until before ``expires_at``; None is for good.
    note
        Why, for the editors.
    """

    article_id: str
    action: Action
    list: str | None = None
    factor: float | None = None
    slot: int | None = None
    expires_at: int | None = None
    note: str | None = None
    created_at: int = 0
    site: str = DEFAULT_SITE


@dataclass(frozen=True, slots=True)
class TermShare:
    """A word and what it adds to a cosine; ``term`` None stands for all other words."""

    term: str | None
    share: float


@dataclass(frozen=True, slots=True)
class Lender:
    """The article that vouches for a very short one, and its cosine with the one being read.

    The similarity of the texts is ``own + weight * (cosine - own)``, ``own`` being the cosine of
    the short one.
    """

    article_id: str
    cosine: float
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an article has its score: ``similarity * freshness * popularity * boost == score``.

    The factors are those of the product, the recipe's exponents already applied. The shares of
    ``terms`` sum to ``cosine``. Where ``similarity`` is a mix of the cosine and of what is read in
    the same sessions, ``co_reading`` is the other part; None where it is the cosine. ``lent`` says
    what the cosine of a very short article was drawn towards; None where it stands.
    """

    similarity: float
    freshness: float
    popularity: float
    boost: float
    cosine: float
    terms: tuple[TermShare, ...]
    co_reading: float | None = None
    lent: Lender | None = None

    def document(self) -> dict[str, Any]:
        """Return the JSON object of an answer's ``explain``; the last two where they count."""
        return {
            "similarity": self.similarity,
            "freshness": self.freshness,
            "popularity": self.popularity,
            "boost": self.boost,
            "cosine": self.cosine,
            "terms": [{"term": t.term, "share": t.share} for t in self.terms],
            **({} if self.co_reading is None else {"co_reading": self.co_reading}),
            **({} if self.lent is None else {"lent": asdict(self.lent)}),
        }


@dataclass(frozen=True, slots=True)
class Decided:
    """What editors decided about an article of a list, and what holds in it.

    ``boost`` is what the article is boosted or buried by, 1 where it only has a place; ``slot`` is
    the place that it was pinned to, None where it was not.
    """

    boost: float
    slot: int | None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One article of a list, ready to be shown."""

    rank: int
    article_id: str
    url: str | None
    title: str
    title_short: str
    section: str | None
    published_at: int
    image_url: str | None
    language: str | None
    dir: Literal["rtl", "ltr"]
    publisher: str | None
    sponsored: bool
    score: float
    source: str
    story_id: str
    views: int | None = None
    explain: Explanation | None = None
    override: Decided | None = None

    def document(self, explained: bool) -> dict[str, Any]:
        """Return the JSON object; ``explain`` and ``override`` only where that was asked for."""
        document = {name: getattr(self, name) for name in _ITEM_NAMES}
        document["published_at"] = format_instant(self.published_at)
        if explained:
            document["explain"] = self.explain.document() if self.explain else None
            document["override"] = asdict(self.override) if self.override else None
        return document


_ITEM_NAMES = tuple(f.name for f in fields(Recommendation) if f.name not in ("explain", "override"))


@dataclass(frozen=True, slots=True)
class ModelName:
    """Which model answered."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class RecommendationList:
    """An answer: the items, and where they come from.

    ``generated_at`` is when the content was computed, ``data_until`` the newest event or article
    it knows of, both in seconds since 1970.
    """

    list: str
    heading: str
    items: tuple[Recommendation, ...]
    generated_at: int
    data_until: int = UNKNOWN
    model: ModelName | None = None
    degraded: bool = False
    reason: str | None = None
    window: str | None = None
    window_used: str | None = None
    section: str | None = None
    unit: str | None = None
    language: str | None = None
    explained: bool = field(default=False, repr=False)
    parameters: str = field(default="", repr=False)

    @property
    def rec_id(self) -> str:
        """A hash of list, parameters, model version and ranked ids: equal lists, equal ids."""
        version = self.model.version if self.model else ""
        parts = [self.list, self.parameters, version, *(item.article_id for item in self.items)]
        digest = blake2b("\0".join(parts).encode("utf-8", "backslashreplace"), digest_size=10)
        return digest.hexdigest()

    def document(self) -> dict[str, Any]:
        """Return the JSON object that the API answers and ``--json`` prints."""
        return {
            "list": self.list,
            "heading": self.heading,
            "rec_id": self.rec_id,
            "generated_at": format_instant(self.generated_at),
            "data_until": format_instant(self.data_until),
            "model": {"name": self.model.name, "version": self.model.version}
            if self.model
            else None,
            "degraded": self.degraded,
            "reason": self.reason,
            "window": self.window,
            "window_used": self.window_used,
            "section": self.section,
            "unit": self.unit,
            "items": [item.document(self.explained) for item in self.items],
        }
