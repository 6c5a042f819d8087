"""A real server over a real store and a trained model; `home` is a copy that a test may spoil."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from recsys import saving
from recsys.api.app import create_app
from recsys.api.service import Service
from recsys.api.serving import OPTIONS
from recsys.data.stores import open_store
from recsys.model import Model
from recsys.sample import Readers, sample_articles, sample_settings
from recsys.settings import Settings, key_hash

KEY = "a key for the tests ا"


@dataclass
class Home:
    """A store and a folder of models."""

    folder: Path
    settings: Settings
    now: int

    @property
    def store_url(self) -> str:
        return f"sqlite:///{self.folder / 'news.db'}"

    @property
    def models(self) -> Path:
        return self.folder / "models"

    def service(self, **changes) -> Service:
        """The service at the clock of the training, or wherever a test moves it."""
        settings = changes.pop("settings", self.settings)
        given = {"clock": lambda: self.now, "refresh_seconds": 0.05, **changes}
        return Service(self.store_url, self.models, settings, **given)


@contextmanager
def serving(app: FastAPI) -> Iterator[httpx.Client]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, **OPTIONS))
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        address = f"http://127.0.0.1:{port}"
        # Certificates take 50 ms to load, and there are none to verify.
        with httpx.Client(base_url=address, timeout=30, verify=False) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


def running(service: Service) -> AbstractContextManager[httpx.Client]:
    return serving(create_app(service))


@pytest.fixture(scope="session")
def serve() -> Callable[[Service], AbstractContextManager[httpx.Client]]:
    return running


@pytest.fixture(scope="session")
def key() -> dict[str, bytes]:
    return {"X-API-Key": KEY.encode()}


@pytest.fixture(scope="session")
def sample_home(sample_model: Model, tmp_path_factory) -> Home:
    settings = replace(sample_settings(), keys={"hashes": (key_hash(KEY),)})
    home = Home(tmp_path_factory.mktemp("home"), settings, sample_model.now_)
    articles = sample_articles(home.now)
    store = open_store(home.store_url, settings)
    store.put_articles(articles)
    store.put_events(Readers(sessions_per_hour=30).history(articles, home.now - 86400, home.now))
    store.close()
    saving.publish(sample_model, home.models)
    return home


@pytest.fixture(scope="session")
def second_model(sample_home: Home) -> Model:
    """A later training, of a part of the articles."""
    return Model(settings=sample_home.settings).fit(
        sample_articles(sample_home.now)[:60], now=sample_home.now + 60
    )


@pytest.fixture(scope="session")
def api(sample_home: Home) -> Iterator[httpx.Client]:
    """Reads only."""
    with running(sample_home.service()) as client:
        yield client


@pytest.fixture
def home(sample_home: Home, tmp_path: Path) -> Home:
    shutil.copytree(sample_home.folder, tmp_path / "home")
    return replace(sample_home, folder=tmp_path / "home")


@pytest.fixture
def own_api(home: Home) -> Iterator[httpx.Client]:
    """May be written to."""
    with running(home.service()) as client:
        yield client


@pytest.fixture(scope="session")
def ids() -> Callable[[dict], list[str]]:
    return lambda answer: [item["article_id"] for item in answer["items"]]


@pytest.fixture(scope="session")
def until() -> Callable[[Callable[[], bool]], None]:
    """Wait for something that another thread does."""

    def wait(holds: Callable[[], bool], seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.01)

    return wait
