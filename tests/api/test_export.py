"""What is exported is what would be answered, and nothing else is touched."""

import json
from dataclasses import replace

import pytest

from recsys.api.answers import timeless
from recsys.api.export import Export, Site
from recsys.api.folder import Folder, name_of
from recsys.api.fragments import Look
from recsys.api.lists import Lists
from recsys.data.corpus import Corpus
from recsys.data.views import KeyedCounts, ViewCounts
from recsys.errors import DataError
from recsys.records import Article
from recsys.sample import sample_settings
from recsys.snapshot import Snapshot

NOW = 1_800_000_000
IDS = (
    "plain-1", "UPPER", "a/../../../b", "con", "نص", "x" * 512, "..", " ", "plain.1",
    "~" + "0" * 32,
)  # fmt: skip


def small(*more, without=()):
    """A newsroom whose ids are hard on file systems; nothing is learned of it."""
    rows = [
        Article(name, title=f"Title {n}", url=f"https://x.example/{n}", section=("رياضة", "sport"),
                published_at=NOW - n, language="en")
        for n, name in enumerate(IDS) if name not in without
    ]  # fmt: skip
    corpus = Corpus.of([*rows, *more])
    return Snapshot.untrained(corpus, ViewCounts.of(KeyedCounts(), corpus, len(corpus)))


def exported(path, snapshot, now=NOW, settings=None, newest=None, look=None):
    folder = Folder(path)
    lists = Lists(settings or sample_settings(), lambda: snapshot, lambda: now)
    sites = [Site.of(snapshot, name, newest) for name in sorted(snapshot.corpus.sites)]
    Export(lists, sites, look or Look()).into(folder, lambda stage, done, total: None)
    return folder


def files(path):
    found = {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*.*")
             if file.is_file()}  # fmt: skip
    return {name: body for name, body in found.items() if not name.endswith("manifest.json")}


def test_a_name_is_safe_on_any_file_system_and_names_one_thing():
    names = [name_of(each) for each in IDS]
    assert names[0] == "plain-1"
    # echo -n UPPER | sha256sum
    assert names[1] == "~9cba1c6593a62cf5e44b2d18a7331e5c"
    assert len(set(names)) == len(IDS)
    assert all(name.isascii() and len(name) <= 64 and "/" not in name for name in names)
    assert len({name.lower() for name in names}) == len(IDS)


@pytest.mark.slow  # exports the whole sample newsroom
def test_what_is_exported_is_what_is_answered(tmp_path, api, sample_home, sample_model):
    with_views = exported_sample(tmp_path / "out", sample_home)
    read = json.loads((tmp_path / "out/default/index.json").read_bytes())
    within = read["articles"]["ar-politics-01"]
    asked = {
        f"{within}/related": "related?id=ar-politics-01",
        f"{within}/inline": "inline?id=ar-politics-01",
        f"{within}/page": "page?id=ar-politics-01",
        "default/most-read": "most-read?",
        "default/ar/trending": "trending?language=ar",
        f"{read['sections']['ar']['sport']}/latest": "latest?language=ar&section=sport",
        f"{read['sections']['']['sport']}/most-read": "most-read?section=sport",
        "default/fr/page": "page?language=fr",
    }
    for path, question in asked.items():
        answer = api.get(f"/v1/{question}")
        assert timeless((tmp_path / f"out/{path}.json").read_bytes()) == timeless(answer.content)
        name, _, query = question.partition("?")
        fragment = api.get(f"/v1/{name}.html?{query}")
        assert (tmp_path / f"out/{path}.html").read_bytes() == fragment.content
    url = json.loads((tmp_path / f"out/{within}/page.json").read_bytes())["article"]["url"]
    assert read["addresses"][url] == within == "default/articles/ar-politics-01"
    assert with_views.written == len(files(tmp_path / "out"))


def exported_sample(path, home):
    service = home.service()
    try:
        return exported(path, service.snapshot, home.now, home.settings)
    finally:
        service.close()


