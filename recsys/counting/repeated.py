"""Events that were sent again, because an answer was lost."""

from recsys.counting.base import Arrival, Books
from recsys.settings import Settings


class Repeated:
    """Drops an event whose ``event_id`` the site has sent before, within 48 hours."""

    def __init__(self, settings: Settings) -> None:
        pass

    def drops(self, arrival: Arrival, books: Books) -> bool:
        """Return whether the event came before."""
        return arrival.event.event_id is not None and books.repeated(arrival)
