"""The widget's files as they are served: whole, unaltered, and kept for as long as is right."""

import gzip
import re
from base64 import b64encode
from hashlib import sha384
from pathlib import Path

import pytest

import recsys.api
from recsys.api.widget_files import FLOATING, WidgetFiles, takes_gzip

FOLDER = Path(recsys.api.__file__).parent / "static" / "widget"
DOCS = Path(__file__).parent.parent.parent / "docs"
FLOAT = "public, max-age=3600, stale-while-revalidate=86400"
FOR_GOOD = "public, max-age=31536000, immutable"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@pytest.fixture(scope="module")
def versions(api):
    return api.get("/widget/versions.json").json()


@pytest.fixture(scope="module")
def addresses(versions):
    """Every address of every file, with its name and how long it may be kept."""
    floating = [(path, name, FLOAT) for name, path in FLOATING.items()]
    return floating + [(file["path"], name, FOR_GOOD) for name, file in versions["files"].items()]


def test_every_file_is_served_as_it_lies_in_the_folder(api, addresses):
    assert len(addresses) == 8
    for path, name, _ in addresses:
        answer = api.get(path)
        assert answer.status_code == 200, path
        assert answer.content == (FOLDER / name).read_bytes()
        assert answer.headers["content-type"] == TYPES[Path(name).suffix]


def test_what_floats_is_asked_for_within_the_hour_and_a_version_is_kept_for_good(api, addresses):
    for path, _, control in addresses:
        assert api.get(path).headers["cache-control"] == control, path
    assert api.get("/widget/versions.json").headers["cache-control"] == "no-cache"


def test_a_page_of_any_site_may_run_it_and_check_its_integrity(api, addresses):
    for path, _, _ in addresses:
        headers = api.get(path, headers={"Origin": "https://news.example"}).headers
        assert headers["access-control-allow-origin"] == "*"
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in headers


def test_the_versions_name_each_file_with_its_address_and_its_integrity(api, versions):
    assert re.fullmatch("[0-9a-f]{12}", versions["version"])
    assert list(versions["files"]) == sorted(FLOATING)
    for name, file in versions["files"].items():
        digest = sha384(api.get(file["path"]).content).digest()
        assert file == {
            "path": f"/widget/{versions['version']}/{name}",
            "floating": FLOATING[name],
            "integrity": f"sha384-{b64encode(digest).decode()}",
        }


def test_a_version_names_the_content_and_nothing_else(tmp_path):
    def version() -> str:
        return WidgetFiles.read(tmp_path).version

    (tmp_path / "looks").mkdir()
    for name in FLOATING:
        (tmp_path / name).write_text("a")
    first = version()
    (tmp_path / "README.md").write_text("not served")
    assert version() == first
    (tmp_path / "looks/cards.css").write_text("b")
    second = version()
    (tmp_path / "looks/cards.css").write_text("a")
    (tmp_path / "beacon.js").write_text("b")
    third = version()
    (tmp_path / "beacon.js").write_text("a")
    assert len({first, second, third}) == 3
    assert version() == first


def test_another_version_is_never_answered_with_this_ones_bytes(api, versions):
    version = versions["version"]
    for path in (
        "000000000000/news-list.js",
        f"{version[:-1]}/news-list.js",
        f"{version.upper()}x/beacon.js",
        "beacon/news-list.js",
        f"{version}/",
        f"{version}/nothing.js",
        f"{version}/looks",
        f"{version}/../{version}/README.md",
        f"{version}/..%2f..%2fdocs.js",
        f"{version}/%2e%2e/demo/demo.js",
        "looks/plain.css",
        "looks/..%2fnews-list.css",
        "v2.js",
        "",
    ):
        answer = api.get(f"/widget/{path}")
        assert answer.status_code == 404, path
        assert answer.json()["error"] == {
            "code": "not_found",
            "message": "there is nothing at this address",
            "field": None,
        }
        assert answer.headers["cache-control"] == "no-store"


