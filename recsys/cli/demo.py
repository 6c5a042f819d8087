"""``recsys demo``: a newsroom at work, the sample's or your own."""

import secrets
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event as Signal
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recsys.cli import inputs, options
from recsys.cli.inputs import Reading
from recsys.cli.options import CallError
from recsys.cli.progress import progress
from recsys.cli.shipped import find_recipe
from recsys.counting.base import Client
from recsys.data.importers.reading import Kind, Report
from recsys.data.stores import open_store
from recsys.data.stores.base import Store
from recsys.errors import RecsysError
from recsys.records import Article, Event
from recsys.settings import ListSettings, Settings, key_hash, read_settings
from recsys.times import DAY, MINUTE, format_instant

if TYPE_CHECKING:
    from recsys.api.service import Service

HOST = "127.0.0.1"
SAMPLE_DAYS = 14
BATCH = 5000  # events a transaction
SESSIONS_PER_HOUR = 40.0  # until the day before now, so that a fortnight is quickly made
BUSY_SESSIONS_PER_HOUR = 240.0  # on the last day, and from now on: a view every five seconds
TOO_LATE_SECONDS = MINUTE  # a view that is older is left out: the machine slept
PORTS_TRIED = 100
WINDOW = "1h"  # of most read: ordered by the count it shows, which one visit can move

Live = Callable[[int], Iterator[Event]]
"""From an instant to what readers do from then on."""


@dataclass(frozen=True)
class Newsroom:
    """What is in the store, the clock there, who goes on reading, and what the site is called."""

    settings: Settings
    now: int
    live: Live
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Republishing(Reading):
    """Reads articles as if the demo had published them too.

    Their ``url`` is then the demo's, so that links lead there, and their own address is the
    canonical one unless they have another: by that they are known as before.
    """

    address: str = ""

    def items(self, source: Path, kind: Kind, report: Report) -> Iterator[Any]:
        """Yield the articles or events of a file."""
        items = super().items(source, kind, report)
        return map(self._republished, items) if kind == "articles" else items

    def _republished(self, article: Article) -> Article:
        own = article.canonical_url or article.url
        return replace(_published(article, self.address), canonical_url=own)


def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen at.")] = 8000,
    articles: options.ArticleFiles = None,
    events: options.EventFiles = None,
    now: options.Now = None,
    jobs: options.Jobs = 1,
    config: options.Config = None,
) -> None:
    """Show a newsroom at work: the sample's, or your own from files.

    Imports, trains and serves in a folder that is removed at the end, and prints the address of
    the pages. With files the clock starts at the newest time in them, and runs on. Simulated
    readers go on reading. Ctrl-C ends it.
    """
    if events and not articles:
        raise CallError("--events needs the --articles that were read")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with TemporaryDirectory(prefix="recsys-demo-") as name:
        try:
            _show(Path(name), port, articles or [], events or [], now, jobs, config)
        except KeyboardInterrupt:
            _say("")
        _say(f"stopped; {name} is removed")


def _show(
    folder: Path,
    port: int,
    articles: Sequence[Path],
    events: Sequence[Path],
    now: str | None,
    jobs: int,
    config: Path | None,
) -> None:
    """Import, train, publish, serve."""
    url, models = f"sqlite:///{folder / 'news.db'}", folder / "models"
    settings = read_settings(config) if articles else _sample_settings()
    port = _free_port(port)
    address = f"http://{HOST}:{port}"
    with closing(open_store(url, settings)) as store:
        if articles:
            newsroom = _own(store, settings, articles, events, now, address)
        else:
            newsroom = _sample(store, settings, now, address)
        _train(store, newsroom, models, jobs)
        _serve(store, newsroom, url, models, port, folder)


def _sample_settings() -> Settings:
    from recsys.sample import sample_settings

    return sample_settings()


def _sample(store: Store, settings: Settings, now: str | None, address: str) -> Newsroom:
    """Put the sample newsroom, published at ``address``, and a fortnight of its readers there."""
    from recsys.sample import NAMES, Readers, sample_articles

    moment = options.clock(now, None, settings, None, from_files=False)
    articles = [_published(article, address) for article in sample_articles(moment)]
    quiet = Readers(sessions_per_hour=SESSIONS_PER_HOUR)
    busy = Readers(sessions_per_hour=BUSY_SESSIONS_PER_HOUR)
    with _step(f"importing the sample newsroom: {len(articles)} articles"):
        store.put_articles(articles)
    with _step(f"simulating {SAMPLE_DAYS} days of its readers"):
        history = quiet.history(articles, moment - SAMPLE_DAYS * DAY, moment - DAY)
        history += busy.history(articles, moment - DAY, moment)
    with _step(f"importing what they did: {len(history)} events"):
        _put(store, history)
    return Newsroom(settings, moment, lambda start: busy.stream(articles, start), NAMES)


def _published(article: Article, address: str) -> Article:
    """Return the article with the address of its page in the demo."""
    from recsys.api.newspaper import article_href

    return replace(article, url=address + article_href(*article.key))


