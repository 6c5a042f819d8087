"""A site whose editors link to what is new, to what is old, or to either by the toss of a coin."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from recsys.errors import DataError, RecipeError, RecsysError
from recsys.evaluation.dataset import Dataset, Judgements
from recsys.evaluation.held_out import HistoriesBefore
from recsys.evaluation.history import History
from recsys.evaluation.recipes import RecipeRanker, Served, learned_by
from recsys.evaluation.space import Space
from recsys.evaluation.split import Histories
from recsys.evaluation.study import Plan
from recsys.evaluation.tasks import judgements
from recsys.evaluation.tuning import tune
from recsys.recipe import Recipe
from recsys.records import Article, Event

pytestmark = pytest.mark.slow  # many evaluations each

DAY0, DAY = 1_700_000_000, 86_400
TOPICS = 50
OLD, NEW = 0, 1
FRESH = {"blend": {"freshness": {"low": 0.0, "high": 1.0}}}


def newsroom(chosen, topics=TOPICS) -> Dataset:
    """Each topic has an old article, a new one of the same title, and later an anchor.

    ``chosen(topic)`` is the one that the editor links the anchor to. Rows: anchors, new, old... by
    id, in which the old one comes first, so that without freshness it wins the tie.
    """
    articles, links = [], []
    for topic in range(topics):
        title = f"word{topic}x word{topic}y"
        for kind, days in enumerate((0, 30, 40)):
            when = DAY0 + (topic + days) * DAY
            articles.append(Article(f"{topic:03d}-{kind}", title=title, published_at=when))
        links.append((3 * topic + 2, 3 * topic + chosen(topic)))
    anchor, related = np.array(links, dtype=np.int32).T
    found = Judgements(anchor, related, np.ones(topics))
    return Dataset.of("topics", articles, judgements=found)


def recipe(search, tables=None) -> Recipe:
    """Ties in text are not settled by age, unless a trial says so."""
    return Recipe("mine", {"blend": {"freshness": 0.0}} if tables is None else tables, search)


def tuned(data, search, trials=12, **more):
    return tune(data, recipe(search), Plan(jobs=1), trials, **more)


def test_a_parameter_that_matters_is_found_and_called_better():
    found = tuned(newsroom(lambda topic: NEW), FRESH)
    assert (len(found.cut.training), len(found.cut.held_out)) == (30, 20)
    # The wanted article is second without freshness, first with it: 1 / log2(3) against 1.
    assert found.trials[0].mean == pytest.approx(0.63093, abs=1e-5)
    assert found.best.mean == 1.0
    assert found.difference.verdict == "better"
    assert found.difference.mean == pytest.approx(1 - 0.63093, abs=1e-5)
    assert found.winner.tables["blend"]["freshness"] > 0
    assert found.winner.search == FRESH
    assert found.document()["winner"] == found.best.parameters


def test_a_parameter_that_does_nothing_leaves_the_recipe_as_it_is():
    found = tuned(
        newsroom(lambda topic: NEW), {"popularity": {"window_minutes": {"low": 1, "high": 9}}}
    )
    assert found.best.number == 0
    assert found.winner is None
    document = found.document()
    assert document["comparison"] is document["winner"] is None
    assert document["sentence"] == "Keep mine: none of 12 trials was better than it in training."


def test_a_gain_by_luck_is_within_noise_and_says_what_would_settle_it():
    for seed in range(100):
        coins = np.random.default_rng(seed).integers(0, 2, TOPICS)
        if coins[:30].sum() == 18 and coins[30:].sum() == 11:  # a little luck in either part
            break
    found = tuned(newsroom(lambda topic: int(coins[topic])), FRESH)
    assert found.best.mean - found.trials[0].mean == pytest.approx(
        (18 - 12) / 30 * 0.36907, abs=1e-5
    )
    assert found.difference.verdict == "within noise"
    assert found.winner is None
    assert found.sentence().startswith("Keep mine: within noise. Between trial ")
    assert found.sentence().endswith("anchors would settle it.")


def test_the_untouched_part_is_not_seen_by_trials_and_may_contradict_them():
    alike = tuned(newsroom(lambda topic: NEW), FRESH)
    against = tuned(newsroom(lambda topic: NEW if topic < 30 else OLD), FRESH)
    for one, other in zip(alike.trials, against.trials, strict=True):
        assert one.parameters == other.parameters
        assert one.values.tolist() == other.values.tolist()
    assert alike.winner is not None
    assert against.difference.verdict == "worse"
    assert against.winner is None
    assert against.sentence().startswith("Keep mine: the gain in training is gone. trial ")


def test_trials_know_no_text_and_no_read_of_the_untouched_part():
    data = newsroom(lambda topic: NEW)
    reads = [Event(1000 * (DAY0 + day * DAY), "000-1", session_id="s") for day in (50, 85)]
    later = Dataset.of("topics", data.articles, reads, judgements=data.judgements)
    changed = replace(
        later,
        articles=[
            replace(each, title="quite another") if each.published_at >= DAY0 + 70 * DAY else each
            for each in later.articles
        ],
    )
    popular = {"blend": {"popularity": {"low": 0.0, "high": 2.0}}}
    one, other = (tuned(each, popular | FRESH, trials=4) for each in (later, changed))
    assert one.cut.moment == 1000 * (DAY0 + 70 * DAY)
    for a, b in zip(one.trials, other.trials, strict=True):
        assert a.values.tolist() == b.values.tolist()
    assert one.held_out[0].tolist() != other.held_out[0].tolist()


def test_the_same_seed_gives_the_same_document():
    data = newsroom(lambda topic: (NEW, NEW, OLD)[topic % 3], 20)
    search = FRESH | {"freshness": {"half_life_days": {"low": 1.0, "high": 90.0, "log": True}}}
    one, again, other = (tune(data, recipe(search), Plan(seed=seed), 12) for seed in (0, 0, 1))
    assert one.document() == again.document()
    assert [t.parameters for t in one.trials] != [t.parameters for t in other.trials]


def test_what_is_learned_alike_is_learned_once_and_answers_as_if_trained_anew():
    data = newsroom(lambda topic: NEW, 15)
    views = [Event(1000 * (DAY0 + d * DAY), f"{d - 41:03d}-1") for d in range(41, 50)]
    data = Dataset.of("topics", data.articles, views, judgements=data.judgements)
    asked = judgements.questions(data)
    shared = Histories(data).until(None)
    fixed = {"freshness": {"half_life_days": 15.0}}
    others = [
        {"blend": {"freshness": 1.0, "popularity": 0.7, "diversity": 0.3, "depth": 20}},
        {"freshness": {"half_life_days": 3.0, "flat_days": 0.0, "floor": 0.1}},
        {"similarity": {"min_similarity": 0.9}},
        {"popularity": {"window_minutes": 9000, "half_life_minutes": 700.0}},
        {"most_read": {"half_life_minutes": 9.0}},
        {"trending": {"min_views": 1, "past_hours": 5.0}},
    ]
    first = Served.of(shared, Recipe("first", fixed))
    for tables in others:
        mine = Recipe("mine", fixed | tables)
        assert learned_by(mine) == learned_by(Recipe("first", fixed))
        assert Served.of(shared, mine).snapshot.space is first.snapshot.space
        for kind in ("related", "most_read"):
            ranker, anew = RecipeRanker(mine, kind), History(data)
            for query, now in zip(asked.queries, asked.now.tolist(), strict=True):
                expected = ranker(anew, query, now, 10).tolist()
                assert ranker(shared, query, now, 10).tolist() == expected


def test_co_reading_is_learned_once_for_all_weights_and_answers_as_if_trained_anew():
    sessions = [Event(1000 * (DAY0 + d * DAY), f"{d - 41:03d}-{d % 3}") for d in range(41, 56)]
    sessions = [replace(each, session_id=f"s{i // 3}") for i, each in enumerate(sessions)]
    data = newsroom(lambda topic: NEW, 15)
    data = Dataset.of("topics", data.articles, sessions, judgements=data.judgements)
    asked = judgements.questions(data)
    histories = HistoriesBefore(data, moment=1000 * (DAY0 + 54 * DAY))
    before = asked.now < histories.moment
    for weight in (0.2, 0.9, 0.5):
        mine = Recipe("mine", {"blend": {"co_reading": weight}})
        anew = HistoriesBefore(data, moment=histories.moment).until(None)
        for i in np.flatnonzero(before).tolist():
            query, now = asked.queries[i], int(asked.now[i])
            expected = RecipeRanker(mine)(anew, query, now, 10).tolist()
            assert RecipeRanker(mine)(histories.until(None), query, now, 10).tolist() == expected
    one, other = ({"blend": {"co_reading": weight}} for weight in (0.1, 0.2))
    assert learned_by(Recipe("a", one)) == learned_by(Recipe("b", other)) != learned_by(Recipe())


@pytest.mark.parametrize(
    "tables",
    [
        {"freshness": {"floor": 0.1}},  # the half-life is calibrated to it
        {"freshness": {"half_life_days": 9.0}},  # and here it is not
        {"blend": {"co_reading": 0.1}},
        {"vectoriser": {"title": 3.0}},
        {"tokenizer": {"stemming": "light"}},
        {"folding": {"alef": False}},
        {"similarity": {"neighbours": 50}},
        {"stories": {"max_hours": 3.0}},
    ],
)
def test_what_training_looks_at_is_learned_anew(tables):
    assert learned_by(Recipe("mine", tables)) != learned_by(Recipe())
    history = Histories(newsroom(lambda topic: NEW, 5)).until(None)
    first, other = (Served.of(history, each) for each in (Recipe(), Recipe("mine", tables)))
    assert other.snapshot.space is not first.snapshot.space


def test_parameters_of_training_can_be_tuned_too():
    search = {"vectoriser": {"title": {"low": 1.0, "high": 2.0, "step": 0.5}}} | FRESH
    found = tuned(newsroom(lambda topic: NEW), search, trials=8)
    assert {t.parameters["vectoriser.title"] for t in found.trials} <= {1.0, 1.5, 2.0}
    assert found.winner is not None


def test_a_recipe_whose_own_value_lies_outside_of_the_space_is_tried_first_all_the_same():
    found = tuned(newsroom(lambda topic: NEW), {"blend": {"freshness": {"low": 0.5, "high": 1.0}}})
    assert found.trials[0].parameters == {"blend.freshness": 0.0}
    assert found.winner is not None


def test_an_interruption_keeps_what_was_found():
    def tell(stage, done, total):
        if (stage, done) == ("trials", 5):
            raise KeyboardInterrupt

    found = tuned(newsroom(lambda topic: NEW), FRESH, progress=tell)
    assert found.interrupted
    assert len(found.trials) == found.document()["trials"] == 5
    assert found.winner is not None


def test_an_interruption_before_the_first_trial_goes_on():
    def tell(stage, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tuned(newsroom(lambda topic: NEW), FRESH, progress=tell)


def test_progress_is_told_after_each_trial():
    told = []
    tuned(newsroom(lambda topic: NEW, 10), FRESH, 3, progress=lambda *said: told.append(said))
    assert told == [("trials", done, 3) for done in range(4)]


def test_without_optuna_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(RecsysError, match=r"pip install 'recsys-news\[tune\]'"):
        tuned(newsroom(lambda topic: NEW, 10), FRESH)


def test_too_little_or_nothing_to_ask_is_refused():
    with pytest.raises(DataError, match="1 anchors cannot be cut in time"):
        tuned(newsroom(lambda topic: NEW, 1), FRESH)
    with pytest.raises(DataError, match="there is nothing to ask"):
        tuned(Dataset.of("none", [Article("a", title="x")]), FRESH)
    with pytest.raises(ValueError, match="trials must be at least 2"):
        tuned(newsroom(lambda topic: NEW, 5), FRESH, 1)
    with pytest.raises(RecipeError, match=r"\[search\] is empty"):
        Space.of(Recipe())
