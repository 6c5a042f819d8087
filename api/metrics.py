"""What the service counts of itself, for Prometheus: no reader, no article, few series.

Whatever is sent, the number of series is bounded: addresses are counted by the template of their
route, and what is not known by name is `OTHER`. Counters and histograms add up over all workers;
gauges are what the worker that answers knows.
"""

import os
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recsys.lists import LISTS
from recsys.settings import RULES
from recsys.times import parse_instant

from .admission import Kind
from .service import Service
from .writer import Outcomes

OTHER = "other"
COUNTED, REFUSED = "counted", "refused"
REASONS = ("few_similar", "thin_window", "no_views", "stale", "no_model")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
GONE = 499  # status of a request whose sender did not wait for the answer
BUCKETS = (
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # by which prometheus_client knows that there are workers
_PROCESS = Path("/proc/self")


@contextmanager
def shared_metrics(workers: int) -> Iterator[None]:
    """Let the workers that are started inside of the block count together.

    They do so in files of a temporary folder, which is removed at the end. The environment tells
    them where it is, so it must be set before they import prometheus_client.
    """
    if workers == 1:
        yield
        return
    before = os.environ.get(_FOLDER)
    with TemporaryDirectory(prefix="recsys-metrics-") as folder:
        os.environ[_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[_FOLDER]
            if before is not None:
                os.environ[_FOLDER] = before


class Metrics:
    """What one process has counted since it started; safe to use from several threads.

    Parameters
    ----------
    routes
        Those whose requests are counted apart from the others.
    """

    def __init__(self, routes: Iterable[BaseRoute] = ()) -> None:
        self._routes = _Routes(routes)
        self._registry = CollectorRegistry()
        self._requests = self._counter(
            "recsys_requests", "Requests by route and status.", "route", "method", "status"
        )
        self._seconds = Histogram(
            "recsys_request_duration_seconds",
            "Time from a request to the end of its answer.",
            ["route"],
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._events = self._counter(
            "recsys_events", "Events counted, or the rule that dropped them.", "rule"
        )
        for rule in (COUNTED, *RULES, REFUSED):
            self._events.labels(rule)
        self._degraded = self._counter(
            "recsys_degraded", "Lists that are not what was asked for.", "list", "reason"
        )
        for name, reason in product(LISTS, REASONS):
            self._degraded.labels(name, reason)
        self._shed = self._counter("recsys_shed", "Requests refused to protect others.", "kind")
        self._shed_before: dict[Kind, int] = {}
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def route_of(self, path: str) -> str:
        """Return the template of the route a path belongs to, fit to be logged; or `OTHER`."""
        return self._routes.name_of(path)

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request and how long it took."""
        route = self.route_of(path)
        key = (route, method if method in METHODS else OTHER, status)
        series = self._series.get(key)
        if series is None:
            made = self._requests.labels(*map(str, key)), self._seconds.labels(route)
            series = self._series[key] = made
        series[0].inc()
        series[1].observe(seconds)

    def counted(self, outcomes: Outcomes) -> None:
        """Count events that were stored, by what became of each."""
        for rule, events in Tally(outcomes).items():
            name = COUNTED if rule is None else rule if rule in RULES else OTHER
            self._events.labels(name).inc(events)

    def refused(self, events: int) -> None:
        """Count events that were not taken because their request was malformed."""
        self._events.labels(REFUSED).inc(events)

    def degraded(self, lists: Iterable[tuple[str, str]]) -> None:
        """Count answers that are not what was asked for, each by list and reason."""
        for name, reason in lists:
            self._degraded.labels(name, reason).inc()

    def shed(self, so_far: Mapping[Kind, int]) -> None:
        """Take over how many requests were refused so far in this process, by kind.

        Most are refused before any of our layers sees them, so whatever request comes next tells.
        """
        if so_far != self._shed_before:
            for kind, requests in so_far.items():
                self._shed.labels(kind).inc(requests - self._shed_before.get(kind, 0))
            self._shed_before = dict(so_far)

    def text(self, service: Service) -> bytes:
        """Return everything in Prometheus' text format, gauges as of now."""
        shared = os.environ.get(_FOLDER)
        all_workers: Callable[..., Collector] = MultiProcessCollector
        counts = all_workers(None, shared) if shared else self._registry
        registry = CollectorRegistry()
        registry.register(_Once((*_without_created(counts.collect()), *_gauges(service))))
        return generate_latest(registry)

    def _counter(self, name: str, means: str, *labels: str) -> Counter:
        return Counter(name, means, labels, registry=self._registry)


class Measured:
    """Counts and times every request; the outermost layer, so that it sees what others answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin, status = perf_counter(), GONE

        async def send_noting_the_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_noting_the_status)
        finally:
            seconds, state = perf_counter() - begin, scope["app"].state
            state.metrics.answered(scope["method"], scope["path"], status, seconds)
            state.metrics.shed(state.admission.shed)


class _Routes:
    """From the path of a request to the template of its route, mostly by one look-up."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        known = [route for route in routes if isinstance(route, (Route, Mount))]
        self._plain = {route.path for route in known if "{" not in route.path}
        self._others = [
            (route.path_regex, route.path)
            for route in known
            if "{" in route.path or isinstance(route, Mount)
        ]

    def name_of(self, path: str) -> str:
        """Return the template a path belongs to, whatever its method; `OTHER` if to none."""
        if path in self._plain:
            return path
        return next((name for regex, name in self._others if regex.match(path)), OTHER)


class _Once(Collector):
    """Families that are known already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self._families


def _without_created(families: Iterable[Metric]) -> Iterator[Metric]:
    """Yield the families without the time at which each series began, which doubles them."""
    for family in families:
        family.samples = [s for s in family.samples if not s.name.endswith("_created")]
        yield family


def _gauges(service: Service) -> Iterator[Metric]:
    """Yield what is true now, in this worker; what is not known is left out."""
    health, now, model = service.health(), service.now, service.snapshot.model
    if model is not None:
        info = GaugeMetricFamily("recsys_model_info", "Served now.", labels=["name", "version"])
        info.add_metric([model.name, model.version], 1)
        yield info
        trained = parse_instant(model.version.partition("-")[0])
        yield _gauge("recsys_model_age_seconds", "Time since the training's now.", now - trained)
    until = service.snapshot.data_until
    if until is not None:
        age = max(0, now - until)
        yield _gauge("recsys_data_age_seconds", "Time since the newest view or article.", age)
    waiting = service.events_waiting
    yield _gauge("recsys_events_waiting", "Events that wait to be stored.", waiting)
    yield _gauge("recsys_articles", "Articles that may be shown.", health["articles"])
    readable = float(health["store"] != "unreachable")
    yield _gauge("recsys_store_readable", "1 if the store could be read last time.", readable)
    refused = len(health["refused"])
    yield _gauge("recsys_models_refused", "Versions refused since the last good one.", refused)
    with suppress(OSError):  # no /proc, or no descriptor left to read it with
        pages = int((_PROCESS / "statm").read_text().split()[1])
        resident = pages * os.sysconf("SC_PAGE_SIZE")
        yield _gauge("process_resident_memory_bytes", "Memory in use by this worker.", resident)
        descriptors = len(os.listdir(_PROCESS / "fd"))
        yield _gauge("process_open_fds", "File descriptors open in this worker.", descriptors)


def _gauge(name: str, means: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, means, value=value)
