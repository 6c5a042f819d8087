"""related, most-read and explain, and the clock and site they share."""

import json
import sqlite3
from contextlib import closing

import pytest

from recsys.cli.output import in_words
from recsys.data.rows import article_row
from recsys.data.stores import open_store
from recsys.live import up_to_date
from recsys.model import Model
from recsys.recipe import Recipe
from recsys.records import Article, Event, Explanation, Lender, TermShare
from recsys.sample import sample_articles
from tests.cli.conftest import NOW, jsonl

RELATED = ["related", "ar-sport-01", "--models"]


def test_related_prints_one_line_an_article_with_its_title_whole(recsys, newsroom):
    titles = {article.article_id: article.title for article in sample_articles(NOW)}
    said = recsys(*RELATED, newsroom.models)
    assert (said.code, said.err) == (0, "")
    assert [line[0] for line in said.lines] == ["1", "2", "3", "4", "5"]
    assert all(titles[line[4]] == line[5] for line in said.lines)
    scores = [float(line[1]) for line in said.lines]
    assert scores == sorted(scores, reverse=True)


def test_json_is_the_document_that_http_answers(recsys, newsroom):
    document = recsys(*RELATED, newsroom.models, "--json", "--limit", "3", "--explain").document
    assert document["list"] == "related"
    assert document["model"] == {"name": "default", "version": newsroom.version}
    assert [item["rank"] for item in document["items"]] == [1, 2, 3]
    for item in document["items"]:
        why = item["explain"]
        product = why["similarity"] * why["freshness"] * why["popularity"] * why["boost"]
        assert product == pytest.approx(item["score"], abs=1e-6)
        assert sum(part["share"] for part in why["terms"]) == pytest.approx(why["cosine"])


def test_an_address_names_an_article_as_well(recsys, newsroom):
    by_id = recsys(*RELATED, newsroom.models).out
    url = "https://sahila.example/ar/sport/ar-sport-01"
    assert recsys("related", url, "--models", newsroom.models).out == by_id


def test_explaining_adds_a_line_in_words(recsys, newsroom):
    said = recsys(*RELATED, newsroom.models, "--explain", "--limit", "1")
    assert len(said.lines) == 2
    assert said.lines[1][1].startswith("similarity 0.")
    assert "cosine 0." in said.lines[1][1]


def test_what_vouches_for_a_short_article_is_named_in_the_line():
    lender = Lender("whole", 0.7, 0.3)
    told = Explanation(0.31, 1.0, 1.0, 1.0, 0.14, (TermShare("port", 0.14),), lent=lender)
    assert in_words(told) == (
        "similarity 0.31 × freshness 1 × popularity 1 × boost 1;"
        " cosine 0.140 = port 0.140; drawn by 0.3 towards whole with 0.700"
    )


def test_a_model_on_its_own_answers_as_of_its_training(recsys, newsroom):
    assert (
        recsys(*RELATED, newsroom.models, "--json")
        .document["generated_at"]
        .startswith("2027-01-15T07:5")
    )
    later = recsys(*RELATED, newsroom.models, "--json", "--now", "2027-03-01").document
    assert later["generated_at"] == "2027-03-01T00:00:00Z"


def test_the_settings_say_how_long_a_list_is_unless_the_call_does(recsys, newsroom, tmp_path):
    config = tmp_path / "mine.toml"
    config.write_text("[lists.related]\nlimit = 2\n[lists.most_read]\nlimit = 3\nwindow = '6h'\n")
    call = [*RELATED, newsroom.models, "--config", config]
    assert len(recsys(*call).lines) == 2
    assert len(recsys(*call, "--limit", "4").lines) == 4
    call = ["most-read", "--store", newsroom.store, "--now", "data", "--config", config, "--json"]
    document = recsys(*call).document
    assert (len(document["items"]), document["window"]) == (3, "6h")


