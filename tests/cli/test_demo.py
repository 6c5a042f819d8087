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
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from recsys.api.newspaper import paper_of
from recsys.api.routes.demo import article_page, front_page, missing_page
from recsys.api.service import Service
from recsys.cli import demo
from recsys.data.stores import open_store
from recsys.lists import Query
from recsys.model import Model
from recsys.page import compose, default_blocks, parse_blocks
from recsys.records import Article
from recsys.sample import NAMES, Crowd, sample_articles
from tests.cli.conftest import NOW, jsonl

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
                assert shown(html, "id") == row["article_id"]
                assert running.get(shown(html, "request"))[0] == 200
                assert running.get(shown(html, "refresh"))[0] == 200
                assert running.get(shown(html, "ranking"))[0] == 200
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
    newsroom = demo._own(store, demo.read_settings(), [articles], [events], None)
    assert newsroom.now == 1497952829  # the newest of them: 2017-06-20T10:00:29Z
    seen = [
        event.article_id for event, _ in zip(newsroom.live(newsroom.now), range(330), strict=False)
    ]
    assert seen.count("b") > 250  # 31 of 33


@pytest.mark.slow  # a day of readers
def test_without_events_a_day_of_readers_is_made_up(tmp_path, store):
    days = {"a": "2017-06-18", "b": "2017-06-19", "c": "2017-06-20"}
    rows = [{"article_id": n, "title": n, "published_at": day} for n, day in days.items()]
    newsroom = demo._own(store, demo.read_settings(), [jsonl(tmp_path / "a.jsonl", rows)], [], None)
    times = [event.timestamp // 1000 for event in store.events()]
    assert len(times) > 0.8 * 24 * Crowd().views_per_hour
    assert newsroom.now - 86400 <= min(times) < max(times) <= newsroom.now


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


@pytest.fixture(scope="module")
def paper(sample_model: Model):
    return lambda language: paper_of(sample_model.snapshot_, sample_model.now_, NAMES, "", language)


@pytest.mark.parametrize(
    ("language", "dir", "name"),
    [
        ("ar", "rtl", "صوت ساحلة"),
        ("fr", "ltr", "La Voix de Sahila"),
        ("en", "ltr", "The Sahila Voice"),
    ],
)
def test_the_front_page_is_in_its_language(paper, language, dir, name):
    html = front_page(paper(language))
    assert f'<html lang="{language}" dir="{dir}">' in html
    assert f"<title>{name}</title>" in html
    assert html.count('aria-current="true"') == 1


@pytest.mark.parametrize("language", ["", "de", "<script>"])
def test_a_language_that_is_not_there_is_that_of_the_site(paper, language):
    assert '<html lang="ar" dir="rtl">' in front_page(paper(language))


def test_an_articles_page_asks_for_the_founding_pages_blocks(paper):
    article = next(a for a in sample_articles(NOW) if a.article_id == "ar-politics-03")
    html = article_page(paper("ar"), article)
    asked = parse_qs(urlsplit(shown(html, "request")).query)
    assert asked == {
        "id": ["ar-politics-03"],
        "blocks": [
            "inline:2,related:5,latest:4,section/art:4,section/stars:4,section/sport:4,"
            "section/health:4,most_read:5"
        ],
    }
    assert html.count("<li></li>") == 2 + 5 + 4 + 4 * 4 + 5
    assert "رئيسة مجلس النواب" in text_of(html)
    assert '<bdi dir="ltr">sahila-today.example</bdi>' in html
    assert html.index('data-block="inline"') < html.index("view-on")


def test_nothing_of_an_article_is_markup(paper):
    evil = '"><script>alert(1)</script>'
    article = Article(
        "x" + evil,
        title="&lt;script&gt;alert(1)&lt;/script&gt;",
        body=f"<p>one</p><p>{evil}</p>",
        summary=evil,
        section=(evil,),
        author=evil,
        canonical_url="javascript:alert(1)",
    )
    html = article_page(paper("en"), article)
    assert html.count("<script") == 1
    assert "javascript:" not in html
    assert shown(html, "id") == "x" + evil


def test_an_address_without_an_article_says_so(paper):
    assert "لا مقال بهذا العنوان" in missing_page(paper("ar"))


def test_the_blocks_of_the_front_page_can_be_composed(paper, sample_model):
    for language in ("ar", "fr", "en"):
        asked = parse_qs(urlsplit(shown(front_page(paper(language)), "request")).query)
        query = Query(language=asked["language"][0])
        page = compose(sample_model.snapshot_, query, parse_blocks(asked["blocks"][0]), NOW)
        assert all(answer.items for answer in page.blocks.values())
        assert default_blocks(sample_model.snapshot_, query)
