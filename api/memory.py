"""Memory that nobody needs any more, given back to the machine."""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # of mallopt
_LARGE_BYTES, _KEPT_BYTES, _PLACES = 32_768, 131_072, 1
_LARGE_AT_START = 33_554_432  # the most that glibc takes


def settle() -> None:
    """Have glibc keep small things in one place, and give large ones back when they are let go.

    Left to itself it has a place for every thread, and keeps ever larger pieces for later. With two
    places, and pieces up to 128 KiB kept, a service grew by 1.0 MB in ten minutes, now by 0.5.
    """
    _set(_ARENA_MAX, _PLACES)
    _give_large_back()


@contextmanager
def kept_for_next() -> Iterator[None]:
    """Have pieces of all sizes kept, inside of the block, for what is made next.

    The kernel clears each page that was given back and is asked for again: a large model was loaded
    in 3.0 s, now in 2.1. `give_back` takes what is still kept when the block is left. With a block
    around each change of the store as well, a service grew by 1.0 MB in ten minutes.
    """
    _set(_MMAP_THRESHOLD, _LARGE_AT_START)
    _set(_TRIM_THRESHOLD, 2 * _LARGE_AT_START)
    try:
        yield
    finally:
        _give_large_back()


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
        give_back()
    finally:
        gc.enable()


def give_back() -> None:
    """Let the C library return what was freed; where it is not glibc, nothing happens.

    What a refresh makes anew seldom fits where the one before was. glibc keeps those places for
    later, so that a process seems to grow for ever.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _give_large_back() -> None:
    _set(_MMAP_THRESHOLD, _LARGE_BYTES)
    _set(_TRIM_THRESHOLD, _KEPT_BYTES)


def _set(parameter: int, value: int) -> None:
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(parameter, value)
