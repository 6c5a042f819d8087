"""Whatever is broken is found and named; what is whole is left as it is."""

import json
import os
import shutil
import socket
import sqlite3
import time
from collections import namedtuple
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from recsys import saving
from recsys.api.service import Service
from recsys.counting.base import Arrival, Client
from recsys.data.stores import open_store, sqlite_health
from recsys.doctor import installation, service
from recsys.model import Model
from recsys.records import Event
from recsys.sample import Readers, sample_articles
from recsys.settings import Settings
from recsys.times import DAY, HOUR, format_instant
from tests.api.conftest import running
from tests.cli.test_terminal import seen

GROUPS = {"installation", "settings", "store", "models", "clock"}


@dataclass(frozen=True)
class Home:
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "news.db"

    @property
    def store(self) -> str:
        return f"sqlite:///{self.file}"

    @property
    def model(self) -> Path:
        return self.folder / "models" / "default"

    @property
    def version(self) -> str:
        return (self.model / "CURRENT").read_text().strip()

    def write(self, *statements: str) -> None:
        """Change the store behind our back."""
        with closing(sqlite3.connect(self.file, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def ask(self, query: str) -> object:
        with closing(sqlite3.connect(f"{self.file.as_uri()}?immutable=1", uri=True)) as connection:
            return connection.execute(query).fetchone()[0]

    def files(self) -> dict[str, tuple[int, bytes]]:
        paths = [path for path in self.folder.rglob("*") if path.is_file()]
        return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}


@pytest.fixture(scope="session")
def healthy(tmp_path_factory) -> Home:
    """The sample newsroom as of the machine's clock: imported, read, trained and published."""
    home, now = Home(tmp_path_factory.mktemp("healthy")), int(time.time())
    articles = sample_articles(now)
    with closing(open_store(home.store)) as store:
        store.put_articles(articles)
        store.put_events(Readers().history(articles, now - 6 * HOUR, now - HOUR))
        for minute in range(30):
            at = (now - 60 * minute) * 1000
            event = Event(at, articles[minute].article_id)
            store.put_arrivals([Arrival(event, Client("192.0.2.1", "Firefox"))], at)
        saving.publish(Model().fit(*store.snapshot(), now=now), home.folder / "models")
    return home


@pytest.fixture
def home(healthy, tmp_path) -> Home:
    shutil.copytree(healthy.folder, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture
def examined(recsys, home, monkeypatch) -> Callable[..., dict[str, tuple[str, str]]]:
    """Run the doctor and return state and message by name; the exit code must fit."""
    monkeypatch.setenv("RECSYS_API_KEY", "a key")

    def call(*more: object, store: str = home.store) -> dict[str, tuple[str, str]]:
        where = ["--store", store, "--models", home.folder / "models"]
        said = recsys("doctor", *where, *more, "--json")
        checks = said.document["checks"]
        states = [check["state"] for check in checks]
        assert said.err == ""
        assert said.document["faults"] == states.count("fault")
        assert said.document["warnings"] == states.count("warning")
        assert said.code == (1 if "fault" in states else 0)
        assert all("\n" not in check["message"] for check in checks)
        names = [check["name"] for check in checks]
        assert sorted(set(names)) == sorted(names)
        return {check["name"]: (check["state"], check["message"]) for check in checks}

    return call


def test_a_healthy_home_has_no_fault_and_stays_as_it_is(examined, home):
    before = home.files()
    found = examined()
    assert {name: each for name, each in found.items() if each[0] != "ok"} == {}
    assert {name.split(".")[0] for name in found} == GROUPS
    assert home.files() == before


def test_a_store_that_is_in_use_is_looked_at_as_well(examined, home):
    with closing(open_store(home.store)) as store:
        store.put_articles(sample_articles(int(time.time()) - 1))
        assert sqlite_health.log_of(home.file).exists()
        found = examined()
    assert {each for each, _ in found.values()} == {"ok"}


def test_what_is_not_named_is_not_looked_at(recsys, monkeypatch):
    monkeypatch.setenv("RECSYS_API_KEY", "a key")
    said = recsys("doctor")
    assert (said.code, said.err) == (0, "")
    assert {line[0].split(".")[0] for line in said.lines} == {"installation", "settings", "clock"}


def test_quick_leaves_the_pages_out(examined):
    assert examined("--quick")["store.pages"] == ("ok", "not looked at (--quick)")


@pytest.mark.slow  # starts a process
def test_a_terminal_shows_a_table(home):
    drawn = seen("doctor", "--store", home.store, "--quick", env={"RECSYS_API_KEY": "k"})
    rows = [line for line in drawn.splitlines() if line.startswith(("store.", "settings."))]
    assert len({row.index(" ok ") for row in rows}) == 1


# What is broken: a way to break it, the check that finds it, its state, and what it says.


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)


def flip_page(home: Home) -> None:
    page = int(home.ask("SELECT rootpage FROM sqlite_schema WHERE name = 'articles'"))
    flip(home.file, (page - 1) * 4096)


def flip_index(home: Home) -> None:
    """Damage an entry of an index, so that its order is wrong but every page can be read."""
    query = "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_keys_1'"
    start = (int(home.ask(query)) - 1) * 4096
    content = home.file.read_bytes()
    flip(home.file, content.index(b"default", start, start + 4096) + 2)


def newer_version(home: Home) -> None:
    content = bytearray(home.file.read_bytes())
    content[60:64] = (99).to_bytes(4, "big")
    home.file.write_bytes(content)


def no_turns(home: Home) -> None:
    lock = sqlite_health.lock_of(home.file)
    lock.unlink()
    lock.mkdir()


def large_log(home: Home) -> None:
    """A log that holds nothing and takes no space."""
    with sqlite_health.log_of(home.file).open("wb") as file:
        file.truncate(200_000_000)


def old_salt(home: Home) -> None:
    day = int(time.time()) // DAY - 4
    home.write(f"INSERT INTO salts VALUES ('default', {day}, x'00')")


def event_of_2030(home: Home) -> None:
    with closing(open_store(home.store)) as store:
        store.put_events([Event(1_900_000_000_000, "ar-sport-01")])


def article_of_2099(home: Home) -> None:
    home.write(f"UPDATE articles SET published_at = {4_080_000_000} WHERE rowid = 5")


def many_new_articles(home: Home) -> None:
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
    home.write(
        f"{rows} INSERT INTO keys SELECT 1000 + i, 'default', 'new-' || i FROM n",
        f"{rows} INSERT INTO articles (key, revision, fingerprint) SELECT 1000 + i, 1, i FROM n",
    )


def draft_of_yesterday(home: Home) -> None:
    (home.model / ".draft-x").mkdir()
    os.utime(home.model / ".draft-x", (time.time() - DAY,) * 2)


def old_model(home: Home) -> None:
    """Rename what is served: its manifest is a month old, and says so itself."""
    now = int(time.time()) - 30 * DAY
    saving.publish(Model().fit(sample_articles(now), now=now), home.folder / "models")


def manifest(home: Home, **changes: object) -> None:
    path = home.model / home.version / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def drop(home: Home, name: str) -> None:
    path = home.model / home.version / name
    path.write_bytes(path.read_bytes()[:-1])


BROKEN: dict[str, tuple[object, ...]] = {
    "a flipped byte in a page": (flip_page, "store.pages", "fault", "put back a backup"),
    "a flipped byte in an index": (flip_index, "store.pages", "fault", "put back a backup"),
    "a pack that is not its counts": (
        lambda home: home.write("INSERT INTO packs VALUES (1, zeroblob(9))"),
        "store.pages", "fault", "pack 1",
    ),
    "a truncated store": (
        lambda home: os.truncate(home.file, 20_000), "store.pages", "fault", "news.db"
    ),
    "a file that is no store": (
        lambda home: home.file.write_bytes(b"x" * 5000), "store.file", "fault", "is not a store"
    ),
    "an empty file": (lambda home: home.file.write_bytes(b""), "store.file", "fault", "no store"),
    "no store": (lambda home: home.file.unlink(), "store.file", "fault", "recsys import"),
    "a folder for a store": (
        lambda home: (home.file.unlink(), home.file.mkdir()),
        "store.file", "fault", "cannot be read",
    ),
    "a store of a newer version": (newer_version, "store.file", "fault", "newer recsys-news"),
    "a lock that is a folder": (no_turns, "store.writable", "fault", "nobody can write; remove it"),
    "a log that grows": pytest.param(
        large_log, "store.log", "warning", "200 MB", marks=pytest.mark.slow
    ),
    "a salt that is four days old": (old_salt, "store.salts", "fault", "1 salts"),
    "counts that were changed": (
        lambda home: home.write("UPDATE counts SET views = views + 7 WHERE imported = 0"),
        "store.ledger", "fault", "differ from the ledger",
    ),
    "a ledger that was changed": (
        lambda home: home.write(
            "UPDATE ledger SET events = events + 1000 WHERE event_type = 'view' AND key = 1"
        ),
        "store.ledger", "fault", "of 1 articles",
    ),
    "an event of the year 2030": (
        event_of_2030, "clock.newest_event", "warning", "2030-03-17T17:46:40Z"
    ),
    "an article of the year 2099": (article_of_2099, "clock.newest_article", "warning", "2099"),
    "a flipped byte in the model": (
        lambda home: flip(home.model / home.version / "idf.npy", 200),
        "models.files", "fault", "its checksum does not match",
    ),
    "a truncated model": (
        lambda home: drop(home, "rows_data.npy"), "models.files", "fault", "bytes instead of"
    ),
    "a file of the model that is gone": (
        lambda home: (home.model / home.version / "near.npy").unlink(),
        "models.files", "fault", "near.npy: missing",
    ),
    "an unknown format": (
        lambda home: manifest(home, format=9), "models.files", "fault", "format 9 is not known"
    ),
    "a manifest that was changed": (
        lambda home: manifest(home, now="2020-01-01T00:00:00Z"), "models.files", "fault", "damaged"
    ),
    "CURRENT leads nowhere": (
        lambda home: (home.model / "CURRENT").write_text("20200101T000000Z-00000000\n"),
        "models.current", "fault", "which is not there; promote a version",
    ),
    "CURRENT is no version": (
        lambda home: (home.model / "CURRENT").write_text("../../etc\n"),
        "models.current", "fault", "does not hold the name of a version",
    ),
    "CURRENT is no text": (
        lambda home: (home.model / "CURRENT").write_bytes(b"\xff\xfe"),
        "models.current", "fault", "not readable",
    ),
    "no CURRENT": (
        lambda home: (home.model / "CURRENT").unlink(), "models.current", "fault", "recsys train"
    ),
    "no models": (
        lambda home: shutil.rmtree(home.folder / "models"),
        "models.current", "fault", "recsys train",
    ),
    "a HISTORY that is no text": (
        lambda home: (home.model / "HISTORY").write_bytes(b"\xff\xfe\n"),
        "models.history", "fault", "cannot be read",
    ),
    "a HISTORY of another version": (
        lambda home: (home.model / "HISTORY").write_text("20200101T000000Z-00000000\n"),
        "models.history", "warning", "does not end with the version in CURRENT",
    ),
    "a model of last month": (old_model, "models.age", "warning", "30 days old; train again"),
    "a model of other articles": (
        many_new_articles, "models.articles", "warning", "716 articles of the store the model knows"
    ),
    "an unfinished publish": (draft_of_yesterday, "models.leftovers", "warning", ".draft-x"),
}  # fmt: skip


@pytest.mark.slow  # a home for each fault
@pytest.mark.parametrize(("seed", "name", "state", "message"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_found_and_named(examined, home, seed, name, state, message):
    seed(home)
    before = home.files()
    found = examined()
    assert found[name][0] == state
    assert message in found[name][1]
    assert {each for each in found if each.startswith(("installation", "settings"))}
    after = home.files()
    logs = (f"{home.file}-shm", f"{home.file}-wal")  # SQLite looks after a log that is left
    assert {p: f for p, f in after.items() if p not in logs} == {
        p: f for p, f in before.items() if p not in logs
    }


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("news.db", "sqlite:///news.db"),
        ("postgresql://db/news", "later version"),
        ("sqlite:///", "sqlite:////absolute/path.db"),
        ("sqlite:///:memory:", "name a file"),
        ("sqlite:///nowhere/news.db", "there is no store"),
    ],
)
def test_a_store_that_cannot_be_is_a_fault(examined, url, message):
    state, said = examined(store=url)["store.file"]
    assert state == "fault"
    assert message in said


def test_an_older_store_is_not_touched(examined, home):
    content = bytearray(home.file.read_bytes())
    content[60:64] = (1).to_bytes(4, "big")
    home.file.write_bytes(content)
    before = home.files()
    assert examined()["store.file"] == (
        "warning",
        f"{home.file}: is of version 1; opening it with recsys serve or import brings it up to"
        " date; make a backup first",
    )
    assert home.files() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[countign]\n", "unknown key countign; did you mean counting?"),
        ("[counting]\nretenton = 3\n", "unknown key counting.retenton; did you mean retention?"),
        ('[sites.default]\ntime_zone = "Mars/Base"\n', "unknown time zone 'Mars/Base'"),
        ("[counting\n", "not a readable TOML file"),
    ],
)
def test_settings_that_cannot_be_read_are_a_fault_and_the_rest_is_looked_at(
    examined, tmp_path, text, message
):
    path = tmp_path / "c.toml"
    path.write_text(text)
    found = examined("--config", path)
    assert found["settings.file"][0] == "fault"
    assert message in found["settings.file"][1]
    assert found["store.file"][0] == found["models.files"][0] == "ok"


