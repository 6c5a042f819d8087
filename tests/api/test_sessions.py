"""A service whose model wants sessions learns what is read with what as it goes."""

import pytest

from recsys import saving
from recsys.api import upkeep
from recsys.model import Model
from recsys.recipe import Recipe
from recsys.settings import Settings
from recsys.times import DAY
from tests.test_live import NOW, WANTS_SESSIONS, partners, session, three_articles


@pytest.fixture
def store():
    with three_articles() as (store, _):
        yield store


def test_a_service_learns_at_its_first_look_and_then_when_it_is_time(store, tmp_path, monkeypatch):
    made = Model(Recipe("test", WANTS_SESSIONS)).fit(store.articles(), now=NOW - DAY)
    saving.publish(made, tmp_path)
    store.put_events(session("s", 60, "a", "b"))
    serving = upkeep.Upkeep(store, tmp_path, "test", Settings(), lambda: NOW)
    serving.follow_store()
    assert partners(serving.snapshot, "a") == ["b"]
    store.put_events(session("t", 30, "a", "c"))
    serving.follow_store()
    assert partners(serving.snapshot, "a") == ["b"]  # a minute has not gone by
    monkeypatch.setattr(upkeep.time, "monotonic", lambda begun=upkeep.time.monotonic: begun() + 60)
    serving.follow_store()
    assert partners(serving.snapshot, "a") == ["b", "c"]


def test_a_new_model_learns_at_once(store, tmp_path):
    recipe = Recipe("test", WANTS_SESSIONS)
    saving.publish(Model(recipe).fit(store.articles(), now=NOW - DAY), tmp_path)
    store.put_events(session("s", 60, "a", "b"))
    serving = upkeep.Upkeep(store, tmp_path, "test", Settings(), lambda: NOW)
    serving.follow_store()
    saving.publish(Model(recipe).fit(store.articles(), now=NOW - DAY + 1), tmp_path)
    serving.follow_models()
    assert partners(serving.snapshot, "a") == []
    serving.follow_store()
    assert partners(serving.snapshot, "a") == ["b"]


def test_a_model_that_does_not_want_sessions_looks_at_no_event(store, tmp_path, monkeypatch):
    saving.publish(Model(Recipe("test")).fit([], now=NOW), tmp_path)
    serving = upkeep.Upkeep(store, tmp_path, "test", Settings(), lambda: NOW)
    monkeypatch.setattr(store, "events_after", None)  # nobody may call it
    serving.follow_store()
    assert serving.snapshot.co_reading is None
