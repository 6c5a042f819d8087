"""Who had which views counted, so that a reader counts once per article and half hour."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite3 import Cursor

    from recsys.data.stores.sqlite_batch import Batch, Passage

HALF_HOUR = 30  # minutes

_OF_THE_DAY = """
    SELECT half_hour, minute, imported, held FROM seen WHERE day = ? AND key = ? AND reader = ?
"""
_ADD = "INSERT INTO seen VALUES (?, ?, ?, ?, ?, ?, ?)"
_NAME = "day = ? AND key = ? AND reader = ? AND half_hour = ?"
_MOVE_HELD = """
    UPDATE held SET minute = ?, day = ?, reader = ?
    WHERE hour = ? AND key = ? AND minute = ? AND day = ? AND reader = ?
"""


class Seen:
    """The half hours of every reader, article and day.

    Of a reader's views in a half hour the earliest counts: one that comes late takes the place of
    the one that was counted, so that totals do not depend on the order in which events come.
    """

    def __init__(self, cursor: "Cursor", batch: "Batch") -> None:
        self._cursor, self._batch = cursor, batch

    def already(self, passage: "Passage", key: int, reader: int, minute: int) -> bool:
        """Return whether a view was counted already; from now on it is."""
        half_hour = minute // HALF_HOUR
        rows = self._cursor.execute(_OF_THE_DAY, (passage.day, key, reader)).fetchall()
        passage.first_today = all(held for _, _, _, held in rows)
        for found, before, imported, held in rows:
            if found == half_hour:
                if minute < before:
                    self._move(passage, key, minute, before, imported, held)
                return True
        if passage.twin is not None and self._on_the_other_day(passage, key, minute, passage.twin):
            return True
        values = (passage.day, key, reader, half_hour, minute, passage.imported, 0)
        self._cursor.execute(_ADD, values)
        return False

    def is_first(self, day: int, key: int, reader: int) -> bool:
        """Return whether nothing of a reader counts on a day as yet."""
        rows = self._cursor.execute(_OF_THE_DAY, (day, key, reader))
        return all(held for _, _, _, held in rows)

    def _move(
        self, passage: "Passage", key: int, minute: int, before: int, imported: int, held: int
    ) -> None:
        """Let an earlier view of the same day stand for the one that was counted."""
        day = passage.day
        name = (day, key, passage.reader, minute // HALF_HOUR)
        self._cursor.execute(f"UPDATE seen SET minute = ? WHERE {_NAME}", (minute, *name))
        if held:
            old = (before // 60, key, before, day, passage.reader)
            self._cursor.execute(_MOVE_HELD, (minute, day, passage.reader, *old))
            return
        self._batch.count(key, before, day, -1, False, bool(imported))
        self._batch.count(key, minute, day, 1, False, bool(imported))

    def _on_the_other_day(self, passage: "Passage", key: int, minute: int, twin: int) -> bool:
        """Return whether the half hour was counted on its other day, and earlier.

        If that was later, it is taken back, and this view is the one that counts.
        """
        half_hour = minute // HALF_HOUR
        name = (twin, key, passage.twin_reader, half_hour)
        query = f"SELECT minute, imported, held FROM seen WHERE {_NAME}"
        row = self._cursor.execute(query, name).fetchone()
        if row is None:
            return False
        before, imported, held = row
        if minute >= before:
            return True
        self._cursor.execute(f"DELETE FROM seen WHERE {_NAME}", name)
        if held:
            old = (before // 60, key, before, twin, passage.twin_reader)
            self._cursor.execute(_MOVE_HELD, (minute, passage.day, passage.reader, *old))
            values = (passage.day, key, passage.reader, half_hour, minute, imported, 1)
            self._cursor.execute(_ADD, values)
            return True
        alone = self.is_first(twin, key, passage.twin_reader or 0)
        self._batch.count(key, before, twin, -1, alone, bool(imported))
        self._batch.take_back(passage, key, minute, twin)
        return False
