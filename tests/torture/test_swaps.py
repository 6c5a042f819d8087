"""Models swapped under load: every answer from exactly one of them, and the memory comes back."""

import itertools
import json
import random
import statistics
import time

import pytest

from recsys import saving
from recsys.data.stores import open_store
from tests.torture.load import Answer, Reader, at_work, until
from tests.torture.newsroom import trained
from tests.torture.server import Server

pytestmark = pytest.mark.torture

READERS = 4
WARM_UP = 2_000  # requests before memory is measured
GROWTH = 1.15
SETTLE_SECONDS = 15.0


def test_swaps_under_load_are_seen_by_nobody(home, ids, tier, told, now):
    first = saving.current(home.models, "default")
    store = open_store(home.store_url)
    made = list(store.articles())
    store.close()
    # Each lacks a few articles; a service folds them in, which takes time and is not the subject.
    new = [trained(made[: -(n + 1)], now + n + 1) for n in range((tier.swaps + 1) // 2)]
    with Server(home) as server:
        versions: set[str] = set()
        mixed: list[str] = []
        readers = [
            Reader(server, paths(ids, seed), check=one_version(versions, mixed))
            for seed in range(READERS)
        ]
        asked = lambda: sum(reader.seen.statuses.total() for reader in readers)  # noqa: E731
        with at_work(readers):
            until(lambda: asked() >= WARM_UP, 60, "the warm-up")
            at_first = memory(server)
            warm_up_swap(server, first, trained(made[:-5], now - 1), versions)
            before = memory(server)
            begun, step = asked(), tier.swap_requests // tier.swaps
            for n, swap in enumerate(itertools.islice(swaps(server, first, new), tier.swaps)):
                version = swap()
                until(lambda v=version: v in versions or v == first, 10, "the swap")
                until(lambda n=n: asked() >= begun + step * (n + 1), 120, "the requests")
        after = settled(server, before)
        failed = sum(reader.seen.failed for reader in readers)
        told(
            "swaps",
            swaps=tier.swaps,
            requests=asked() - begun,
            failed=failed,
            mixed=len(mixed),
            versions=len(versions),
            memory_before_mb=before / 2**20,
            memory_after_mb=after / 2**20,
            ratio=after / before,
            ratio_to_before_the_first_swap=after / at_first,
        )
        assert failed == 0, [r.seen.first_bad for r in readers]
        assert mixed == []
        assert len(versions) == len(new) + 2
        assert after <= GROWTH * before


def warm_up_swap(server: Server, first: str, model, versions: set[str]) -> None:
    """Swap once there and back: code and buffers for it stay, whatever the number of swaps."""
    version = saving.publish(model, server.home.models)
    until(lambda: version in versions, 10, "the first swap")
    with server.client() as client:
        assert client.post(f"/v1/models/default/promote?version={first}").status_code == 200


def swaps(server: Server, first: str, new):
    """Yield what swaps the model: in turn to one newly published, and back over HTTP."""

    def publish(model):
        return lambda: saving.publish(model, server.home.models)

    def promote():
        with server.client() as client:
            answer = client.post(f"/v1/models/default/promote?version={first}")
        assert answer.status_code == 200, answer.text
        return first

    for model in new:
        yield publish(model)
        yield promote


def paths(ids, seed: int):
    draw = random.Random(seed)

    def path() -> str:
        kind = draw.choices(("related", "latest", "most-read", "page"), (12, 4, 4, 1))[0]
        return f"/v1/{kind}?id={draw.choice(ids)}&fallback=0"

    return path


def one_version(versions: set[str], mixed: list[str]):
    """Note the version of every answer, and those answers whose parts do not agree."""

    def check(answer: Answer) -> None:
        if answer.status != 200:
            return
        document = json.loads(answer.body)
        lists = document["blocks"].values() if "blocks" in document else [document]
        found = {each["model"]["version"] for each in lists}
        found.add(answer.headers["x-model-version"])
        versions.update(found)
        if len(found) != 1:
            mixed.append(f"{sorted(found)}")

    return check


def memory(server: Server) -> float:
    samples = []
    for _ in range(10):
        samples.append(server.rss_bytes())
        time.sleep(0.1)
    return statistics.median(samples)


def settled(server: Server, before: float) -> float:
    """Return the memory once it is back, or after a while."""
    end = time.monotonic() + SETTLE_SECONDS
    while (after := memory(server)) > GROWTH * before and time.monotonic() < end:
        pass
    return after
