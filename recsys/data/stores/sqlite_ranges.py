"""What every range of addresses has read, so that none brings an article up by itself."""

from typing import TYPE_CHECKING

from recsys.counting import CONCENTRATION
from recsys.counting.concentration import FREE, allowed

if TYPE_CHECKING:
    from sqlite3 import Cursor

    from recsys.data.stores.sqlite_batch import Batch, Passage

HOUR, HALF_HOUR = 60, 30  # minutes

_ADD = """
    INSERT INTO ranges (hour, key, network, views, held) VALUES (?, ?, ?, 1, 0)
    ON CONFLICT DO UPDATE SET views = views + 1 RETURNING views
"""
_ONE = "hour = ? AND key = ? AND network = ?"
_WITH_HELD = "SELECT network, views, held FROM ranges WHERE hour = ? AND key = ? AND held > 0"
_COUNTED = f"""
    SELECT sum(views) FROM counts
    WHERE key = :key AND minute IN ({", ".join(f":first + {m}" for m in range(HOUR))})
"""
_EARLIEST = f"SELECT minute, day, reader FROM held WHERE {_ONE} ORDER BY minute, reader LIMIT ?"
_LET_GO = f"DELETE FROM held WHERE {_ONE} AND minute = ? AND day = ? AND reader = ?"
_SEEN = """
    UPDATE seen SET held = ? WHERE day = ? AND key = ? AND reader = ? AND half_hour = ?
"""


class Ranges:
    """Views by article, hour and range; those beyond what it may count are held back.

    What it may count grows with what others read, so views may be let go later: how many count is
    a function of what has come, not of its order.
    """

    def __init__(self, cursor: "Cursor", batch: "Batch") -> None:
        self._cursor, self._batch = cursor, batch
        self._touched: set[tuple[int, int]] = set()  # (hour, key)

    def has_enough(self, passage: "Passage", key: int, minute: int) -> bool:
        """Take a view in; return whether it is held back until the batch is settled."""
        hour, network, reader = minute // HOUR, passage.network, passage.reader
        self._touched.add((hour, key))
        row = self._cursor.execute(_ADD, (hour, key, network)).fetchone()
        if row[0] <= FREE:
            return False
        query = f"UPDATE ranges SET held = held + 1 WHERE {_ONE}"
        self._cursor.execute(query, (hour, key, network))
        values = (hour, key, network, minute, passage.day, reader)
        self._cursor.execute("INSERT INTO held VALUES (?, ?, ?, ?, ?, ?)", values)
        self._cursor.execute(_SEEN, (1, passage.day, key, reader, minute // HALF_HOUR))
        return True

    def take_back(self, passage: "Passage", key: int, minute: int) -> None:
        """Undo that a view was taken in; another of the same reader comes in its place."""
        query = f"UPDATE ranges SET views = views - 1 WHERE {_ONE}"
        self._cursor.execute(query, (minute // HOUR, key, passage.network))

    def settle(self) -> None:
        """Let go what may count by now; the counts must be written."""
        for hour, key in sorted(self._touched):
            rows = self._cursor.execute(_WITH_HELD, (hour, key)).fetchall()
            if not rows:
                continue
            of_hour = {"key": key, "first": hour * HOUR}
            counted = self._cursor.execute(_COUNTED, of_hour).fetchone()[0] or 0
            everything = counted + sum(held for _, _, held in rows)
            for network, views, held in rows:
                free = held - max(0, views - allowed(everything - views))
                if free > 0:
                    self._let_go((hour, key, network), free)

    def _let_go(self, name: tuple[int, int, int], n: int) -> None:
        _, key, _ = name
        for minute, day, reader in self._cursor.execute(_EARLIEST, (*name, n)).fetchall():
            first = reader is None or self._batch.seen.is_first(day, key, reader)
            self._cursor.execute(_LET_GO, (*name, minute, day, reader))
            self._cursor.execute(_SEEN, (0, day, key, reader, minute // HALF_HOUR))
            self._batch.count(key, minute, day, 1, first)
            self._batch.ledger[key, day, "view", CONCENTRATION] -= 1
            self._batch.ledger[key, day, "view", "counted"] += 1
        query = f"UPDATE ranges SET held = held - ? WHERE {_ONE}"
        self._cursor.execute(query, (n, *name))
