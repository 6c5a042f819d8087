"""The house keeps its promises: faces, declared imports, sizes, examples that run."""

import ast
import doctest
import subprocess
import sys
import tomllib
from functools import cache
from importlib import import_module
from itertools import chain
from pathlib import Path

import pytest

import recsys

ROOT = Path(__file__).parent.parent
SOURCES = sorted(p for top in ("recsys", "api", "benchmarks") for p in (ROOT / top).rglob("*.py"))
# What is imported -> the distribution that brings it.
DISTRIBUTIONS = {
    "crawleruseragents": "crawler-user-agents",
    "sklearn": "scikit-learn",
    "Stemmer": "PyStemmer",
    "sparse_dot_topn": "sparse-dot-topn",
}
BENCHMARK_PEERS = {"pyarrow"}


def test_every_public_name_can_be_imported():
    for name in recsys.__all__:
        assert getattr(recsys, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        recsys.Nothing  # noqa: B018


def test_the_face_and_its_table_name_the_same():
    assert sorted(recsys._HOME_OF) == sorted(recsys.__all__)


def test_the_version_is_the_packages_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert recsys.__version__ == project["version"]


@pytest.mark.parametrize("module", ["recsys", "recsys.model", "recsys.text.folding"])
def test_examples_in_docstrings_run(module):
    assert doctest.testmod(import_module(module)).failed == 0


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"recsys", "benchmarks"}


def test_whatever_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    declared = {line.split(">")[0].split("[")[0].lower().replace("_", "-") for line in lines}
    used = {DISTRIBUTIONS.get(n, n).lower().replace("_", "-") for p in SOURCES for n in imported(p)}
    assert used <= declared | BENCHMARK_PEERS


def test_only_the_command_line_and_the_benchmarks_import_the_service():
    for path in SOURCES:
        may = path.parts[-2] in ("cli", "benchmarks")
        if not may and "recsys.api" in path.read_text(encoding="utf-8"):
            tree = parsed(path)
            modules = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
            assert not any(m.startswith("recsys.api") for m in modules), path


def test_files_stay_under_400_lines():
    long = {p.name: n for p in SOURCES if (n := len(p.read_text("utf-8").splitlines())) >= 400}
    assert long == {}


def test_functions_stay_under_60_lines():
    long = []
    for path in SOURCES:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                if body and node.end_lineno - body[0].lineno >= 60:
                    long.append(f"{path.name}:{node.name}")
    assert long == []


@pytest.mark.slow
def test_importing_the_engine_does_no_work():
    """No scikit-learn, no framework: only what answering needs, and only when it is asked for."""
    code = "import sys, recsys, recsys.lists, recsys.saving; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"sklearn", "fastapi", "typer", "pyarrow", "joblib", "numba"} & set(
        modules.stdout.split()
    )


def test_every_list_of_the_changelog_is_known():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in text
    assert "### Changed recommendations" in text
