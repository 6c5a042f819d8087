"""One reader, one article, one half hour: one view."""

from recsys.counting.base import Arrival, Books
from recsys.settings import Settings


class HalfHour:
    """Drops a view whose reader had the article counted in the same half hour of the UTC clock.

    Of all his views in it the earliest counts, in whatever order they come. Who cannot be told
    from others always counts; clicks and impressions do too.
    """

    def __init__(self, settings: Settings) -> None:
        pass

    def drops(self, arrival: Arrival, books: Books) -> bool:
        """Return whether the view was counted already."""
        return arrival.event.event_type == "view" and books.read_already(arrival)
