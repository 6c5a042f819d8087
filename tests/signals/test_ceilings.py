import numpy as np
import pytest

from recsys.signals.ceilings import Ceilings


def ints(*values):
    return np.array(values, dtype=np.int32)


def test_a_view_counts_half_after_one_half_life():
    made = Ceilings(3, landmark=100, half_life=60.0)
    made.add(ints(0, 1, 0), ints(100, 40, 160), ints(8, 8, 1))
    looks = list(made.leading(1, now=160))
    stories, bound = looks[0]
    assert stories.tolist() == [0]
    assert bound == pytest.approx(8 / 2 + 1, rel=1e-5)  # story 1 has 2 by now, which is less
    assert looks[-1][0].tolist() == [0, 1]  # nobody has read the third
    assert looks[-1][1] == 0


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("half_life", [30.0, np.inf])
def test_no_story_that_is_not_yet_yielded_exceeds_the_bound(seed, half_life):
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 5000))
    made, truth = Ceilings(n, 0, half_life), np.zeros(n + 3000)
    for size in (20_000, 1, 50, 3000):
        stories = np.minimum(random.zipf(1.3, size) - 1, n + 2999).astype(np.int32)
        minutes, counts = random.integers(-300, 100, size), random.integers(1, 4, size)
        made.add(stories, minutes, counts)
        np.add.at(truth, stories, counts * 2.0 ** ((minutes - 100) / half_life))
    before = -1
    for stories, bound in made.leading(5, now=100):
        rest = truth.copy()
        rest[stories] = 0
        assert rest.max() <= bound
        assert stories.size >= before
        before = stories.size
    assert before == np.count_nonzero(truth)


def test_whoever_is_looking_meanwhile_misses_nothing():
    made = Ceilings(10, 0, np.inf)
    made.add(ints(0, 1, 2), ints(0, 0, 0), ints(8, 4, 1))
    looks = made.leading(1, now=0)
    next(looks)
    made.add(ints(2, 5000), ints(0, 0), ints(100, 3))
    *_, (stories, _) = looks
    assert {0, 1, 2} <= set(stories.tolist())
