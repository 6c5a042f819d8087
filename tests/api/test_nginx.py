"""A real nginx with the sample configuration in front of a real `recsys serve`."""

import getpass
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
import tomli_w

from recsys import saving
from recsys.times import format_instant
from tests.api.test_serving import free_port

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parent.parent.parent / "examples" / "nginx" / "recsys.conf"
MAIN = """
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {sample};
}}
"""
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
FROM_CACHE = {"HIT", "STALE", "UPDATING", "REVALIDATED"}
MAX_AGE, STALE = 1, 5  # seconds; an answer is shown for five times its age while it is fetched anew
ARTICLES = [f"ar-{section}-0{i}" for section in ("politics", "sport") for i in range(1, 5)]
RELATED = "/v1/related?id=ar-politics-01"


@dataclass
class Site:
    """nginx, the engine behind it, and how to stop that one."""

    front: httpx.Client
    engine: httpx.Client
    engine_process: subprocess.Popen
    models: Path

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.front.get(path, headers={n.replace("_", "-"): v for n, v in headers.items()})

    def lists_computed(self, **labels: str) -> float:
        """How many requests for lists came to the engine."""
        lines = self.engine.get("/metrics").text.splitlines()
        wanted = [f'{name}="{value}"' for name, value in labels.items()]
        return sum(
            float(line.rpartition(" ")[2])
            for line in lines
            if line.startswith('recsys_requests_total{method="GET",route="/v1/')
            and all(label in line for label in wanted)
        )


