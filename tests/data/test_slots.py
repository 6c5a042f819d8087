"""From an article to where it is counted, whatever becomes of its row."""

import numpy as np
import pytest

from recsys.data.slots import NOBODY, Slots


class Places(dict):
    def rows_of(self, keys):
        return int32(*(self.get(key, -1) for key in keys))


def int32(*values):
    return np.array(values, dtype=np.int32)


def test_an_article_keeps_its_slot_when_it_is_put_anew_deleted_and_put_again():
    a, first = ("s", "a"), Places({("s", "a"): 0})
    slots = Slots()
    second = Places({a: 4})
    slots = slots.after([a], first, second)
    assert slots.of_rows(int32(0, 4)).tolist() == [NOBODY, 0]
    slots = slots.after([a], second, Places())
    assert slots.rows(int32(0)).tolist() == [-1]
    assert slots.of_keys([a], Places())[0].tolist() == [0]
    slots = slots.after([a], Places(), Places({a: 9}))
    assert slots.of_rows(int32(0, 4, 9)).tolist() == [NOBODY, 4, 0]


def test_what_no_corpus_holds_has_a_slot_of_its_own_that_its_row_finds_later():
    b, c = ("s", "b"), ("s", "c")
    own, slots = Slots().of_keys([b, c, b], Places())
    assert own.tolist() == [-1, -2, -1]
    assert slots.of_keys([c], Places())[0].tolist() == [-2]
    later = slots.after([c], Places(), Places({c: 3}))
    assert later.rows(int32(-1, -2)).tolist() == [-1, 3]
    assert later.of_rows(int32(3)).tolist() == [-2]
    assert slots.rows(int32(-2)).tolist() == [-1]  # stays what it was


@pytest.mark.parametrize("seed", range(10))
def test_slots_of_any_history_belong_to_one_article_each(seed):
    random = np.random.default_rng(seed)
    keys = [("s", str(i)) for i in range(12)]
    corpus, n = Places({key: i for i, key in enumerate(keys[:6])}), 6
    slots, owner = Slots(), {}
    for _ in range(60):
        after = Places(corpus)
        changed = [keys[i] for i in random.integers(0, 12, 3).tolist()]
        for key in changed:
            if random.random() < 0.3:
                after.pop(key, None)
            else:
                after[key], n = n, n + 1
        slots, corpus = slots.after(changed, corpus, after), after
        asked = [keys[i] for i in random.integers(0, 12, 4).tolist()]
        own, slots = slots.of_keys(asked, corpus)
        for key, slot in zip(asked, own.tolist(), strict=True):
            assert owner.setdefault(key, slot) == slot
        assert len(set(owner.values())) == len(owner)
        rows = slots.rows(int32(*owner.values())).tolist()
        assert rows == [corpus.get(key, -1) for key in owner]
        standing = {corpus[key]: slot for key, slot in owner.items() if key in corpus}
        assert slots.of_rows(int32(*standing)).tolist() == list(standing.values())
