"""What the SQLite store can say about what became of events."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from recsys.counting.base import Ledger
from recsys.data.stores.sqlite_batch import COUNTED, OWN_LIST, UNKNOWN

if TYPE_CHECKING:
    from sqlite3 import Connection

_OF_ARTICLE = """
    SELECT day, event_type, outcome, events FROM ledger JOIN keys USING (key)
    WHERE site = ? AND article_id = ? ORDER BY day, event_type, outcome
"""
_OF_SITE = """
    SELECT day, event_type, outcome, sum(events) FROM ledger JOIN keys USING (key)
    WHERE site = ? GROUP BY day, event_type, outcome ORDER BY day, event_type, outcome
"""
_STRAYS = """
    SELECT day, json_extract(event, '$[3]'), ?, count(*) FROM strays
    WHERE site = ? AND article_id = ? GROUP BY 1, 2 ORDER BY 1, 2
"""


def read(connection: "Connection", site: str, article_id: str | None) -> Ledger:
    """Return what became of the events about an article, or of all events of a site."""
    if article_id is None:
        return _summed(connection.execute(_OF_SITE, (site,)))
    rows = connection.execute(_OF_ARTICLE, (site, article_id)).fetchall()
    rows += connection.execute(_STRAYS, (UNKNOWN, site, article_id)).fetchall()
    return _summed(rows)


def _summed(rows: Iterable[Any]) -> Ledger:
    counted: dict[str, int] = {}
    dropped: dict[str, dict[str, int]] = {}
    days: dict[int, dict[str, int]] = {}
    from_own_lists = 0
    for day, kind, outcome, events in rows:
        of_day = days.setdefault(day, {"received": 0, "counted": 0})
        of_day["received"] += events
        if outcome in (COUNTED, OWN_LIST):
            counted[kind] = counted.get(kind, 0) + events
            of_day["counted"] += events
            from_own_lists += events if outcome == OWN_LIST else 0
        else:
            by_rule = dropped.setdefault(kind, {})
            by_rule[outcome] = by_rule.get(outcome, 0) + events
    return Ledger(counted, dropped, from_own_lists, days)
