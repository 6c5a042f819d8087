import json

import pytest

from recsys.times import format_instant as when
from tests.cli.conftest import jsonl
from tests.evaluation.small import DAY0, HOUR

TOPICS = ("sea port ship", "goal match cup")


@pytest.fixture
def files(tmp_path):
    """Thirty articles of two topics, links within them, and sessions that stay with one."""
    articles = [
        {
            "article_id": f"a{i:02}",
            "title": f"{TOPICS[i % 2]} عنوان {i}",
            "body": " ".join(f"own{i}x{j}" for j in range(20)),
            "published_at": when(DAY0 + i * HOUR),
        }
        for i in range(30)
    ]
    links = [{"article_id": f"a{i:02}", "related_article_id": f"a{i - 2:02}"} for i in range(6, 30)]
    events = [
        {
            "article_id": f"a{(n + 2 * step) % 30:02}",
            "session_id": f"s{n}",
            "timestamp": when(DAY0 + (40 + n) * HOUR + 60 * step),
        }
        for n in range(12)
        for step in range(3)
    ]
    return {
        "articles": jsonl(tmp_path / "articles.jsonl", articles),
        "judgements": jsonl(tmp_path / "judgements.jsonl", links),
        "events": jsonl(tmp_path / "events.jsonl", events),
    }


def call(files, *more):
    given = [part for name, path in files.items() for part in (f"--{name}", path)]
    return ["evaluate", "default", *given, "--jobs", 1, *more]


@pytest.mark.slow
def test_a_document_has_every_task_and_ranker(recsys, files):
    said = recsys(*call(files, "--baselines", "newest,tfidf", "--json"))
    assert (said.code, said.err) == (0, "")
    document = said.document
    assert [one["task"] for one in document["tasks"]] == [
        "judgements",
        "next_read",
        "read_next_1h",
        "read_next_3h",
    ]
    assert [one["name"] for one in document["rankers"]] == ["default", "newest", "tfidf"]
    assert document["dataset"]["judgements"] == 24
    judged = document["tasks"][0]["results"][0]["metrics"]["ndcg@10"]
    assert 0 < judged["low"] <= judged["mean"] <= judged["high"] <= 1


def test_a_person_reads_figures_and_finds_the_report(recsys, files, tmp_path):
    said = recsys(*call(files, "--baselines", "newest", "--report", tmp_path / "report"))
    assert said.code == 0
    assert "ndcg@10" in said.out
    assert "default" in said.out
    assert "report.html" in said.out
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "عنوان" in page
    assert json.loads((tmp_path / "report" / "report.json").read_text())["k"] == 10


def test_a_task_and_a_span_can_be_chosen(recsys, files):
    begin = when(DAY0 + 48 * HOUR)
    more = ["--task", "next_read", "--from", begin, "--baselines", "none", "--json"]
    (task,) = recsys(*call(files, *more)).document["tasks"]
    assert (task["task"], task["questions"]) == ("next_read", 8)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--task", "fortune"], "--task fortune: must be one of judgements, next_read"),
        (["--split", "random"], "--split: must be one of prequential, rolling, fixed"),
        (["--split", "rolling", "--every", "0"], "--every: every_days must be over 0"),
        (["--baselines", "oracle"], "baselines: must be among random, newest"),
        (["--against", "nobody"], "--against nobody: is none of those that are compared"),
        (["--from", "yesterday"], "--from, --until: "),
        (["--dataset", "somewhere"], "give either --articles F, or --dataset DIR"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_2(recsys, files, more, words):
    said = recsys(*call(files, *more))
    assert said.code == 2
    assert words in said.err
    assert said.err.count("\n") == 1


def test_a_judgement_about_nobody_is_refused_with_its_line(recsys, files, tmp_path):
    rows = [{"article_id": "a05", "related_article_id": "nobody"}]
    said = recsys(*call({**files, "judgements": jsonl(tmp_path / "bad.jsonl", rows)}))
    assert said.code == 1
    assert "bad.jsonl:1: related_article_id" in said.err


def test_an_unknown_data_set_says_what_was_looked_for(recsys, tmp_path):
    said = recsys("evaluate", "default", "--dataset", tmp_path)
    assert said.code == 1
    assert "no data set of a known format: mind, ebnerd, globo, own" in said.err
