"""From a data set to a document: figures, verdicts, slices and examples."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest

from recsys.errors import DataError, RequestError
from recsys.evaluation.contestants import contestants
from recsys.evaluation.dataset import Dataset, Judgements
from recsys.evaluation.document import document_of
from recsys.evaluation.split import Split
from recsys.evaluation.study import TASKS, Plan, run
from recsys.recipe import Recipe
from tests.evaluation.small import article, ms, read

pytestmark = pytest.mark.slow  # one document of all tasks, made once

TOPICS = ("sea port ship", "goal match cup", "court law judge", "film stage song")


@pytest.fixture(scope="module")
def data():
    """Eighty articles of four topics; readers stay with one, editors link to its last."""
    draw = random.Random(0)
    articles = [
        article(f"a{i:02}", i, title=TOPICS[i % 4], body=" ".join(f"own{i}x{j}" for j in range(20)))
        for i in range(80)
    ]
    events = []
    for session in range(150):
        at, topic = draw.uniform(80, 130), draw.randrange(4)
        names = draw.sample([f"a{i:02}" for i in range(80) if i % 4 == topic], 3)
        events += [read(name, at + 0.05 * i, f"s{session}") for i, name in enumerate(names)]
    made = Dataset.of("topics", articles, events)
    anchors = np.arange(40, 80, dtype=np.int32)
    return replace(made, judgements=Judgements(anchors, anchors - 4, np.ones(40)))


@pytest.fixture(scope="module")
def document(data):
    recipes = [Recipe("plain"), Recipe("blind", {"vectoriser": {"title": 0, "body": 0}})]
    who = contestants(recipes, ["newest", "random"])
    return document_of(run(data, who, Plan(sessions=60)))


def task(document, name):
    return next(one for one in document["tasks"] if one["task"] == name)


def test_every_task_that_the_data_allow_is_asked(document):
    assert [one["task"] for one in document["tasks"]] == list(TASKS[:4])


def test_a_document_is_json_without_nan(document):
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_who_knows_the_words_is_better_than_who_does_not(document):
    judged = task(document, "judgements")
    verdicts = {(c["a"], c["b"]): c["verdict"] for c in judged["comparisons"]}
    assert verdicts["plain", "blind"] == verdicts["plain", "random"] == "better"
    assert [c["b"] for c in judged["comparisons"] if c["a"] == "plain"] == [
        "blind",
        "newest",
        "random",
    ]


def test_every_figure_lies_in_its_interval(document):
    for one in document["tasks"]:
        for result in one["results"]:
            assert one["primary"] in result["metrics"]
            for figure in result["metrics"].values():
                if figure["low"] is not None:
                    assert figure["low"] <= figure["mean"] <= figure["high"]


def test_questions_and_units_are_counted(document):
    judged, following = task(document, "judgements"), task(document, "next_read")
    assert (judged["questions"], judged["units"], judged["unit"]) == (40, 40, "anchors")
    assert following["units"] <= 60 < following["questions"]


def test_examples_show_where_the_first_two_differ_most(document):
    examples = task(document, "judgements")["examples"]
    assert examples
    assert {(one["a"], one["b"]) for one in examples} == {("plain", "blind")}
    first = examples[0]
    assert first["difference"] == max(one["difference"] for one in examples)
    assert any(item["wanted"] for item in first["lists"]["plain"])


@pytest.mark.slow
def test_the_same_study_gives_the_same_figures_for_any_jobs(data):
    who = contestants([Recipe("plain")], ["newest", "random"])
    made = [document_of(run(data, who, Plan(sessions=20, jobs=jobs))) for jobs in (1, 2)]
    for one in made:
        for asked in one["tasks"]:
            for result in asked["results"]:
                del result["seconds"]
    assert made[0] == made[1]


@pytest.mark.slow  # studies more
@pytest.mark.parametrize("kind", ["fixed", "rolling"])
def test_other_splits_know_less_but_answer(data, kind):
    plan = Plan(split=Split(kind, 0.5), tasks=("next_read", "judgements"), sessions=20)
    made = document_of(run(data, contestants([Recipe("plain")], ["most_read"]), plan))
    assert [one["task"] for one in made["tasks"]] == ["next_read", "judgements"]
    assert "known up to" in made["tasks"][0]["split"]


def test_progress_is_told_to_the_end(data):
    told = []
    who = contestants([], ["newest", "random"])
    study = run(data, who, Plan(tasks=("judgements",)), lambda *step: told.append(step))
    document_of(study, progress=lambda *step: told.append(step))
    assert ("rankers", 2, 2) in told
    assert told[-1] == ("measuring", 1, 1)


def test_data_that_allow_nothing_are_refused():
    bare = Dataset.of("bare", [article("a", 0)], [read("a", 1)])
    with pytest.raises(DataError, match="bare: there is nothing to ask: it needs judgements"):
        run(bare, contestants([], ["newest"]), Plan())


def test_names_must_be_known_and_differ():
    with pytest.raises(RequestError, match="must be among random, newest"):
        contestants([], ["oldest"])
    with pytest.raises(RequestError, match="plain comes twice"):
        contestants([Recipe("plain"), Recipe("plain")], [])


def test_only_reads_of_the_span_are_asked_about(data):
    study = run(
        data,
        contestants([], ["newest"]),
        Plan(tasks=("read_next_1h",), first=ms(100), last=ms(104)),
    )
    assert study.questions[0].now.min() >= ms(100)
    assert study.questions[0].now.max() <= ms(103)
