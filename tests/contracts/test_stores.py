"""Every store: what the protocol promises."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from recsys.data.stores import STORES, open_store
from recsys.data.stores.base import ArticleChange, Receipt
from recsys.errors import StoreError
from recsys.records import Article, Event
from recsys.settings import Settings, Site

SETTINGS = Settings(sites={"rabat": Site(time_zone="Africa/Casablanca")})
NOON = 1772366400_000  # 2026-03-01T12:00:00Z, in milliseconds
MINUTE = 29539440  # the same since 1970, in minutes
DAY = 20513  # and in days

URLS = {
    "sqlite": lambda tmp_path: f"sqlite:///{tmp_path}/store.db",
    "sqlite in memory": lambda tmp_path: "sqlite:///:memory:",
}


def test_every_backend_has_a_contract():
    assert {name.split()[0] for name in URLS} == set(STORES)


@pytest.fixture(params=URLS)
def store(request, tmp_path):
    opened = open_store(URLS[request.param](tmp_path), SETTINGS)
    yield opened
    opened.close()


FULL = Article(
    "a",
    "عنوان",
    "https://site.example/a",
    "body",
    "summary",
    ("sport", "football"),
    ("one", "two"),
    "ar",
    1772366400,
    1772366401,
    "desk",
    "https://site.example/a.jpg",
    "https://sister.example/a",
    "agency",
    True,
    ("b",),
    "rabat",
)


def views_of(counts):
    """Return {(site, id, minute): views}, and the same of readers by day."""
    views = np.stack([counts.view_key, counts.view_minute, counts.views], axis=1)
    readers = np.stack([counts.reader_key, counts.reader_day, counts.readers], axis=1)
    return tuple(
        {(*counts.keys[key], bucket): n for key, bucket, n in rows.tolist()}
        for rows in (views, readers)
    )


def view(article_id="a", at=0, **rest):
    """Return a view, ``at`` minutes after noon."""
    return Event(NOON + at * 60_000, article_id, **rest)


def test_an_empty_store_has_nothing(store):
    assert store.revision() == 0
    assert store.newest() is None
    assert list(store.articles()) == list(store.events()) == []
    assert store.article_changes(0) == (0, [])
    assert store.put_articles([]) == []
    assert store.put_events([]) == Receipt(0, 0)
    assert views_of(store.counts()) == ({}, {})
    assert store.revision() == 0


def test_an_article_comes_back_as_it_went_in(store):
    assert store.put_articles([FULL, Article("b")]) == [True, True]
    assert store.get_articles([("default", "b"), ("rabat", "no"), ("rabat", "a")]) == [
        Article("b"),
        FULL,
    ]


def test_putting_again_is_new_only_once_and_equal_ones_change_nothing(store):
    assert store.put_articles([FULL, FULL]) == [True, False]
    revision = store.revision()
    assert store.put_articles([FULL]) == [False]
    assert store.revision() == revision
    changed = replace(FULL, title="other")
    assert store.put_articles([changed]) == [False]
    assert store.revision() > revision
    assert store.get_articles([FULL.key]) == [changed]


def test_articles_come_by_site_and_id_in_byte_order(store):
    ids = ["10", "9", "é", "z", "ع", "𐐷", "\uffff"]
    store.put_articles([Article(i, site=site) for i in ids for site in ("s", "S")])
    expected = sorted(ids, key=str.encode)
    assert [a.key for a in store.articles()] == [(s, i) for s in "Ss" for i in expected]
    assert [a.key for a in store.articles("s")] == [("s", i) for i in expected]
    assert [a.key for a in store.snapshot("s")[0]] == [("s", i) for i in expected]


def test_more_articles_than_a_page_all_come(store):
    ids = [f"{i:04}" for i in range(2345)]
    store.put_articles(Article(i) for i in ids)
    assert [a.article_id for a in store.articles()] == ids


def test_a_deleted_article_is_gone_and_may_return(store):
    store.put_articles([FULL])
    assert store.delete_article(*FULL.key)
    assert list(store.articles()) == store.get_articles([FULL.key]) == []
    assert store.newest() is None
    revision = store.revision()
    assert not store.delete_article(*FULL.key)
    assert store.revision() == revision
    assert store.put_articles([FULL]) == [True]
    assert store.get_articles([FULL.key]) == [FULL]


def test_changes_are_told_with_tombstones_even_for_ids_never_stored(store):
    store.put_articles([FULL, Article("b")])
    first = store.revision()
    assert store.article_changes(0) == (
        first,
        [
            ArticleChange("rabat", "a", FULL.fingerprint),
            ArticleChange("default", "b", Article("b").fingerprint),
        ],
    )
    assert not store.delete_article("default", "never")
    store.delete_article("default", "b")
    assert store.article_changes(first) == (
        store.revision(),
        [ArticleChange("default", "never", None), ArticleChange("default", "b", None)],
    )
    assert store.article_changes(store.revision()) == (store.revision(), [])


def test_a_failing_batch_leaves_nothing_behind(store):
    with pytest.raises(StoreError):
        store.put_articles([Article("a"), Article("b", title="\ud800")])
    assert list(store.articles()) == []
    assert store.put_articles([Article("a")]) == [True]


def test_events_are_told_once_by_who_asks_for_what_came_after(store):
    store.put_articles([Article("a", title="A")])
    store.put_events([Event(NOON, "a", visitor_id="1"), Event(NOON - 1, "a", visitor_id="2")])
    last, events = store.events_after(0, NOON)
    assert [event.visitor_id for event in events] == ["1"]
    assert store.events_after(last, 0) == (last, [])
    store.put_events([Event(NOON + 5, "a", visitor_id="3"), Event(None, "a", visitor_id="4")])
    newest, events = store.events_after(last, 1)
    assert newest > last
    assert [event.visitor_id for event in events] == ["3"]


def test_events_come_back_in_the_order_of_storing(store):
    batch = [
        view("b", 5),
        Event(None, "a"),
        Event(NOON, "a", "https://site.example/x", "click", "v", "s", "e", "f", "related", 2, "r"),
        Event(NOON, "a", event_type="impression", site="rabat"),
        Event(NOON, None, "https://nowhere.example/"),
    ]
    assert store.put_events(batch) == Receipt(5, 1)
    assert list(store.events()) == batch
    assert list(store.events("rabat")) == [batch[3]]
    assert store.newest() == NOON // 1000 + 300


def test_a_visitor_counts_once_per_article_and_half_hour_of_the_utc_clock(store):
    times = (0, 29, 30, 59, 60)  # three half hours
    batch = [view(at=t, visitor_id="v") for t in times]
    assert store.put_events(batch) == Receipt(5, 3)
    assert views_of(store.counts()) == (
        {("default", "a", MINUTE + t): 1 for t in (0, 30, 60)},
        {("default", "a", DAY): 1},
    )


def test_other_visitors_articles_and_sites_count_apart_and_anonymous_always(store):
    batch = [
        view("a", visitor_id="v"),
        view("a", visitor_id="w"),
        view("b", visitor_id="v"),
        view("a", visitor_id="v", site="rabat"),
        view("a"),
        view("a"),
    ]
    assert store.put_events(batch) == Receipt(6, 6)
    views, readers = views_of(store.counts())
    assert views[("default", "a", MINUTE)] == 4
    assert readers == {
        ("default", "a", DAY): 4,
        ("default", "b", DAY): 1,
        ("rabat", "a", DAY): 1,
    }


def test_what_was_seen_is_remembered_between_batches(store):
    store.put_events([view(visitor_id="v")])
    assert store.put_events([view(at=10, visitor_id="v")]) == Receipt(1, 0)
    assert store.put_events([view(at=40, visitor_id="v")]) == Receipt(1, 1)
    assert views_of(store.counts())[1] == {("default", "a", DAY): 1}


def test_days_of_readers_are_the_sites(store):
    late = 11 * 60 + 30  # 23:30 UTC: in Rabat, an hour ahead, it is tomorrow (until Ramadan 2027)
    may = 61 * 24 * 60  # 1 May 2026: Ramadan is over, the clock is ahead again
    batch = [
        view(at=may + t, visitor_id="v", site=s) for s in ("rabat", "default") for t in (0, late)
    ]
    assert store.put_events(batch).counted == 4
    assert views_of(store.counts())[1] == {
        ("rabat", "a", DAY + 61): 1,
        ("rabat", "a", DAY + 62): 1,
        ("default", "a", DAY + 61): 1,
    }


def test_an_event_id_is_taken_once_per_site(store):
    batch = [
        view(event_id="e"),
        view(at=1, event_id="e"),
        view(at=2, event_id="e", site="rabat"),
        view(at=3, event_id="f"),
    ]
    assert store.put_events(batch) == Receipt(4, 3)
    assert store.put_events(batch) == Receipt(4, 0)
    assert len(list(store.events())) == 3


def test_an_address_leads_to_the_newest_article_there(store):
    store.put_articles(
        [
            Article("unknown", url="https://site.example/x"),
            Article("new", url="http://SITE.example/x/?utm_source=mail", published_at=200),
            Article("old", url="https://site.example/x", published_at=100),
            Article("sister", canonical_url="https://site.example/y"),
            Article("elsewhere", url="https://site.example/x", published_at=900, site="rabat"),
        ]
    )
    batch = [
        Event(NOON, url="https://site.example/x#top"),
        Event(NOON, url="https://site.example/y"),
        Event(NOON, url="https://site.example/none"),
    ]
    assert store.put_events(batch) == Receipt(3, 2)
    assert [e.article_id for e in store.events()] == ["new", "sister", None]
    store.delete_article("default", "new")
    store.put_events([Event(NOON, url="https://site.example/x")])
    assert [e.article_id for e in store.events()][-1] == "old"


def test_only_views_of_known_time_count(store):
    batch = [
        Event(None, "a"),
        Event(NOON, "a", event_type="impression"),
        Event(NOON, "a", event_type="click", list="related"),
    ]
    assert store.put_events(batch) == Receipt(3, 0)
    assert store.revision() == 0


def test_counts_since_a_revision_are_absolute_and_only_what_changed(store):
    store.put_events([view("a"), view("b")])
    first = store.revision()
    assert views_of(store.counts(first)) == ({}, {})
    store.put_events([view("b"), view("b", at=1)])
    counts = store.counts(first)
    assert counts.keys == [("default", "b")]
    assert counts.revision == store.revision() > first
    assert views_of(counts) == (
        {("default", "b", MINUTE): 2, ("default", "b", MINUTE + 1): 1},
        {("default", "b", DAY): 3},
    )


def test_arrays_of_counts_are_int32(store):
    store.put_events([view("a")])
    counts = store.counts()
    arrays = (counts.view_key, counts.view_minute, counts.views)
    arrays += (counts.reader_key, counts.reader_day, counts.readers)
    assert {str(array.dtype) for array in arrays} == {"int32"}


def test_a_snapshot_may_be_of_one_site(store):
    store.put_articles([FULL, Article("b")])
    store.put_events([view("a", site="rabat"), view("b"), view("gone")])
    articles, counts = store.snapshot("rabat")
    assert articles == [FULL]
    assert views_of(counts)[0] == {("rabat", "a", MINUTE): 1}
    articles, counts = store.snapshot()
    assert len(articles) == 2
    assert set(counts.keys) == {("rabat", "a"), ("default", "b"), ("default", "gone")}


def test_newest_is_of_article_or_event(store):
    store.put_articles([Article("a", published_at=50)])
    assert store.newest() == 50
    store.put_events([Event(70_999, "a"), Event(60_000, "a", event_type="impression")])
    assert store.newest() == 70
    store.put_articles([Article("b", published_at=90)])
    assert store.newest() == 90


def test_threads_may_write_and_read_at_once(store):
    def work(number):
        store.put_events([view(f"{number % 3}", at=i) for i in range(20)])
        store.put_articles([Article(f"article-{number}")])
        return store.revision() > 0 and sum(1 for _ in store.articles()) > 0

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(24)))
    assert int(store.counts().views.sum()) == 24 * 20
    assert len(list(store.articles())) == 24
    assert store.revision() == 48
