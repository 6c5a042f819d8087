"""The tables of the SQLite store, and how records become rows of them."""

import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from recsys.records import Article, Event
from recsys.times import UNKNOWN
from recsys.urls import canonical_form

APPLICATION_ID = 0x52454353  # "RECS", at byte 68 of the file
VERSION = 1  # PRAGMA user_version, at byte 60
MASK_BITS = 60  # a day has at most 52 half hours, its first and last cut ones included

# `key` is the narrow name of (site, article_id); it also exists for ids that are only read about.
# What grows with the traffic is ordered by time first: a batch then touches neighbouring pages,
# and what is too old goes in one range.
SCHEMA = f"""
BEGIN;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};

CREATE TABLE state (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    revision INTEGER NOT NULL,
    newest_event INTEGER          -- milliseconds
);
INSERT INTO state VALUES (1, 0, NULL);

CREATE TABLE keys (
    key INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    article_id TEXT NOT NULL,
    UNIQUE (site, article_id)
);

CREATE TABLE articles (
    key INTEGER PRIMARY KEY REFERENCES keys,
    revision INTEGER NOT NULL,    -- of the last change
    fingerprint INTEGER,          -- 64 bits, signed; NULL for an article that was deleted
    address TEXT,                 -- canonical form of url
    canonical_address TEXT,       -- canonical form of canonical_url
    title TEXT,
    url TEXT,
    body TEXT,
    summary TEXT,
    section TEXT,                 -- lists are JSON, NULL where empty
    tags TEXT,
    language TEXT,
    published_at INTEGER,         -- seconds
    updated_at INTEGER,
    author TEXT,
    image_url TEXT,
    canonical_url TEXT,
    source TEXT,
    sponsored INTEGER,
    inline_links TEXT
);
CREATE INDEX articles_revision ON articles (revision);
CREATE INDEX articles_published_at ON articles (published_at) WHERE published_at IS NOT NULL;
CREATE INDEX articles_address ON articles (address) WHERE address IS NOT NULL;
CREATE INDEX articles_canonical_address ON articles (canonical_address)
    WHERE canonical_address IS NOT NULL;

CREATE TABLE events (
    event INTEGER PRIMARY KEY,    -- in the order of storing
    site TEXT NOT NULL,
    key INTEGER REFERENCES keys,  -- NULL where no article stands at the url
    timestamp INTEGER,            -- milliseconds
    url TEXT,
    event_type TEXT NOT NULL,
    visitor_id TEXT,
    session_id TEXT,
    event_id TEXT,
    from_article_id TEXT,
    list TEXT,
    position INTEGER,
    rec_id TEXT
);
CREATE UNIQUE INDEX events_event_id ON events (site, event_id) WHERE event_id IS NOT NULL;

CREATE TABLE counts (
    minute INTEGER,
    key INTEGER REFERENCES keys,
    views INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (minute, key)
) WITHOUT ROWID;
CREATE INDEX counts_revision ON counts (revision);

CREATE TABLE readers (
    day INTEGER,                  -- in the site's time zone
    key INTEGER REFERENCES keys,
    readers INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (day, key)
) WITHOUT ROWID;
CREATE INDEX readers_revision ON readers (revision);

CREATE TABLE seen (               -- who had which views counted
    day INTEGER,                  -- in the site's time zone
    key INTEGER,
    visitor INTEGER,              -- 64-bit hash
    half_hours INTEGER NOT NULL,  -- bit h % 60 for each half hour h since 1970, UTC
    PRIMARY KEY (day, key, visitor)
) WITHOUT ROWID;
COMMIT;
"""

ARTICLE_COLUMNS = (
    "title, url, body, summary, section, tags, language, published_at, updated_at, author,"
    " image_url, canonical_url, source, sponsored, inline_links"
)
EVENT_COLUMNS = (
    "timestamp",
    "key",
    "url",
    "event_type",
    "visitor_id",
    "session_id",
    "event_id",
    "from_article_id",
    "list",
    "position",
    "rec_id",
    "site",
)


def article_values(article: Article) -> tuple[Any, ...]:
    """Return fingerprint, both addresses and `ARTICLE_COLUMNS` of an article."""
    return (
        signed(article.fingerprint),
        address(article.url),
        address(article.canonical_url),
        article.title,
        article.url,
        article.body,
        article.summary,
        _packed(article.section),
        _packed(article.tags),
        article.language,
        None if article.published_at == UNKNOWN else article.published_at,
        None if article.updated_at == UNKNOWN else article.updated_at,
        article.author,
        article.image_url,
        article.canonical_url,
        article.source,
        article.sponsored,
        _packed(article.inline_links),
    )


def article_of(row: Sequence[Any]) -> Article:
    """Return the article of a row of article_id, `ARTICLE_COLUMNS` and site."""
    article_id, title, url, body, summary, section, tags, language, *rest = row
    published_at, updated_at, author, image_url, canonical_url, source, *others = rest
    sponsored, links, site = others
    return Article(
        article_id,
        title,
        url,
        body,
        summary,
        _unpacked(section),
        _unpacked(tags),
        language,
        UNKNOWN if published_at is None else published_at,
        UNKNOWN if updated_at is None else updated_at,
        author,
        image_url,
        canonical_url,
        source,
        bool(sponsored),
        _unpacked(links),
        site,
    )


def event_values(event: Event, key: int | None) -> tuple[Any, ...]:
    """Return `EVENT_COLUMNS` of an event."""
    return (
        event.timestamp,
        key,
        event.url,
        event.event_type,
        event.visitor_id,
        event.session_id,
        event.event_id,
        event.from_article_id,
        event.list,
        event.position,
        event.rec_id,
        event.site,
    )


def event_of(row: Sequence[Any]) -> Event:
    """Return the event of a row of `EVENT_COLUMNS`, with article_id in the place of key."""
    return Event(*row)


def address(url: str | None) -> str | None:
    """Return the form under which two addresses of one page are equal."""
    return None if url is None else canonical_form(url)


def visitor_hash(visitor_id: str) -> int:
    """Return 64 bits, signed, that stand for a visitor."""
    digest = blake2b(visitor_id.encode("utf-8", "backslashreplace"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def signed(number: int) -> int:
    """Return 64 unsigned bits as SQLite holds them."""
    return number - (1 << 64) if number >= 1 << 63 else number


def unsigned(number: int) -> int:
    """Undo `signed`."""
    return number & ((1 << 64) - 1)


def _packed(texts: tuple[str, ...]) -> str | None:
    return json.dumps(texts, ensure_ascii=False) if texts else None


def _unpacked(text: str | None) -> tuple[str, ...]:
    return tuple(json.loads(text)) if text else ()
