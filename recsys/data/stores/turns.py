"""Writers of all threads and processes take turns."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Lock

from recsys.errors import StoreError

_PAUSE_SECONDS = 0.002


class Turns:
    """One writer at a time, by an exclusive `flock` on a file that is never deleted.

    A process that dies gives its turn back. A store without a file takes turns among its threads
    only.

    Parameters
    ----------
    path
        The file to lock; made when first needed. None locks nothing but threads.
    patience_seconds
        How long to wait for a turn before giving up.
    """

    def __init__(self, path: Path | None, patience_seconds: float) -> None:
        self._path = path
        self._patience_seconds = patience_seconds
        self._threads = Lock()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn, and have it for the length of the block.

        Raises
        ------
        StoreError
            If it takes longer than the patience allows, or the file cannot be locked.
        """
        if not self._threads.acquire(timeout=self._patience_seconds):
            raise self._too_long()
        try:
            with self._locked() if self._path else nullcontext():
                yield
        finally:
            self._threads.release()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        assert self._path is not None
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be opened: {error.strerror}") from None
        try:
            self._wait(file)
            yield
        finally:
            os.close(file)  # and the lock goes with it

    def _wait(self, file: int) -> None:
        until = time.monotonic() + self._patience_seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > until:
                    raise self._too_long() from None
                time.sleep(_PAUSE_SECONDS)

    def _too_long(self) -> StoreError:
        return StoreError(
            f"{self._path}: another writer has held the store for"
            f" {self._patience_seconds:g} seconds; try again when it is done"
        )
