import gc
import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from recsys import releases, saving
from recsys.errors import ModelError, NotFoundError
from recsys.lists import Query, recommend
from recsys.manifest import Manifest, verify
from recsys.model import Model, find
from recsys.recipe import Recipe
from recsys.records import Article
from recsys.sample import sample_articles, sample_settings
from recsys.soundness import check_arrays
from tests.conftest import NOW


@pytest.fixture(scope="module")
def published(sample_model, tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    return models, saving.publish(sample_model, models)


@pytest.fixture
def copied(published, tmp_path):
    shutil.copytree(published[0], tmp_path / "models")
    return tmp_path / "models", published[1]


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def answers(model, name="related"):
    snapshot = model.snapshot_
    rows = range(0, len(snapshot.corpus), 7)
    asked = (recommend(snapshot, name, Query(row=row, explain=True), NOW) for row in rows)
    return [answer.document() for answer in asked]


def test_what_was_saved_answers_as_what_was_trained(sample_model, published):
    loaded = saving.load(published[0], "default", sample_settings())
    for name in ("related", "latest", "inline", "most_read"):
        assert answers(loaded, name) == answers(sample_model, name)
    assert loaded.recipe == sample_model.recipe
    assert loaded.now_ == NOW


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_the_same_training_is_the_same_bytes_whatever_the_jobs(published, tmp_path, jobs):
    articles = sample_articles(NOW)[::-1]  # nor does the order in which articles come
    again = Model(Recipe(), sample_settings()).fit(articles, now=NOW, jobs=jobs)
    version = saving.publish(again, tmp_path)
    assert version == published[1]
    assert files_of(tmp_path / "default" / version) == files_of(published[0] / "default" / version)


@pytest.mark.slow
@pytest.mark.parametrize("change", ["recipe", "data", "clock"])
def test_another_training_is_another_version(sample_model, change):
    recipe = Recipe("default", {"vectoriser": {"title": 1.0}} if change == "recipe" else {})
    articles = sample_articles(NOW)[1:] if change == "data" else sample_articles(NOW)
    model = Model(recipe, sample_settings()).fit(articles, now=NOW + (change == "clock"))
    assert model.name.version != sample_model.name.version


def test_arrays_are_mapped_and_never_pickled(published):
    loaded = saving.load(published[0], "default")
    near = loaded.snapshot_.space.near
    assert not near.flags.owndata
    assert not near.flags.writeable
    assert {path.suffix for path in (published[0] / "default" / published[1]).iterdir()} == {
        ".npy",
        ".json",
    }


def test_publishing_again_changes_nothing(copied, sample_model):
    models, version = copied
    before = files_of(models / "default" / version)
    assert saving.publish(sample_model, models) == version
    assert files_of(models / "default" / version) == before
    assert releases.history(models, "default") == [version]


def test_publishing_mends_a_damaged_model(copied, sample_model):
    models, version = copied
    (models / "default" / version / "near.npy").write_bytes(b"")
    saving.publish(sample_model, models)
    verify(models / "default" / version)


def damages(folder: Path):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow  # loads a model for each of its files
@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("how", ["flipped", "truncated", "missing", "longer"])
def test_whatever_file_is_damaged_is_refused_by_name(copied, how, at_once):
    models, version = copied
    folder = models / "default" / version
    for name in damages(folder):
        path, whole = folder / name, (folder / name).read_bytes()
        if how == "flipped":
            place = len(whole) * 2 // 3
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        elif how == "truncated":
            path.write_bytes(whole[:-1])
        elif how == "longer":
            path.write_bytes(whole + b" ")
        else:
            path.unlink()
        if name == "manifest.json" and how in ("truncated", "longer"):
            path.write_bytes(whole)  # white space behind the JSON says nothing
            continue
        with pytest.raises(ModelError, match=name):
            saving.load(models, "default", at_once=at_once)
        path.write_bytes(whole)
    saving.load(models, "default", at_once=at_once)


def test_an_unknown_format_is_refused_with_what_to_do(copied):
    models, version = copied
    path = models / "default" / version / "manifest.json"
    document = json.loads(path.read_text())
    document["format"] = 99
    path.write_text(json.dumps(document))
    with pytest.raises(ModelError, match=r"format 99 is not known .* train again, or update"):
        saving.load(models, "default")


def test_a_manifest_that_leads_outside_is_refused(copied):
    models, version = copied
    folder = models / "default" / version
    whole = Manifest.read(folder)
    files = {"../../CURRENT": {"sha256": "", "bytes": 1}}
    (folder / "manifest.json").write_text(Manifest(**{**whole.__dict__, "files": files}).text())
    with pytest.raises(ModelError, match="outside"):
        saving.load(models, "default")


def test_promote_and_rollback_go_forth_and_back(copied, sample_model):
    models, first = copied
    second = saving.publish(
        Model(Recipe("default"), sample_settings()).fit(sample_articles(NOW)[2:], now=NOW), models
    )
    assert releases.current(models, "default") == second
    assert releases.rollback(models, "default") == first
    assert releases.current(models, "default") == first
    releases.promote(models, "default", second)
    assert releases.history(models, "default") == [first, second]
    with pytest.raises(NotFoundError, match="no such version"):
        releases.promote(models, "default", "20260101T000000Z-00000000")


def test_a_damaged_version_is_never_promoted(copied, sample_model):
    models, version = copied
    (models / "default" / version / "idf.npy").write_bytes(b"no")
    with pytest.raises(ModelError, match=r"idf\.npy"):
        releases.promote(models, "default", version)


def test_rollback_without_a_past_says_so(copied):
    with pytest.raises(NotFoundError, match="nothing was promoted before"):
        releases.rollback(copied[0], "default")


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden", "a\0b"])
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    with pytest.raises(NotFoundError):
        saving.load(tmp_path, name)


def test_a_folder_without_models_says_what_to_do(tmp_path):
    with pytest.raises(NotFoundError, match="run recsys train"):
        saving.load(tmp_path / "none", "default")
    assert releases.names(tmp_path / "none") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "articles",
    [
        [],
        [Article("only", title="One article")],
        [Article("a", body=""), Article("b")],
        [Article(f"same-{i}", title="The same text", body="in all of them") for i in range(300)],
        [Article("a/b c%20d", title="عنوان", language="ar"), Article("%", title="عنوان آخر")],
    ],
    ids=["empty", "one", "empty bodies", "all the same", "odd ids"],
)  # fmt: skip
def test_unusual_newsrooms_are_trained_saved_and_served(tmp_path, articles):
    saving.publish(Model().fit(articles, now=NOW), tmp_path)
    loaded = saving.load(tmp_path, "default")
    for article in articles:
        row = find(loaded.snapshot_, "default", article.article_id)
        answer = recommend(loaded.snapshot_, "related", Query(row=row), NOW)
        assert article.article_id not in [item.article_id for item in answer.items]
    found = np.flatnonzero(loaded.snapshot_.leaders != 0).size
    if len(articles) == 300:
        assert found == 0  # one story


