"""Where figures come from: processor, memory, system, versions. No names and no paths."""

import os
import platform
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = (
    "fastapi",
    "joblib",
    "numba",
    "numpy",
    "PyStemmer",
    "scikit-learn",
    "scipy",
    "sparse-dot-topn",
    "tantivy",
    "uvicorn",
)
_ROOT = Path(__file__).parent.parent


def facts() -> dict[str, Any]:
    """Return what the machine is; what cannot be found out is ``unknown``."""
    return {
        "processor": _field(Path("/proc/cpuinfo"), "model name") or platform.machine(),
        "cores": os.cpu_count(),
        "memory": _memory(),
        "system": _system(),
        "Python": platform.python_version(),
        "libraries": dict(_libraries()),
    }


def _field(path: Path, name: str, between: str = ":") -> str:
    """Return the first value of a name in a file of names and values; empty if there is none."""
    with suppress(OSError):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(between)
            if key.strip() == name:
                return value.strip().strip('"')
    return ""


def _memory() -> str:
    with suppress(OSError, ValueError):
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return f"{size / 2**30:.0f} GiB"
    return "unknown"


def _system() -> str:
    name = _field(Path("/etc/os-release"), "PRETTY_NAME", "=") or platform.system()
    return f"{name}, {platform.machine()}"


def _libraries() -> "list[tuple[str, str]]":
    found = []
    for name in LIBRARIES:
        with suppress(PackageNotFoundError):
            found.append((name, version(name)))
    return found


def git(*arguments: str) -> str | None:
    """Return what git answers about these sources; None where it cannot."""
    with suppress(OSError, subprocess.CalledProcessError):
        done = subprocess.run(
            ["git", *arguments], cwd=_ROOT, capture_output=True, text=True, check=True
        )
        return done.stdout
    return None


def revision() -> str:
    """Return the commit, ``+`` behind it if files were changed; empty outside of a repository."""
    commit = (git("rev-parse", "--short", "HEAD") or "").strip()
    changed = git(
        "status", "--porcelain", "--untracked-files=no", "--", ".", ":!benchmarks/results"
    )
    return f"{commit}+" if commit and changed else commit
