"""When the clock alone changes a list, held against asking every second."""

from dataclasses import replace

import pytest

from recsys.data.corpus import Corpus
from recsys.data.views import KeyedCounts, ViewCounts
from recsys.lists import LISTS, Query, recommend
from recsys.lists.clock import next_change
from recsys.overrides import Overrides
from recsys.records import Article, Override
from recsys.snapshot import Snapshot


def untrained(published, ends=()):
    articles = [
        Article(article_id=str(i), title=f"t{i}", published_at=at) for i, at in enumerate(published)
    ]
    corpus = Corpus.of(articles)
    views = ViewCounts.of(KeyedCounts(), corpus, len(corpus))
    decisions = [Override("0", "boost", expires_at=at) for at in ends]
    snapshot = Snapshot.untrained(corpus, views)
    return snapshot.with_overrides(Overrides.of(decisions, corpus))


@pytest.mark.parametrize(
    ("published", "ends", "now", "change"),
    [
        ((0, 100), (), 125, 180),  # the next minute
        ((0, 100), (), 179, 180),
        ((0, 100), (), 180, 240),
        ((130, 170, 500, 100), (), 125, 130),  # an article is published
        ((130, 170, 500, 100), (), 130, 170),
        ((130, 170, 500, 100), (), 170, 180),
        ((0,), (126, 150), 125, 126),  # a decision ends
        ((0,), (126, 150), 126, 150),
        ((0,), (126, 150), 150, 180),
        ((), (), 0, 60),
    ],
)
def test_a_list_may_change_with_the_minute_a_publication_and_the_end_of_a_decision(
    published, ends, now, change
):
    assert next_change(untrained(published, ends), now) == change


def content(snapshot, name, now):
    row = snapshot.corpus.row_of("default", "ar-sport-02")
    document = recommend(snapshot, name, Query(row=row, explain=True), now).document()
    del document["generated_at"], document["data_until"]  # at most as late as now
    return document


@pytest.mark.parametrize("name", LISTS)
def test_until_then_every_second_has_the_same_list(sample_model, name):
    snapshot, now = sample_model.snapshot_, sample_model.now_ + 17
    late = snapshot.corpus.row_of("default", "ar-sport-01")
    published = snapshot.corpus.published.copy()
    published[late] = now + 20
    numbers = {**snapshot.corpus.numbers, "published": published}
    snapshot = replace(snapshot, corpus=replace(snapshot.corpus, numbers=numbers))
    boosted = Override("ar-sport-03", "boost", factor=50.0, expires_at=now + 9)
    snapshot = snapshot.with_overrides(Overrides.of([boosted], snapshot.corpus))
    second, changes = now, []
    while second < now + 130:
        until = next_change(snapshot, second)
        first = content(snapshot, name, second)
        assert all(content(snapshot, name, each) == first for each in range(second, until))
        second = until
        changes.append(until)
    assert changes == [now + 9, now + 20, now + 43, now + 103, now + 163]
