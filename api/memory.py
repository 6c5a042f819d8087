"""Memory that nobody needs any more, given back to the machine."""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # of mallopt
_LARGE_BYTES, _PLACES = 32_768, 1


def settle() -> None:
    """Have glibc keep small things in one place, and give large ones back when they are let go.

    Left to itself it has a place for every thread, and keeps ever larger pieces for later. With two
    places, and pieces up to 128 KiB kept, a service grew by 1.0 MB in ten minutes, now by some 0.6.
    """
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(_ARENA_MAX, _PLACES)
        library.mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)


@contextmanager
def kept_for_good() -> Iterator[None]:
    """Have the collector pass over, from now on, what is made inside of the block.

    It looked through all of it each time that a quarter as much had been made anew, during which
    nothing is answered; what is loaded at the start is some hundred thousand objects that stay.
    """
    gc.disable()
    try:
        yield
        gc.collect()
        gc.freeze()
    finally:
        gc.enable()


def give_back() -> None:
    """Let the C library return what was freed; where it is not glibc, nothing happens.

    What a refresh makes anew seldom fits where the one before was. glibc keeps those places for
    later, so that a process seems to grow for ever.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
