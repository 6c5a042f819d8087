"""Events that have not happened yet."""

from recsys.counting.base import Arrival, Books
from recsys.settings import Settings

TOLERANCE_MILLISECONDS = 60_000  # between clocks


class Future:
    """Drops what is dated more than a minute ahead of the clock; not what is imported."""

    def __init__(self, settings: Settings) -> None:
        pass

    def drops(self, arrival: Arrival, books: Books) -> bool:
        """Return whether the event is dated in the future."""
        at = arrival.event.timestamp
        if arrival.imported or at is None:
            return False
        return at > books.now + TOLERANCE_MILLISECONDS
