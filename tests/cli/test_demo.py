import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import pytest

from recsys.api.newspages import article_page, front_page, missing_page, section_page
from recsys.api.newspaper import paper_of
from recsys.api.service import Service
from recsys.cli import demo
from recsys.data.stores import open_store
from recsys.lists import Query
from recsys.model import Model
from recsys.page import compose, parse_blocks
from recsys.records import Article, Event
from recsys.sample import NAMES, Crowd, sample_articles
from tests.cli.conftest import NOW, jsonl

HERE = "http://127.0.0.1:8000"
FOUNDING = ("art", "stars", "sport", "health")
AWKWARD = [
    {"article_id": "a/b %?&#", "title": "<b>R & D</b>", "section": "R&D: a/b", "body": "<p>x</p>"},
    {"article_id": "ب ج", "title": None, "body": "نص بلا عنوان ولا قسم", "language": "ar"},
    {
        "article_id": "c",
        "title": "Comma",
        "section": "art, music",
        "body": "One.\n\nTwo.\n\nThree.",
    },
    {"article_id": "d", "title": "Star", "section": "*", "canonical_url": "https://x.example/d"},
    {"article_id": "e", "title": "x" * 400, "section": "s" * 400, "author": '"<i>'},
]


@dataclass
class Running:
    """A demo in a process of its own."""

    port: int
    process: subprocess.Popen

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(
                method, path, body=b"{}" if method == "PUT" else None, headers=headers
            )
            reply = connection.getresponse()
            return reply.status, reply.getheader("location") or reply.read().decode()


@contextmanager
def demonstrating(*arguments: object):
    """Start ``recsys demo``, wait for its address, interrupt it, and collect what it said."""
    call = [sys.executable, "-m", "recsys", "demo", *map(str, arguments)]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        lines = iter(process.stdout.readline, "")
        address = next((line.strip() for line in lines if "http" in line), "")
        assert address, process.stderr.read()
        running = Running(int(address.rsplit(":")[-1].split("/")[0]), process)
        while not listening(running.port):
            time.sleep(0.02)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        running.said = process.communicate(timeout=30)[1]


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def shown(html: str, name: str) -> str:
    """The value of a ``data-`` attribute of the page."""
    return unescape(re.search(rf'data-{name}="([^"]*)"', html)[1])


def text_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", " ", html))


@pytest.mark.slow
def test_own_files_are_shown_whatever_their_names(tmp_path):
    source = jsonl(tmp_path / "own.jsonl", AWKWARD)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wanted = taken.getsockname()[1]
        with demonstrating("--articles", source, "--port", wanted) as running:
            assert running.port > wanted
            assert running.get("/") == (307, "/demo")
            for row in AWKWARD:
                status, html = running.get(f"/demo/article?id={quote(row['article_id'], safe='')}")
                assert status == 200
                assert shown(html, "article") == row["article_id"]
                assert running.get(shown(html, "ranking"))[0] == 200
                section = quote(row.get("section", ""), safe="")
                of_section = f"/demo/section?section={section}&language={row.get('language', '')}"
                assert running.get(of_section)[0] == (200 if 0 < len(section) < 400 else 404)
            here = f"http://127.0.0.1:{running.port}/demo/article?id="
            links = re.findall(r'<a class="news-list-link" href="([^"]*)"', html)
            assert links
            assert all(link.startswith(here) for link in links)
            status, html = running.get("/demo/article?id=nobody")
            assert status == 404
            assert "There is no article" in html
            key = re.search(r"X-API-Key +(\S+)", read_until(running.process, "Ctrl-C"))[1]
            assert running.get("/v1/articles?id=z", "PUT")[0] == 401
            assert running.get("/v1/articles?id=z", "PUT", **{"X-API-Key": key})[0] == 201
    assert running.process.returncode == 0
    assert re.search(r"stopped; (\S+) is removed\n$", running.said)
    assert not Path(re.search(r"stopped; (\S+) ", running.said)[1]).exists()
    assert "Traceback" not in running.said


def read_until(process: subprocess.Popen, word: str) -> str:
    said = ""
    while word not in said:
        said += process.stderr.readline()
    return said


def test_events_need_their_articles(refused, tmp_path):
    assert "--articles" in refused(2, "demo", "--events", tmp_path / "events.csv")


def test_a_file_that_is_not_there_is_one_line(recsys, tmp_path):
    said = recsys("demo", "--articles", tmp_path / "none.csv")
    assert said.code == 1
    assert "none.csv: there is no such file" in said.err.splitlines()[-1]
    assert "Traceback" not in said.err


@pytest.fixture
def store():
    with closing(open_store("sqlite:///:memory:")) as opened:
        yield opened


