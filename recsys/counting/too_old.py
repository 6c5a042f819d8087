"""Events that come too late to be judged: what readers did is forgotten after two days."""

from recsys.counting.base import Arrival, Books
from recsys.settings import Settings

_HOUR_MILLISECONDS = 3_600_000


class TooOld:
    """Drops what is older than ``counting.too_old_hours``; not what is imported."""

    def __init__(self, settings: Settings) -> None:
        self._milliseconds = settings.counting.too_old_hours * _HOUR_MILLISECONDS

    def drops(self, arrival: Arrival, books: Books) -> bool:
        """Return whether the event comes too late."""
        at = arrival.event.timestamp
        return not arrival.imported and at is not None and at < books.now - self._milliseconds
