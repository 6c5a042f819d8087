import json

import numpy as np
import pytest

from recsys.errors import DataError
from recsys.evaluation.readers import Reading, read, recognise
from recsys.evaluation.readers.own import read_own
from recsys.times import UNKNOWN


def written(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path


def article(number, hour=1, **more):
    return {
        "article_id": str(number),
        "title": f"Title of article number {number}",
        "body": f"Text {number}\nits second line",
        "published_at": f"2026-03-01T{hour:02}:00:00Z",
        **more,
    }


@pytest.fixture
def articles(tmp_path):
    return written(tmp_path / "articles.jsonl", [article(n, hour=n) for n in range(1, 6)])


def judged(articles, *rows, **options):
    path = written(articles.parent / "judgements.jsonl", rows)
    return read_own([articles], judgements=path, **options)


def pairs(dataset):
    j = dataset.judgements
    return list(zip(j.anchor.tolist(), j.related.tolist(), j.grade.tolist(), strict=True))


def minute(n):
    return f"2026-03-02T12:{n:02}:00Z"


def at(n):
    return 1_772_452_800_000 + n * 60_000  # 2026-03-02T12:00:00Z and n minutes


def event(kind, number, when, **more):
    return {
        "event_type": kind,
        "article_id": str(number),
        "timestamp": None if when is None else minute(when),
        **more,
    }


def shown(tmp_path, articles, *events):
    return read_own([articles], [written(tmp_path / "events.jsonl", events)]).impressions


def test_a_folder_gives_articles_reads_and_judgements(tmp_path, articles):
    written(
        tmp_path / "events.jsonl",
        [event("view", 2, 5, session_id="s"), event("view", 1, 4, from_article_id="3")],
    )
    written(tmp_path / "judgements.jsonl", [{"article_id": "1", "related_article_id": "2"}])
    assert recognise(tmp_path) == "own"
    dataset = read(tmp_path, Reading())
    assert dataset.name == tmp_path.name
    assert dataset.reads.row.tolist() == [0, 1]
    assert dataset.reads.time.tolist() == [at(4), at(5)]
    assert dataset.reads.session.tolist() == [-1, 0]
    assert dataset.reads.from_row.tolist() == [2, -1]
    assert pairs(dataset) == [(0, 1, 1.0)]
    assert dataset.notes == ()


def test_a_line_is_taken_out_of_the_text_that_is_asked_with(tmp_path):
    body = "First paragraph.\nRead also |  The  bridge opens\nLast."
    path = written(tmp_path / "a.jsonl", [article(1, body=body), article(2)])
    rows = [{"article_id": "1", "related_article_id": "2", "remove_from_body": "The bridge opens"}]
    dataset = judged(path, *rows)
    assert dataset.judgements.asked[0].body == "First paragraph.\nLast."
    assert dataset.articles[0].body == body
    older = [{"article_id": "1", "related_article_id": "2", "line_in_body": "The bridge opens"}]
    assert judged(path, *older).judgements.asked == dataset.judgements.asked


def test_a_line_is_taken_out_of_html_as_its_readers_see_it(tmp_path):
    body = "<p>First &amp; last</p><p>See: <a href='/2'>The bridge</a></p>"
    path = written(tmp_path / "a.jsonl", [article(1, body=body), article(2)])
    row = {"article_id": "1", "related_article_id": "2", "remove_from_body": "The bridge"}
    assert judged(path, row).judgements.asked[0].body == "First & last"


def test_judgements_are_of_the_first_of_equal_articles_and_each_pair_once(tmp_path):
    rows = [article(1), article(2, 5, body="same"), article(3, 4, body="same"), article(4, 6)]
    path = written(tmp_path / "a.jsonl", rows)
    dataset = judged(
        path,
        {"article_id": "1", "related_article_id": "2", "grade": 1},
        {"article_id": "1", "related_article_id": "3", "grade": 2},
        {"article_id": "3", "related_article_id": "2"},
        {"article_id": "1", "related_article_id": "4", "grade": 0},
    )
    assert pairs(dataset) == [(0, 2, 2.0)]
    assert "judgements that name an article and a copy of it, left out: 1" in dataset.notes
    assert "judgements of grade 0, which count like none at all: 1" in dataset.notes


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"article_id": "1"}, "related_article_id: is required"),
        ({"article_id": "9"}, "article_id: is not among the articles"),
        ({"related_article_id": "9"}, "related_article_id: is not among the articles"),
        (
            {"related_article_id": "1"},
            "related_article_id: must be another article than article_id",
        ),
        ({"grade": -1}, "grade: must be a number, at least 0"),
        ({"grade": "good"}, "grade: must be a number, at least 0"),
        ({"grade": True}, "grade: must be a number, at least 0"),
        ({"remove_from_body": 3}, "remove_from_body: must be a string"),
        ({"site": "elsewhere"}, "article_id: is not among the articles"),
    ],
)
def test_a_judgement_that_cannot_be_used_is_refused_with_its_place(articles, row, reason):
    good = {"article_id": "1", "related_article_id": "2"}
    bad = row if len(row) == 1 and "article_id" in row and row["article_id"] == "1" else good | row
    with pytest.raises(DataError) as error:
        judged(articles, good, bad)
    path = articles.parent / "judgements.jsonl"
    assert str(error.value) == f"{path}:2: {reason}"
    assert pairs(judged(articles, good, bad, on_error="skip")) == [(0, 1, 1.0)]