def test_every_id_has_its_lists_inside_of_the_folder(tmp_path):
    folder = exported(tmp_path / "out", small())
    assert {file.name for file in tmp_path.iterdir()} == {"out"}
    index = json.loads((tmp_path / "out/default/index.json").read_bytes())
    assert set(index["articles"]) == set(IDS)
    for within in index["articles"].values():
        for name in ("related", "inline", "page"):
            for form in ("json", "html"):
                assert (tmp_path / f"out/{within}/{name}.{form}").is_file()
    told = json.loads((tmp_path / "out/manifest.json").read_bytes())["files"]
    assert told == sorted(files(tmp_path / "out"))
    assert folder.written == len(told)


@pytest.mark.slow
def test_only_what_has_changed_is_written_again(tmp_path):
    first = exported(tmp_path, small())
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in files(tmp_path)}
    again = exported(tmp_path, small(), now=NOW + 30)
    assert (again.written, again.unchanged, again.removed) == (0, first.written, 0)
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in before} == before
    new = Article("new", title="New", url="https://x.example/new", published_at=NOW, language="en")
    more = exported(tmp_path, small(new), now=NOW + 60)
    assert more.written > 0
    assert b"x.example/new" in (tmp_path / "default/latest.html").read_bytes()
    assert not list(tmp_path.rglob(".*"))


def test_what_is_gone_is_removed_and_what_is_not_ours_is_left(tmp_path):
    exported(tmp_path / "out", small())
    ours = tmp_path / "out/default/articles/plain-1"
    (ours / "mine.txt").write_text("mine")
    (tmp_path / "outside.json").write_text("{}")
    manifest = tmp_path / "out/manifest.json"
    told = json.loads(manifest.read_bytes())
    told["files"] += ["../outside.json", "/etc/x.json", "default/../../outside.json", 7]
    manifest.write_text(json.dumps(told))
    gone = exported(tmp_path / "out", small(without=("plain-1", "UPPER")))
    assert gone.removed == 12
    assert [file.name for file in ours.iterdir()] == ["mine.txt"]
    assert not (tmp_path / f"out/default/articles/{name_of('UPPER')}").exists()
    assert (tmp_path / "outside.json").exists()


def test_an_export_that_was_cut_short_leaves_nothing_behind_after_the_next(tmp_path):
    folder, snapshot = Folder(tmp_path), small()
    corpus = snapshot.corpus
    planned = [f"{path}.json" for path, _ in Site.of(snapshot, "default").plan(corpus)]
    folder.begin(planned)
    folder.put("default/articles/plain-1/related.json", b"{}")  # and no more
    exported(tmp_path, small(without=("plain-1",)))
    assert not (tmp_path / "default/articles/plain-1").exists()


def test_a_folder_with_other_things_in_it_is_refused(tmp_path):
    (tmp_path / "thesis.doc").write_text("x")
    with pytest.raises(DataError, match=r"must be empty or hold an earlier export"):
        Folder(tmp_path)
    for text in ("[]", "{", '{"format": 2}'):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(DataError, match=r"must be of format 1"):
            Folder(tmp_path)


def test_the_newest_articles_alone_have_lists_of_their_own(tmp_path):
    exported(tmp_path, small(), newest=2)
    index = json.loads((tmp_path / "default/index.json").read_bytes())
    assert list(index["articles"]) == list(IDS[:2])
    listed = json.loads((tmp_path / "default/latest.json").read_bytes())["items"]
    assert len(listed) == 4


def test_images_stand_in_the_html_where_they_are_wanted(tmp_path):
    image = Article("i", title="T", image_url="https://x.example/i.jpg", published_at=NOW)
    exported(tmp_path / "with", small(image), look=Look(thumbnails=True))
    exported(tmp_path / "without", small(image))
    assert b"<img" in (tmp_path / "with/default/latest.html").read_bytes()
    assert b"<img" not in (tmp_path / "without/default/latest.html").read_bytes()


def test_every_site_has_a_folder_and_its_own_clock(tmp_path):
    other = Article("o", title="Autre", published_at=NOW, language="fr", site="Autre site")
    settings = sample_settings()
    sites = settings.sites | {"Autre site": replace(settings.site("default"), time_zone="UTC")}
    exported(tmp_path, small(other), settings=replace(settings, sites=sites))
    within = tmp_path / name_of("Autre site")
    assert json.loads((within / "index.json").read_bytes())["articles"].keys() == {"o"}
    assert b"Autre" not in (tmp_path / "default/latest.html").read_bytes()
