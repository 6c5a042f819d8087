"""Words of titles are found as if every title were folded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys import search
from recsys.data.corpus import Corpus
from recsys.data.views import KeyedCounts, ViewCounts
from recsys.hourly import hourly_views
from recsys.records import Article
from recsys.snapshot import Snapshot
from recsys.text.folding import Folding
from tests.conftest import NOW

LETTERS = "اأإآةهىيئؤوء ـَّلمabcéßœﻻﷲk\u0301…½١1-’"


def snapshot(*titles: str) -> Snapshot:
    """Articles 0, 1, …, each a minute older than the one before."""
    articles = [
        Article(str(i), title, published_at=NOW - 60 * i, url=f"https://site.example/{i}")
        for i, title in enumerate(titles)
    ]
    corpus = Corpus.of(articles)
    return Snapshot.untrained(corpus, ViewCounts.of(KeyedCounts(), corpus, len(corpus)))


def found(shown: Snapshot, query: str, limit: int = 50) -> list[str]:
    rows = search.found(shown, "default", query, limit, NOW)
    return [shown.corpus.id_of(row) for row in rows.tolist()]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("اخبار", ["0", "1"]),  # أخبار, and with harakat and tatweel
        ("أَخْبار", ["0", "1"]),
        ("مدرسه", ["2"]),  # ة for ه
        ("مستشفي", ["3"]),  # ى for ي
        ("ECOLE", ["4"]),
        ("strasse", ["5"]),  # ß
        ("بار", ["0", "1"]),  # a part of a word
        ("الساعة اخبار", ["0"]),  # every word, in any order
        ("١٢", ["6"]),
        ("", ["0", "1", "2", "3", "4", "5", "6"]),
        ("«»", []),
        ("غائب", []),
        ("3", ["3"]),  # an id
        ("https://site.example/5/", ["5"]),
    ],
)
def test_a_word_is_found_in_every_spelling(query, ids):
    titles = ("أخبار الساعة", "أَخْبَــارٌ", "المدرسة", "مستشفى", "École", "Die Straße", "12")
    assert found(snapshot(*titles), query) == ids


def test_the_newest_come_first_and_one_that_is_meant_before_all():
    shown = snapshot("port 2", "port 1", "port 0")
    assert found(shown, "port", 2) == ["0", "1"]
    assert found(shown, "2") == ["2", "0"]


def test_only_the_newest_titles_are_looked_at_and_ids_always():
    shown = snapshot("port", "ship", "port", "port")
    looked_at = search.found(shown, "default", "port", 50, NOW, most_titles=3)
    assert [shown.corpus.id_of(row) for row in looked_at.tolist()] == ["0", "2"]
    by_id = search.found(shown, "default", "3", 50, NOW, most_titles=1)
    assert [shown.corpus.id_of(row) for row in by_id.tolist()] == ["3"]


@given(st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=8), st.data())
def test_it_finds_what_folding_every_title_finds(titles, data):
    shown = snapshot(*titles)
    query = data.draw(st.text(LETTERS, min_size=1, max_size=3))
    words = search._words(query)
    fold = Folding().fold
    kept = [(i, shown.corpus.texts["title"][shown.corpus.row_of("default", str(i))])
            for i in range(len(titles))]  # fmt: skip
    wanted = [str(i) for i, title in kept if title and all(w in fold(title) for w in words)]
    assert found(shown, f"«{query}»") == (wanted if words else [])


def test_hours_are_counted_by_hand(views_of):
    shown = snapshot("a", "b")
    minute = NOW // 60  # the first of an hour
    seen = views_of(
        (0, minute, 5), (0, minute - 1, 3), (1, minute - 60, 2), (1, minute - 61, 9), n=2
    )
    shown = Snapshot.untrained(shown.corpus, seen)
    assert hourly_views(shown, "default", 0, 2, NOW).tolist() == [3, 5]
    assert hourly_views(shown, "default", 1, 3, NOW).tolist() == [9, 2, 0]
    assert hourly_views(shown, "default", -1, 2, NOW).tolist() == [5, 5]
    assert hourly_views(shown, "elsewhere", -1, 2, NOW).tolist() == [0, 0]
