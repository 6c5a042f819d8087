"""Events about articles that nobody knows, or not yet."""

from recsys.counting.base import Arrival, Books
from recsys.settings import Settings


class UnknownArticle:
    """Drops what is about no article of the site; for 48 hours it waits, for that may arrive.

    What is imported is believed: its articles may be imported after it.
    """

    def __init__(self, settings: Settings) -> None:
        pass

    def drops(self, arrival: Arrival, books: Books) -> bool:
        """Return whether there is no such article."""
        return not arrival.imported and not books.known(arrival)