def test_an_unknown_article_model_or_site_is_said(refused, newsroom):
    assert "no article with this id" in refused(1, "related", "no", "--models", newsroom.models)
    other = [*RELATED, newsroom.models, "--model", "other"]
    assert "no model was published" in refused(1, *other)
    south = [*RELATED, newsroom.models, "--site", "south"]
    assert refused(1, *south) == "there is no site 'south'; there are: default"


def test_a_store_brings_a_model_up_to_date(recsys, newsroom, tmp_path):
    url = f"sqlite:///{tmp_path / 'news.db'}"
    call = [*RELATED, newsroom.models, "--store", url, "--now", "2027-01-15T09:00:00Z"]
    recsys("import", newsroom.articles, "--store", url)
    before = recsys(*call).lines
    (own,) = (a for a in sample_articles(NOW) if a.article_id == "ar-sport-01")
    with closing(open_store(url)) as store:
        store.delete_article("default", before[0][4])
    fresh = {**article_row(own), "article_id": "breaking", "url": None, "canonical_url": None,
             "title": f"{own.title} عاجل", "body": own.body[: len(own.body) // 3],
             "published_at": "2027-01-15T08:30:00Z"}  # fmt: skip
    recsys("import", jsonl(tmp_path / "new.jsonl", [fresh]), "--store", url)
    after = [line[4] for line in recsys(*call).lines]
    assert "breaking" in after
    assert before[0][4] not in after
    assert recsys("related", "breaking", *call[2:]).code == 0


def test_views_are_those_of_the_store():
    articles = [Article("a", "one story"), Article("b", "another matter")]
    with closing(open_store("sqlite:///:memory:")) as store:
        store.put_articles(articles)
        store.put_events([Event(60_000 * i, "a") for i in range(1, 4)])
        model = Model(Recipe()).fit(*store.snapshot(), now=600)
        store.put_events([Event(240_000, "b")])
        store.put_articles([Article("c", "a third one")])
        store.delete_article("default", "a")
        fresh = up_to_date(model.snapshot_, store)
    assert fresh.views.window(0, 100).tolist() == [0, 1, 0]  # a is gone, its views with it
    assert [fresh.corpus.id_of(row) for row in range(3)] == ["a", "b", "c"]
    assert fresh.corpus.shown.tolist() == [False, True, True]


def test_most_read_counts_files_as_a_store_does(recsys, newsroom):
    files = ["--articles", newsroom.articles, "--events", newsroom.events]
    from_files = recsys("most-read", *files, "--json", "--window", "24h").document
    from_store = recsys("most-read", "--store", newsroom.store, "--now", "data", "--json",
                        "--window", "24h").document  # fmt: skip
    assert from_files == from_store
    assert from_files["items"][0]["views"] > 1


def test_most_read_is_what_was_read_most(recsys, tmp_path):
    rows = [{"article_id": name, "title": name, "section": "sport"} for name in "abc"]
    times = [("a", "10:00"), ("b", "10:01"), ("b", "10:02"), ("c", "09:00"), ("b", "10:03")]
    events = [{"article_id": a, "timestamp": f"2026-03-01T{t}:00Z"} for a, t in times]
    files = ["--articles", jsonl(tmp_path / "a.jsonl", rows),
             "--events", jsonl(tmp_path / "e.jsonl", events)]  # fmt: skip
    lines = recsys("most-read", *files, "--window", "24h").lines
    assert [(line[5], line[2]) for line in lines] == [("b", "3"), ("a", "1"), ("c", "1")]
    assert recsys("most-read", *files, "--section", "art").out == ""
    lines = recsys("most-read", *files, "--unit", "readers", "--limit", "1").lines
    assert [(line[5], line[2]) for line in lines] == [("b", "3")]


def test_a_store_lives_in_the_real_clock(recsys, newsroom):
    document = recsys("most-read", "--store", newsroom.store, "--json").document
    assert document["generated_at"] < "2027"  # the sample's events are all in the future
    assert document["items"] == []


def test_data_without_any_time_has_no_newest(recsys, refused, tmp_path):
    articles = jsonl(tmp_path / "a.jsonl", [{"article_id": "1", "title": "x"}])
    assert "--now data" in refused(1, "most-read", "--articles", articles, "--now", "data")
    assert recsys("most-read", "--articles", articles).lines[0][5] == "1"


@pytest.mark.parametrize("moment", ["1970-01-03", "2026-03-29T02:30:00", "2999-12-30"])
@pytest.mark.parametrize("window", ["now", "today", "yesterday", "30d"])
def test_any_clock_will_do(recsys, newsroom, moment, window):
    said = recsys("most-read", "--store", newsroom.store, "--now", moment, "--window", window)
    assert (said.code, said.err) == (0, "")
    assert recsys(*RELATED, newsroom.models, "--now", moment).code == 0


@pytest.mark.parametrize("moment", ["0001-01-01", "1969-12-31T23:59:59Z", "9999-12-31"])
def test_no_clock_is_centuries_away(refused, tmp_path, moment):
    rows = [{"article_id": "1", "title": "x", "published_at": moment}]
    articles = jsonl(tmp_path / "a.jsonl", rows)
    assert "1970 to 2999" in refused(2, "most-read", "--articles", articles, "--now", moment)
    assert "the newest time in the data is" in refused(1, "most-read", "--articles", articles)


def test_explain_says_why_and_why_not(recsys, newsroom):
    first = recsys(*RELATED, newsroom.models).lines[0][4]
    pair = ["explain", "ar-sport-01", first, "--models", newsroom.models]
    said = recsys(*pair)
    assert "The second is number 1 in its list." in said.out
    assert "score 0." in said.out
    document = recsys(*pair, "--json").document
    assert (document["rank"], document["reasons"]) == (1, [])

    said = recsys("explain", "ar-sport-01", "fr-sport-01", "--models", newsroom.models)
    assert "is not in its list: it is in another language" in said.out
    same = recsys("explain", "ar-sport-01", "ar-sport-01", "--models", newsroom.models)
    assert "it is the same article" in same.out


def test_explain_knows_what_the_store_knows(recsys, newsroom):
    call = ["explain", "ar-sport-01", "ar-sport-02", "--models", newsroom.models]
    document = recsys(*call, "--store", newsroom.store, "--now", "data", "--json").document
    assert document["related_article_id"] == "ar-sport-02"


def test_where_there_is_one_site_it_need_not_be_named(recsys, refused, tmp_path):
    rows = [{"article_id": str(i), "title": f"خبر {i} عن المطر في الجبال"} for i in range(4)]
    articles = jsonl(tmp_path / "a.jsonl", rows)
    call = ["train", "default", "--articles", articles, "--models", "m", "--jobs", "1"]
    assert recsys(*call, "--site", "north").code == 0
    assert len(recsys("related", "1", "--models", "m").lines) == 3
    assert len(recsys("most-read", "--articles", articles, "--site", "north").lines) == 4
    assert "there are: north" in refused(1, "related", "1", "--models", "m", "--site", "default")


def test_a_store_of_something_else_is_left_as_it_is(refused, tmp_path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE t (x)")
    content = path.read_bytes()
    said = refused(1, "most-read", "--store", f"sqlite:///{path}")
    assert "is not a store" in said
    assert path.read_bytes() == content


def test_an_answer_is_one_json_document(recsys, newsroom):
    out = recsys("most-read", "--store", newsroom.store, "--now", "data", "--json").out
    document, end = json.JSONDecoder().raw_decode(out)
    assert out[end:] == "\n"
    assert document["list"] == "most_read"


def test_no_site_at_all_is_an_empty_list(recsys, tmp_path):
    empty = jsonl(tmp_path / "a.jsonl", [])
    said = recsys("most-read", "--articles", empty)
    assert (said.code, said.out, said.err) == (0, "", "")