@pytest.fixture
def hurried():
    """Let threads alternate wherever garbage may be collected, as it may be in the midst of C."""
    threshold = gc.get_threshold()
    gc.callbacks.append(switch := lambda phase, info: time.sleep(0))
    gc.set_threshold(20)
    yield
    gc.set_threshold(*threshold)
    gc.callbacks.remove(switch)


@pytest.mark.slow
def test_threads_that_open_a_model_at_once_all_open_it(published, hurried):
    def opened(depth):  # Python 3.11 mixed up how deep they stood
        return opened(depth - 1) if depth else saving.load(published[0], "default").name.version

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(opened, range(12))) == {published[1]}


def beyond(array):
    array[array.size // 2] = 2**30


def below(array):
    array[0] = -1


def shuffled(array):
    array[1:] = array[1:][::-1].copy()


def not_a_number(array):
    array[-1] = np.nan


def too_large(array):
    array[0] = 1.5


@pytest.mark.parametrize(
    ("name", "harm", "message"),
    [
        ("postings_rows", beyond, "must lie from 0"),
        ("postings_rows", below, "must lie from 0"),
        ("postings_ends", shuffled, "do not lead through"),
        ("postings_ends", beyond, "do not lead through"),
        ("postings_weights", not_a_number, "are not all numbers"),
        ("postings_weights", too_large, "are larger than a cosine"),
        ("rows_data", not_a_number, "are not all numbers"),
        ("near_cosines", lambda array: too_large(array[0]), "are larger than a cosine"),
    ],
)
def test_postings_that_training_cannot_have_written_are_refused_by_name(
    published, name, harm, message
):
    folder = published[0] / "default" / published[1]
    arrays = {path.stem: np.load(path) for path in folder.glob("*.npy")}
    labels = json.loads((folder / "names.json").read_text())
    check_arrays(arrays, labels)
    harm(arrays[name])
    with pytest.raises(ModelError, match=rf"{name}\.npy: its values {message}"):
        check_arrays(arrays, labels)
