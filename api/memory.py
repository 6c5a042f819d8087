"""Memory that nobody needs any more, given back to the machine."""

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Let the C library return what was freed; where it is not glibc, nothing happens.

    Counts grow a little with every refresh, each time into a new and larger array. glibc keeps the
    smaller ones for later, which never fit again, so that a process seems to grow for ever.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
