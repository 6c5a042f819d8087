"""What vouches for a very short item, on rows that can be worked out by hand, and slowly."""

import json
from dataclasses import replace

import numpy as np
import pytest

from recsys import saving
from recsys.incremental import Changes, retrained
from recsys.lists import Query
from recsys.lists.explain import verdict
from recsys.model import Model, find, refreshed
from recsys.recipe import Recipe
from recsys.records import Article
from recsys.signals.short_items import LENDERS, lent
from recsys.signals.similarity import Similarity
from recsys.times import UNKNOWN
from tests.signals.test_space import articles as many

NOW = 1_800_000_000
DAY = 86_400
WHOLE = "harbour strike ship grain captain union"
TEXTS = {  # days ago, text
    "older": (9, f"{WHOLE} lentil"),
    "caption": (5, "strike video"),  # two terms, one of which nothing else has
    "later": (2, f"{WHOLE} budget"),
    "read": (1, f"{WHOLE} soup"),
}
TABLES = {
    "similarity": {"short_terms": 3, "lent": 0.5, "min_similarity": 0.01},
    "blend": {"freshness": 0.0, "popularity": 0.0},
    "stories": {"min_cosine": 1.0},
}


def articles(texts=TEXTS):
    return [
        Article(name, title=text, language="en", published_at=NOW - days * DAY)
        for name, (days, text) in texts.items()
    ]


def model(articles_, **similarity):
    tables = {**TABLES, "similarity": {**TABLES["similarity"], **similarity}}
    return Model(Recipe("test", tables)).fit(articles_, now=NOW)


def why(made, other="caption", read="read"):
    answer = made.related(read, explain=True)
    return next(item.explain for item in answer.items if item.article_id == other)


def test_half_of_what_the_lender_has_more_is_added_to_the_cosine_of_a_short_item():
    before, found = why(model(articles(), lent=0.0)), why(model(articles()))
    assert before.lent is None
    assert before.similarity == before.cosine == found.cosine
    assert found.lent.article_id == "older"  # "later" came after the caption
    assert found.lent.cosine == why(model(articles()), "older").cosine
    assert found.similarity == pytest.approx((found.cosine + found.lent.cosine) / 2, abs=1e-6)
    assert sum(term.share for term in found.terms) == pytest.approx(found.cosine, abs=1e-9)


def test_the_explanation_names_what_vouches_only_where_something_does():
    made = model(articles())
    assert why(made).document()["lent"] == {
        "article_id": "older",
        "cosine": why(made).lent.cosine,
        "weight": 0.5,
    }
    assert "lent" not in why(made, "later").document()
    json.dumps(why(made).document())


def test_the_verdict_on_a_pair_says_the_same_as_the_list():
    snapshot = model(articles()).snapshot_
    pair = [find(snapshot, "default", name) for name in ("read", "caption")]
    found = verdict(snapshot, Query("default", pair[0]), pair[1], NOW)
    assert found.explain == why(model(articles()))


def test_what_is_not_similar_enough_itself_is_not_let_in_by_its_neighbours():
    made = model(articles(), min_similarity=0.3)
    assert why(model(articles(), lent=0.0)).cosine < 0.3 < why(model(articles())).similarity
    listed = [i.article_id for i in made.related("read").items if i.source == "related"]
    assert "caption" not in listed


def test_where_all_is_short_or_undated_nothing_changes():
    assert why(model(articles(), short_terms=100)).lent is None
    undated = [replace(a, published_at=UNKNOWN) for a in articles() if a.article_id == "caption"]
    dated = [a for a in articles() if a.article_id != "caption"]
    assert why(model(dated + undated)).lent is None


def video(text="strike soup"):
    """Nothing is new in its words."""
    return Article("caption", title=text, language="en", published_at=NOW - 5 * DAY)


def others():
    bread = {f"bread{i}": (20 + i, f"bread flour price wheat {'oven ' * i}") for i in range(4)}
    return articles({name: TEXTS[name] for name in ("older", "later", "read")} | bread)


def pair(snapshot):
    rows = [find(snapshot, "default", name) for name in ("read", "caption")]
    return verdict(snapshot, Query("default", rows[0]), rows[1], NOW).explain


def test_what_came_after_the_training_is_vouched_for_as_what_was_trained():
    before, trained = model(others()), model([*others(), video()])
    appended = pair(refreshed(before.snapshot_, [video()]))
    since = retrained(before, Model(before.recipe), Changes([video()]), now=NOW)
    for found in (pair(trained.snapshot_), appended, pair(since.snapshot_)):
        assert found.lent.article_id == "older"
        assert found.similarity == pytest.approx((found.cosine + found.lent.cosine) / 2, abs=1e-6)
    assert appended == pair(since.snapshot_)  # both with the idf of before


def test_a_saved_model_lends_as_it_did(tmp_path):
    made = model(articles())
    version = saving.publish(made, tmp_path)
    again = saving.load(tmp_path, "test", version=version)
    assert why(again) == why(made)


def slowly(similarity, space, published, anchor, rows, cosines):
    """The same, article by article."""
    found, lenders = cosines.copy(), np.full(rows.size, -1)
    for i, row in enumerate(rows.tolist()):
        if space.vector(row)[0].size >= similarity.short_terms:
            continue
        if cosines[i] < similarity.min_similarity:
            continue
        near = [n for n in space.near[row].tolist() if n >= 0 and published[n] < published[row]]
        near = [n for n in near if space.vector(n)[0].size >= similarity.short_terms][:LENDERS]
        with_anchor = [(round(float(space.dense(space.vector(n)) @ space.dense(anchor)), 6), n)
                       for n in near]  # fmt: skip
        best = max((cosine for cosine, _ in with_anchor), default=0.0)
        if best > cosines[i]:
            found[i] = round(cosines[i] + similarity.lent * (best - cosines[i]), 6)
            lenders[i] = 1
    return found, lenders


@pytest.mark.parametrize("seed", range(6))
def test_it_is_what_a_loop_over_articles_finds(seed):
    similarity = Similarity(short_terms=4, lent=0.3)
    dated = [replace(a, published_at=1000 + i // 2) for i, a in enumerate(many(seed, 60))]
    space = Model().fit(dated, now=NOW).snapshot_.space
    published = np.array([a.published_at for a in dated], dtype=np.int64)
    lent_to = 0
    for row in range(0, 60, 7):
        rows, cosines = space.all_similar(space.vector(row))
        rows, cosines = rows[rows != row], cosines[rows != row]
        found = lent(similarity, space, published, space.vector(row), rows, cosines)
        expected, lenders = slowly(similarity, space, published, space.vector(row), rows, cosines)
        if found is None:
            assert (lenders < 0).all()
            continue
        lent_to += np.count_nonzero(lenders > 0)
        assert found.similarity == pytest.approx(expected, abs=2e-6)
        assert ((found.lenders >= 0) == (lenders >= 0)).all()
    assert lent_to > 0


@pytest.mark.parametrize(("name", "value"), [("lent", 1.5), ("lent", -0.1), ("short_terms", -1)])
def test_shares_beyond_one_and_negative_lengths_are_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} must be"):
        Similarity(**{name: value}).check()
