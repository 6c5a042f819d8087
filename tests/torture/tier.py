"""How much each tier of the torture suite does: `SHORT` in ``make test``, `LONG` on demand."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tier:
    """The numbers of one tier; times are in seconds."""

    is_long: bool
    """Whether it also does what needs a disk of its own, or an hour."""
    longest_test: int
    """A test that takes longer than this has failed."""
    articles: int
    """Of the newsroom that most tests serve."""
    crash_cycles: int
    large_articles: int
    large_events: int
    """Of the newsroom whose restart is timed; none in the short tier."""
    swaps: int
    swap_requests: int
    hostile_models: int
    mutants: int
    described_cases: int
    """Cases that are made from the description of the API, over all its operations."""
    locked: float
    overload: float
    slow_sockets: int
    one_reader_views: int
    soak: float
    soak_warm_up: float


SHORT = Tier(
    is_long=False,
    longest_test=240,
    articles=1000,
    crash_cycles=20,
    large_articles=0,
    large_events=0,
    swaps=10,
    swap_requests=10_000,
    hostile_models=60,
    mutants=5_000,
    described_cases=500,
    locked=10,
    overload=10,
    slow_sockets=600,
    one_reader_views=10_000,
    soak=120,
    soak_warm_up=45,
)
LONG = Tier(
    is_long=True,
    longest_test=2700,
    articles=1000,
    crash_cycles=200,
    large_articles=100_000,
    large_events=10_000_000,
    swaps=100,
    swap_requests=100_000,
    hostile_models=500,
    mutants=50_000,
    described_cases=20_000,
    locked=30,
    overload=30,
    slow_sockets=600,
    one_reader_views=10_000,
    soak=1800,
    soak_warm_up=300,
)
