"""Looking up many articles at once is looking up each."""

import random

import numpy as np
import pytest

from recsys.data.corpus import Corpus
from recsys.data.strings import Strings
from recsys.records import Article

IDS = ["a", "b", "ab", "ب", "با", "a" * 300, "é", "10", "1"]


@pytest.mark.parametrize("seed", range(20))
def test_rows_of_many_are_the_rows_of_each(seed):
    rng = random.Random(seed)

    def some(n):
        keys = {(rng.choice(["s", "t", "u"]), rng.choice(IDS)) for _ in range(n)}
        return [Article(i, title=f"{rng.random()}", site=s) for s, i in sorted(keys)]

    corpus = Corpus.of(some(12))
    for _ in range(rng.randrange(3)):
        gone = [("s", rng.choice(IDS)), ("t", rng.choice(IDS))]
        corpus = corpus.without(gone).with_articles(some(4))
    keys = [(site, name) for site in ("s", "t", "u", "v") for name in [*IDS, "never"]]
    rng.shuffle(keys)
    assert corpus.rows_of(keys).tolist() == [corpus.row_of(*key) for key in keys]
    assert corpus.rows_of([]).tolist() == []


def test_strings_are_compared_by_their_bytes():
    strings = Strings.of(["ab", "", "ب", "abc"])
    places = np.array([0, 3, 2, 0, 1, 2])
    asked = ["ab", "abc", "ب", "ac", "x", "بب"]
    assert strings.equal(places, asked).tolist() == [True, True, True, False, False, False]
