"""The documentation names what there is, and nothing else."""

import doctest
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from recsys.api.app import create_app
from recsys.cli import COMMANDS
from recsys.data.rows import ARTICLE_FIELDS, EVENT_FIELDS
from recsys.settings import Counting, ListSettings, Settings, Site, read_settings

ROOT = Path(__file__).parent.parent
DOCS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *(ROOT / "benchmarks").glob("*.md"),
]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_endpoints_of_the_documentation_are_those_of_the_service():
    schema = create_app(None).openapi()["paths"]
    served = {(method.upper(), path) for path, methods in schema.items() for method in methods}
    table = re.findall(r"^\| (`.*?) \|", text("docs/serving.md"), re.MULTILINE)
    named = set()
    for cell in table:
        method = ""
        for part in re.findall(r"`([^`]*)`", cell):
            words = part.split()
            method, path = (words[0], words[1]) if len(words) == 2 else (method, words[0])
            if path.startswith("/"):
                named.add((method, path.split("?")[0]))
    named -= {("GET", "/openapi.json"), ("GET", "/docs")}
    named |= {(m, "/v1/articles/{id}") for m in ("PUT", "DELETE")}  # named in the same row
    assert named - {("POST", "/v1/articles/{id}")} == served


def test_the_commands_of_the_readme_are_there():
    named = set(re.findall(r"^\s+(?:\S+=\S+ )*recsys ([a-z-]+)", text("README.md"), re.MULTILINE))
    assert named <= set(COMMANDS)
    assert {"validate", "import", "train", "related", "most-read", "serve"} <= named


def test_the_settings_of_the_documentation_are_read_and_complete(tmp_path):
    example = re.search(r"```toml\n(.*?)```", text("docs/serving.md"), re.DOTALL)
    assert example
    path = tmp_path / "recsys.toml"
    path.write_text(example[1], encoding="utf-8")
    read_settings(path, {})
    table = tomllib.loads(example[1])
    assert set(table) == {f.name for f in fields(Settings)}
    assert set(table["sites"]["default"]) == {f.name for f in fields(Site)}
    assert set(table["counting"]) == {f.name for f in fields(Counting)}
    assert set(table["lists"]["most_read"]) == {f.name for f in fields(ListSettings)}


@pytest.mark.parametrize(
    ("heading", "known"), [("An article", ARTICLE_FIELDS), ("An event", EVENT_FIELDS)]
)
def test_the_fields_of_the_documentation_are_those_that_are_read(heading, known):
    part = text("docs/data.md").split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", part, re.MULTILINE)
    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == set(known)


def test_the_python_of_the_readme_runs():
    code = re.search(r"```python\n(.*?)```", text("README.md"), re.DOTALL)
    assert code
    space: dict[str, object] = {}
    exec(code[1], space)
    assert [i.article_id for i in space["model"].related("1").items] == ["2"]


@pytest.mark.slow
def test_the_python_of_the_evaluation_runs(capsys):
    code = re.search(r"```python\n(.*?)```", text("docs/evaluation.md"), re.DOTALL)
    assert code
    exec(code[1], {})
    assert 0 < float(capsys.readouterr().out) < 1


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path):
    prose = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#:]+)\)", prose):
        assert (path.parent / target).exists(), target


def test_doctests_are_part_of_the_run():
    assert doctest.DocTestFinder().find(__import__("recsys"))[0].examples
