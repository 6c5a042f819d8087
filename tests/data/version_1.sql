-- A store of version 1, with one article, three views by two visitors, and an event id.
BEGIN;
PRAGMA application_id = 1380270931;
PRAGMA user_version = 1;

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
INSERT INTO keys VALUES (1, 'default', 'a');
INSERT INTO articles (key, revision, fingerprint, title) VALUES (1, 1, 7, 'a');
INSERT INTO events (event, site, key, timestamp, event_type, visitor_id, event_id) VALUES
    (1, 'default', 1, 1772366400000, 'view', 'v', 'e'),
    (2, 'default', 1, 1772366400000, 'view', 'w', NULL),
    (3, 'default', 1, 1772368800000, 'view', 'v', NULL);
INSERT INTO counts VALUES (29539440, 1, 2, 2), (29539480, 1, 1, 2);
INSERT INTO readers VALUES (20513, 1, 2, 2);
INSERT INTO seen VALUES
    (20513, 1, -7063935088641709149, 844424930131968),
    (20513, 1, 2347026877809978270, 281474976710656);
UPDATE state SET revision = 2, newest_event = 1772368800000;
