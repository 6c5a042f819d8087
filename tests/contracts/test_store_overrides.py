"""Every store: what the protocol promises of editors' decisions."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from recsys.data.stores import open_store
from recsys.errors import StoreError
from recsys.records import Article, Override
from tests.contracts.test_stores import SETTINGS, URLS

PIN = Override("a", "pin", "related", None, 3, 1772366400, "صفحة", 1772366000, "rabat")
BOOST = Override("a", "boost", None, 2.5, created_at=1772366001)


@pytest.fixture(params=URLS)
def store(request, tmp_path):
    opened = open_store(URLS[request.param](tmp_path), SETTINGS)
    yield opened
    opened.close()


def test_a_decision_comes_back_as_it_went_in_the_oldest_first(store):
    assert store.overrides() == []
    assert store.put_override(BOOST)
    assert store.put_override(PIN)
    assert store.overrides() == [PIN, BOOST]
    for one in (BOOST, PIN):
        found = next(o for o in store.overrides() if o.action == one.action)
        assert [type(v) for v in vars_of(found)] == [type(v) for v in vars_of(one)]


def vars_of(override):
    return [getattr(override, name) for name in Override.__slots__]


def test_of_one_moment_they_come_by_site_id_and_action(store):
    names = [("rabat", "a"), ("default", "b"), ("default", "a")]
    for site, name in names:
        for action in ("pin", "bury"):
            store.put_override(Override(name, action, site=site))
    found = [(o.site, o.article_id, o.action) for o in store.overrides()]
    assert found == sorted(found)
    assert len(found) == 6


def test_a_later_decision_takes_the_place_of_one_of_its_article_action_and_list(store):
    assert store.put_override(BOOST)
    assert not store.put_override(replace(BOOST, factor=9.0, note="more"))
    (kept,) = store.overrides()
    assert (kept.factor, kept.note) == (9.0, "more")
    others = ({"list": "latest"}, {"action": "bury"}, {"site": "rabat"}, {"article_id": "b"})
    for change in others:
        assert store.put_override(replace(BOOST, **change))
    assert len(store.overrides()) == 5


def test_every_decision_that_is_put_or_taken_back_grows_the_revision(store):
    revisions = [store.revision()]
    store.put_override(BOOST)
    revisions.append(store.revision())
    store.put_override(BOOST)
    revisions.append(store.revision())
    store.delete_overrides("default", "a")
    revisions.append(store.revision())
    assert sorted(set(revisions)) == revisions
    assert store.delete_overrides("default", "a") == 0
    assert store.revision() == revisions[-1]


def test_decisions_are_taken_back_all_or_by_action_or_by_list(store):
    decisions = [
        Override("a", action, name)
        for action in ("boost", "pin")
        for name in (None, "latest", "related")
    ]

    def left(*asked):
        for one in decisions:
            store.put_override(one)
        deleted = store.delete_overrides("default", "a", *asked)
        kept = [(o.action, o.list) for o in store.overrides()]
        assert deleted == len(decisions) - len(kept)
        return kept

    assert left() == []
    assert [action for action, _ in left("boost")] == ["pin"] * 3
    assert {name for _, name in left(None, "latest")} == {None, "related"}
    assert len(left("pin", "latest")) == 5
    assert ("pin", None) not in left("pin", "")  # the one that names no list
    assert len(left("pin", "")) == 5


def test_decisions_about_other_articles_and_sites_stay(store):
    for one in (BOOST, PIN, replace(BOOST, article_id="b")):
        store.put_override(one)
    assert store.delete_overrides("default", "a") == 1
    assert store.delete_overrides("nowhere", "a") == 0
    assert store.overrides() == [PIN, replace(BOOST, article_id="b")]


def test_the_article_need_not_be_there_and_may_go(store):
    store.put_override(BOOST)
    assert list(store.articles()) == []
    store.put_articles([Article("a")])
    store.delete_article("default", "a")
    assert store.overrides() == [BOOST]


def test_what_cannot_be_kept_is_refused_and_nothing_changes(store):
    store.put_override(BOOST)
    with pytest.raises(StoreError):
        store.put_override(replace(BOOST, note="\ud800"))
    assert store.overrides() == [BOOST]


def test_threads_may_decide_at_once(store):
    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(lambda n: store.put_override(Override(f"{n % 10}", "pin")), range(40)))
    assert (sum(new), len(store.overrides())) == (10, 10)
    assert store.revision() == 40


def test_decisions_survive_being_closed(tmp_path):
    url = f"sqlite:///{tmp_path}/kept.db"
    store = open_store(url)
    store.put_override(PIN)
    store.close()
    store = open_store(url)
    assert store.overrides() == [PIN]
    store.close()
