"""The page says what the document says, and nothing breaks out of it."""

import json
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from selectolax.lexbor import LexborHTMLParser

from recsys.errors import DataError
from recsys.evaluation.report import page, write
from recsys.evaluation.report.page import POLICY
from tests.evaluation.report.documents import RANKERS, document

HOSTILE = (
    "</title></svg><script>alert(\"x\")</script><img src=x onerror='y'>&amp;\x00\x1b[31m\ud800"
)


def parsed(made=None) -> LexborHTMLParser:
    return LexborHTMLParser(page(made or document()))


def hostile():
    """Return a document in which whatever is text or a name is an attack."""

    def spoilt(value, key=""):
        if isinstance(value, dict):
            return {
                spoilt(k) if k in RANKERS or "@" in k else k: spoilt(v, k) for k, v in value.items()
            }
        if isinstance(value, list):
            return [spoilt(one, key) for one in value]
        kept = ("verdict", "kind")
        return value + HOSTILE if isinstance(value, str) and key not in kept else value

    return spoilt(document(simulated=True))


def test_every_ranker_stands_in_the_plot_with_its_exact_number():
    forest = parsed().css_first(".forest")
    expected = {
        r["name"]: r["metrics"]["ndcg@10"]["mean"] for r in document()["tasks"][0]["results"]
    }
    shown = {
        row.css_first("th").text(): float(row.css_first(".value data").attributes["value"])
        for row in forest.css("tbody tr")
    }
    assert shown == expected
    assert list(shown.values()) == sorted(expected.values(), reverse=True)


def test_the_best_recipe_is_written_with_its_interval_verdict_and_difference():
    row = parsed().css_first(".forest tbody tr").text(separator=" ", strip=True)
    assert re.sub(r"\s+", " ", row).endswith("0.538 0.515 to 0.561 better +0.072")
    assert parsed().css_first(".forest tr.baseline th").text() == "tfidf_scikit_learn"


def test_every_metric_of_every_ranker_is_in_the_tables():
    values = [float(d.attributes["value"]) for d in parsed().css("#task-1 .numbers td data")]
    for result in document()["tasks"][0]["results"]:
        for value in result["metrics"].values():
            assert value["mean"] is None or value["mean"] in values


def test_a_comparison_made_the_other_way_round_is_turned():
    made = document()
    one = made["tasks"][0]["comparisons"][0]
    one |= {"a": one["b"], "b": one["a"], "mean": -0.072, "low": -0.1, "high": -0.05}
    one["verdict"] = "worse"
    row = parsed(made).css_first(".forest tbody tr").text()
    assert "better +0.072" in row


def test_sentences_and_notes_stand_as_they_came():
    tree = parsed()
    made = document()
    said = [node.text() for node in tree.css(".sentences li bdi, .notes bdi")]
    for task in made["tasks"]:
        assert {one["sentence"] for one in task["comparisons"]} <= set(said)
        assert set(task["notes"]) <= set(said)
    assert set(made["dataset"]["notes"]) <= set(said)


def test_only_a_simulation_is_called_one():
    assert parsed().css_first(".simulated") is None
    assert parsed(document(simulated=True)).css_first("body > .simulated") is not None


def test_every_drawing_is_well_formed_and_says_what_it_shows():
    made = page(document())
    drawings = re.findall(r'(<svg class="(plot|axis)".*?</svg>)(?=</td>|</div>)', made)
    drawings += re.findall(r'(<svg class="(shape)".*?</svg>)', made)
    assert len(drawings) > 50
    for drawing, kind in drawings:
        tree = ElementTree.fromstring(drawing)
        if kind == "plot":
            assert [child.tag.split("}")[1] for child in tree][:2] == ["title", "desc"]
            assert tree.attrib["role"] == "img"
        else:
            assert tree.attrib["aria-hidden"] == "true"


def test_the_page_asks_for_nothing_and_runs_nothing():
    tree = parsed()
    assert tree.css("script, link, img, iframe, object, [src], [style], use, image") == []
    links = [node.attributes["href"] for node in tree.css("[href]")]
    assert links == ["#task-1", "#task-2"]
    assert (
        tree.css_first("meta[http-equiv=Content-Security-Policy]").attributes["content"] == POLICY
    )
    addresses = set(re.findall(r"\w+://[^\s\"']+", page(document())))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert "url(" not in page(document())


