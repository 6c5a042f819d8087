"""More than a person can do in a minute."""

from recsys.counting.base import Arrival, Books
from recsys.settings import Settings

_MINUTE_MILLISECONDS = 60_000
_MOST_READERS = 200_000  # remembered in one minute; beyond them nobody new is limited


class RateLimit:
    """Drops the events of a reader beyond ``counting.events_per_minute``.

    A reader is an address and an agent, so that a thousand people behind one address each have
    their own limit. Every process counts for itself, by the minute of its clock, in memory only.
    """

    def __init__(self, settings: Settings) -> None:
        self._most = settings.counting.events_per_minute
        self._minute = 0
        self._sent: dict[int, int] = {}

    def drops(self, arrival: Arrival, books: Books) -> bool:
        """Return whether the reader has sent too many events in the running minute."""
        if arrival.client is None:
            return False
        minute = books.now // _MINUTE_MILLISECONDS
        if minute != self._minute:
            self._minute, self._sent = minute, {}
        reader = hash(arrival.identity)
        sent = self._sent.get(reader, 0) + 1
        if sent > 1 or len(self._sent) < _MOST_READERS:
            self._sent[reader] = sent
        return sent > self._most
