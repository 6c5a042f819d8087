"""Articles that come after the training, one by one or many at once, against every pair."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.data.documents import document_of
from recsys.model import Model, groups_of
from recsys.records import Article
from recsys.signals.similarity import row_vector
from recsys.topk import best_places
from tests.effort import examples
from tests.signals.test_inverted import slowly

WORDS = [
    "harbour",
    "strike",
    "ship",
    "grain",
    "lentil",
    "soup",
    "captain",
    "cup",
    "match",
    "goal",
    "vote",
    "budget",
]


def articles(seed, n, prefix="a"):
    """Few different words, so that many cosines are equal; two languages."""
    random = np.random.default_rng(seed)
    return [
        Article(
            f"{prefix}{i:03}",
            title=" ".join(random.choice(WORDS, random.integers(0, 4))) or "x",
            body=" ".join(random.choice(WORDS, random.integers(0, 9))),
            language=str(random.choice(["en", "fr"])),
        )
        for i in range(n)
    ]


def looked_up_slowly(space, row, groups):
    """The kept neighbours of an appended row by every pair, as training would have kept them."""
    n = space.rows.shape[0]
    vector = space.vector(row)
    sums = np.concatenate([slowly(space.rows, vector), slowly(space.tail, vector)])
    cosines = np.round(sums, 6)
    rows = np.flatnonzero((cosines > 0) & (groups[: cosines.size] == groups[row])).astype(np.int32)
    rows = rows[rows != row]
    assert n <= row
    order = best_places(rows, cosines[rows])[: space.kept]
    return rows[order].tolist(), cosines[rows][order].astype(np.float32).tolist()


@settings(max_examples=examples(25), deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 40), st.lists(st.integers(1, 9), min_size=1))
def test_an_appended_article_has_the_neighbours_that_every_pair_gives(seed, n, batches):
    model = Model().fit(articles(seed, n), now=0)
    snapshot, space = model.snapshot_, model.snapshot_.space
    corpus = snapshot.corpus
    for i, size in enumerate(batches[:4]):
        added = articles(seed + i + 1, size, prefix=f"b{i}")
        start, corpus = len(corpus), corpus.with_articles(added)
        groups = groups_of(corpus)
        space = space.extended([document_of(article) for article in added], groups)
        for row in range(start, len(corpus)):  # those of the same batch know each other
            near = space.tail_near[row - n]
            cosines = space.tail_near_cosines[row - n]
            found = near[near >= 0].tolist(), cosines[near >= 0].tolist()
            assert found == looked_up_slowly(space, row, groups)


def test_every_other_article_meets_what_was_appended():
    first = Model().fit(articles(1, 30), now=0)
    snapshot = first.snapshot_
    for i in range(5):
        snapshot = first.refreshed(articles(i + 2, 3, prefix=f"c{i}")).snapshot_
        first.snapshot_ = snapshot
    space, n = snapshot.space, 30
    for row in range(len(snapshot.corpus)):
        rows, cosines = space.neighbours(row)
        assert np.unique(rows).size == rows.size
        found = dict(zip(rows.tolist(), cosines.tolist(), strict=True))
        sums = np.round(slowly(space.tail, space.vector(row)), 6)
        for newer in range(n, len(snapshot.corpus)):
            if newer != row:
                assert found.get(newer, 0.0) == sums[newer - n]


def test_a_text_has_the_vector_that_one_look_at_each_of_its_words_gives():
    space = Model().fit(articles(3, 50), now=0).snapshot_.space
    names = list(space.vectoriser.vocabulary_)
    place = {term: column for column, term in enumerate(names)}
    for document in [document_of(article) for article in articles(4, 40)] * 2:
        terms, values = space.vectoriser.transform(document, lambda term: place.get(term, -1))
        found, weights = space.vector_of(document)
        assert (found.dtype, found.tolist()) == (np.int32, terms.tolist())
        assert (weights.dtype, weights.tolist()) == (np.float32, values.tolist())


def test_a_word_is_looked_up_by_its_letters_and_not_by_its_hash_alone():
    space = Model().fit(articles(3, 50), now=0).snapshot_.space
    known = list(space.vectoriser.vocabulary_)
    assert space.columns(["unheard", *known, "of"]).tolist() == [-1, *range(len(known)), -1]
    hashes = space.places.hashes.copy()
    hashes[:] = hashes[0]  # as if all had one hash
    one = replace(space, places=replace(space.places, hashes=hashes))
    clash = space.vectoriser.vocabulary_[int(space.places.rows[0])]
    assert one.columns([clash]).tolist() == [space.places.rows[0]]
    assert row_vector(space.rows, 0)[0].dtype == np.int32
