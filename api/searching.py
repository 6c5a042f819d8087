"""One search at a time, in a thread beside the event loop."""

from asyncio import Semaphore
from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from .admission import OVERLOADED
from .errors import OverloadedError

T = TypeVar("T")

MOST_WAITING = 16


class Searches:
    """Lets one search after the other look at titles, so that few wait and lists wait for none.

    Parameters
    ----------
    most_waiting
        How many searches there may be; one more is refused.
    """

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._turn = Semaphore(1)
        self._most, self._n = most_waiting, 0

    async def run(self, search: Callable[[], T]) -> T:
        """Return what a search finds when it is its turn; `OverloadedError` if too many wait."""
        if self._n >= self._most:
            raise OverloadedError(OVERLOADED)
        self._n += 1
        try:
            async with self._turn:
                return await run_in_threadpool(search)
        finally:
            self._n -= 1