def _own(
    store: Store,
    settings: Settings,
    articles: Sequence[Path],
    events: Sequence[Path],
    now: str | None,
    address: str,
) -> Newsroom:
    """Put files into the store; where no file tells of readers, a day of simulated ones."""
    reading = Republishing(settings, address=address)
    for source in articles:
        _import(store, source, reading, "articles")
    for source in events:
        _import(store, source, reading, "events")
    moment = options.clock(now, store.newest(), settings, None, from_files=True)
    live = _crowd(store, moment)
    if not events:
        with _step("simulating a day of readers, as there are no --events"):
            day = live(moment - DAY)
            _put(store, list(takewhile(lambda event: _seconds(event) < moment, day)))
    return Newsroom(settings, moment, live)


def _import(store: Store, source: Path, reading: Reading, kind: Kind) -> None:
    with _step(f"importing {source}"), progress() as tell:
        tally = inputs.put(store, source, kind, reading, tell)
    _say(f"  {tally.report.read} {kind}")


def _crowd(store: Store, now: int) -> Live:
    """Return readers who favour what was read on the last day, and what is new."""
    from recsys.sample import Crowd

    articles, counts = store.snapshot()
    views: dict[tuple[str, str], int] = {}
    recent = counts.view_minute > (now - DAY) // MINUTE
    for place, seen in zip(counts.view_key[recent], counts.views[recent], strict=True):
        key = counts.keys[int(place)]
        views[key] = views.get(key, 0) + int(seen)
    return lambda start: Crowd().stream(articles, views, start)


def _put(store: Store, events: Sequence[Event]) -> None:
    for start in range(0, len(events), BATCH):
        store.put_events(events[start : start + BATCH])


def _train(store: Store, newsroom: Newsroom, models: Path, jobs: int) -> None:
    with _step("training"), progress() as tell:
        from recsys import saving
        from recsys.model import Model

        model = Model(find_recipe("default"), newsroom.settings)
        model.fit(*store.snapshot(), now=newsroom.now, jobs=jobs, progress=tell)
        saving.publish(model, models)


def _serve(
    store: Store, newsroom: Newsroom, url: str, models: Path, port: int, folder: Path
) -> None:
    """Serve with simulated readers until interrupted; nothing is cached, and one key may write."""
    from recsys.api.routes.demo import pages
    from recsys.api.serving import Launch, serve

    key = secrets.token_urlsafe(16)
    counting = newsroom.settings.counting
    settings = replace(
        newsroom.settings,
        # Whoever looks at the demo counts, with a browser that has no screen too.
        counting=replace(counting, rules=tuple(r for r in counting.rules if r != "bots")),
        keys={"hashes": (*newsroom.settings.key_hashes, key_hash(key))},
        max_age_seconds=0,
        lists={**newsroom.settings.lists, "most_read": ListSettings(window=WINDOW)},
    )

    def look_up(site: str, article_id: str) -> Article | None:
        return next(iter(store.get_articles([(site, article_id)])), None)

    @contextmanager
    def beside(service: "Service") -> Iterator[None]:
        with _reading(service, newsroom.live):
            _announce(port, key, folder, newsroom.now)
            yield

    launch = Launch(url, str(models), "default", newsroom.now - time.time(), settings)
    serve(launch, HOST, port, more=[pages(look_up, beside, newsroom.names)])


@contextmanager
def _reading(service: "Service", live: Live) -> Iterator[None]:
    """Let simulated readers read in a thread, through the service's own door."""
    closing = Signal()
    thread = Thread(target=_read, args=(service, live, closing), name="readers", daemon=True)
    thread.start()
    try:
        yield
    finally:
        closing.set()
        thread.join()


def _read(service: "Service", live: Live, closing: Signal) -> None:
    for event in live(service.now):
        ahead = _seconds(event) - service.now
        if closing.wait(max(0.0, ahead)):
            return
        if ahead > -TOO_LATE_SECONDS:
            _send(service, event)


def _seconds(event: Event) -> float:
    return (event.timestamp or 0) / 1000


def _send(service: "Service", event: Event) -> None:
    told = ("article_id", "event_type", "visitor_id", "session_id", "event_id")
    shown = ("from_article_id", "list", "position", "site")
    row = {name: getattr(event, name) for name in (*told, *shown)}
    try:
        service.submit([row], Client(), lambda site: True, None)
    except RecsysError as error:
        _say(f"a simulated reader was refused: {error}")


def _announce(port: int, key: str, folder: Path, now: int) -> None:
    address = f"http://{HOST}:{port}"
    typer.echo(f"\n    {address}/demo\n")
    _say(f"  playground     {address}/playground")
    _say(f"  editor's page  {address}/editor#key={key}")
    _say(f"  documentation  {address}/docs")
    _say(f"  X-API-Key      {key}")
    _say(f"  data           {folder}, removed at the end")
    _say(f"  clock          {format_instant(now)}")
    _say("Ctrl-C ends it.")


def _free_port(port: int) -> int:
    """Return the port or, where that is taken, the next one that is free."""
    last = min(port + PORTS_TRIED, 65535)
    free = next((p for p in range(port, last + 1) if _is_free(p)), None)
    if free is None:
        raise RecsysError(f"no port from {port} to {last} is free; give --port")
    if free != port:
        _say(f"port {port} is taken, {free} is free")
    return free


def _is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


@contextmanager
def _step(text: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    started = time.monotonic()
    typer.echo(f"{text} … ", err=True)
    yield
    typer.echo(f"  {time.monotonic() - started:.1f} s", err=True)


def _say(text: str) -> None:
    typer.echo(text, err=True)
