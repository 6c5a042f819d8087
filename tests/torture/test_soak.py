"""An ordinary day in short: memory, file descriptors and metric series stay what they are."""

import json
import random
import statistics
import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from tests.torture.load import Connection, Poster, Reader, Worker, at_work, pages
from tests.torture.server import Server

pytestmark = pytest.mark.torture

GROWTH_MB_PER_MINUTE = 0.1  # 1 MB in 10 minutes
NOISE_MB = 3.0  # by which the memory of a process that keeps nothing still wavers
SAMPLE_SECONDS = 1.0
SETTLING_SECONDS = 5.0
PUT_SECONDS = 10.0  # a changed article is a new row until the next training


class Editor(Worker):
    """Puts an article now and then, sometimes a new one, and takes an old one away."""

    def __init__(self, server: Server, n_articles: int) -> None:
        super().__init__()
        self._server = server
        self._random = random.Random(0)
        self._n_articles = n_articles
        self.put = 0

    def step(self) -> None:
        name = f"g{self._random.randrange(self._n_articles)}"
        row = {"title": f"عنوان رقم {self.put}", "body": "ترسيم الحدود البحرية " * 20}
        answer = self._ask("PUT", name, row)
        if answer.status == 503:  # the machine is busy with something else: as it was told
            self.stopping.wait(float(answer.headers["retry-after"]))
            return
        assert answer.status in (200, 201), answer.body
        self.put += 1
        self.stopping.wait(PUT_SECONDS)

    def _ask(self, method: str, name: str, row):
        connection = Connection(self._server.port)  # a new one: idle ones are closed meanwhile
        try:
            return connection.ask(method, f"/v1/articles?id={name}", json.dumps(row).encode())
        finally:
            connection.close()


@dataclass
class Samples:
    """What was measured, second by second."""

    at: list[float] = field(default_factory=list)
    mb: list[float] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    series: list[int] = field(default_factory=list)

    def take(self, server: Server) -> None:
        self.at.append(time.monotonic())
        self.mb.append(server.rss_bytes() / 2**20)
        self.descriptors.append(server.descriptors())
        self.series.append(series_of(server))

    @property
    def minutes(self) -> float:
        return (self.at[-1] - self.at[0]) / 60

    def slope(self) -> float:
        """MB per minute, by least squares."""
        return float(np.polyfit(np.array(self.at) / 60, np.array(self.mb), 1)[0])

    def risen(self) -> float:
        """MB between the medians of the first and the last quarter."""
        quarter = max(1, len(self.mb) // 4)
        return statistics.median(self.mb[-quarter:]) - statistics.median(self.mb[:quarter])


def test_a_soak_leaves_memory_descriptors_and_series_as_they_were(home, ids, tier, told):
    with Server(home) as server:
        readers = [Reader(server, pages(ids, n), pause=0.03) for n in range(2)]
        poster, editor = Poster(server, "soak", ids, pause=0.1), Editor(server, tier.articles)
        samples = Samples()
        with at_work([*readers, poster, editor]):
            series_of(server)  # asking is counted too
            with at_work([Poster(server, f"warm-{n}", ids, most=100) for n in range(2)]):
                time.sleep(tier.soak_warm_up)  # the store's caches are full after it
            time.sleep(SETTLING_SECONDS)
            end = time.monotonic() + tier.soak - tier.soak_warm_up
            while time.monotonic() < end:
                samples.take(server)
                time.sleep(SAMPLE_SECONDS)
        tell(told, samples, readers, poster, editor)
        assert sum(reader.seen.failed for reader in readers) == 0, readers[0].seen.first_bad
        assert poster.answers[202] > 0
        # SQLite opens a connection more where a read and a commit meet, and keeps it. Arrays of the
        # model that newer ones have replaced are closed with a full collection: those may go.
        assert max(samples.descriptors) - samples.descriptors[0] <= 4
        assert samples.descriptors[-1] <= statistics.median(samples.descriptors) + 1
        assert samples.series[0] > 0
        assert len(set(samples.series)) == 1
        # In the short tier the noise is as large as what may grow; the slope is only told.
        assert samples.risen() <= GROWTH_MB_PER_MINUTE * samples.minutes + NOISE_MB
        if samples.minutes >= 10:
            assert samples.slope() <= GROWTH_MB_PER_MINUTE


def tell(told, samples: Samples, readers, poster: Poster, editor: Editor) -> None:
    told(
        "soak",
        minutes=samples.minutes,
        reads=sum(reader.seen.statuses.total() for reader in readers),
        events=len(poster.acknowledged),
        articles_put=editor.put,
        memory_mb=samples.mb[-1],
        risen_mb=samples.risen(),
        slope_mb_per_10_minutes=10 * samples.slope(),
        descriptors=sorted(set(samples.descriptors)),
        series=sorted(set(samples.series)),
    )


def series_of(server: Server) -> int:
    """How many series ``/metrics`` shows; 0 where there is none."""
    with server.client() as client:
        lines = client.get("/metrics").text.splitlines()
    return sum(bool(line) and not line.startswith("#") for line in lines)