def test_no_key_is_a_warning_and_trusted_proxies_are_told(examined, tmp_path, monkeypatch):
    assert "behind a proxy" in examined()["settings.proxies"][1]
    monkeypatch.delenv("RECSYS_API_KEY")
    state, said = examined()["settings.keys"]
    assert (state, "RECSYS_API_KEY" in said) == ("warning", True)
    (tmp_path / "c.toml").write_text(
        '[counting]\ntrusted_proxies = ["10.0.0.0/8"]\n[sites.a]\nkey_hashes = ["00"]\n'
        'time_zone = "Africa/Casablanca"\n'
    )
    found = examined("--config", tmp_path / "c.toml")
    assert found["settings.keys"][0] == "ok"
    assert "10.0.0.0/8" in found["settings.proxies"][1]
    assert "site a in Africa/Casablanca" in found["settings.file"][1]


@pytest.mark.parametrize(("free", "state"), [(50e6, "fault"), (500e6, "warning"), (5e9, "ok")])
def test_a_full_disk_is_found(examined, monkeypatch, free, state):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1e12, 1e12 - free, free))
    assert examined()["store.disk"][0] == examined()["models.disk"][0] == state


def test_what_may_not_be_written_is_found(examined, home, monkeypatch):
    """Root may write anywhere, so the system is made to say otherwise."""
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != home.folder and real(path, mode))
    state, said = examined()["store.writable"]
    assert state == "fault"
    assert said.startswith(f"{home.folder}: may not be written by user ")


