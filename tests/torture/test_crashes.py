"""Kill -9 under load: what was acknowledged is there, once, and the server is soon back."""

import json
import random
import statistics
import subprocess
import time
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from recsys.data.stores import open_store
from recsys.records import Event
from tests.torture.load import Poster, Reader, Worker, at_work, pages
from tests.torture.newsroom import Books, Home, articles, built, trained
from tests.torture.server import Server, recsys

pytestmark = pytest.mark.torture

RESTART_SECONDS = 5.0
IMPORTED = 20_000
BATCH = 500_000  # events put at a time into the large store


@pytest.mark.parametrize("workers", [1, 2])
def test_nothing_acknowledged_is_lost_or_doubled_however_often_it_is_killed(
    home, ids, tier, told, workers, tmp_path
):
    server = Server(home, workers)
    posters = [Poster(server, f"poster-{n}", ids) for n in range(4)]
    reader = Reader(server, pages(ids), forgiving=True, pause=0.01)
    with importing(home, ids, tmp_path) if workers == 2 else no_import() as imported:
        restarts = crashes(server, [*posters, reader], tier.crash_cycles // 2, seed=workers)
    ledger = ledger_of(server)
    server.stop()
    acknowledged = set().union(*(poster.acknowledged for poster in posters), imported)
    sent = set().union(*(poster.sent for poster in posters), imported)
    books = Books.of(home)
    told(
        "crashes",
        workers=workers,
        cycles=len(restarts),
        imported=len(imported),
        acknowledged=len(acknowledged),
        lost=len(acknowledged - set(books.event_ids)),
        doubled=sum(n > 1 for n in books.event_ids.values()),
        restart_median=statistics.median(restarts),
        restart_longest=max(restarts),
        reads=reader.seen.statuses.total(),
    )
    assert acknowledged == sent  # every client came through in the end
    assert books.event_ids == dict.fromkeys(acknowledged, 1)
    assert books.views_counted == books.views_stored
    assert reader.seen.failed == 0, reader.seen.first_bad
    assert max(restarts) <= RESTART_SECONDS
    assert ledger["received"] == ledger["counted"] + sum(ledger["dropped"].values())
    assert ledger["counted"] == len(acknowledged)
    assert set(ledger["dropped"]) <= {"repeated"}


def test_a_large_newsroom_is_soon_back(tier, told, now, tmp_path):
    if not tier.is_long:
        pytest.skip("the long tier has a large newsroom (--long)")
    begun = time.monotonic()
    home = large_home(tmp_path / "large", tier.large_articles, tier.large_events, now)
    made_in = time.monotonic() - begun
    server = Server(home)
    restarts = []
    for _ in range(5):
        server.start()
        try:
            restarts.append(server.wait_until_ready())
            with server.client() as client:
                assert client.get("/v1/page?id=g7").status_code == 200
                assert client.post("/v1/events", json={"article_id": "g7"}).status_code == 202
        finally:
            server.kill()
    told(
        "large",
        articles=tier.large_articles,
        events=tier.large_events,
        made_in=made_in,
        restart_median=statistics.median(restarts),
        restart_longest=max(restarts),
        store_mb=home.store.stat().st_size >> 20,
    )
    assert max(restarts) <= RESTART_SECONDS


def crashes(server: Server, workers: list[Worker], cycles: int, seed: int) -> list[float]:
    """Start and kill over and over under load, at the end start and let every client finish."""
    draw = random.Random(seed)
    restarts = []
    try:
        with at_work(workers):
            for _ in range(cycles):
                server.start()
                restarts.append(server.wait_until_ready())
                time.sleep(draw.uniform(0.2, 0.9))
                server.kill()
            server.start()
            server.wait_until_ready()
    except BaseException:
        server.kill()
        raise
    return restarts


@contextmanager
def importing(home: Home, ids: list[str], folder):
    """Run an import beside the block; gives the ids of its events, and waits for its end."""
    path, draw = folder / "events.jsonl", random.Random(0)
    names = {f"import-{n}" for n in range(IMPORTED)}
    at = datetime.now(UTC).isoformat()
    rows = ({"article_id": draw.choice(ids), "event_id": n, "timestamp": at} for n in names)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = recsys("import", path, "--store", home.store_url, "--kind", "events")
    with (folder / "import.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        yield names
        code = process.wait(timeout=120)
    finally:
        process.kill()
        process.wait()
    assert code == 0, (folder / "import.log").read_text()


@contextmanager
def no_import():
    yield set()


def ledger_of(server: Server):
    """What the server says became of all events."""
    with server.client() as client:
        return client.get("/v1/ledger").raise_for_status().json()


def large_home(folder, n_articles: int, n_events: int, now: int) -> Home:
    """A newsroom with views by the million over the last 40 hours, tidied as a service does it."""
    made = articles(n_articles, now)
    home = built(folder, made, trained(made, now, jobs=-1))
    store = open_store(home.store_url)
    draw = random.Random(0)
    step = 40 * 3_600_000 / max(n_events, 1)
    begin = now * 1000 - 40 * 3_600_000
    for start in range(0, n_events, BATCH):
        store.put_events(
            [
                Event(begin + int(n * step), f"g{int(n_articles * draw.random() ** 3)}")
                for n in range(start, min(start + BATCH, n_events))
            ]
        )
    while store.tidy(now):
        pass
    store.close()
    return home
