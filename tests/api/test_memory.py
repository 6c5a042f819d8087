import gc
import platform
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from recsys.api import memory
from recsys.api.memory import give_back


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has malloc_trim")
def test_what_was_freed_between_what_is_kept_goes_back_to_the_machine():
    pieces = [bytearray(60_000) for _ in range(2000)]  # too small to be mapped on their own
    pieces[:] = [piece if i % 20 == 0 else None for i, piece in enumerate(pieces)]
    before = resident_mb()
    give_back()
    assert resident_mb() < before - 50
    assert sum(piece is not None for piece in pieces) == 100


def test_without_such_a_library_nothing_happens(monkeypatch):
    monkeypatch.setattr("ctypes.CDLL", lambda name: object())
    give_back()
    memory.settle()


def test_large_pieces_are_given_back_at_once_and_small_ones_lie_in_one_place(monkeypatch):
    now: dict[int, int] = {}
    glibc = SimpleNamespace(mallopt=now.__setitem__)
    monkeypatch.setattr("ctypes.CDLL", lambda name: glibc)
    memory.settle()
    mmap_threshold, arena_max = -3, -8  # as in malloc.h
    assert now == {mmap_threshold: 2**15, arena_max: 1}


@pytest.mark.slow
def test_what_is_there_at_the_start_is_looked_through_no_more():
    before = gc.get_freeze_count()
    try:
        with memory.kept_for_good():
            assert not gc.isenabled()
            kept = [[] for _ in range(1000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(kept)
        with suppress(ValueError), memory.kept_for_good():
            raise ValueError
        assert gc.isenabled()
    finally:
        gc.unfreeze()
