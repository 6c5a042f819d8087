"""Looking up many articles at once is looking up each."""

import random

import numpy as np
import pytest

from recsys.data.corpus import Corpus
from recsys.data.strings import Extended, Strings
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


def test_strings_are_taken_from_both_parts_of_a_column_in_any_order():
    names = ["ab", "", "ب", "abc", "é", "z", "", "نص"]
    for n in range(len(names) + 1):
        column = Extended(Strings.of(names[:n]), tuple(names[n:]))
        for seed in range(20):
            places = np.random.default_rng(seed).permutation(len(names))[: seed % 9]
            if seed % 2:
                places = np.sort(places)
            taken = column.taken(places)
            assert list(taken) == [names[place] for place in places.tolist()]
            assert taken.offsets.dtype == np.int64


@pytest.mark.parametrize("seed", range(10))
def test_what_is_taken_of_a_corpus_is_the_corpus_of_those_articles(seed):
    rng = random.Random(seed)

    def some(n):
        keys = {(rng.choice(["s", "t", "u"]), rng.choice(IDS)) for _ in range(n)}
        return [
            Article(
                name,
                title=f"{rng.random()}",
                site=site,
                url=f"https://news.example/{rng.randrange(4)}",
                section=tuple(rng.sample(["sport", "city", "world"], rng.randrange(3))),
                language=rng.choice([None, "ar", "en"]),
            )
            for site, name in keys
        ]

    first, second = some(9), some(6)
    gone = [article.key for article in first if rng.random() < 0.3]
    left = {a.key: a for a in first if a.key not in gone} | {a.key: a for a in second}
    expected = Corpus.of(left.values())
    appended = Corpus.of(first).without(gone).with_articles(second)
    rows = np.array([appended.row_of(*key) for key in sorted(left)], dtype=np.int64)
    taken = appended.taken(rows)
    for name in ("sites", "languages", "sections"):
        assert getattr(taken, name) == getattr(expected, name)
    for name, column in expected.numbers.items():
        assert taken.numbers[name].tolist() == column.tolist()
        assert taken.numbers[name].dtype == column.dtype
    for name, strings in expected.texts.items():
        assert list(taken.texts[name]) == list(strings)
    assert taken.section_indptr.tolist() == expected.section_indptr.tolist()
    assert taken.section_codes.tolist() == expected.section_codes.tolist()
    for name in ("ids", "addresses"):
        ours, full = getattr(taken, name), getattr(expected, name)
        assert ours.hashes.tolist() == full.hashes.tolist()
        assert ours.rows.tolist() == full.rows.tolist()
    assert taken.same_page().tolist() == slow_same_page(taken)


def slow_same_page(corpus):
    """The lowest row at the address of each: every pair is compared."""
    urls = [(int(corpus.site[row]), corpus.texts["url"][row]) for row in range(len(corpus))]
    return [urls.index(url) for url in urls]
