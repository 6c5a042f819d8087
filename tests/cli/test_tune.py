import json
import sys
import tomllib
from pathlib import Path

import pytest

from recsys.times import format_instant as when
from tests.cli.conftest import jsonl
from tests.evaluation.test_tuning import NEW, OLD, newsroom

pytestmark = pytest.mark.slow  # many evaluations each

RECIPE = """
[blend]
freshness = 0.0

[search.blend]
freshness = {low = 0.0, high = 1.0}
"""


@pytest.fixture
def call(tmp_path):
    """The arguments of a tuning on files, by what the editors of each topic choose."""

    def arguments(chosen) -> list[object]:
        data = newsroom(chosen)
        articles = [
            {"article_id": a.article_id, "title": a.title, "published_at": when(a.published_at)}
            for a in data.articles
        ]
        pairs = zip(data.judgements.anchor.tolist(), data.judgements.related.tolist(), strict=True)
        named = [
            {
                "article_id": data.articles[anchor].article_id,
                "related_article_id": data.articles[related].article_id,
            }
            for anchor, related in pairs
        ]
        (tmp_path / "mine.toml").write_text(RECIPE)
        files = ["--articles", jsonl(tmp_path / "a.jsonl", articles)]
        files += ["--judgements", jsonl(tmp_path / "j.jsonl", named)]
        return ["tune", "mine.toml", *files, "--trials", 6, "--jobs", 1]

    return arguments


def test_a_winner_is_written_and_can_be_tuned_on(recsys, call):
    said = recsys(*call(lambda topic: NEW), "--output", "won.toml", "--json")
    assert (said.code, said.err) == (0, "")
    document = said.document
    assert document["task"] == "judgements"
    assert document["metric"] == "ndcg@10"
    assert document["trials"] == len(document["tried"]) == 6
    assert document["training"] == {"questions": 30, "units": 30}
    assert document["held_out"] == {"questions": 20, "units": 20}
    assert document["recipe"]["held_out"]["mean"] == 0.63093
    assert document["best"]["training"]["mean"] == document["best"]["held_out"]["mean"] == 1.0
    assert document["comparison"]["verdict"] == "better"
    won = tomllib.loads(Path("won.toml").read_text())
    assert won["blend"]["freshness"] == document["winner"]["blend.freshness"] > 0
    assert won["search"] == {"blend": {"freshness": {"low": 0.0, "high": 1.0}}}


def test_without_a_winner_nothing_is_written(recsys, call):
    chosen = call(lambda topic: NEW if topic < 30 else OLD)
    said = recsys(*chosen, "--output", "won.toml", "--json")
    assert said.code == 0
    assert said.document["winner"] is None
    assert said.document["comparison"]["verdict"] == "worse"
    assert not Path("won.toml").exists()


def test_people_are_told_both_parts_and_what_is_left_of_the_gain(recsys, call):
    said = recsys(*call(lambda topic: NEW))
    assert (said.code, said.err) == (0, "")
    assert "training, before 2024-01-23T22:13:20Z: 30 questions, 30 anchors\n" in said.out
    assert "untouched, from 2024-01-23T22:13:20Z: 20 questions, 20 anchors\n" in said.out
    assert "mine\t0.6309 [0.6309, 0.6309]\t0.6309" in said.out
    gains = "The gain in training was +0.3691; on the untouched part it is +0.3691.\n"
    assert gains in said.out
    assert "is better than mine in ndcg@10" in said.out
    assert tomllib.loads(said.out[said.out.index("\n[blend]") :])["blend"]["freshness"] > 0
    kept = recsys(*call(lambda topic: OLD), "--output", "won.toml")
    assert "Keep mine: none of 6 trials was better than it in training.\n" in kept.out
    assert kept.out.endswith("not written: won.toml\n")


def test_the_same_call_prints_the_same(recsys, call):
    arguments = [*call(lambda topic: NEW), "--json", "--seed", 3]
    assert recsys(*arguments).out == recsys(*arguments).out


def test_what_cannot_work_is_refused_before_anything_is_read(refused, call, tmp_path):
    arguments = call(lambda topic: NEW)
    (tmp_path / "a.jsonl").write_text("no JSON")
    (tmp_path / "bad.toml").write_text("[search.blend]\nfreshness = {low = 2, high = 1}\n")
    arguments[1] = "bad.toml"
    assert "blend.freshness: low must be under high, got 2 and 1" in refused(1, *arguments)
    arguments[1] = "default"
    assert refused(1, *arguments).startswith("recipe default: [search] is empty")
    arguments[1] = "mine.toml"
    assert "--output no/x.toml: must be" in refused(2, *arguments, "--output", "no/x.toml")
    assert "--task forecast: must be one of" in refused(2, *arguments, "--task", "forecast")
    assert "--trials" in refused(2, *arguments, "--trials", 1)


def test_without_optuna_the_extra_is_named_in_one_line(refused, call, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    message = "recsys tune needs Optuna: pip install 'recsys-news[tune]'"
    assert refused(1, *call(lambda topic: NEW)) == message


def test_tuning_is_not_needed_to_evaluate(recsys, call, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    _, recipe, *files = call(lambda topic: NEW)
    said = recsys("evaluate", recipe, *files[:4], "--baselines", "none", "--jobs", 1, "--json")
    assert json.loads(said.out)["tasks"][0]["task"] == "judgements"
