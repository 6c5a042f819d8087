"""One thing that was looked at, and what was found."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recsys.errors import RecsysError
from recsys.settings import Settings
from recsys.times import DAY, HOUR, MINUTE

State = Literal["ok", "warning", "fault"]


@dataclass(frozen=True)
class Check:
    """What was found.

    Parameters
    ----------
    name
        Group and thing, such as ``store.disk``.
    state
        ``fault``: it does not work, or will not soon. ``warning``: it works, and someone should
        look.
    message
        One sentence; where the state is not ``ok``, it says what to do.
    """

    name: str
    state: State
    message: str


@dataclass(frozen=True)
class Asked:
    """What is to be looked at; ``now`` is the machine's clock, in seconds since 1970."""

    now: float
    store: str | None = None
    models: Path | None = None
    model: str = "default"
    config: Path | None = None
    url: str | None = None
    quick: bool = False


@dataclass
class Findings:
    """What one group learned that another one needs."""

    settings: Settings
    newest_event: int | None = None  # seconds since 1970
    newest_article: int | None = None
    articles: tuple[tuple[str, str], ...] | None = None  # (site, article_id) of all in the store
    version: str | None = None  # of the model that CURRENT names


def ok(name: str, message: str) -> Check:
    """Return that all is well."""
    return Check(name, "ok", message)


def warning(name: str, message: str) -> Check:
    """Return that someone should look."""
    return Check(name, "warning", message)


def fault(name: str, message: str) -> Check:
    """Return that it does not work."""
    return Check(name, "fault", message)


def until_refused(name: str, checks: Iterable[Check]) -> Iterator[Check]:
    """Yield the checks of a group; what keeps it from going on is a fault of that name."""
    try:
        yield from checks
    except (RecsysError, OSError) as error:
        yield fault(name, str(error))


def long(seconds: float) -> str:
    """Return a time span in words, in the largest unit that fits."""
    for name, unit in (("days", DAY), ("hours", HOUR), ("minutes", MINUTE)):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} seconds"