def test_headings_descend_and_every_table_has_a_caption():
    tree = parsed()
    levels = [int(node.tag[1]) for node in tree.css("h1, h2, h3, h4, h5")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(table.css_first("caption") for table in tree.css("table"))


def test_titles_carry_their_direction_and_language():
    titles = parsed().css(".example .title")
    sides = {(t.attributes["dir"], t.attributes["lang"]) for t in titles}
    assert sides == {("rtl", "ar"), ("ltr", "en")}
    first = parsed().css_first(".example")
    assert first.css_first(".columns").attributes["dir"] == "rtl"
    assert [node.text() for node in first.css("h5")] == ["default", "tfidf_scikit_learn"]


def test_the_wanted_are_marked_in_words_with_their_place_in_the_other_list():
    lists = parsed().css_first(".example").css("ol")
    wanted = [item.css_first("small").text() for item in lists[0].css("li.wanted")]
    assert wanted == [
        "✓ wanted · 4th in the other · 2026-03-04",
        "✓ wanted · not in the other · 2026-03-04",
    ]


def test_an_article_without_a_title_is_shown_by_its_id():
    made = document()
    made["tasks"][0]["examples"][0] |= {"title": None, "article_id": "ar-1"}
    assert parsed(made).css_first(".example h4 code").text() == "ar-1"


def test_hostile_text_stays_text():
    plain, attacked = page(document(simulated=True)), page(hostile())
    tags = [
        [node.tag for node in LexborHTMLParser(made).root.css("*")] for made in (plain, attacked)
    ]
    assert tags[0] == tags[1]
    assert not re.search("[\x00-\x09\x0b-\x1f\ud800-\udfff]", attacked)
    assert "<script>alert(" in LexborHTMLParser(attacked).css_first("h1").text()


def test_a_document_without_tasks_or_results_makes_a_page_that_says_so():
    assert "No task was run." in page(document() | {"tasks": []})
    made = document()
    made["tasks"][0] |= {"results": [], "comparisons": [], "slices": [], "examples": []}
    assert "No ranker was run on this task." in page(made)


def test_a_metric_that_nobody_could_measure_is_a_dash():
    made = document()
    for result in made["tasks"][0]["results"]:
        result["metrics"] = {"ndcg@10": {"mean": None, "low": None, "high": None}}
    made["tasks"][0]["slices"] = []
    cells = [node.text() for node in parsed(made).css("#task-1 .forest .value")]
    assert cells == ["–"] * len(RANKERS)


def test_the_same_document_gives_the_same_bytes(tmp_path):
    first, second = write(document(), tmp_path / "a"), write(document(), tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()


def test_writing_makes_the_folder_and_leaves_only_the_two_files(tmp_path):
    path = write(hostile(), tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "report.html"
    assert sorted(p.name for p in path.parent.iterdir()) == ["report.html", "report.json"]
    assert json.loads((path.parent / "report.json").read_bytes()) == hostile()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"file: cannot write the report \(.*name a folder"):
        write(document(), tmp_path / "file")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda d: d.pop("baseline"), "the whole has no 'baseline'"),
        (lambda d: d["tasks"][1].pop("unit"), r"tasks\[1\] has no 'unit'"),
        (lambda d: d.update(tasks={}), "tasks must be a list, got dict"),
        (
            lambda d: d["tasks"][0]["results"][2]["metrics"]["hit@10"].update(mean=float("nan")),
            r"tasks\[0\].results\[2\].metrics.hit@10.mean must be a finite number or null, got nan",
        ),
        (
            lambda d: d["tasks"][0]["comparisons"][0].update(verdict="good"),
            "verdict must be one of better, worse, within noise, got 'good'",
        ),
    ],
)
def test_a_document_that_lacks_something_is_refused_with_the_place(tmp_path, spoil, said):
    made = document()
    spoil(made)
    with pytest.raises(DataError, match=said):
        write(made, tmp_path / "out")
    assert not (tmp_path / "out").exists()
