"""How the SQLite store counts a batch of events: the books that the rules look into."""

import json
from collections import Counter
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from secrets import token_bytes
from typing import TYPE_CHECKING, Any

from recsys.counting import CONCENTRATION, Rules
from recsys.counting.base import Arrival
from recsys.data.stores import schema
from recsys.data.stores.base import Receipt
from recsys.data.stores.sqlite_keys import key_of, revision_of, set_revision
from recsys.data.stores.sqlite_migration import event_name
from recsys.data.stores.sqlite_ranges import Ranges
from recsys.data.stores.sqlite_seen import Seen
from recsys.data.stores.sqlite_tidy import QUARTER
from recsys.records import Event
from recsys.settings import Settings
from recsys.times import MINUTE, day_number

if TYPE_CHECKING:
    from sqlite3 import Connection

HALF_HOUR = 30  # minutes
COUNTED, OWN_LIST = "counted", "own_list"
UNKNOWN, REPEATED = "unknown_article", "repeated"
UNTIMED = "too_old"  # also of imported views whose time is not known
MOST_STRAYS = 100_000  # events that wait for their article; beyond them the oldest are let go

_KEPT_THOUGH_DROPPED = ("half_hour", "own_lists", CONCENTRATION)
_CLICK_LEADS_MILLISECONDS = 300_000  # from a click to the view it leads to, at most
_SALT_BYTES = 16
_COUNTABLE = range(2**31 * MINUTE * 1000)  # milliseconds whose minute is an int32
_NEWEST_AT = """
    SELECT key FROM articles JOIN keys USING (key)
    WHERE (address = :address OR canonical_address = :address) AND site = :site
    ORDER BY published_at DESC, key DESC LIMIT 1
"""
_STORED = """
    SELECT key FROM keys JOIN articles USING (key)
    WHERE site = ? AND article_id = ? AND fingerprint IS NOT NULL
"""
_ADD_VIEWS = """
    INSERT INTO counts (minute, key, views, imported, revision) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET views = views + excluded.views,
        imported = imported + excluded.imported, revision = excluded.revision
"""
_ADD_READERS = """
    INSERT INTO readers (day, key, readers, revision) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET readers = readers + excluded.readers, revision = excluded.revision
"""
_ADD_LEDGER = """
    INSERT INTO ledger (key, day, event_type, outcome, events) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET events = events + excluded.events
"""
_ADD_STRAY = """
    INSERT INTO strays (received, site, article_id, address, day, reader, twin_reader, network,
        event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(slots=True)
class Passage:
    """An event, and what the books make of it: about what, when, by whom."""

    event: Event
    imported: bool
    key: int | None
    day: int
    minute: int | None = None  # None where it cannot count
    twin: int | None = None  # the other day of the half hour, where midnight parts it
    reader: int | None = None
    twin_reader: int | None = None  # the reader by the salt of that other day
    network: int | None = None
    shown_in: str | None = None  # the list of ours that led to it
    first_today: bool = True


class Batch:
    """Events on their way into the store, inside of one transaction; the `Books` of the rules.

    A view that counts adds to its minute; the first of a reader on a day makes him a reader of
    that day. Who cannot be told from others is another reader each time.
    """

    def __init__(
        self, connection: "Connection", settings: Settings, rules: Rules, now: int
    ) -> None:
        self.now, self.settings = now, settings
        self.views: Counter[tuple[int, int]] = Counter()  # (minute, key)
        self.imported: Counter[tuple[int, int]] = Counter()
        self.readers: Counter[tuple[int, int]] = Counter()  # (day, key)
        self.ledger: Counter[tuple[int, int, str, str]] = Counter()  # key, day, type, outcome
        self._connection, self._rules = connection, rules
        self._cursor = connection.cursor()
        self.seen, self._ranges = Seen(self._cursor, self), Ranges(self._cursor, self)
        self._rows: list[tuple[Any, ...]] = []
        self._ids: dict[bytes, int | None] = {}
        self._keys: dict[tuple[str, str | None, str | None, bool], int | None] = {}
        self._days: dict[tuple[str, int], tuple[int, int | None]] = {}
        self._salts: dict[tuple[str, int], bytes] = {}
        self._newest = -1
        (until,) = connection.execute("SELECT quarters_until FROM state").fetchone()
        self._quarters_until = until or 0
        self._outcomes: list[str | None] = []
        self._passage: Passage

    def add(self, arrival: Arrival) -> None:
        """Judge an event, count it or not, and keep it."""
        passage = self._passage = self._passage_of(arrival)
        outcome = self._rules.first_that_drops(arrival, self)
        outcome = self._entered(passage, outcome)
        self._outcomes.append(outcome)
        if arrival.imported:
            if outcome != REPEATED:
                self._keep(passage.event, passage.key, None)
        elif outcome == UNKNOWN:
            self._let_wait(arrival, passage)
        elif outcome is None or outcome in _KEPT_THOUGH_DROPPED:
            self._keep(self._pseudonymous(arrival, passage), passage.key, self.now // 1000)

    def readmit(self, passage: Passage) -> None:
        """Count an event that was dropped before its article arrived."""
        event = passage.event
        self.ledger[self._nameless(event.site), passage.day, event.event_type, UNKNOWN] -= 1
        self._passage = passage
        outcome = self._rules.first_that_drops(Arrival(event), self, after=UNKNOWN)
        outcome = self._entered(passage, outcome)
        if outcome is None or outcome in _KEPT_THOUGH_DROPPED:
            self._keep(event, passage.key, self.now // 1000)

    def written(self) -> Receipt:
        """Write everything; what a range may not count is held back, or let go, now."""
        self._write_rows()
        self._cursor.executemany("INSERT INTO event_ids VALUES (?, ?)", self._ids.items())
        counted = self._write_counts()
        self._ranges.settle()
        counted += self._write_counts()
        rows = ((*name, events) for name, events in sorted(self.ledger.items()) if events)
        self._cursor.executemany(_ADD_LEDGER, rows)
        if self._newest >= 0:
            query = "UPDATE state SET newest_event = max(ifnull(newest_event, :at), :at)"
            self._cursor.execute(query, {"at": self._newest})
        return Receipt(len(self._outcomes), counted, tuple(self._outcomes))

    def close(self) -> None:
        """Let go of the cursor, in the thread whose turn it is.

        A batch and its rules refer to each other. Collected some time, in whatever thread, an open
        cursor would reset a statement that the next batch may be at: its events were refused.
        """
        self._cursor.close()

    # What the rules ask.

    def repeated(self, arrival: Arrival) -> bool:
        """Return whether the event's id has come before; from now on it has."""
        digest = event_name(arrival.event.site, arrival.event.event_id or "")
        query = "SELECT 1 FROM event_ids WHERE name = ?"
        if digest in self._ids or self._cursor.execute(query, (digest,)).fetchone():
            return True
        self._ids[digest] = None if arrival.imported else self.now // 1000
        return False

    def known(self, arrival: Arrival) -> bool:
        """Return whether there is an article that the event is about."""
        return self._passage.key is not None

    def read_already(self, arrival: Arrival) -> bool:
        """Return whether its reader had the article counted in the same half hour."""
        passage = self._passage
        if passage.reader is None or passage.minute is None or passage.key is None:
            return False
        return self.seen.already(passage, passage.key, passage.reader, passage.minute)

    def from_own_list(self, arrival: Arrival) -> bool:
        """Return whether the reader came by a click in one of our lists."""
        return self._shown_in(self._passage) is not None

    # What becomes of an event.

    def _entered(self, passage: Passage, outcome: str | None) -> str | None:
        """Count an event that no rule dropped, and enter it; return what became of it."""
        event = passage.event
        if outcome is None:
            outcome = self._taken(passage)
        written = outcome or COUNTED
        if outcome is None and event.event_type == "view" and self._shown_in(passage) is not None:
            written = OWN_LIST
        key = self._nameless(event.site) if passage.key is None else passage.key
        self.ledger[key, passage.day, event.event_type, written] += 1
        return outcome

    def _taken(self, passage: Passage) -> str | None:
        """Count a view, remember a click; return why not."""
        event, key, minute = passage.event, passage.key, passage.minute
        if key is None:
            return UNKNOWN
        if event.event_type == "view":
            return UNTIMED if minute is None else self._counted(passage, key, minute)
        if event.event_type == "click" and passage.reader is not None and not passage.imported:
            values = (passage.reader, key, event.timestamp, event.list)
            self._cursor.execute("INSERT OR REPLACE INTO clicks VALUES (?, ?, ?, ?)", values)
        return None

    def _counted(self, passage: Passage, key: int, minute: int) -> str | None:
        """Add a view to its minute, unless its range has had enough."""
        limited = passage.network is not None and self._rules.limits_ranges
        if limited and self._ranges.has_enough(passage, key, minute):
            return CONCENTRATION
        self.count(key, minute, passage.day, 1, passage.first_today, passage.imported)
        return None

    def _shown_in(self, passage: Passage) -> str | None:
        """Return the list of ours that led to a view, as it says or as a click shows."""
        if passage.shown_in is None and passage.reader is not None and not passage.imported:
            at = passage.event.timestamp or 0
            query = """SELECT list FROM clicks
                WHERE reader = ? AND key = ? AND timestamp BETWEEN ? AND ?"""
            values = (passage.reader, passage.key, at - _CLICK_LEADS_MILLISECONDS, at)
            row = self._cursor.execute(query, values).fetchone()
            passage.shown_in = row and str(row[0])
        return passage.shown_in

    def take_back(self, passage: Passage, key: int, minute: int, day: int) -> None:
        """Undo what was entered for a later view of the same half hour, on its other day."""
        self.ledger[key, day, "view", COUNTED] -= 1
        self.ledger[key, day, "view", "half_hour"] += 1
        self._ranges.take_back(passage, key, minute)

    def count(
        self, key: int, minute: int, day: int, views: int, reader: bool, imported: bool = False
    ) -> None:
        """Add views to a minute, below 0 to take them back, and as many readers to the day.

        Where minutes are merged into quarters of an hour already, a late one goes there.
        """
        if imported:
            self.imported[minute, key] += views
        elif minute < self._quarters_until:
            minute -= minute % QUARTER
        self.views[minute, key] += views
        if reader:
            self.readers[day, key] += views

    def _keep(self, event: Event, key: int | None, received: int | None) -> None:
        if received is None or self.settings.counting.retention > 0:
            self._rows.append((*schema.event_values(event, key), received))
        if event.timestamp is not None:
            self._newest = max(self._newest, event.timestamp)

    def _let_wait(self, arrival: Arrival, passage: Passage) -> None:
        event = self._pseudonymous(arrival, passage)
        about = None if event.article_id is not None else schema.address(event.url)
        packed = json.dumps([getattr(event, f.name) for f in fields(event)], ensure_ascii=False)
        readers = (passage.reader, passage.twin_reader, passage.network)
        values = (self.now // 1000, event.site, event.article_id, about, passage.day)
        self._cursor.execute(_ADD_STRAY, (*values, *readers, packed))
        query = "DELETE FROM strays WHERE stray <= ?"
        self._cursor.execute(query, ((self._cursor.lastrowid or 0) - MOST_STRAYS,))

    # What is known of an event.

    def _passage_of(self, arrival: Arrival) -> Passage:
        event = arrival.event
        at = event.timestamp
        countable = at is not None and at in _COUNTABLE
        minute = (at if at is not None and countable else self.now) // (MINUTE * 1000)
        day, twin = self.days_of(event.site, minute)
        passage = Passage(event, arrival.imported, self._key(arrival), day, shown_in=event.list)
        if countable:
            passage.minute, passage.twin = minute, twin
        self._recognise(arrival, passage)
        return passage

    def _recognise(self, arrival: Arrival, passage: Passage) -> None:
        """Find the hashes of reader and range; no other trace of them goes any further."""
        identity, site = arrival.identity, arrival.event.site
        if identity is not None and arrival.imported:
            passage.reader = hashed(identity, b"")
            passage.twin_reader = passage.reader
        elif identity is not None:
            passage.reader = hashed(identity, self._salt(site, passage.day))
            if passage.twin is not None:
                passage.twin_reader = hashed(identity, self._salt(site, passage.twin))
        if arrival.client is not None and arrival.client.network:
            minute = passage.minute or 0
            hour_begins = self.days_of(site, minute - minute % 60)[0]  # one salt for the hour
            passage.network = hashed(arrival.client.network, self._salt(site, hour_begins))

    def _pseudonymous(self, arrival: Arrival, passage: Passage) -> Event:
        """Return the event as it may be kept: its reader known for one day, or not at all."""
        event, salt = arrival.event, self._salt(arrival.event.site, passage.day)
        if arrival.client is not None and arrival.client.no_trace:
            visitor = session = None
        else:
            visitor = None if passage.reader is None else f"{schema.unsigned(passage.reader):016x}"
            session = event.session_id and f"{schema.unsigned(hashed(event.session_id, salt)):016x}"
        return replace(
            event, visitor_id=visitor, session_id=session, list=event.list or passage.shown_in
        )

    def _key(self, arrival: Arrival) -> int | None:
        """Return the key of the article an event is about, None if there is none."""
        event = arrival.event
        about = (event.site, event.article_id, event.url, arrival.imported)
        if about not in self._keys:
            self._keys[about] = self._found(arrival)
        return self._keys[about]

    def _found(self, arrival: Arrival) -> int | None:
        event, row = arrival.event, None
        if event.article_id is not None:
            if arrival.imported or arrival.known == event.article_id:
                return key_of(self._connection, event.site, event.article_id)
            row = self._cursor.execute(_STORED, (event.site, event.article_id)).fetchone()
        if row is None and event.url is not None:
            values = {"address": schema.address(event.url), "site": event.site}
            row = self._cursor.execute(_NEWEST_AT, values).fetchone()
        if row is None and arrival.known is not None:
            return key_of(self._connection, event.site, arrival.known)
        return row and int(row[0])

    def _nameless(self, site: str) -> int:
        """Return the key that stands for no known article."""
        about = (site, "", None, True)
        if about not in self._keys:
            self._keys[about] = key_of(self._connection, site, "")
        return self._keys[about] or 0

    def days_of(self, site: str, minute: int) -> tuple[int, int | None]:
        """Return the day of a minute, and the other day of its half hour if that has two.

        Midnight parts a half hour only where clocks are a quarter of an hour off, as in Nepal.
        """
        if (site, minute) not in self._days:
            time_zone = self.settings.site(site).time_zone
            begin = minute - minute % HALF_HOUR
            day, first, last = (
                day_number(m * MINUTE, time_zone) for m in (minute, begin, begin + HALF_HOUR - 1)
            )
            twin = None if first == last else first + last - day
            self._days[site, minute] = day, twin
        return self._days[site, minute]

    def _salt(self, site: str, day: int) -> bytes:
        """Return the salt of a site's day, made where there is none."""
        if (site, day) not in self._salts:
            query = "SELECT salt FROM salts WHERE site = ? AND day = ?"
            row = self._cursor.execute(query, (site, day)).fetchone()
            if row is None:
                row = (token_bytes(_SALT_BYTES),)
                self._cursor.execute("INSERT INTO salts VALUES (?, ?, ?)", (site, day, *row))
            self._salts[site, day] = row[0]
        return self._salts[site, day]

    # What is written.

    def _write_rows(self) -> None:
        """Write the events, without columns that none of them fills: sqlite3 is slow at None."""
        if not self._rows:
            return
        names = (*schema.EVENT_COLUMNS, "received")
        by_name = zip(names, zip(*self._rows, strict=True), strict=True)
        columns = {name: column for name, column in by_name if column.count(None) < len(column)}
        marks = ", ".join("?" * len(columns))
        query = f"INSERT INTO events ({', '.join(columns)}) VALUES ({marks})"
        self._cursor.executemany(query, zip(*columns.values(), strict=True))

    def _write_counts(self) -> int:
        """Write what has come together; return by how many views the counts have grown."""
        total = self.views.total()
        if self.views or self.readers:
            revision = revision_of(self._connection) + 1
            set_revision(self._connection, revision)
            views = (
                (*pair, count, self.imported[pair], revision)
                for pair, count in sorted(self.views.items())
            )
            self._cursor.executemany(_ADD_VIEWS, views)
            readers = ((*pair, count, revision) for pair, count in sorted(self.readers.items()))
            self._cursor.executemany(_ADD_READERS, readers)
            for counter in (self.views, self.imported, self.readers):
                counter.clear()
        return total


def hashed(text: str, salt: bytes) -> int:
    """Return 64 bits, signed."""
    digest = blake2b(text.encode("utf-8", "backslashreplace"), digest_size=8, key=salt).digest()
    return int.from_bytes(digest, "little", signed=True)
