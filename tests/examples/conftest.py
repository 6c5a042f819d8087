"""An engine that the examples ask, and which may be stopped."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.api.conftest import (  # noqa: F401, fixtures
    home,
    key,
    running,
    sample_home,
)

EXAMPLES = Path(__file__).parents[2] / "examples"

Php = Callable[..., str]


@pytest.fixture(scope="session")
def php() -> Php:
    """Run a file of PHP; whatever it complains of is an error."""
    found = shutil.which("php")
    if found is None:
        pytest.skip("there is no php; .ci/prepare browser installs php-cli")

    def run(file: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        strict = ("-d", "error_reporting=-1", "-d", "display_errors=stderr")
        called = [found, *strict, str(file), *arguments]
        variables = {**os.environ, **(env or {})}
        done = subprocess.run(called, capture_output=True, text=True, timeout=60, env=variables)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run
