"""What editors linked to, as evidence of a site's half-life."""

import json

import pytest

from recsys import saving
from recsys.calibration.links import link_choices, without_lines
from recsys.data.documents import document_of
from recsys.model import Model
from recsys.recipe import Recipe
from recsys.records import Article
from recsys.text.tokens import Tokenizer
from recsys.text.vectoriser import Document
from recsys.times import DAY

NOW = 1_800_000_000
WORDS = ("harbour", "strike", "grain", "ship", "port", "crane", "tide", "cargo")


def article(number, days, links=(), site="default", body=""):
    text = " ".join(WORDS[(number + i) % len(WORDS)] for i in range(5))
    return Article(
        article_id=f"n{number:03}", site=site, title=f"News {text}", body=body or text,
        published_at=NOW - int(days * DAY), inline_links=tuple(links), language="en",
    )  # fmt: skip


def trained(articles, **tables):
    return Model(Recipe("test", tables)).fit(articles, now=NOW)


def test_a_link_is_a_choice_among_the_earlier_neighbours():
    articles = [article(i, days=10 - i) for i in range(8)]
    articles.append(article(8, days=1, links=["n002", "n099", "n008"]))  # unknown, and itself
    articles.append(article(9, days=0.5))  # later
    model = trained(articles)
    space, corpus = model.snapshot_.space, model.snapshot_.corpus
    found = link_choices(corpus, space, [document_of(a) for a in articles])["default"]
    assert found.chosen.shape == (1,)
    ages = sorted(days for days in found.age_days[0].tolist() if days)
    assert ages == pytest.approx([2, 3, 4, 5, 6, 7, 8, 9])  # n000 to n007, and nothing later
    assert found.age_days[0, found.chosen[0]] == pytest.approx(7)
    assert (found.similarity > 0).all()


def test_links_to_later_undated_and_other_sites_articles_say_nothing():
    articles = [article(1, 5), article(2, 1, site="b"), article(3, 2, links=["n001", "n002"])]
    articles += [article(4, 1), article(5, 3, links=["n004"])]
    model = trained(articles)
    assert model.calibration_["freshness"]["default"]["pairs"] == 1
    assert model.calibration_["freshness"]["b"]["pairs"] == 0


def test_lines_with_a_linked_title_are_taken_out_however_they_are_spelt():
    body = "أول الكلام\nاقرأ أيضا| البرلمانُ يُقرّ قانون الموازنة\nآخر الكلام"
    document = Document("ar", {"title": "عنوان", "body": body})
    clean = without_lines(document, ["البرلمان يقر قانون الموازنـــة"], Tokenizer())
    assert clean.fields == {"title": "عنوان", "body": "أول الكلام\nآخر الكلام"}
    assert without_lines(document, ["أول الكلام"], Tokenizer()) == document  # two words: no sign


def test_each_site_gets_its_own_half_life_and_the_manifest_says_why(tmp_path):
    """At site a editors link to what is fresh, at b to what is old and alike."""
    articles = []
    for i in range(80):
        fresh, alike = f"n{i * 3:03}", f"n{i * 3 + 1:03}"
        for site, chosen in (("a", fresh), ("b", alike)):
            articles += [
                article(i * 3, 100 - i, site=site, body=f"topic{i} harbour"),
                article(i * 3 + 1, 140 - i, site=site, body=f"topic{i} harbour news news"),
                article(i * 3 + 2, 99.9 - i, [chosen], site, f"topic{i} topic{i} news harbour"),
            ]
    model = trained(articles)
    evidence = model.calibration_["freshness"]
    assert evidence["a"]["pairs"] == evidence["b"]["pairs"] == 80
    assert evidence["a"]["median_age_days"] == pytest.approx(0.1)
    lives = {site: model.snapshot_.freshness(site).half_life_days for site in "ab"}
    assert lives["a"] <= 15 <= lives["b"]
    assert lives["a"] < lives["b"]
    saving.publish(model, tmp_path)
    loaded = saving.load(tmp_path, "test")
    assert {site: loaded.snapshot_.freshness(site).half_life_days for site in "ab"} == lives
    folder = tmp_path / "test" / model.name.version
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["calibration"]["freshness"] == json.loads(json.dumps(evidence))


def test_a_recipe_may_fix_the_half_life():
    articles = [article(1, 5), article(3, 2, links=["n001"])]
    model = trained(articles, freshness={"half_life_days": 7.0})
    assert model.calibration_["freshness"] == {}
    assert model.snapshot_.freshness("default").half_life_days == 7.0


def test_what_comes_after_training_ages_as_calibrated():
    model = trained([article(1, 5), article(3, 2, links=["n001"])])
    later = model.refreshed([article(4, 0)])
    assert later.snapshot_.freshness("default") == model.snapshot_.freshness("default")
