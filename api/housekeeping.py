"""What has to be done now and then, by whichever process comes to it first."""

import logging
from collections.abc import Callable
from contextlib import suppress

from recsys.data.stores.base import Store
from recsys.errors import NotFoundError, StoreError
from recsys.model import find

from .memory import give_back
from .upkeep import Upkeep

log = logging.getLogger(__name__)

EVERY_SECONDS = 10.0
_PARTS = 200  # of the tidying, in one go


class Housekeeping:
    """Lets the store forget what is due, and counts what waited for articles of the model.

    Parameters
    ----------
    store
        Open; stays its owner's to close.
    upkeep
        Knows the snapshot.
    clock
        Seconds since 1970.
    """

    def __init__(self, store: Store, upkeep: Upkeep, clock: Callable[[], float]) -> None:
        self._store, self._upkeep, self._clock = store, upkeep, clock

    def look(self) -> None:
        """Do what is due; where the store cannot be written, that waits for the next time."""
        give_back()
        try:
            for _ in range(_PARTS):
                if not self._store.tidy(int(self._clock())):
                    break
            self._admit()
        except StoreError as error:
            log.warning("the store cannot be tidied now: %s", error)

    def _admit(self) -> None:
        """Count events about articles that only the model knows, such as a new one's."""
        snapshot = self._upkeep.snapshot
        for site, article_id, address in self._store.waiting_for():
            with suppress(NotFoundError):
                row = find(snapshot, site, article_id or address or "")
                now = int(self._clock() * 1000)
                self._store.admit(site, snapshot.corpus.id_of(row), now, address)
