"""Editors' decisions in every list, on newsrooms small enough to be worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.data.corpus import Corpus
from recsys.data.views import ViewCounts
from recsys.lists import LISTS, Query, recommend
from recsys.lists.explain import verdict
from recsys.model import Model, find, refreshed
from recsys.overrides import Overrides
from recsys.page import compose, parse_blocks
from recsys.recipe import Recipe
from recsys.records import Article, Override
from recsys.snapshot import Snapshot
from recsys.times import HOUR, UNKNOWN

NOW = 1_800_000_000
NONE = [np.zeros(0, dtype=np.int32)] * 3
TABLES = {"stories": {"min_cosine": 2.0}}  # stories by address alone


def article(name, text="", hours=1.0, **fields):
    fields.setdefault("section", ("news",))
    fields.setdefault("language", "en")
    published = UNKNOWN if hours is None else NOW - int(hours * HOUR)
    return Article(name, title=name, body=text, published_at=published, **fields)


def seen(corpus, *reads):
    """From (id, minutes ago, views)."""
    rows = [(corpus.row_of("default", name), NOW // 60 - ago, n) for name, ago, n in reads]
    columns = np.array(rows, dtype=np.int32).reshape(-1, 3).T
    return ViewCounts.from_rows(len(corpus), list(columns), NONE)


def untrained(articles, *reads):
    corpus = Corpus.of(articles)
    return Snapshot.untrained(corpus, seen(corpus, *reads))


def decided(snapshot, *decisions):
    return snapshot.with_overrides(Overrides.of(decisions, snapshot.corpus))


def ask(snapshot, name, now=NOW, **query):
    if isinstance(query.get("row"), str):
        query["row"] = find(snapshot, "default", query["row"])
    return recommend(snapshot, name, Query(**query), now)


def ids(answer):
    return [item.article_id for item in answer.items]


FOUR = [article(n, hours=i + 1) for i, n in enumerate("abcd")]
TEXTS = {
    "ship": "The ship carried grain through the strait to the northern harbour",
    "grain": "Grain prices fell as the ship reached the northern harbour",
    "harbour": "The harbour workers of the north ended their strike",
    "strait": "A pilot boat waited in the strait for a ship",
    "recipe": "Lentils with lemon and olive oil for a winter evening",
}


@pytest.fixture(scope="module")
def harbour():
    texts = [article(n, t, hours=i + 1) for i, (n, t) in enumerate(TEXTS.items())]
    return Model(Recipe("test", TABLES)).fit(texts, now=NOW).snapshot_


# exclude


@pytest.mark.parametrize("name", [n for n in LISTS if n not in ("related", "inline")])
def test_an_excluded_article_stands_in_no_list_though_it_is_boosted_and_pinned(name):
    snapshot = untrained(FOUR, *((n, 1, 5) for n in "abcd"))
    out = decided(
        snapshot,
        Override("a", "exclude"),
        Override("a", "boost", factor=100.0),
        Override("a", "pin", slot=1),
    )
    found = ids(ask(out, name, limit=9, section="news"))
    assert sorted(found) == ["b", "c", "d"]


def test_an_article_excluded_from_one_list_stands_in_the_others():
    out = decided(untrained(FOUR, ("a", 1, 5)), Override("a", "exclude", list="latest"))
    assert "a" not in ids(ask(out, "latest"))
    assert ids(ask(out, "section", section="news"))[0] == "a"
    assert ids(ask(out, "most_read"))[0] == "a"


def test_an_excluded_article_fills_no_list_up_and_is_no_link_but_has_its_own_list(harbour):
    ship = replace(article("ship", TEXTS["ship"]), inline_links=("grain", "recipe"))
    snapshot = decided(refreshed(harbour, [ship]), Override("grain", "exclude"))
    assert ids(ask(snapshot, "inline", row="ship"))[0] == "recipe"
    for name in ("related", "inline"):
        assert "grain" not in ids(ask(snapshot, name, row="ship", limit=9))
    assert ids(ask(snapshot, "related", row="grain", limit=1)) == ["ship"]


def test_decisions_are_about_one_site():
    snapshot = untrained([*FOUR, replace(FOUR[0], site="other")])
    out = decided(snapshot, Override("a", "exclude", site="other"))
    assert ids(ask(out, "latest"))[0] == "a"
    assert ids(ask(out, "latest", site="other")) == []


# boost and bury


def test_a_boost_and_a_bury_multiply_the_score_and_explain_says_so(harbour):
    before = {i.article_id: i for i in ask(harbour, "related", row="ship", explain=True).items}
    out = decided(
        harbour,
        Override("harbour", "boost", factor=50.0),
        Override("harbour", "bury", factor=0.5),
        Override("grain", "bury"),
    )
    answer = ask(out, "related", row="ship", limit=3, explain=True)
    assert ids(answer)[0] == "harbour"
    assert [item.explain.boost for item in answer.items] == [25.0, 1.0, 0.1]
    for item in answer.items:
        why, old = item.explain, before[item.article_id]
        product = why.similarity * why.freshness * why.popularity * why.boost
        assert product == pytest.approx(item.score, abs=1e-6)
        assert item.score == pytest.approx(old.score * why.boost, abs=1e-4)
        assert why.cosine == old.explain.cosine


def test_what_is_related_inside_an_article_is_boosted_and_explained_too(harbour):
    ship = replace(article("ship", TEXTS["ship"]), inline_links=("recipe",))
    out = decided(refreshed(harbour, [ship]), Override("harbour", "boost", factor=100.0))
    answer = ask(out, "inline", row="ship", limit=3, explain=True)
    assert ids(answer)[:2] == ["recipe", "harbour"]
    assert [item.explain and item.explain.boost for item in answer.items] == [None, 100.0, 1.0]


def test_most_read_is_ordered_by_boosted_counts_and_shows_the_true_ones():
    snapshot = untrained(FOUR, ("a", 5, 9), ("b", 5, 5), ("c", 5, 2))
    out = decided(snapshot, Override("c", "boost", factor=4.0), Override("a", "bury"))
    answer = ask(out, "most_read", window="1h", limit=3)
    assert [(i.article_id, i.score, i.views) for i in answer.items] == [
        ("c", 8.0, 2),
        ("b", 5.0, 5),
        ("a", 0.9, 9),
    ]


def test_latest_has_the_boosted_first_and_the_buried_last():
    out = decided(untrained(FOUR), Override("c", "boost"), Override("d", "boost"),
                  Override("a", "bury"), Override("b", "boost"),
                  Override("b", "bury", factor=0.5))  # fmt: skip
    answer = ask(out, "latest")
    assert ids(answer) == ["c", "d", "b", "a"]
    assert [NOW - i.score for i in answer.items] == [h * HOUR for h in (3, 4, 2, 1)]


def test_what_is_buried_at_nothing_stands_behind_whatever_else_there_is(harbour):
    out = decided(harbour, Override("grain", "bury", factor=0.0))
    answer = ask(out, "related", row="ship", limit=4)
    assert ids(answer) == ["strait", "harbour", "recipe", "grain"]
    assert answer.items[-1].score == 0
    latest = ask(decided(untrained(FOUR), Override("a", "bury", factor=0.0)), "latest")
    assert (ids(latest), latest.items[-1].score) == (["b", "c", "d", "a"], NOW - HOUR)


def test_the_decision_for_one_list_goes_before_the_one_for_every_list(harbour):
    general, special = Override("grain", "boost"), Override("grain", "boost", "related", 5.0)
    for order in ((general, special), (special, general)):
        out = decided(harbour, *order)
        assert ask(out, "related", row="ship", explain=True).items[0].explain.boost == 5.0
        assert ask(out, "inline", row="ship", explain=True).items[0].explain.boost == 2.0


def test_a_boosted_article_is_found_beyond_the_neighbours_that_training_kept():
    """Thirteen neighbours are kept of thirty; the boosted one is the least alike of all."""
    texts = [article(f"n{i:02}", "harbour strike " * (30 - i) + f"word{i} " * i, hours=1)
             for i in range(30)]  # fmt: skip
    tables = {**TABLES, "similarity": {"neighbours": 13}, "vectoriser": {"sublinear_tf": True}}
    snapshot = Model(Recipe("test", tables)).fit(texts, now=NOW).snapshot_
    later = refreshed(snapshot, [article("later", "harbour strike", hours=1)])
    for name in ("n29", "later"):
        out = decided(later, Override(name, "boost", factor=100.0))
        answer = ask(out, "related", row="n00", limit=1, explain=True)
        assert ids(answer) == [name]
        alone = find(out, "default", name)
        shown = verdict(out, Query(row=find(out, "default", "n00")), alone, NOW)
        assert (shown.score, shown.explain) == (answer.items[0].score, answer.items[0].explain)
    buried = decided(later, *(Override(f"n{i:02}", "bury") for i in range(1, 20)))
    assert ids(ask(buried, "related", row="n00", limit=2)) == ["later", "n20"]


# pins


def test_a_pin_takes_its_slot_and_stands_last_where_the_list_is_shorter():
    snapshot = untrained(FOUR, ("a", 5, 9), ("b", 5, 5), ("c", 5, 2))
    out = decided(snapshot, Override("c", "pin", slot=1), Override("d", "pin", slot=9))
    answer = ask(out, "most_read", window="1h", limit=10)
    assert ids(answer) == ["c", "a", "b", "d"]
    assert [i.source for i in answer.items] == ["pinned", "most_read", "most_read", "pinned"]
    assert [(i.score, i.views) for i in answer.items] == [(2.0, 2), (9.0, 9), (5.0, 5), (0.0, 0)]
    assert ids(ask(out, "most_read", window="1h", limit=2)) == ["c", "a"]


def test_of_two_pins_on_a_slot_the_newer_gets_it_and_the_other_contends_for_the_next():
    pins = [Override("d", "pin", slot=1), Override("c", "pin", slot=1)]
    assert ids(ask(decided(untrained(FOUR), *pins), "latest")) == ["c", "d", "a", "b"]
    older = Override("b", "pin", slot=2)
    assert ids(ask(decided(untrained(FOUR), older, *pins), "latest")) == ["c", "d", "b", "a"]
    newer = replace(older)
    assert ids(ask(decided(untrained(FOUR), *pins, newer), "latest")) == ["c", "b", "d", "a"]


def test_other_reports_of_a_pinned_story_leave():
    twins = [article(n, hours=h, url="https://s.example/1") for n, h in (("x", 0.1), ("y", 0.2))]
    out = decided(untrained([*FOUR, *twins]), Override("y", "pin", slot=2))
    assert ids(ask(out, "latest", limit=4)) == ["a", "y", "b", "c"]
    both = decided(out, Override("y", "pin", slot=2), Override("x", "pin", slot=3))
    assert ids(ask(both, "latest", limit=4)) == ["a", "y", "b", "c"]


def test_a_pin_obeys_the_filters_of_the_list_and_of_the_request():
    out = decided(untrained([*FOUR, article("fr", hours=9, language="fr"),
                             article("ad", hours=9, sponsored=True),
                             article("soon", hours=-1), article("art", section=("art",))],
                            ("a", 1, 5)),
                  *(Override(n, "pin", slot=1) for n in ("fr", "ad", "soon", "art")))  # fmt: skip
    assert ids(ask(out, "latest", section="news", language="en")) == ["a", "b", "c", "d"]
    assert ids(ask(out, "latest", section="news", language="fr")) == ["fr"]
    assert ids(ask(out, "latest", section="news", sponsored=True))[0] == "ad"
    assert "ad" not in ids(ask(out, "most_read", sponsored=True, limit=9))
    row = out.corpus.row_of("default", "art")
    assert ids(ask(out, "latest", row="art", limit=1)) == ["a"]
    assert "art" not in ids(ask(out, "latest", exclude=frozenset({row}), limit=9))
    assert ids(ask(out, "latest", language="en"))[0] == "art"


def test_a_pin_in_related_has_its_own_score_or_none_and_no_explanation(harbour):
    scores = {i.article_id: i.score for i in ask(harbour, "related", row="ship", limit=3).items}
    out = decided(harbour, Override("recipe", "pin", slot=1), Override("harbour", "pin", slot=2))
    answer = ask(out, "related", row="ship", limit=3, explain=True)
    assert ids(answer) == ["recipe", "harbour", "grain"]
    assert [i.score for i in answer.items] == [0.0, scores["harbour"], scores["grain"]]
    assert [i.source for i in answer.items] == ["pinned", "pinned", "related"]
    assert [i.explain is None for i in answer.items] == [True, True, False]
    assert "ship" not in ids(ask(decided(harbour, Override("ship", "pin")), "related", row="ship"))


def test_a_pinned_link_of_the_editors_scores_one(harbour):
    ship = replace(article("ship", TEXTS["ship"]), inline_links=("recipe", "strait"))
    out = decided(refreshed(harbour, [ship]), Override("strait", "pin", list="inline", slot=1))
    answer = ask(out, "inline", row="ship", limit=3)
    assert [(i.article_id, i.score, i.source) for i in answer.items][:2] == [
        ("strait", 1.0, "pinned"),
        ("recipe", 1.0, "editors"),
    ]


# when, and where


def test_a_decision_holds_until_before_it_expires_without_any_write():
    out = decided(untrained(FOUR), Override("d", "pin", slot=1, expires_at=NOW + 60),
                  Override("a", "exclude", expires_at=NOW + 120))  # fmt: skip
    at = {s: ids(ask(out, "latest", now=NOW + s)) for s in (0, 59, 60, 119, 120)}
    assert at[0] == at[59] == ["d", "b", "c"]
    assert at[60] == at[119] == ["b", "c", "d"]
    assert at[120] == ["a", "b", "c", "d"]
    assert ids(ask(out, "latest", now=NOW)) == at[0]  # the clock may go back


def test_a_decision_waits_for_its_article_and_follows_it_into_another_row(harbour):
    out = decided(harbour, Override("later", "pin", slot=1), Override("grain", "exclude"))
    assert "later" not in ids(ask(out, "latest"))
    came = refreshed(out, [article("later", "Lentils"), article("grain", "Lentils, again")])
    assert ids(ask(came, "latest"))[0] == "later"
    assert "grain" not in ids(ask(came, "latest", limit=9))
    gone = refreshed(came, deleted=[("default", "later")])
    assert "later" not in ids(ask(gone, "latest", limit=9))
    assert ids(ask(refreshed(gone, [article("later", "Soup")]), "latest"))[0] == "later"


def test_new_views_do_not_undo_decisions(harbour):
    out = decided(harbour, Override("grain", "exclude")).with_views(harbour.views)
    assert "grain" not in ids(ask(out, "latest", limit=9))


def test_a_verdict_tells_of_the_editors(harbour):
    out = decided(harbour, Override("grain", "exclude"), Override("harbour", "boost"),
                  Override("recipe", "pin", slot=2))  # fmt: skip
    query = Query(row=find(out, "default", "ship"))
    told = {n: verdict(out, query, find(out, "default", n), NOW) for n in TEXTS}
    assert (told["grain"].rank, told["grain"].reasons) == (None, ("an editor excluded it",))
    assert (told["recipe"].rank, told["recipe"].reasons) == (2, ("an editor pinned it",))
    assert told["harbour"].explain.boost == 2.0


def test_titles_of_lists_do_not_change_with_decisions(harbour):
    plain, out = (ask(s, "latest") for s in (harbour, decided(harbour, Override("x", "pin"))))
    assert plain.document() == out.document()


# the page


def page(snapshot, name, blocks):
    query = Query(row=find(snapshot, "default", name))
    return compose(snapshot, query, parse_blocks(blocks), NOW).blocks


def test_an_article_pinned_in_several_blocks_stands_in_the_first_only(harbour):
    out = decided(harbour, Override("recipe", "pin", slot=1))
    blocks = page(out, "ship", "latest:2,related:2,most_read/*:2")
    assert [ids(a).count("recipe") for a in blocks.values()] == [1, 0, 0]
    assert ids(blocks["latest"])[0] == "recipe"


def test_most_read_that_is_topped_up_has_its_pins_at_their_slots(sample_model):
    snapshot = refreshed(sample_model.snapshot_, [article("x", section=("lonely",))])
    out = decided(snapshot, Override("x", "pin", list="most_read", slot=3))
    anchor = "en-sport-01"
    assert ids(page(out, anchor, "most_read/*:5")["most_read/*"])[2] == "x"
    assert "x" not in ids(page(out, anchor, "most_read:5")["most_read"])


def test_a_pin_is_kept_though_the_section_block_to_come_is_small(harbour):
    few = [article(f"s{i}", hours=i + 1, section=("small",)) for i in range(3)]
    out = decided(refreshed(harbour, few), Override("s1", "pin", list="latest", slot=2))
    blocks = page(out, "ship", "latest:3,section/small:3")
    assert ids(blocks["latest"]) == ["grain", "s1", "harbour"]
    assert ids(blocks["section/small"]) == ["s0", "s2"]
