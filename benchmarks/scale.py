"""How much of a benchmark is run: what the runner hands to ``rows`` of each."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


def _told(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Scale:
    """How much is run.

    Parameters
    ----------
    full
        All sizes, or what is done in a few minutes.
    data
        Folder of the real data, if there is one.
    jobs
        Threads of whoever can use several.
    peers_up_to
        Articles up to which peers are trained too; None: always. Some take hours for a million.
    tell
        Called with a line whenever something begins.
    """

    full: bool = False
    data: Path | None = None
    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    peers_up_to: int | None = None
    tell: Callable[[str], None] = _told