def test_the_ledger_is_compared_in_one_pass(home):
    n = 20_000
    rows = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n})"
    home.write(
        f"{rows} INSERT INTO counts SELECT 0, 10000 + i, 2, 0, 1 FROM n",
        f"{rows} INSERT INTO ledger SELECT 10000 + i, 0, 'view', 'counted', 2 FROM n",
    )
    begin = time.process_time()
    assert sqlite_health.contents(home.file).unexplained == 0
    assert time.process_time() - begin < 2  # row by row it would be a minute


def test_ctrl_c_ends_the_check_of_the_pages(home, monkeypatch):
    monkeypatch.setattr(sqlite_health, "_STEPS", 1)

    def interrupt(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sqlite_health.damage(home.file, interrupt)


@pytest.mark.parametrize(
    ("installed", "relation", "bound", "kept"),
    [
        ("2.10", ">=", "2.9", True),
        ("2.9", ">=", "2.10", False),
        ("2.2.0.3", ">=", "2.2.0.3", True),
        ("2.2", ">=", "2.2.0.3", False),
        ("3.0rc1", ">=", "2.9", True),
        ("2.0", "==", "2.0.0", True),
        ("2.1", "<", "2", False),
        ("1.9", "<=", "2", True),
        ("2.0", "!=", "2", False),
        ("2.1", ">", "2", True),
        ("2.9", "~=", "2.1", True),
        ("3.0", "~=", "2.1", False),
    ],
)
def test_versions_are_compared_by_their_numbers(installed, relation, bound, kept):
    assert installation.within(installed, relation, bound) is kept


def test_dependencies_that_are_missing_or_too_old_are_named(examined, monkeypatch):
    lines = ["numpy>=99", "no-such-package", 'pyarrow>=999; extra == "parquet"', "rich[x] (>=1,<9)"]
    monkeypatch.setattr(installation, "requires", lambda package: lines)
    state, said = examined()["installation.dependencies"]
    assert state == "fault"
    assert "and must be >=99" in said
    assert "no-such-package is missing" in said
    assert "rich is" in said
    assert "pyarrow" not in said


def test_old_time_zones_are_a_warning(examined, tmp_path, monkeypatch):
    (tmp_path / "UTC").touch()
    (tmp_path / "tzdata.zi").write_text("# version 2019c\n")
    monkeypatch.setattr(installation, "TZPATH", [str(tmp_path)])
    state, said = examined()["installation.time_zones"]
    assert (state, "2019c" in said) == ("warning", True)
    (tmp_path / "+VERSION").write_text(f"{time.gmtime().tm_year}a\n")
    assert examined()["installation.time_zones"][0] == "ok"
    monkeypatch.setattr(installation, "TZPATH", [])
    assert examined()["installation.time_zones"][0] == "ok"  # those of the package tzdata


# A running service.


def of_service(found: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    return {name: each for name, each in found.items() if name.startswith("service.")}


@pytest.fixture
def address(home):
    with running(Service(home.store, home.folder / "models", Settings())) as client:
        yield str(client.base_url)


def test_a_running_service_is_asked(examined, address):
    found = of_service(examined("--url", address))
    assert {each for each, _ in found.values()} == {"ok"}
    assert {"service.live", "service.model", "service.store", "service.clock"} <= set(found)


@pytest.mark.slow  # starts a service
def test_a_service_at_another_time_or_without_a_model_is_told(examined, home):
    (home.model / "CURRENT").unlink()
    (home.model / "HISTORY").unlink()
    later = time.time() + 100 * DAY
    served = Service(home.store, home.folder / "models", Settings(), clock=lambda: later)
    with running(served) as client:
        found = of_service(examined("--url", client.base_url))
    assert found["service.model"][0] == "warning"
    assert found["service.now"][0] == "warning"
    assert str(format_instant(int(later)))[:10] in found["service.now"][1]
    assert found["service.data"][0] == "warning"
    assert found["service.clock"][0] == "ok"


@pytest.mark.slow  # trains a model and starts a service
def test_what_a_service_refuses_is_told(examined, home):
    good = home.version
    old_model(home)
    flip(home.model / home.version / "idf.npy", 200)
    assert home.version != good
    with running(Service(home.store, home.folder / "models", Settings())) as client:
        found = of_service(examined("--url", client.base_url))
    assert found["service.refused"][0] == "warning"
    assert home.version in found["service.refused"][1]
    assert f"it serves {good}, CURRENT is {home.version}" in found["service.model"][1]


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = self.server.body
        self.send_response(200)
        self.send_header("date", "Thu, 01 Jan 2015 00:00:00 GMT")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("body", [b"hello", b"[]", b"{}", b'{"model": 1, "refused": 2}', b"null"])
def test_another_program_at_the_address_is_a_fault(examined, body):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.body = body
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        found = examined("--url", f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert "fault" in {state for state, _ in of_service(found).values()}


def test_a_service_that_does_not_answer_is_a_fault_soon(examined, monkeypatch):
    monkeypatch.setattr(service, "PATIENCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begin = time.monotonic()
        found = examined("--url", f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert time.monotonic() - begin < 10
    state, said = found["service.live"]
    assert state == "fault"
    assert "does not answer" in said


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000", "file:///etc/passwd", "http://", "http://h:x", "http://[", "x"]
)
def test_an_address_that_is_none_is_a_fault(examined, url):
    state, said = examined("--url", url)["service.live"]
    assert (state, "is no address" in said) == ("fault", True)
