"""Machines that read: named by the list of crawler-user-agents, or by themselves, or by nothing."""

import re
from functools import lru_cache

from recsys.counting.base import Arrival, Books
from recsys.settings import Settings

_LONGEST = 1024  # characters of an agent that are looked at
_SAYS_SO = re.compile(r"bot\b|crawl|spider|headless|lighthouse|prerender|python|curl|java/", re.I)


class Bots:
    """Drops what comes from a crawler, a program or a browser without a screen.

    Whoever has a key, and an import, speaks for readers and is not asked.
    """

    def __init__(self, settings: Settings) -> None:
        pass

    def drops(self, arrival: Arrival, books: Books) -> bool:
        """Return whether the agent is empty or that of a machine."""
        return arrival.client is not None and is_bot(arrival.client.agent[:_LONGEST])


@lru_cache(maxsize=8192)
def is_bot(agent: str) -> bool:
    """Return whether a ``User-Agent`` is empty or that of a machine."""
    from crawleruseragents import is_crawler

    return not agent.strip() or bool(_SAYS_SO.search(agent)) or bool(is_crawler(agent))
