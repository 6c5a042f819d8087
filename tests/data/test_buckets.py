"""Counts in pieces of time, against a dictionary."""

import numpy as np
import pytest

from recsys.data import buckets
from recsys.data.buckets import Buckets
from recsys.data.slots import NOBODY


def int32(*values):
    return np.array(values, dtype=np.int32)


def columns(table):
    triples = np.array([(*pair, n) for pair, n in table.items()], dtype=np.int32)
    return tuple(triples.reshape(-1, 3).T)


def as_dict(kept):
    slot, bucket, count = (each.tolist() for each in kept.all())
    return dict(zip(zip(slot, bucket, strict=True), count, strict=True))


def test_a_later_value_replaces_an_earlier_one_and_0_takes_it_away():
    seen = Buckets.of(int32(7, -1, 7), int32(10, 11, 12), int32(1, 2, 3))
    later = seen.replaced(int32(7, -1), int32(10, 11), int32(5, 0))
    assert as_dict(later) == {(7, 10): 5, (7, 12): 3}
    assert as_dict(seen) == {(7, 10): 1, (-1, 11): 2, (7, 12): 3}  # stays what it was
    assert later.at(int32(7, 7, 3), int32(10, 12, 10)).tolist() == [5, 3, 0]


def test_a_span_has_both_of_its_ends_and_negative_minutes():
    seen = Buckets.of(int32(1, 1, 2), int32(-20, 5, 6), int32(1, 2, 4))
    assert as_dict(seen.within(-20, 5)) == {(1, -20): 1, (1, 5): 2}
    assert as_dict(seen.since(6)) == {(2, 6): 4}
    place, bucket, count = seen.of_slots(int32(2, NOBODY, 1), -20, 5)
    assert (place.tolist(), bucket.tolist(), count.tolist()) == ([2, 2], [-20, 5], [1, 2])


def test_nothing_is_counted_of_nothing():
    assert Buckets().first is None
    assert as_dict(Buckets().replaced(int32(), int32(), int32())) == {}
    assert Buckets().of_slots(int32(1), 0, 9)[0].size == 0


def test_an_old_piece_stays_the_same_object_when_something_new_is_counted():
    many = np.arange(20_000, dtype=np.int32)
    seen = Buckets.of(many % 100, many // 100, many % 7 + 1)
    later = seen.replaced(int32(3), int32(5000), int32(1))
    assert later.pieces[0] is seen.pieces[0]
    assert later.pieces[-1].count.size == 1


@pytest.mark.parametrize("seed", range(5))
def test_any_updates_equal_a_dictionary_and_pieces_stay_few_and_apart(seed, monkeypatch):
    monkeypatch.setattr(buckets, "_OPEN", 8)
    monkeypatch.setattr(buckets, "_LARGEST", 64)
    random, truth = np.random.default_rng(seed), {}
    seen = Buckets()
    for step in range(200):
        newest = step // 4
        batch = {}
        for _ in range(random.integers(0, 8)):
            back = int(random.choice([0, 0, 0, 1, random.integers(0, 60)]))
            batch[int(random.integers(-3, 9)), newest - back] = int(random.integers(0, 4))
        seen = seen.replaced(*columns(batch))
        truth = {pair: n for pair, n in (truth | batch).items() if n}
        if step % 50 == 49:
            assert as_dict(seen) == truth
            first = newest - 30
            seen = seen.since(first)
            truth = {pair: n for pair, n in truth.items() if pair[1] >= first}
        for older, newer in zip(seen.pieces, seen.pieces[1:], strict=False):
            assert older.last < newer.first
    assert as_dict(seen) == truth
    assert len(seen.pieces) < 20
    assert as_dict(Buckets.of(*columns(truth))) == truth
    slots = int32(*range(-3, 9))
    place, bucket, count = seen.of_slots(slots, 30, 45)
    found = {(int(slots[p]), b): n for p, b, n in zip(place.tolist(), bucket, count, strict=True)}
    assert found == {pair: n for pair, n in truth.items() if 30 <= pair[1] <= 45}
    for each in range(slots.size):
        assert (np.diff(bucket[place == each]) > 0).all()  # in time's order
