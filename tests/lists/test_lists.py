"""Every list, on newsrooms small enough to be worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from recsys.data.corpus import Corpus
from recsys.data.views import KeyedCounts, ViewCounts
from recsys.errors import RequestError
from recsys.lists import LISTS, Query, recommend
from recsys.lists.explain import verdict
from recsys.model import Model, find, refreshed
from recsys.recipe import Recipe
from recsys.records import Article
from recsys.settings import ListSettings, Settings, Site
from recsys.snapshot import Snapshot
from recsys.times import DAY, HOUR, MINUTE, UNKNOWN

NOW = 1_800_000_000


def article(name, text="", hours=1, **fields):
    fields.setdefault("section", ("news",))
    fields.setdefault("language", "en")
    published = UNKNOWN if hours is None else NOW - int(hours * HOUR)
    return Article(name, title=fields.pop("title", name), body=text,
                   published_at=fields.pop("published_at", published), **fields)  # fmt: skip


def counts(*reads, readers=()):
    """From (id, minutes ago, views) and (id, days ago, readers)."""
    keys = sorted({("default", r[0]) for r in [*reads, *readers]})
    place = {key[1]: i for i, key in enumerate(keys)}
    v = np.array([(place[a], NOW // 60 - ago, n) for a, ago, n in reads], dtype=np.int32)
    r = np.array([(place[a], NOW // DAY - ago, n) for a, ago, n in readers], dtype=np.int32)
    return KeyedCounts(keys, *v.reshape(-1, 3).T, *r.reshape(-1, 3).T, 1)


def untrained(articles, seen=None, settings=None):
    corpus = Corpus.of(articles)
    views = ViewCounts.of(seen or KeyedCounts(), corpus, len(corpus))
    return Snapshot.untrained(corpus, views, settings)


def trained(articles, seen=None, tables=None, settings=None):
    model = Model(Recipe("test", tables or {}), settings or Settings())
    return model.fit(articles, seen, now=NOW).snapshot_


def ids(answer):
    return [item.article_id for item in answer.items]


def ask(snapshot, name, **query):
    if isinstance(query.get("row"), str):
        query["row"] = find(snapshot, "default", query["row"])
    return recommend(snapshot, name, Query(**query), NOW)


# latest, section


def test_latest_is_newest_first_undated_last_and_the_future_not_at_all():
    snapshot = untrained([
        article("old", hours=5), article("new", hours=1), article("undated", hours=None),
        article("future", hours=-1), article("newest", hours=0),
    ])  # fmt: skip
    assert ids(ask(snapshot, "latest", limit=9)) == ["newest", "new", "old", "undated"]


def test_an_article_appears_at_the_second_of_its_publication():
    snapshot = untrained([article("a", published_at=NOW + 1)])
    assert ids(recommend(snapshot, "latest", Query(), NOW)) == []
    assert ids(recommend(snapshot, "latest", Query(), NOW + 1)) == ["a"]


def test_lists_never_cross_sites():
    snapshot = untrained([article("a"), replace(article("a", hours=0), site="other")])
    assert [i.published_at for i in ask(snapshot, "latest").items] == [NOW - HOUR]
    assert ids(ask(snapshot, "latest", site="nowhere")) == []


def test_a_section_is_never_filled_from_others():
    snapshot = untrained([article("a", section=("sport", "news")), article("b", section=("art",))])
    assert ids(ask(snapshot, "section", section="news")) == ["a"]
    assert ids(ask(snapshot, "section", section="nothing")) == []


def test_one_page_at_two_addresses_stands_once():
    snapshot = untrained([
        article("a", hours=2, url="https://s.example/1?utm_source=x"),
        article("b", hours=1, url="https://S.example/1/"),
    ])  # fmt: skip
    answer = ask(snapshot, "latest")
    assert ids(answer) == ["b"]
    assert answer.items[0].story_id == "a"


def test_sponsored_articles_are_listed_only_when_asked_for_and_never_most_read():
    snapshot = untrained([article("ad", sponsored=True)], counts(("ad", 1, 9)))
    assert ids(ask(snapshot, "latest")) == []
    assert ask(snapshot, "latest", sponsored=True).items[0].sponsored
    assert ids(ask(snapshot, "most_read", sponsored=True)) == ["ad"][:0]


def test_an_article_without_any_text_is_never_shown():
    assert ids(ask(untrained([article("a", title=None)]), "latest")) == []


def test_a_missing_title_is_the_first_nine_words():
    snapshot = untrained(
        [article("a", "one two three four five six seven eight nine ten.", title=None)]
    )
    assert ask(snapshot, "latest").items[0].title == "one two three four five six seven eight nine…"


@pytest.mark.parametrize("name", [n for n in LISTS if n not in ("related", "inline")])
def test_every_list_leaves_out_what_it_is_told_to(name):
    snapshot = untrained([article(n) for n in "abcdef"], counts(*((n, 1, 5) for n in "abcdef")))
    row = snapshot.corpus.row_of("default", "a")
    out = frozenset({snapshot.corpus.row_of("default", "b")})
    found = ids(ask(snapshot, name, row=row, exclude=out, limit=100, section="news"))
    assert sorted(found) == ["c", "d", "e", "f"]


@pytest.mark.parametrize("name", ["latest", "most_read", "trending"])
def test_languages_and_ages_are_obeyed(name):
    snapshot = untrained(
        [
            article("a", language="ar"),
            article("b"),
            article("c", hours=50),
            article("d", hours=None),
        ],
        counts(*((n, 1, 5) for n in "abcd")),
    )
    assert sorted(ids(ask(snapshot, name, language="en"))) == ["b", "c", "d"]
    assert ids(ask(snapshot, name, language="ar")) == ["a"]
    assert ids(ask(snapshot, name, language="fr")) == []
    assert sorted(ids(ask(snapshot, name, max_age=2 * HOUR))) == ["a", "b"]


# most read


def test_a_window_is_ordered_by_the_count_it_shows_and_ties_go_to_the_newer():
    snapshot = untrained(
        [article("a", hours=3), article("b", hours=2), article("c", hours=1)],
        counts(("a", 10, 4), ("b", 30, 4), ("c", 50, 9), ("c", 70, 100)),
    )
    answer = ask(snapshot, "most_read", window="1h", limit=3)
    assert [(i.article_id, i.views) for i in answer.items] == [("c", 9), ("b", 4), ("a", 4)]
    assert (answer.window, answer.window_used, answer.degraded) == ("1h", "1h", False)


def test_now_prefers_what_is_read_now():
    snapshot = untrained([article("a"), article("b")], counts(("a", 1, 20), ("b", 600, 30)))
    answer = ask(snapshot, "most_read", limit=2)
    assert [(i.article_id, i.views) for i in answer.items] == [("a", 20), ("b", 30)]


def test_a_thin_window_is_widened_and_says_so():
    snapshot = untrained([article("a"), article("b")], counts(("a", 5, 1), ("b", 300, 2)))
    answer = ask(snapshot, "most_read", window="1h", limit=2)
    assert ids(answer) == ["b", "a"]
    assert (answer.window_used, answer.degraded, answer.reason) == ("6h", True, "thin_window")


def test_without_views_the_latest_stand_in():
    answer = ask(untrained([article("a"), article("b", hours=2)]), "most_read", limit=2)
    assert ids(answer) == ["a", "b"]
    assert [i.source for i in answer.items] == ["latest", "latest"]
    assert (answer.degraded, answer.reason, answer.window_used) == (True, "no_views", None)


def test_today_begins_at_the_sites_midnight():
    settings = Settings(sites={"default": Site(time_zone="Asia/Kathmandu")})
    # NOW is 13:45 in Kathmandu: its day began 825 minutes ago.
    seen = counts(("a", 824, 1), ("b", 826, 2))
    snapshot = untrained([article("a"), article("b")], seen, settings)
    assert ids(ask(snapshot, "most_read", window="today", limit=1)) == ["a"]
    assert ids(ask(snapshot, "most_read", window="yesterday", limit=1)) == ["b"]


def test_reports_of_one_story_are_counted_together():
    snapshot = untrained(
        [
            article("a", url="https://s.example/1"),
            article("b", url="https://s.example/1"),
            article("c"),
        ],
        counts(("a", 1, 3), ("b", 1, 4), ("c", 1, 6)),
    )
    answer = ask(snapshot, "most_read", window="1h", limit=2)
    assert [(i.article_id, i.views) for i in answer.items] == [("b", 7), ("c", 6)]


def test_readers_add_up_by_day():
    seen = counts(("a", 5, 9), ("b", 5, 1), readers=[("a", 0, 2), ("b", 0, 1), ("b", 1, 4)])
    snapshot = untrained([article("a"), article("b")], seen)
    today = ask(snapshot, "most_read", window="today", unit="readers", limit=2)
    assert [(i.article_id, i.views) for i in today.items] == [("a", 2), ("b", 1)]
    both = ask(snapshot, "most_read", window="3d", unit="readers", limit=2)
    assert [(i.article_id, i.views) for i in both.items] == [("b", 5), ("a", 2)]


def test_an_unknown_window_is_refused():
    with pytest.raises(RequestError, match="window: must be one of now, 1h"):
        ask(untrained([article("a")]), "most_read", window="2h")


def test_most_read_of_a_section_counts_only_the_section():
    snapshot = untrained(
        [article("a", section=("sport",)), article("b", section=("art",))],
        counts(("a", 1, 1), ("b", 1, 9)),
    )
    assert ids(ask(snapshot, "most_read", section="sport", limit=5)) == ["a"]


# trending


def test_what_rises_comes_before_what_is_read_always():
    past = [(n, 60 * h, 20) for n in "ab" for h in range(1, 25)]
    snapshot = untrained([article("a"), article("b")], counts(*past, ("a", 1, 5), ("b", 1, 60)))
    answer = ask(snapshot, "trending", limit=2)
    assert ids(answer) == ["b", "a"]
    assert [i.source for i in answer.items] == ["trending", "most_read"]
    assert (answer.degraded, answer.reason) == (True, "thin_window")


# related, inline


TEXTS = {
    "ship": "The ship carried grain through the strait to the northern harbour",
    "grain": "Grain prices fell as the ship reached the northern harbour",
    "harbour": "The harbour workers of the north ended their strike",
    "match": "The striker scored twice in the final of the cup",
    "cup": "The cup final was won by the striker and his captain",
    "recipe": "Lentils with lemon and olive oil for a winter evening",
}


@pytest.fixture(scope="module")
def harbour():
    return trained(
        [article(n, t, hours=i + 1, section=()) for i, (n, t) in enumerate(TEXTS.items())]
    )


def test_related_is_near_in_words_and_never_itself(harbour):
    answer = ask(harbour, "related", row="ship", limit=2)
    assert ids(answer) == ["grain", "harbour"]
    assert not answer.degraded


def test_the_factors_multiply_to_the_score_and_the_shares_sum_to_the_cosine(harbour):
    for item in ask(harbour, "related", row="ship", limit=2, explain=True).items:
        why = item.explain
        product = why.similarity * why.freshness * why.popularity * why.boost
        assert product == pytest.approx(item.score, abs=1e-6)
        assert sum(t.share for t in why.terms) == pytest.approx(why.cosine, abs=1e-9)
        assert {t.term for t in why.terms} & {"northern", "harbour", "ship", "Grain", "grain"}


def test_what_is_not_similar_only_fills_up_and_says_so(harbour):
    answer = ask(harbour, "related", row="recipe", limit=5, explain=True)
    assert len(answer.items) == 5
    assert (answer.degraded, answer.reason) == (True, "few_similar")
    filled = [item for item in answer.items if item.source != "related"]
    assert filled
    assert all(item.explain is None and item.score == 0 for item in filled)


def test_without_a_model_related_degrades():
    snapshot = untrained([article(n) for n in "abc"], counts(("c", 1, 1)))
    answer = ask(snapshot, "related", row="a", limit=5)
    assert ids(answer) == ["c", "b"]
    assert [i.source for i in answer.items] == ["most_read", "latest"]
    assert (answer.degraded, answer.reason, answer.model) == (True, "no_model", None)


def test_the_fresher_and_the_more_read_come_first():
    same = "budget vote in parliament after a long debate"
    texts = [article("anchor", same + " today"), article("old", same + " one", hours=24 * 90),
             article("new", same + " two", hours=24 * 80)]  # fmt: skip
    tables = {"stories": {"min_cosine": 2.0}, "freshness": {"half_life_days": 30.0, "floor": 0.01}}
    assert ids(ask(trained(texts, tables=tables), "related", row="anchor", limit=2)) == [
        "new",
        "old",
    ]
    seen = counts(("old", 1, 50))
    tables["blend"] = {"popularity": 1.0}
    snapshot = trained(texts, seen, tables)
    assert ids(ask(snapshot, "related", row="anchor", limit=2)) == ["old", "new"]


def test_two_reports_of_one_event_never_stand_in_one_list():
    twin = "The minister opened the new bridge over the river in the morning"
    texts = [article("anchor", "The bridge over the river was closed for repairs by the minister"),
             article("a", twin, hours=2), article("b", twin, hours=3)]  # fmt: skip
    answer = ask(trained(texts), "related", row="anchor", limit=5)
    assert len(set(ids(answer)) & {"a", "b"}) == 1
    assert answer.items[0].story_id == "b"


def test_a_second_report_is_not_related_to_the_first(harbour):
    twin = "The minister opened the new bridge over the river in the morning"
    texts = [article("a", twin), article("b", twin, hours=2), article("c", "A river flooded")]
    assert "b" not in ids(ask(trained(texts), "related", row="a", limit=5))


def test_editors_links_come_first_and_related_follows():
    links = ("https://s.example/cup", "recipe", "nowhere", "ship")
    texts = [article(n, t, url=f"https://s.example/{n}") for n, t in TEXTS.items() if n != "ship"]
    texts.append(article("ship", TEXTS["ship"], inline_links=links))
    answer = ask(trained(texts), "inline", row="ship", limit=3)
    assert ids(answer) == ["cup", "recipe", "grain"]
    assert [i.source for i in answer.items] == ["editors", "editors", "related"]


def test_a_text_that_was_never_stored_has_its_list(harbour):
    from recsys.text.vectoriser import Document

    vector = harbour.space.vector_of(Document("en", {"body": "the cup and its captain"}))
    assert ids(ask(harbour, "related", vector=vector, language="en", limit=1)) == ["cup"]


def test_a_text_of_unknown_words_is_filled_up(harbour):
    from recsys.text.vectoriser import Document

    vector = harbour.space.vector_of(Document("en", {"body": "xyzzy"}))
    answer = ask(harbour, "related", vector=vector, limit=3)
    assert len(answer.items) == 3
    assert answer.reason == "few_similar"


def test_another_language_is_found_when_asked_for():
    texts = [
        article("a", "Zinedine Kacem wins the long race in the capital"),
        article("b", "Zinedine Kacem gagne la course de la capitale", language="fr"),
        article("c", "Zinedine Kacem speaks of a new club for the young"),
    ]
    snapshot = trained(texts)
    assert ids(ask(snapshot, "related", row="a", limit=1)) == ["c"]
    answer = ask(snapshot, "related", row="a", limit=1, language="fr")
    assert (ids(answer), answer.items[0].source) == (["b"], "related")


# refreshed


def test_a_new_article_has_its_list_and_stands_in_others(harbour):
    breaking = article(
        "breaking", "A pilot boat waited in the strait for grain and a tug", hours=0, section=()
    )
    after = refreshed(harbour, [breaking])
    assert ids(ask(after, "related", row="breaking", limit=2)) == ["ship", "grain"]
    assert "breaking" in ids(ask(after, "related", row="ship", limit=3))
    assert ids(ask(after, "latest", limit=1)) == ["breaking"]
    assert "breaking" not in ids(ask(harbour, "latest", limit=9))


def test_an_appended_article_scores_as_a_trained_one_would(harbour):
    """The fold-in against training, with the vocabulary and idf held."""
    row = find(harbour, "default", "ship")
    again = refreshed(harbour, [replace(article("again", TEXTS["ship"]), title="ship", section=())])
    new = find(again, "default", "again")
    assert again.space.vector(new)[0].tolist() == again.space.vector(row)[0].tolist()
    assert again.space.vector(new)[1].tolist() == again.space.vector(row)[1].tolist()
    assert again.leaders[new] == again.leaders[row]


def test_a_changed_article_replaces_the_old_one_everywhere(harbour):
    changed = article("grain", "Lentils and oil make a soup", hours=0.5, title="Soup", section=())
    after = refreshed(harbour, [changed])
    assert "grain" not in ids(ask(after, "related", row="ship", limit=1))
    assert ids(ask(after, "latest", limit=9)).count("grain") == 1
    assert ids(ask(after, "related", row="recipe", limit=1)) == ["grain"]


def test_a_deleted_article_is_gone_from_every_list(harbour):
    after = refreshed(harbour, deleted=[("default", "grain")])
    assert after.corpus.row_of("default", "grain") == -1
    for name in ("latest", "related", "inline", "most_read", "trending"):
        assert "grain" not in ids(ask(after, name, row="ship", limit=9))


def test_views_follow_an_article_into_its_new_row(harbour):
    seen = ViewCounts.of(counts(("grain", 1, 7)), harbour.corpus, len(harbour.corpus))
    after = refreshed(replace(harbour, views=seen), [article("grain", "New text of the grain")])
    assert ask(after, "most_read", window="1h", limit=1).items[0].views == 7


def test_many_small_refreshes_equal_one(harbour):
    texts = [article(f"n{i}", f"{TEXTS['ship']} number {i}", hours=0.1 * i) for i in range(5)]
    once = refreshed(harbour, texts)
    steps = harbour
    for one in texts:
        steps = refreshed(steps, [one])
    for name in ("latest", "related"):
        first, second = (ask(s, name, row="ship", limit=9) for s in (once, steps))
        assert ids(first) == ids(second)
        assert [i.score for i in first.items] == [i.score for i in second.items]


# why


def test_a_verdict_names_what_keeps_an_article_out(harbour):
    def of(a, b, snapshot=harbour):
        query = Query(row=find(snapshot, "default", a))
        return verdict(snapshot, query, find(snapshot, "default", b), NOW)

    assert of("ship", "grain").rank == 1
    assert of("ship", "ship").reasons == ("it is the same article",)
    assert "min_similarity" in of("ship", "recipe").reasons[0]
    future = refreshed(
        harbour, [article("later", TEXTS["ship"] + " then", hours=-2, language="fr")]
    )
    assert set(of("ship", "later", future).reasons) >= {
        "it is not published yet",
        "it is in another language",
    }


# the answer


def test_titles_are_cut_to_the_words_the_site_wants():
    settings = Settings(lists={"latest": ListSettings(title_words=2)})
    answer = ask(untrained([article("a", title="One two three")], settings=settings), "latest")
    assert (answer.items[0].title, answer.items[0].title_short) == ("One two three", "One two…")


def test_arabic_reads_from_the_right_and_has_arabic_headings():
    settings = Settings(sites={"default": Site(language="ar")})
    answer = ask(
        untrained([article("a", title="خبر جديد", language="ar")], settings=settings), "most_read"
    )
    assert answer.heading == "الأخبار الأكثر قراءة"
    assert answer.items[0].dir == "rtl"


def test_equal_lists_have_equal_ids_and_other_lists_others(harbour):
    first, second = (ask(harbour, "related", row="ship", limit=2) for _ in range(2))
    assert first.rec_id == second.rec_id
    assert first.rec_id != ask(harbour, "related", row="ship", limit=1).rec_id
    assert first.rec_id != ask(harbour, "related", row="grain", limit=2).rec_id


def test_an_answer_knows_until_when_it_knows(harbour):
    assert ask(harbour, "latest").data_until == NOW - HOUR
    seen = ViewCounts.of(counts(("grain", 3, 1)), harbour.corpus, len(harbour.corpus))
    after = replace(harbour, views=seen)
    assert ask(after, "latest").data_until == (NOW // MINUTE - 3) * MINUTE


def test_the_document_has_the_fields_of_the_contract_in_order(harbour):
    document = ask(harbour, "related", row="ship", limit=1, explain=True).document()
    assert list(document) == [
        "list", "heading", "rec_id", "generated_at", "data_until", "model", "degraded", "reason",
        "window", "window_used", "section", "unit", "items",
    ]  # fmt: skip
    assert list(document["items"][0]) == [
        "rank", "article_id", "url", "title", "title_short", "section", "published_at",
        "image_url", "language", "dir", "publisher", "sponsored", "score", "source", "story_id",
        "views", "explain", "override",
    ]  # fmt: skip
    assert "explain" not in ask(harbour, "related", row="ship").document()["items"][0]
