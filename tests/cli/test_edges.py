"""Odd newsrooms: each works all the way, or is refused in one clear line."""

import pytest

from tests.cli.conftest import jsonl

pytestmark = pytest.mark.slow

BODY = "هطلت أمطار غزيرة على المدينة وأغلقت السلطات الطرق المؤدية إلى الجبال حتى الصباح"
ODD_IDS = [
    "a/b", "a%2Fb", "100%", "with space", " lead", "مقال-١", "خبر عاجل", "https://x.example/1",
    "..", "-5", "--help", "null", "0", "007", "7", "é", "e\u0301", "💬", "a" * 512, "a\u200fb",
    "'\";--",
]  # fmt: skip


def plain(i: object, **more: object) -> dict[str, object]:
    return {"article_id": str(i), "title": f"أمطار على المدينة {i}", "body": BODY, **more}


NEWSROOMS = {
    "no article": [],
    "one article": [plain(1)],
    "two articles": [plain(1), plain(2)],
    "empty bodies": [{"article_id": str(i), "title": f"خبر رقم {i}", "body": ""} for i in range(9)],
    "no text at all": [{"article_id": str(i)} for i in range(9)],
    "text without words": [{"article_id": str(i), "title": "… ؟!", "body": "--"} for i in range(9)],
    "all the same text": [{"article_id": str(i), "title": "خبر", "body": BODY} for i in range(30)],
    "no dates": [plain(i, published_at=None) for i in range(9)],
    "some dates": [plain(i, published_at="2026-03-01" if i % 2 else None) for i in range(9)],
    "dates of another age": [
        plain(i, published_at=f"{year}-01-01")
        for i, year in enumerate(("0001", "1969", "1970", "9999"))
    ],
    "odd ids": [plain(name) for name in ODD_IDS],
    "the same id twice": [plain(1), plain(1, title="عنوان جديد"), plain(2)],
    "the same address": [plain(i, url="https://x.example/1") for i in range(5)],
    "links in a ring": [plain(i, inline_links=[str((i + 1) % 4), str(i), "no"]) for i in range(4)],
    "a language of its own each": [plain(i, language=c) for i, c in enumerate(("ar", "fr", "xx"))],
    "many sections": [plain(i, section=[f"s{j}" for j in range(50)]) for i in range(4)],
    "markup": [
        plain(i, title=f"[bold]{i}[/bold] <b>x</b> {{}} %s", body="<p>" * 2000) for i in range(4)
    ],
    "lines and tabs": [plain(i, title=f"a\tb\nc {i}") for i in range(4)],
    "spaceless": [
        {"article_id": str(i), "title": f"東京で大雨{i}", "language": "ja"} for i in range(4)
    ],
}


@pytest.mark.parametrize("rows", NEWSROOMS.values(), ids=NEWSROOMS)
def test_an_odd_newsroom_works_all_the_way(recsys, tmp_path, rows):
    articles = jsonl(tmp_path / "a.jsonl", rows)
    ids = list(dict.fromkeys(row["article_id"] for row in rows))
    views = [{"article_id": i, "timestamp": "2026-03-02T10:00:00Z"} for i in [*ids, "unheard of"]]
    events = jsonl(tmp_path / "e.jsonl", views)
    store = f"sqlite:///{tmp_path / 'news.db'}"

    def works(*arguments: object) -> list[list[str]]:
        said = recsys(*arguments)
        assert (said.code, said.err) == (0, "")
        return said.lines

    works("validate", articles, events)
    works("import", articles, events, "--store", store)
    works(
        "train", "default", "--store", store, "--models", "m", "--jobs", "1", "--now", "2026-03-03"
    )
    works("most-read", "--store", store, "--now", "2026-03-02T11:00:00Z")
    for name in ids:
        found = works("related", "--models", "m", "--", name)
        assert all(line[4] != name for line in found)
        assert all(len(line) == 6 for line in found)
    if ids:
        works("related", "--models", "m", "--store", store, "--explain", "--", ids[0])
        works("explain", "--models", "m", "--", ids[0], ids[-1])
    works("models", "verify", "--models", "m")


REFUSED = {
    "an id that is too long": ({"article_id": "a" * 513, "title": "x"}, "at most 512 characters"),
    "an id with a line break": ({"article_id": "a\nb", "title": "x"}, "control characters"),
    "an empty id": ({"article_id": "", "title": "x"}, "article_id: is required"),
    "no date but a word": ({"article_id": "1", "published_at": "soon"}, "ISO 8601"),
    "an address that is none": ({"article_id": "1", "url": "javascript:x"}, "http or https"),
    "a row that is none": (["1"], "must be one JSON object a line"),
}


@pytest.mark.parametrize(("row", "message"), REFUSED.values(), ids=REFUSED)
def test_a_bad_row_is_refused_in_one_line(refused, tmp_path, row, message):
    articles = jsonl(tmp_path / "a.jsonl", [row])
    call = ["train", "default", "--articles", articles, "--models", "m"]
    said = refused(1, *call)
    assert said.startswith(f"{articles}:1: ")
    assert message in said
    assert refused(1, "import", articles, "--store", "sqlite:///a.db") == said


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b"\xff\xfe{}\n", "is not UTF-8"),
        ("a.jsonl", b'{"article_id": "1"\n', "is not JSON"),
        ("a.jsonl.gz", b"\x1f\x8b\x08\x00damaged", "gzip"),
        ("a.csv", b"article_id,title\n1,2,3\n", "3 cells where the header has 2"),
        ("a.parquet", b"PAR1 no more", "not a readable Parquet file"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(refused, tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    assert message in refused(1, "train", "default", "--articles", name, "--models", "m")


def test_a_body_of_ten_megabytes_works(recsys, tmp_path):
    words = (BODY + " ") * (10_000_000 // len((BODY + " ").encode()) + 1)
    other = "فاز الفريق على المدينة في مباراة"
    articles = jsonl(
        tmp_path / "a.jsonl", [plain(1, body=words), plain(2, title=other, body=other)]
    )
    call = ["train", "default", "--articles", articles, "--models", "m", "--jobs", "1"]
    assert recsys(*call).code == 0
    assert [line[4] for line in recsys("related", "1", "--models", "m").lines] == ["2"]


def test_a_body_of_more_than_twenty_megabytes_is_refused(refused, tmp_path):
    articles = jsonl(tmp_path / "a.jsonl", [plain(1, body="x" * 20_000_001)])
    call = ["train", "default", "--articles", articles, "--models", "m"]
    assert refused(1, *call) == f"{articles}:1: body: must be at most 20 MB"