def test_own_events_make_the_most_read(tmp_path, store):
    articles = jsonl(
        tmp_path / "a.jsonl",
        [{"article_id": n, "title": n, "published_at": "2017-06-19"} for n in "abc"],
    )
    views = [{"timestamp": f"2017-06-20T10:00:{i:02}Z", "article_id": "b"} for i in range(30)]
    events = jsonl(tmp_path / "e.jsonl", views)
    newsroom = demo._own(store, demo.read_settings(), [articles], [events], None, HERE)
    assert newsroom.now == 1497952829  # the newest of them: 2017-06-20T10:00:29Z
    seen = [
        event.article_id for event, _ in zip(newsroom.live(newsroom.now), range(330), strict=False)
    ]
    assert seen.count("b") > 250  # 31 of 33


@pytest.mark.slow  # a day of readers
def test_without_events_a_day_of_readers_is_made_up(tmp_path, store):
    days = {"a": "2017-06-18", "b": "2017-06-19", "c": "2017-06-20"}
    rows = [{"article_id": n, "title": n, "published_at": day} for n, day in days.items()]
    files = [jsonl(tmp_path / "a.jsonl", rows)]
    newsroom = demo._own(store, demo.read_settings(), files, [], None, HERE)
    times = [event.timestamp // 1000 for event in store.events()]
    assert len(times) > 0.8 * 24 * Crowd().views_per_hour
    assert newsroom.now - 86400 <= min(times) < max(times) <= newsroom.now


@pytest.mark.slow
def test_simulated_readers_come_through_the_services_door(newsroom, tmp_path):
    store = f"sqlite:///{tmp_path / 'news.db'}"
    with closing(open_store(store)) as opened:
        opened.put_articles([Article("a", title="a", published_at=NOW)])
    service = Service(store, newsroom.models, demo.read_settings(), clock=lambda: NOW)
    events = [event for event, _ in zip(crowd(), range(20), strict=False)]
    with demo._reading(service, lambda start: iter(events)):
        until = time.monotonic() + 60
        while time.monotonic() < until and views(service) < 20:
            time.sleep(0.05)
    service.close()
    assert views(service) == 20


def crowd():
    """Some twenty views a second, from a moment ago."""
    hasty = Crowd(views_per_hour=72_000, n_readers=10**6)
    return hasty.stream([Article("a", published_at=0)], {}, NOW - 10)


def views(service: Service) -> int:
    return int(service.snapshot.views.window(NOW // 60 - 120, NOW // 60).sum())


def test_own_articles_stand_at_the_demo_and_are_known_by_their_own_address(tmp_path, store):
    own, sister = "https://own.example/1", "https://sister.example/2"
    rows = [
        {"article_id": "1", "title": "One", "url": own},
        {
            "article_id": "2",
            "title": "Two",
            "url": "https://own.example/2",
            "canonical_url": sister,
        },
        {"article_id": "3 &", "title": "Three"},
    ]
    views = [{"timestamp": "2017-06-20T10:00:00Z", "url": own}]
    articles, events = jsonl(tmp_path / "a.jsonl", rows), jsonl(tmp_path / "e.jsonl", views)
    demo._own(store, demo.read_settings(), [articles], [events], None, HERE)
    stored = store.get_articles([("default", name) for name in ("1", "2", "3 &")])
    assert [article.url for article in stored] == [
        f"{HERE}/demo/article?id=1",
        f"{HERE}/demo/article?id=2",
        f"{HERE}/demo/article?id=3+%26",
    ]
    assert [article.canonical_url for article in stored] == [own, sister, None]
    assert store.counts().views.sum() == 1


@pytest.fixture(scope="module")
def paper(sample_model: Model):
    return lambda language: paper_of(sample_model.snapshot_, sample_model.now_, NAMES, "", language)


@pytest.fixture(scope="module")
def look_up(sample_model: Model):
    by_key = {article.key: article for article in sample_articles(sample_model.now_)}
    return lambda site, article_id: by_key.get((site, article_id))


@pytest.mark.parametrize(
    ("language", "dir", "name", "section"),
    [
        ("ar", "rtl", "صوت ساحلة", "رياضة"),
        ("fr", "ltr", "La Voix de Sahila", "Sport"),
        ("en", "ltr", "The Sahila Voice", "Sport"),
    ],
)
def test_front_and_section_pages_are_in_their_language(
    paper, look_up, language, dir, name, section
):
    pages = {
        name: front_page(paper(language), look_up),
        f"{section} – {name}": section_page(paper(language), "sport", look_up),
    }
    for title, html in pages.items():
        assert f'<html lang="{language}" dir="{dir}">' in html
        assert f"<title>{title}</title>" in html
        assert html.count('aria-current="true"') == 1
        assert html.count("<h1") == 1
        assert set(re.findall(r'href="https://sahila.example/(\w+)/', html)) == {language}


@pytest.mark.parametrize("language", ["", "de", "<script>"])
def test_a_language_that_is_not_there_is_that_of_the_site(paper, look_up, language):
    assert '<html lang="ar" dir="rtl">' in front_page(paper(language), look_up)


def tags(html: str) -> list[dict[str, str]]:
    """The attributes of every list of a page."""
    found = re.findall(r"<news-list ([^>]*)>", html)
    return [
        {name: unescape(value) for name, value in re.findall(r'([a-z-]+)="([^"]*)"', each)}
        for each in found
    ]


def test_an_articles_page_has_the_founding_pages_blocks(paper, look_up):
    html = article_page(paper("ar"), look_up("default", "ar-politics-03"))
    about = {"for": "ar-politics-03", "language": "ar-u-hc-h23-nu-latn"}
    assert tags(html) == [
        {"kind": "inline", **about, "limit": "2", "titles": "full"},
        {"kind": "related", **about, "limit": "5"},
        {"kind": "latest", **about, "limit": "4", "facts": "time"},
        *({"kind": "section", **about, "section": name, "limit": "4"} for name in FOUNDING),
        {"kind": "most-read", **about, "limit": "5", "facts": "views"},
    ]
    assert html.count('<li class="news-list-item"') == 2 + 5 + 4 + 4 * 4 + 5
    assert "رئيسة مجلس النواب" in text_of(html)
    assert '<bdi dir="ltr">sahila-today.example</bdi>' in html
    before = ['class="crumbs"', 'class="place"', "<h1>", 'class="dateline"', 'kind="inline"']
    stands = [*before, 'class="view-on"', 'kind="related"', 'kind="section"', 'kind="most-read"']
    assert sorted(stands, key=html.index) == stands


def test_a_tag_holds_what_its_request_will_be_answered_with(paper, look_up, sample_model):
    for language in ("ar", "fr", "en"):
        for html in (
            front_page(paper(language), look_up),
            section_page(paper(language), "art", look_up),
            article_page(paper(language), look_up("default", f"{language}-sport-03")),
        ):
            shown = re.findall(r'<a class="news-list-link" href="[^"]*/([^"]*)"', html)
            asked = tags(html)
            answer = page_of(sample_model, asked)
            assert shown == [item.article_id for each in answer for item in each.items]
            most = [int(tag["limit"]) for tag in asked]
            assert all(0 < len(each.items) <= n for each, n in zip(answer, most, strict=True))
            assert len({*shown, asked[0].get("exclude"), asked[0].get("for")}) == len(shown) + 2


def page_of(model: Model, asked: list[dict[str, str]]) -> list:
    """What the widget's one request for these tags is answered with."""
    corpus, names = model.snapshot_.corpus, []
    for tag in asked:
        kind = tag["kind"].replace("-", "_")
        names.append(f"{kind}/{tag['section']}" if "section" in tag else kind)
    query = Query(
        row=corpus.row_of("default", tag["for"]) if "for" in tag else -1,
        language=tag["language"][:2],
        exclude=frozenset(corpus.row_of("default", tag[name]) for name in tag if name == "exclude"),
    )
    blocks = [f"{name}:{tag['limit']}" for name, tag in zip(names, asked, strict=True)]
    page = compose(model.snapshot_, query, parse_blocks(",".join(blocks)), model.now_)
    return [page.blocks[name] for name in names]


def test_the_place_before_the_visit_is_that_of_most_read(sample_model, look_up):
    reads = {"ar-sport-01": 5, "ar-politics-03": 3}
    with closing(open_store("sqlite:///:memory:", sample_model.settings)) as store:
        store.put_articles(sample_articles(NOW))
        store.put_events(
            Event(1000 * NOW, name, visitor_id=f"reader {i}")
            for name, n in reads.items()
            for i in range(n)
        )
        read = sample_model.refreshed(counts=store.counts())
    chosen = paper_of(read.snapshot_, NOW, NAMES, "", "ar")
    for name, place, views in (("ar-politics-03", "2", "3"), ("ar-health-03", "", "")):
        html = article_page(chosen, look_up("default", name))
        assert (shown(html, "before"), shown(html, "read")) == (place, views)
        assert shown(html, "story") == name


def test_nothing_of_an_article_is_markup(paper):
    evil = '"><script>alert(1)</script>'
    article = Article(
        "x" + evil,
        title="&lt;script&gt;alert(1)&lt;/script&gt;",
        body=f"<p>one</p><p>{evil}</p>",
        summary=evil,
        section=(evil,),
        tags=(evil,),
        author=evil,
        canonical_url="javascript:alert(1)",
    )
    html = article_page(paper("en"), article)
    assert html.count("<script") == 2
    assert "javascript:" not in html
    assert shown(html, "article") == "x" + evil


def test_an_address_without_an_article_says_so(paper):
    assert "لا مقال بهذا العنوان" in missing_page(paper("ar"))


def test_a_paper_without_articles_has_pages():
    empty = Model().fit([], now=NOW)
    paper = paper_of(empty.snapshot_, NOW, {}, "", "")
    assert "<news-list " in front_page(paper, lambda site, article_id: None)
