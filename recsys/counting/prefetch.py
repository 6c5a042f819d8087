"""Pages that a browser fetched before anybody looked at them."""

from recsys.counting.base import Arrival, Books
from recsys.settings import Settings


class Prefetch:
    """Drops what a browser sent while it prefetched or prerendered, as its headers say."""

    def __init__(self, settings: Settings) -> None:
        pass

    def drops(self, arrival: Arrival, books: Books) -> bool:
        """Return whether nobody looks at the page yet."""
        return arrival.client is not None and arrival.client.prefetch
