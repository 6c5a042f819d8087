import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import httpx
import pytest

from recsys.api import serving
from recsys.api.serving import Launch, serve
from recsys.data.stores import open_store
from recsys.errors import SettingsError, StoreError

pytestmark = pytest.mark.slow

SCRIPT = """
import sys
from recsys.api.serving import Launch, serve
if __name__ == "__main__":
    serve(Launch.parse(sys.argv[1]), "127.0.0.1", int(sys.argv[2]), int(sys.argv[3]))
"""


def launch_of(home, **changes):
    return Launch(home.store_url, str(home.models), settings=home.settings, **changes)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as at:
        return at.getsockname()[1]


@contextmanager
def started(launch, workers):
    port = free_port()
    command = [sys.executable, "-c", SCRIPT, launch.text(), str(port), str(workers)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        for _ in range(1200):
            try:
                client.get("/health/live")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield process, client
    process.kill()
    process.wait()
    process.stderr.close()


def test_a_launch_is_the_same_after_its_way_to_a_worker(home):
    launch = launch_of(home, clock_offset_seconds=-3.5, model_name="other")
    assert Launch.parse(launch.text()) == launch


def test_two_workers_serve_at_the_clock_they_were_given_and_stop_when_told(home):
    offset = home.now - time.time() + 120
    with started(launch_of(home, clock_offset_seconds=offset), 2) as (process, client):
        answer = client.get("/v1/most-read").json()
        assert answer["generated_at"] >= "2027-01-15T08:02:00Z"
        assert answer["generated_at"] < "2027-01-15T08:10:00Z"
        sent = client.post("/v1/events", json={"article_id": "ar-sport-01"})
        assert sent.status_code == 202
        client.close()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        assert process.returncode in (0, -signal.SIGTERM)
        assert "Traceback" not in process.stderr.read()


def test_one_worker_stops_when_told_and_keeps_what_it_acknowledged(home):
    before = bots(home)
    with started(launch_of(home), 1) as (process, client):
        assert client.post("/v1/events", json=[{"article_id": "a"}] * 5).status_code == 202
        client.close()
        os.kill(process.pid, signal.SIGINT)
        process.wait(timeout=30)
        assert "Traceback" not in process.stderr.read()
    assert bots(home) == before + 5


def bots(home):
    with closing(open_store(home.store_url)) as store:
        return store.ledger("default").dropped["view"].get("bots", 0)


def test_an_address_that_is_taken_is_refused_in_one_line(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"127.0.0.1:{port}: cannot listen there"):
            serve(launch_of(home), "127.0.0.1", port)


def test_a_store_that_cannot_be_opened_is_refused_before_any_worker_starts(tmp_path):
    launch = Launch(f"sqlite:///{tmp_path / 'nowhere' / 'news.db'}", str(tmp_path))
    for workers in (1, 2):
        with pytest.raises(StoreError):
            serve(launch, "127.0.0.1", free_port(), workers)


def test_answering_never_imports_scikit_learn(home):
    script = f"""
import sys
from recsys.api.app import create_app
from recsys.api.answers import json_answer
from recsys.api.questions import PageQuestion, RelatedQuestion
from recsys.api.serving import Launch
service = Launch.parse({launch_of(home).text()!r}).service()
create_app(service)
service.put_article("new", {{"title": "ترسيم الحدود البحرية"}}, None)
json_answer(service.related(RelatedQuestion(id="new", explain=True)), service.settings)
service.related_to({{"title": "ترسيم الحدود البحرية"}}, RelatedQuestion())
json_answer(service.page(PageQuestion(id="ar-politics-01")), service.settings)
service.close()
names = {{name.partition(".")[0] for name in sys.modules}}
assert not names & {{"sklearn", "joblib", "numba", "pandas", "polars", "pyarrow"}}, names
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_who_came_while_all_was_being_opened_is_let_in_by_a_worker(home, monkeypatch):
    port = free_port()
    came = []

    class Opening(Launch):
        def try_store(self):
            came.append(socket.create_connection(("127.0.0.1", port)))
            super().try_store()

    class Workers:
        def __init__(self, config, sockets):
            self.listening = sockets[0]

        def run(self):
            accepted, address = self.listening.accept()
            with accepted, came[0]:
                assert address == came[0].getsockname()

    monkeypatch.setattr(serving, "Multiprocess", Workers)
    monkeypatch.setenv("_RECSYS_SERVE", "")  # put back afterwards
    serve(Opening(home.store_url, str(home.models), settings=home.settings), "127.0.0.1", port, 2)
    assert len(came) == 1
