import hashlib
import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from recsys.manifest import Manifest
from tests.cli.conftest import jsonl


def files_of(folder: Path) -> dict[str, str]:
    """Every file below a folder, and its SHA-256."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


@pytest.fixture
def models(newsroom, tmp_path):
    """The trained sample, to be spoilt."""
    return shutil.copytree(newsroom.models, tmp_path / "models")


def test_training_prints_the_version_that_is_served(recsys, newsroom, tmp_path):
    files = ["--articles", newsroom.articles, "--events", newsroom.events]
    said = recsys("train", "default", *files, "--models", "m", "--jobs", "1")
    assert (said.code, said.out, said.err) == (0, f"{newsroom.version}\n", "")
    home = tmp_path / "m" / "default"
    assert (home / "CURRENT").read_text() == (home / "HISTORY").read_text() == said.out
    assert newsroom.version.startswith("20270115T07")  # the clock is that of the newest event


@pytest.mark.parametrize(
    "more",
    [["--jobs", "1"], pytest.param(["--jobs", "2"], marks=pytest.mark.slow),
     pytest.param(["--jobs", "-1", "--backend", "threading"], marks=pytest.mark.slow)],
)  # fmt: skip
def test_the_same_training_is_the_same_bytes_from_files_or_store(recsys, newsroom, tmp_path, more):
    source = ["--store", newsroom.store, "--now", "data"]
    assert recsys("train", "default", *source, "--models", "m", *more).code == 0
    assert files_of(tmp_path / "m") == files_of(newsroom.models)


@pytest.mark.slow
def test_articles_alone_give_the_model_that_a_store_of_them_gives(recsys, newsroom, tmp_path):
    lines = newsroom.articles.read_text().splitlines()[-60:]
    changed = json.loads(lines[3]) | {"title": "changed since"}
    jsonl(tmp_path / "a.jsonl", [*map(json.loads, lines), changed])
    recsys("import", "a.jsonl", "--store", "sqlite:///b.db")
    train = ["train", "default", "--jobs", "1", "--now", "data", "--models"]
    assert recsys(*train, "m", "--store", "sqlite:///b.db").code == 0
    assert recsys(*train, "n", "--articles", "a.jsonl").code == 0
    assert files_of(tmp_path / "n") == files_of(tmp_path / "m")
    site = ["--site", "default"]
    assert recsys(*train, "o", "--articles", "a.jsonl", *site).code == 0
    assert files_of(tmp_path / "o") == files_of(tmp_path / "m")


@pytest.mark.slow  # trains again
def test_a_recipe_that_wants_sessions_learns_what_is_read_next(recsys, newsroom, tmp_path):
    files = ["--articles", newsroom.articles, "--events", newsroom.events]
    said = recsys("train", "next_read", *files, "--models", "m", "--jobs", "1", "--json").document
    assert said["data"]["articles_with_partners"] > 50
    again = ["--store", newsroom.store, "--now", "data", "--models", "n"]
    assert recsys("train", "next_read", *again, "--jobs", "1").code == 0
    assert files_of(tmp_path / "n") == files_of(tmp_path / "m")
    served = ["--models", "m", "--model", "next_read"]
    events = map(json.loads, newsroom.events.read_text().splitlines())
    (most_read, _), *_ = Counter(event["article_id"] for event in events).most_common(1)
    answer = recsys("related", most_read, *served, "--explain", "--json").document
    why = [item["explain"] for item in answer["items"] if item["explain"]]
    assert any(each["co_reading"] > 0 for each in why)
    for each in why:
        mix = 0.1 * each["cosine"] + 0.9 * each["co_reading"]
        assert each["similarity"] == pytest.approx(mix, abs=1e-6)


@pytest.mark.slow
def test_another_clock_is_another_version(recsys, newsroom):
    call = ["train", "default", "--store", newsroom.store, "--models", "m", "--jobs", "1", "--json"]
    at = ["--now", "2027-01-16T09:00:00+01:00", "--model", "other", "--no-promote"]
    document = recsys(*call, *at).document
    assert document["name"] == "other"
    assert document["version"].startswith("20270116T080000Z-")
    assert document["data"]["articles"] == 216
    assert not Path("m/other/CURRENT").exists()


def test_a_bare_date_is_the_midnight_of_the_site(recsys, tmp_path):
    (tmp_path / "recsys.toml").write_text("[sites.default]\ntime_zone = 'Asia/Riyadh'\n")
    articles = jsonl(tmp_path / "a.jsonl", [{"article_id": "1", "title": "x"}])
    files = ["--articles", articles, "--models", "m", "--jobs", "1", "--now", "2026-03-01"]
    assert recsys("train", "default", *files).out.startswith("20260228T210000Z-")


def test_an_unknown_backend_is_refused_in_one_line(refused, newsroom):
    call = ["train", "default", "--store", newsroom.store, "--models", "m"]
    assert "backend" in refused(1, *call, "--backend", "abacus")


def test_skipped_rows_are_told_on_stderr(recsys, tmp_path):
    rows = [{"article_id": "1", "title": "x"}, {"title": "no id"}]
    articles = jsonl(tmp_path / "a.jsonl", rows)
    call = ["train", "default", "--articles", articles, "--models", "m", "--jobs", "1"]
    said = recsys(*call, "--on-error", "skip")
    assert said.code == 0
    assert said.err == f"{articles}: rows skipped: 1, see a.jsonl.rejects.jsonl\n"


def test_a_bad_row_stops_the_training(refused, tmp_path):
    articles = jsonl(tmp_path / "a.jsonl", [{"title": "no id"}])
    call = ["train", "default", "--articles", articles, "--models", "m"]
    assert refused(1, *call) == f"{articles}:1: article_id: is required"


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("name", ["idf.npy", "rows_data.npy", "names.json", "manifest.json"])
@pytest.mark.parametrize("spoil", [flip, truncate, Path.unlink])
def test_a_spoilt_file_is_refused_by_name(refused, recsys, newsroom, models, name, spoil):
    spoilt = models / "default" / newsroom.version / name
    spoil(spoilt)
    assert str(spoilt) in refused(1, "related", "ar-sport-01", "--models", models)
    said = recsys("models", "verify", "--models", models)
    assert said.code == 1
    assert said.lines[0][:2] == ["default", newsroom.version]
    assert str(spoilt) in said.lines[0][2]


def test_an_unknown_format_is_refused(refused, newsroom, models):
    manifest = models / "default" / newsroom.version / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 99}))
    assert "format 99 is not known" in refused(1, "related", "ar-sport-01", "--models", models)


@pytest.mark.slow
def test_rolling_back_leaves_a_damaged_version(recsys, refused, newsroom, models):
    call = ["train", "default", "--store", newsroom.store, "--models", models, "--jobs", "1"]
    newer = recsys(*call, "--now", "2027-01-16").out.strip()
    flip(models / "default" / newer / "near.npy")
    assert "near.npy" in refused(1, "related", "ar-sport-01", "--models", models)

    said = recsys("models", "rollback", "--models", models)
    assert said.out == f"default {newsroom.version} is served from now on\n"
    assert recsys("related", "ar-sport-01", "--models", models).code == 0
    assert "near.npy" in refused(1, "models", "promote", newer, "--models", models)
    assert "nothing was promoted" in refused(1, "models", "rollback", "--models", models)


@pytest.mark.slow  # trains again
def test_training_again_mends_a_damaged_version(recsys, newsroom, models):
    flip(models / "default" / newsroom.version / "near.npy")
    call = ["train", "default", "--store", newsroom.store, "--now", "data", "--jobs", "1"]
    assert recsys(*call, "--models", models).code == 0
    assert files_of(models) == files_of(newsroom.models)


def test_models_are_listed_and_shown(recsys, newsroom):
    said = recsys("models", "list", "--models", newsroom.models)
    assert said.lines[0][:4] == ["default", newsroom.version, "served", "216"]
    document = recsys("models", "list", "--models", newsroom.models, "--json").document
    assert document["models"][0]["served"] == newsroom.version
    document = recsys("models", "show", "--models", newsroom.models, "--json").document
    assert document["version"] == newsroom.version
    assert document["data"]["articles"] == 216
    shown = dict(line[:2] for line in recsys("models", "show", "--models", newsroom.models).lines)
    assert shown["articles"] == "216"
    assert recsys("models", "verify", newsroom.version, "--models", newsroom.models).code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "--model", "other"], "there is no model 'other'"),
        (["show", "--model", "other"], "run recsys train"),
        (["show", "latest"], "a version looks like"),
        (["verify", "20260301T120000Z-1a2b3c4d"], "there is no such version"),
        (["promote", "20260301T120000Z-1a2b3c4d"], "there is no such version"),
        (["rollback"], "nothing was promoted before"),
    ],
)
def test_what_is_not_there_is_said(refused, newsroom, arguments, message):
    assert message in refused(1, "models", *arguments, "--models", newsroom.models)


@pytest.mark.slow
def test_training_since_a_version_learns_what_changed_and_says_so(recsys, newsroom, models):
    rows = [json.loads(line) for line in newsroom.articles.read_text().splitlines()]
    files = ["--articles", jsonl(Path("later.jsonl"), rows[1:]), "--events", newsroom.events]
    more = ["--models", models, "--jobs", "1"]
    said = recsys("train", "default", *files, *more, "--since", newsroom.version, "--json").document
    told = said["data"]["since"]
    assert (told["version"], told["new"], told["deleted"]) == (newsroom.version, 0, 1)
    assert said["data"]["articles"] == len(rows) - 1
    assert (models / "default" / "CURRENT").read_text() == f"{said['version']}\n"
    again = recsys("train", "default", *files, *more, "--since", "current")
    assert (again.code, again.out) == (0, f"{said['version']}\n")  # nothing has changed since


def test_with_nothing_new_a_version_is_trained_to_the_same_bytes(recsys, newsroom, models):
    source = ["--store", newsroom.store, "--now", "data", "--models", models, "--jobs", "1"]
    said = recsys("train", "default", *source, "--since", newsroom.version)
    assert (said.code, said.out, said.err) == (0, f"{newsroom.version}\n", "")
    assert files_of(models) == files_of(newsroom.models)


def test_where_too_much_has_changed_training_is_in_full_and_says_so(recsys, newsroom, models):
    rows = [json.loads(line) for line in newsroom.articles.read_text().splitlines()]
    files = ["--articles", jsonl(Path("few.jsonl"), rows[::2]), "--models", models, "--jobs", "1"]
    said = recsys("train", "default", *files, "--since", newsroom.version, "--json")
    assert said.err.startswith("training in full: 108 of 216 articles have come, changed or gone")
    assert "since" not in said.document["data"]


def test_a_version_that_cannot_be_carried_on_from_is_refused_in_a_line(refused, newsroom, models):
    train = ["--store", newsroom.store, "--models", models, "--now", "data", "--jobs", "1"]
    missing = "20260101T000000Z-00000000"
    said = refused(1, "train", "default", *train, "--since", missing)
    assert said.endswith(f"{missing}: there is no such version")
    assert "a version looks like" in refused(1, "train", "default", *train, "--since", "yesterday")
    Path("other.toml").write_text('[tokenizer]\nstemming = "none"\n')
    other = refused(1, "train", "other.toml", *train, "--model", "default", "--since", "current")
    assert other == (
        f"the recipe's [tokenizer] is not that of {newsroom.version}: train without --since"
    )
    path = models / "default" / newsroom.version / "manifest.json"
    manifest = Manifest.read(path.parent)
    path.write_text(replace(manifest, libraries={**manifest.libraries, "numpy": "1.0"}).text())
    aged = refused(1, "train", "default", *train, "--since", "current")
    assert re.search(r"was trained with numpy 1\.0, this is .*: train without --since$", aged)
