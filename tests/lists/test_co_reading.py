"""Related lists of readers' making, on a newsroom small enough to be worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from recsys import saving
from recsys.errors import ModelError
from recsys.lists import Query, recommend
from recsys.lists.explain import verdict
from recsys.model import Model, find, refreshed
from recsys.recipe import Recipe
from recsys.records import Article, Event
from recsys.soundness import check_arrays

NOW = 1_800_000_000
TEXTS = {
    "flood": "flood in the valley after heavy rain",
    "dam": "heavy rain fills the dam of the valley",
    "final": "the cup final goes to penalties",
    "goal": "striker scores a goal at last",
    "bread": "price of bread and flour",
}


def articles():
    return [
        Article(name, title=text, language="en", section=(name,), published_at=NOW - 3600)
        for name, text in TEXTS.items()
    ]


def session(name, *read):
    return [
        Event((NOW - 600 + 10 * i) * 1000, article_id, session_id=name)
        for i, article_id in enumerate(read)
    ]


def events():
    """Four of five readers of the flood go on to the final, one to the goal."""
    found = [event for i in range(4) for event in session(f"s{i}", "flood", "final")]
    return found + session("s5", "flood", "goal")


def model(weight, told=None, name="test", **co_reading):
    tables = {"blend": {"co_reading": weight, "popularity": 0.0, "freshness": 0.0}}
    if co_reading:
        tables["co_reading"] = co_reading
    made = Model(Recipe(name, tables))
    return made.fit(articles(), now=NOW, events=events() if told is None else told)


def ids(answer):
    return [item.article_id for item in answer.items if item.source == "related"]


def test_at_weight_nought_nothing_is_learned_of_sessions_and_no_event_is_looked_at():
    def never():
        raise AssertionError("an event was looked at")
        yield

    made = model(0.0, never())
    assert made.snapshot_.co_reading is None
    assert ids(made.related("flood")) == ["dam"]
    assert made.name.version == model(0.0, []).name.version


def test_what_is_read_next_is_listed_however_little_the_texts_are_alike():
    assert ids(model(1.0, prior_reads=1.0).related("flood")) == ["final", "goal"]
    assert ids(model(0.5, prior_reads=1.0).related("flood")) == ["final", "dam", "goal"]


def test_the_score_is_the_product_and_the_similarity_the_mix_of_its_parts():
    answer = model(0.4, prior_reads=1.0).related("flood", explain=True)
    seen = [item for item in answer.items if item.source == "related"]
    assert len(seen) == 3
    for item in seen:
        why = item.explain
        product = why.similarity * why.freshness * why.popularity * why.boost
        assert product == pytest.approx(item.score, abs=1e-6)
        assert why.similarity == pytest.approx(0.6 * why.cosine + 0.4 * why.co_reading, abs=1e-6)
        assert sum(term.share for term in why.terms) == pytest.approx(why.cosine, abs=1e-6)
        assert why.document()["co_reading"] == why.co_reading
    # long = 5 next reads of ten minutes ago: 5 * 2 ** (-1 / 144); the best has long / (long + 1).
    long = sum(2 ** (-(600 - 10) / 3600 / 24) for _ in range(5))
    best = {item.article_id: item.explain.co_reading for item in seen}
    assert best["final"] == pytest.approx(long / (long + 1), abs=1e-5)
    assert best["dam"] == 0


def test_a_list_without_sessions_says_nothing_of_them():
    answer = model(0.0).related("flood", explain=True)
    assert "co_reading" not in answer.document()["items"][0]["explain"]


def test_a_verdict_counts_what_readers_do():
    snapshot = model(1.0).snapshot_
    rows = {name: find(snapshot, "default", name) for name in TEXTS}
    found = verdict(snapshot, Query(row=rows["flood"]), rows["final"], NOW)
    assert found.rank == 1
    assert found.reasons == ()
    assert found.explain.co_reading > 0
    missed = verdict(snapshot, Query(row=rows["flood"]), rows["bread"], NOW)
    assert "under min_similarity" in missed.reasons[0]


def test_what_is_read_after_the_training_is_not_known():
    later = [replace(event, timestamp=(NOW + 1) * 1000) for event in events()]
    assert ids(model(0.5, later).related("flood")) == ["dam"]
    assert ids(model(1.0, later).related("flood")) == []


def test_filters_hold_for_what_is_read_too():
    answer = model(1.0, prior_reads=1.0).related("flood", section="goal")
    assert ids(answer) == ["goal"]


def test_a_single_reader_is_no_reason_to_list_an_article():
    # 1 of 5, by a prior of 20 reads: 1/4 of the best, which has 5 / 25, is under 0.05.
    assert ids(model(1.0).related("flood")) == ["final"]


def test_an_article_that_came_later_has_no_partners_and_the_others_keep_theirs():
    snapshot = refreshed(model(0.5, prior_reads=1.0).snapshot_, [Article("new", title="A new one")])
    own = recommend(snapshot, "related", Query(row=find(snapshot, "default", "new")), NOW)
    assert ids(own) == []
    asked = Query(row=find(snapshot, "default", "flood"))
    assert ids(recommend(snapshot, "related", asked, NOW)) == ["final", "dam", "goal"]


def test_what_was_saved_answers_as_what_was_trained(tmp_path):
    made = model(0.5, prior_reads=1.0)
    saving.publish(made, tmp_path)
    loaded = saving.load(tmp_path, "test")
    for name in TEXTS:
        asked = made.related(name, explain=True).document()
        assert loaded.related(name, explain=True).document() == asked
    assert loaded.facts_["articles_with_partners"] == 3
    again = model(0.5, events()[::-1], prior_reads=1.0)
    assert saving.publish(again, tmp_path / "again") == made.name.version


def test_other_sessions_are_another_version():
    assert model(0.5).name.version != model(0.5, events()[:4]).name.version


HARMS = {
    "partners_indices": (9, "must lie from 0 to 4"),
    "partners_data": (np.nan, "must lie from 0 to 1"),
    "partners_indptr": (-1, "do not lead through their array"),
}


@pytest.mark.parametrize("name", HARMS)
def test_partners_that_training_cannot_have_written_are_refused(name):
    arrays, labels = saving._arrays(model(0.5).snapshot_)
    check_arrays(arrays, labels)
    value, trouble = HARMS[name]
    spoilt = arrays[name].copy()
    spoilt[1] = value
    with pytest.raises(ModelError, match=rf"{name}\.npy: its values {trouble}"):
        check_arrays({**arrays, name: spoilt}, labels)
    with pytest.raises(ModelError, match=r"is missing|are too many"):
        check_arrays({k: v for k, v in arrays.items() if k != name}, labels)


def test_partners_out_of_order_are_refused():
    arrays, labels = saving._arrays(model(0.5).snapshot_)
    order = arrays["partners_indices"].copy()
    place = int(arrays["partners_indptr"][find(model(0.5).snapshot_, "default", "flood")])
    order[place : place + 2] = order[place : place + 2][::-1].copy()
    with pytest.raises(ModelError, match="are not in order"):
        check_arrays({**arrays, "partners_indices": order}, labels)
