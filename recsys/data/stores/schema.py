"""The tables of the SQLite store, and how records become rows of them."""

import json
from collections.abc import Sequence
from typing import Any

from recsys.records import Article, Event
from recsys.times import UNKNOWN
from recsys.urls import canonical_form

APPLICATION_ID = 0x52454353  # "RECS", at byte 68 of the file
VERSION = 3  # PRAGMA user_version, at byte 60

# `key` is the narrow name of (site, article_id); it also exists for ids that are only read about,
# and, with an empty id, for what came about no article that is known. What grows with the traffic
# is ordered by time first: a batch then touches neighbouring pages, and what is too old goes in
# one range. A reader and a network are 64-bit hashes, keyed with the salt of the site's day where
# they come from an address; no address and no agent stands anywhere.
_ARTICLES = """
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

CREATE TABLE readers (
    day INTEGER,                  -- in the site's time zone
    key INTEGER REFERENCES keys,
    readers INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (day, key)
) WITHOUT ROWID;
CREATE INDEX readers_revision ON readers (revision);
"""
COUNTING = """
CREATE TABLE state (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    revision INTEGER NOT NULL,
    newest_event INTEGER,         -- milliseconds
    identity INTEGER NOT NULL,    -- tells this store from any other
    tidied INTEGER,               -- when it was last tidied, in seconds
    forgotten_until INTEGER,      -- day before which no reader is known
    quarters_until INTEGER,       -- minute before which counts are by the quarter of an hour
    hours_until INTEGER,          -- and by the hour
    decided INTEGER NOT NULL,     -- revision of the editors' last decision
    purged INTEGER NOT NULL,      -- revision up to which emptied counts are gone
    to_purge INTEGER NOT NULL,    -- and up to which they are gone next
    to_purge_at INTEGER           -- since when, in seconds
);
INSERT INTO state (only, revision, identity, decided, purged, to_purge)
    VALUES (1, 0, random(), 0, 0, 0);

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
    list TEXT,                    -- of a view: the own list whose click led to it
    position INTEGER,
    rec_id TEXT,
    received INTEGER              -- seconds; NULL for what was imported, which is kept
);
CREATE INDEX events_received ON events (received) WHERE received IS NOT NULL;

CREATE TABLE event_ids (
    name BLOB PRIMARY KEY,        -- 16 bytes: hash of site and event_id
    received INTEGER              -- as in events
) WITHOUT ROWID;
CREATE INDEX event_ids_received ON event_ids (received) WHERE received IS NOT NULL;

CREATE TABLE counts (
    minute INTEGER,               -- the first one of a quarter or an hour, once that is one row
    key INTEGER REFERENCES keys,
    views INTEGER NOT NULL,
    imported INTEGER NOT NULL,    -- how many of them came by import
    revision INTEGER NOT NULL,
    PRIMARY KEY (minute, key)
) WITHOUT ROWID;
CREATE INDEX counts_revision ON counts (revision);
CREATE INDEX counts_empty ON counts (revision) WHERE views = 0;

CREATE TABLE seen (               -- who had which views counted
    day INTEGER,                  -- in the site's time zone
    key INTEGER,
    reader INTEGER,
    half_hour INTEGER,            -- since 1970, UTC
    minute INTEGER NOT NULL,
    imported INTEGER NOT NULL,
    held INTEGER NOT NULL,        -- 1: waits in `held`
    PRIMARY KEY (day, key, reader, half_hour)
) WITHOUT ROWID;

CREATE TABLE ranges (             -- views by range of addresses
    hour INTEGER,                 -- since 1970, UTC
    key INTEGER,
    network INTEGER,
    views INTEGER NOT NULL,       -- those held back included
    held INTEGER NOT NULL,
    PRIMARY KEY (hour, key, network)
) WITHOUT ROWID;
CREATE INDEX ranges_held ON ranges (hour, key) WHERE held > 0;

CREATE TABLE held (               -- views beyond what a range may count
    hour INTEGER,
    key INTEGER,
    network INTEGER,
    minute INTEGER,
    day INTEGER,
    reader INTEGER,
    PRIMARY KEY (hour, key, network, minute, day, reader)
) WITHOUT ROWID;

CREATE TABLE clicks (             -- the last click of a reader on an article in a list of ours
    reader INTEGER,
    key INTEGER,
    timestamp INTEGER NOT NULL,   -- milliseconds
    list TEXT NOT NULL,
    PRIMARY KEY (reader, key)
) WITHOUT ROWID;
CREATE INDEX clicks_timestamp ON clicks (timestamp);

CREATE TABLE strays (             -- events about articles that are not known; they may arrive
    stray INTEGER PRIMARY KEY,
    received INTEGER NOT NULL,    -- seconds
    site TEXT NOT NULL,
    article_id TEXT,
    address TEXT,                 -- canonical form, where there is no article_id
    day INTEGER NOT NULL,         -- of the event, in the site's time zone
    reader INTEGER,
    twin_reader INTEGER,          -- by the salt of the half hour's other day
    network INTEGER,
    event TEXT NOT NULL           -- JSON list of its fields, as it is kept
);
CREATE INDEX strays_article_id ON strays (site, article_id) WHERE article_id IS NOT NULL;
CREATE INDEX strays_address ON strays (site, address) WHERE address IS NOT NULL;

CREATE TABLE salts (              -- what readers are hashed with; gone after 48 hours
    site TEXT,
    day INTEGER,
    salt BLOB NOT NULL,
    PRIMARY KEY (site, day)
) WITHOUT ROWID;

CREATE TABLE ledger (
    key INTEGER REFERENCES keys,
    day INTEGER,                  -- in the site's time zone
    event_type TEXT,
    outcome TEXT,                 -- 'counted', 'own_list' (counted too), or the rule that dropped
    events INTEGER NOT NULL,
    PRIMARY KEY (key, day, event_type, outcome)
) WITHOUT ROWID;

CREATE TABLE overrides (
    key INTEGER REFERENCES keys,
    action TEXT,
    list TEXT,                    -- '' for every list
    factor REAL,
    slot INTEGER,
    expires_at INTEGER,
    note TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (key, action, list)
) WITHOUT ROWID;
"""

_LOOSE = "EXISTS (SELECT 1 FROM packs WHERE hour = {0}.minute / 60 AND content IS NULL)"
_LOOSEN = """
    DELETE FROM packs WHERE hour = {0}.minute / 60;
    INSERT INTO packs (hour) VALUES ({0}.minute / 60);
"""


def _loosening(when: str, row: str, also: str = "") -> str:
    """Return a trigger after which the counts of the row's hour stand in `counts` alone."""
    name = f"counts_{when.partition(' ')[0].lower()}"
    condition = f"{also}NOT {_LOOSE.format(row)}"
    return f"""CREATE TRIGGER {name} AFTER {when} ON counts WHEN {condition}
        BEGIN {_LOOSEN.format(row)} END"""


PACKS = (
    """CREATE TABLE packs (
        hour INTEGER PRIMARY KEY,     -- since 1970, UTC; every hour in which something is counted
        content BLOB                  -- its counts in one piece; NULL: they stand in `counts` alone
    )""",
    "CREATE INDEX packs_loose ON packs (hour) WHERE content IS NULL",
    _loosening("INSERT", "NEW"),
    _loosening("UPDATE OF views", "NEW"),
    _loosening("DELETE", "OLD", also="OLD.views > 0 AND "),
)
"""What `sqlite_packs` needs, statement by statement."""

SCHEMA = f"""
BEGIN;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
{_ARTICLES}
{COUNTING}
{";".join(PACKS)};
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
)  # fields of Event in their order, with key in the place of article_id


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
