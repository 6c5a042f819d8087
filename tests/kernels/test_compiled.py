"""Compiled functions are kept on disk where there is a place for it, and work without one."""

import subprocess
import sys
from pathlib import Path

import pytest

from recsys.kernels.compiled import njit


@pytest.mark.slow  # starts a process
def test_what_is_compiled_is_kept_beside_the_source(tmp_path):
    (tmp_path / "double.py").write_text(
        "from recsys.kernels.compiled import njit\n"
        "@njit(cache=True)\n"
        "def double(n):\n    return 2 * n\n"
        "print(double(21))"
    )
    done = subprocess.run(
        [sys.executable, tmp_path / "double.py"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "42\n"
    assert list(Path(tmp_path, "__pycache__").glob("double.*.nbi"))


def test_where_nothing_can_be_kept_a_function_is_compiled_all_the_same():
    """A function without a file: numba knows no place for what is made of it."""
    names = {"njit": njit}
    exec("@njit(cache=True)\ndef double(n):\n    return 2 * n", names)
    assert names["double"](21) == 42
