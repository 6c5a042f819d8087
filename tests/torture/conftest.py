"""The tier, the newsroom and the figures of the torture suite.

``pytest tests/torture`` runs the short tier, ``--long`` the long one. Every test prints its
figures, and all of them stand in the summary.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.torture.newsroom import Home, articles, built, trained
from tests.torture.tier import LONG, SHORT, Tier

FIGURES = "torture"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long tier of the torture suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The soak comes first, so that the others run beside it."""
    items.sort(key=lambda item: "test_soak" not in item.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.getreports(kind)]
    lines = [text for each in reports for name, text in each.user_properties if name == FIGURES]
    if lines:
        terminalreporter.section("figures")
        terminalreporter.write("".join(f"{line}\n" for line in sorted(lines)))


@pytest.fixture(scope="session")
def tier(request: pytest.FixtureRequest) -> Tier:
    return LONG if request.config.getoption("--long", default=False) else SHORT


@pytest.fixture(scope="session", autouse=True)
def _linux() -> None:
    if sys.platform != "linux" or not Path("/proc/self/statm").exists():
        pytest.skip("the torture suite measures by /proc, which is Linux's")


@pytest.fixture(autouse=True)
def _bounded(tier: Tier) -> Iterator[None]:
    """End a test that takes too long."""

    def late(number: int, frame: object) -> None:
        pytest.fail(f"the test took more than {tier.longest_test} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(tier.longest_test)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Print figures, and keep them for the summary."""

    def tell(name: str, **figures: object) -> None:
        values = (f"{key}={_short(value)}" for key, value in figures.items())
        line = f"torture: {name} {' '.join(values)}"
        print(line)
        request.node.user_properties.append((FIGURES, line))

    return tell


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@pytest.fixture(scope="session")
def now() -> int:
    return int(time.time())


@pytest.fixture(scope="session")
def newsroom(tier: Tier, now: int, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The articles and one model of them; not to be written to."""
    made = articles(tier.articles, now)
    return built(tmp_path_factory.mktemp("newsroom") / "home", made, trained(made, now))


@pytest.fixture(scope="session")
def ids(tier: Tier) -> list[str]:
    return [f"g{i}" for i in range(tier.articles)]


@pytest.fixture
def home(newsroom: Home, tmp_path: Path) -> Home:
    """The newsroom in a copy that may be spoilt."""
    return newsroom.copy(tmp_path / "home")