def test_an_id_that_several_sites_have_needs_its_site(tmp_path):
    rows = [article(n, site=site) for site in ("a", "b") for n in (1, 2)]
    path = written(tmp_path / "a.jsonl", rows)
    row = {"article_id": "1", "related_article_id": "2"}
    with pytest.raises(DataError, match=r"site: is required: several sites have this article_id"):
        judged(path, row)
    assert pairs(judged(path, {**row, "site": "b"})) == [(2, 3, 1.0)]


def test_a_column_that_names_the_site_need_not_be_in_the_judgements(tmp_path):
    path = written(tmp_path / "a.jsonl", [article(n, source="CNN") for n in (1, 2)])
    row = {"article_id": "1", "related_article_id": "2"}
    dataset = judged(path, row, site_column="source")
    assert (dataset.corpus.sites, pairs(dataset)) == (("CNN",), [(0, 1, 1.0)])


def test_judgements_without_the_columns_are_no_judgements(tmp_path, articles):
    (tmp_path / "j.csv").write_text("article_id,grade\n1,2\n")
    with pytest.raises(DataError, match=r"j.csv: has no column related_article_id"):
        read_own([articles], judgements=tmp_path / "j.csv")


def test_links_in_the_articles_are_judgements_where_no_others_are_given(tmp_path):
    url = "https://n.example/3"
    title = "A title of more than twenty characters"
    rows = [
        article(1, body=f"Text\nRead also: {title}\nShort", inline_links=["2", url, "nowhere"]),
        article(2, title=title),
        article(3, url=url, title="Short"),
    ]
    dataset = read_own([written(tmp_path / "a.jsonl", rows)])
    assert pairs(dataset) == [(0, 1, 1.0), (0, 2, 1.0)]
    asked = dataset.judgements.asked[0]
    assert (asked.body, asked.inline_links) == ("Text", ())
    assert any("links that editors set" in note for note in dataset.notes)


def test_what_was_shown_and_clicked_under_one_name_is_one_list(tmp_path, articles):
    lists = shown(
        tmp_path,
        articles,
        event("view", 5, 0, session_id="s"),
        event("impression", 2, 3, session_id="s", list="related", rec_id="r", position=2),
        event("impression", 1, 3, session_id="s", list="related", rec_id="r", position=1),
        event("click", 2, 4, session_id="s", list="related", rec_id="r", position=2),
        event("view", 2, 5, session_id="s"),
        event("impression", 3, 2, session_id="t", list="related", rec_id="r", position=1),
    )
    assert lists.time.tolist() == [at(2), at(3)]
    assert lists.shown.tolist() == [0, 1, 1]
    assert lists.row.tolist() == [2, 0, 1]
    assert lists.position.tolist() == [0, 0, 1]  # places counted from 1 are moved
    assert lists.clicked.tolist() == [False, False, True]
    assert lists.history_indptr.tolist() == [0, 0, 1]  # article 5 was read before, 2 after
    assert lists.history_rows.tolist() == [4]


def test_a_log_without_times_has_its_history_before_its_list(tmp_path, articles):
    lists = shown(
        tmp_path,
        articles,
        event("history", 4, None, session_id="s", position=0),
        event("history", 5, None, session_id="s", position=1),
        event("shown", 1, None, session_id="s", position=1),
        event("click", 2, None, session_id="s", position=0),
        event("view", 3, 7, session_id="s"),
    )
    assert lists.time.tolist() == [UNKNOWN]
    assert lists.row.tolist() == [1, 0]
    assert lists.clicked.tolist() == [True, False]
    assert lists.history_rows.tolist() == [3, 4]
    assert np.isnan(lists.propensity).all()


def test_clicks_of_which_nothing_was_shown_are_no_list(tmp_path, articles):
    lists = shown(
        tmp_path,
        articles,
        event("click", 1, 1, session_id="s", list="related"),
        event("impression", 2, 1, list="related"),
    )
    assert lists.n_lists == 0


def test_what_is_not_known_is_said(tmp_path):
    path = written(tmp_path / "a.jsonl", [article(1, published_at=None), article(2)])
    events = written(tmp_path / "e.jsonl", [event("view", 1, None), event("view", 7, 1)])
    notes = read_own([path], [events]).notes
    assert notes == (
        "publication times are unknown of 1 of 2 articles; such an article counts as known from its"
        " first read, and as there is no read of a known time, from the beginning",
        "events without a time, which are no reads: 1 of 2",
        "events about articles that are not there, left out: 1 of 2",
    )


def test_what_is_missing_is_named(tmp_path, articles):
    with pytest.raises(DataError, match=r"at least one file of articles"):
        read_own([])
    with pytest.raises(DataError, match=r"none.jsonl: there is no such file"):
        read_own([tmp_path / "none.jsonl"])
    with pytest.raises(DataError, match=r"j.csv: there is no such file"):
        read_own([articles], judgements=tmp_path / "j.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"is no data set of a known format: mind, ebnerd"):
        recognise(tmp_path / "empty")
    with pytest.raises(DataError, match=r"there is no such folder"):
        recognise(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"articles.parquet: there is no such file"):
        read(tmp_path / "empty", Reading(), format="own")
    with pytest.raises(DataError, match=r"unknown format 'adressa'; there are"):
        read(tmp_path, Reading(), format="adressa")