@contextmanager
def process_of(call: list[str], ready: str, said: Path) -> Iterator[subprocess.Popen]:
    with said.open("wb") as file:
        process = subprocess.Popen(call, stdout=file, stderr=file)
    try:
        for _ in range(1200):
            assert process.poll() is None, said.read_text()
            try:
                httpx.get(ready, trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def configured(folder: Path, port: int, engine: int) -> Path:
    """Write the sample with this machine's ports and folder in place of its own."""
    text = SAMPLE.read_text(encoding="utf-8")
    for of_the_sample, here in (
        ("/var/cache/nginx/recsys", str(folder / "cache")),
        ("server 127.0.0.1:8000;", f"server 127.0.0.1:{engine};"),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
    ):
        assert text.count(of_the_sample) == 1
        text = text.replace(of_the_sample, here)
    sample, main = folder / "recsys.conf", folder / "nginx.conf"
    sample.write_text(text, encoding="utf-8")
    root = getpass.getuser() == "root"  # whose folders nginx would leave for nobody's
    main.write_text(
        MAIN.format(user="user root;" if root else "", folder=folder, sample=sample), "utf-8"
    )
    return main


@pytest.fixture(scope="module")
def site(sample_home, tmp_path_factory):
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("no nginx is installed: apt-get install nginx-light")
    folder = tmp_path_factory.mktemp("nginx")
    shutil.copytree(sample_home.folder, folder / "home")
    home = replace(sample_home, folder=folder / "home")
    settings = {
        "max_age_seconds": MAX_AGE,
        "counting": {"trusted_proxies": ["127.0.0.1"]},
        "keys": {"hashes": list(home.settings.key_hashes)},
    }
    (folder / "recsys.toml").write_text(tomli_w.dumps(settings), encoding="utf-8")
    port, engine = free_port(), free_port()
    served = {
        "--models": home.models, "--store": home.store_url, "--port": engine,
        "--config": folder / "recsys.toml", "--now": format_instant(home.now),
    }  # fmt: skip
    options = [str(part) for pair in served.items() for part in pair]
    front, back = (f"http://127.0.0.1:{n}" for n in (port, engine))
    serve = process_of(
        [sys.executable, "-m", "recsys", "serve", *options],
        f"{back}/health/live",
        folder / "engine.log",
    )
    main = configured(folder, port, engine)
    proxy = process_of([nginx, "-c", str(main), "-p", str(folder)], front, folder / "nginx.log")
    clients = (httpx.Client(base_url=address, trust_env=False) for address in (front, back))
    with serve as process, proxy, next(clients) as in_front, next(clients) as behind:
        yield Site(in_front, behind, process, home.models)
    assert "[emerg]" not in (folder / "error.log").read_text()


def test_nearly_all_lists_come_from_the_cache(site):
    addresses = [
        "/v1/most-read?limit=5", "/v1/most-read?limit=5&section=sport", "/v1/latest?limit=4",
        *(f"/v1/related?id={name}&limit=5" for name in ARTICLES),
        *(f"/v1/page?id={name}&blocks=related:5,latest:4,most_read:5" for name in ARTICLES),
    ]  # fmt: skip
    computed, begin, came = site.lists_computed(), time.monotonic(), Counter()
    for i in range(600):
        # Steps of 7 go through all 19 addresses in an order that is not theirs.
        answer = site.get(addresses[i * 7 % len(addresses)])
        assert answer.status_code == 200
        came[answer.headers["x-cache-status"]] += 1
    assert came["MISS"] == len(addresses)
    assert sum(came[name] for name in FROM_CACHE) >= 0.95 * came.total()
    # Beside the readers each is fetched once in the second that it lasts, however many ask.
    lives = (time.monotonic() - begin) / MAX_AGE + 1
    assert site.lists_computed() - computed <= lives * len(addresses)


def test_the_cache_answers_as_the_engine_does(site):
    for path in (RELATED, "/v1/most-read", "/v1/related.html?id=ar-sport-02"):
        site.get(path)
        cached, own = site.get(path), site.engine.get(path)
        assert cached.headers["x-cache-status"] in FROM_CACHE
        assert re.sub("generated_at.*?,", "", cached.text) == re.sub(
            "generated_at.*?,", "", own.text
        )
        for name in ("etag", "cache-control", "content-type", "access-control-allow-origin"):
            assert cached.headers[name] == own.headers[name], name
        assert cached.headers["content-encoding"] == "gzip"


def test_a_reader_who_holds_the_list_gets_304_from_the_cache(site):
    etag = site.get(RELATED).headers["etag"]
    again = site.get(RELATED, if_none_match=etag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-cache-status"] in FROM_CACHE
    assert site.get(RELATED, if_none_match='"other"').status_code == 200


def test_the_cache_asks_the_engine_whether_a_list_has_changed_and_gets_304(site, until):
    path = "/v1/related?id=en-health-03"
    first = site.get(path)
    unchanged = site.lists_computed(route="/v1/related", status="304")
    time.sleep(MAX_AGE + 1.1)  # it counts in whole seconds
    late = site.get(path)
    assert (late.headers["x-cache-status"], late.content) == ("STALE", first.content)
    until(lambda: site.lists_computed(route="/v1/related", status="304") > unchanged)
    until(lambda: site.get(path).headers["x-cache-status"] == "HIT", 1)


def test_what_is_unknown_or_wrong_is_not_kept(site):
    for path, status in (("/v1/related?id=nobody", 404), ("/v1/latest?limit=0", 422)):
        for _ in range(2):
            answer = site.get(path)
            assert (answer.status_code, answer.headers["x-cache-status"]) == (status, "MISS")


def test_events_reach_the_engine_with_the_readers_address_and_are_not_kept(site, key):
    event = {"article_id": "ar-sport-03", "event_type": "view"}

    def ledger() -> dict:
        return site.engine.get("/v1/ledger?id=ar-sport-03", headers=key).json()

    def read_from(address: str, **headers: str) -> None:
        """One view, sent as a browser's beacon from another address of this machine."""
        transport = httpx.HTTPTransport(local_address=address)
        with httpx.Client(base_url=site.front.base_url, transport=transport) as client:
            told = {"user-agent": BROWSER, "content-type": "text/plain", **headers}
            answer = client.post("/v1/events", json=event, headers=told)
        assert (answer.status_code, answer.json()["received"]) == (202, 1)
        assert "x-cache-status" not in answer.headers

    before = ledger()
    read_from("127.0.0.2")
    read_from("127.0.0.3")
    read_from("127.0.0.2")  # within the same half hour
    read_from("127.0.0.2", **{"x-forwarded-for": "198.51.100.7"})  # which anybody can write
    after = ledger()
    assert after["received"] - before["received"] == 4
    assert after["counted"] - before["counted"] == 2
    assert after["dropped"] == {"half_hour": 2}


def test_only_what_readers_need_is_open(site, key):
    for path in ("/metrics", "/v1/ledger", "/v1/overrides", "/v1/models", "/docs", "/"):
        answer = site.front.get(path, headers=key)
        assert answer.status_code == 404
        assert "nginx" in answer.text  # the engine was not asked
    assert site.front.put("/v1/articles?id=x", json={"title": "x"}, headers=key).status_code == 404


def test_the_widgets_files_are_kept_and_come_compressed_from_the_engine(site):
    paths = [file["path"] for file in site.get("/widget/versions.json").json()["files"].values()]
    for path in ("/widget/v1.js", "/widget/looks/cards.css", *paths):
        first = site.get(path, accept_encoding="gzip")
        again = site.get(path, accept_encoding="gzip")
        assert again.headers["x-cache-status"] == "HIT"
        assert again.headers["content-encoding"] == "gzip"
        assert again.content == first.content == site.engine.get(path).content
        assert again.headers["etag"] == site.engine.get(path).headers["etag"]
        plain = site.get(path, accept_encoding="identity")
        assert (plain.content, plain.headers.get("content-encoding")) == (first.content, None)


def test_a_new_model_is_visible_within_the_age_that_lists_may_have(site, second_model, until):
    def version(client: httpx.Client) -> str:
        return client.get(RELATED).headers["x-model-version"]

    before = version(site.front)
    saving.publish(second_model, site.models)
    until(lambda: version(site.engine) != before)
    begin = time.monotonic()
    until(lambda: version(site.front) != before)
    assert time.monotonic() - begin <= MAX_AGE + 1  # a request to begin it, and this machine
    assert version(site.front) == second_model.name.version


def test_lists_are_there_while_the_engine_is_not(site, until):
    """The last test: it stops the engine."""
    known = [RELATED, "/v1/most-read", "/v1/page?id=ar-sport-01&blocks=related:5,latest:4"]
    for path in known:
        until(lambda path=path: site.get(path).headers["x-cache-status"] == "HIT")
    before = {path: site.get(path).content for path in known}
    site.engine_process.send_signal(signal.SIGTERM)
    site.engine_process.wait(timeout=30)
    for pause in (0, MAX_AGE + STALE + 0.5):
        time.sleep(pause)  # then even what may be shown while it is fetched anew is too old
        for path in known:
            answer = site.get(path)
            assert (answer.status_code, answer.content) == (200, before[path])
            assert answer.headers["x-cache-status"] in FROM_CACHE
    assert site.get("/widget/v1.js", accept_encoding="gzip").headers["x-cache-status"] == "HIT"
    assert site.get("/v1/latest?limit=99").status_code == 502
    assert site.front.post("/v1/events", json={"article_id": "a"}).status_code == 502
