"""Views that our own lists brought about."""

from recsys.counting.base import Arrival, Books
from recsys.settings import Settings


class OwnLists:
    """Drops a view to which a click in one of our lists led; only where the settings name it.

    Without it such views count, and the ledger says how many they are.
    """

    def __init__(self, settings: Settings) -> None:
        pass

    def drops(self, arrival: Arrival, books: Books) -> bool:
        """Return whether the reader came from a list of ours."""
        return arrival.event.event_type == "view" and books.from_own_list(arrival)