def test_who_holds_a_file_gets_304(api, addresses):
    for path, _, control in [*addresses, ("/widget/versions.json", "", "no-cache")]:
        etag = api.get(path).headers["etag"]
        for accepted in ("gzip", "identity"):
            held = {"If-None-Match": etag, "Accept-Encoding": accepted}
            again = api.get(path, headers=held)
            assert (again.status_code, again.content) == (304, b""), path
            assert again.headers["etag"] == etag
            assert again.headers["cache-control"] == control
            assert "content-encoding" not in again.headers
            assert api.head(path, headers=held).status_code == 304
        assert api.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_it_is_compressed_for_whoever_takes_that(api, addresses):
    for path, name, _ in addresses:
        plain = (FOLDER / name).read_bytes()
        with api.stream("GET", path, headers={"Accept-Encoding": "br, gzip"}) as zipped:
            sent = b"".join(zipped.iter_raw())
        assert zipped.headers["content-encoding"] == "gzip"
        assert int(zipped.headers["content-length"]) == len(sent) < len(plain)
        assert gzip.decompress(sent) == plain
        whole = api.get(path, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in whole.headers
        assert whole.headers["vary"] == zipped.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize(
    ("accepted", "taken"),
    [("gzip", True), ("br;q=1.0, GZIP;q=0.5", True), ("*", True), ("x-gzip", True), ("", False),
     ("br", False), ("identity", False), ("gzip;q=0", False), ("gzip; q=0.000, *", False),
     ("*;q=0", False), ("*;q=0, gzip", True), ("gzipped", False), (";,;q=,,", False)],
)  # fmt: skip
def test_only_who_allows_gzip_gets_it(accepted, taken):
    assert takes_gzip(accepted) is taken


def test_head_is_get_without_the_body(api, addresses):
    for path, _, _ in [*addresses, ("/widget/versions.json", "", "")]:
        head, get = api.head(path), api.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


def test_the_module_and_the_beacon_are_small_on_their_way(api):
    for path, most in (("/widget/v1.js", 3072), ("/widget/beacon/v1.js", 1024)):
        answer = api.head(path, headers={"Accept-Encoding": "gzip"})
        assert int(answer.headers["content-length"]) <= most


def test_the_documentation_has_every_attribute_that_the_module_reads(api):
    table = (DOCS / "widget.md").read_text(encoding="utf-8").split("## Attributes")[1]
    documented = set(re.findall(r"^\| `([a-z-]+)` \|", table.split("\n### ")[0], re.MULTILINE))
    module = (FOLDER / "news-list.js").read_text(encoding="utf-8")
    read = set(re.findall(r'(?:read|getAttribute|hasAttribute)\("([a-z-]+)"\)', module))
    watched = re.search(r"observedAttributes = \[(.*?)\]", module, re.DOTALL)
    filters = re.search(r"FILTERS = \[(.*?)\]", module)
    assert watched
    assert filters
    read |= set(re.findall(r'"([a-z-]+)"', watched[1] + filters[1]))
    assert documented == read


def test_a_part_that_is_asked_for_is_sent_whole(api):
    answer = api.get("/widget/v1.js", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, "content-range" in answer.headers) == (200, False)


def test_it_is_only_read(api, versions):
    for path in ("/widget/v1.js", versions["files"]["beacon.js"]["path"]):
        for method in ("POST", "PUT", "DELETE"):
            assert api.request(method, path).status_code == 405


def test_requests_are_counted_by_the_template_of_their_route(own_api):
    version = own_api.get("/widget/versions.json").json()["version"]
    for path in ("v1.js", "beacon/v1.js", "looks/cards.css", f"{version}/beacon.js", "1/2"):
        own_api.get(f"/widget/{path}")
    counted = own_api.get("/metrics").text
    named = set(re.findall(r'recsys_requests_total{method="GET",route="(/widget[^"]*)"', counted))
    assert named == {
        *("/widget/v1.js", "/widget/beacon/v1.js", "/widget/versions.json"),
        *("/widget/looks/{look}.css", "/widget/{version}/{name:path}"),
    }
