"""The commands as they are called, and a newsroom on disk for them to work on."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recsys.cli import run
from recsys.data.rows import article_row
from recsys.sample import Readers, sample_articles
from recsys.times import HOUR

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[list[str]]:
        """The rows on stdout, cell by cell."""
        return [line.split("\t") for line in self.out.splitlines()]


Recsys = Callable[..., Said]


@pytest.fixture
def recsys(capsys, tmp_path, monkeypatch) -> Recsys:
    """Run a command in this process, in an empty directory."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Said:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return Said(code, *capsys.readouterr())

    return call


@pytest.fixture
def refused(recsys) -> Callable[..., str]:
    """Run a command that is to fail: one line on stderr, nothing on stdout, the right code."""

    def call(code: int, *arguments: object) -> str:
        said = recsys(*arguments)
        assert (said.code, said.out) == (code, "")
        assert said.err.startswith("recsys: ")
        assert said.err.count("\n") == 1
        assert said.err.endswith("\n")
        assert "unexpected" not in said.err
        return said.err.removeprefix("recsys: ").rstrip("\n")

    return call


def jsonl(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    """Write rows, one a line."""
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")
    return path


@dataclass(frozen=True)
class Newsroom:
    """The sample newsroom on disk, imported into a store and trained from its files."""

    articles: Path
    events: Path
    store: str
    models: Path
    version: str


@pytest.fixture(scope="session")
def newsroom(tmp_path_factory) -> Newsroom:
    home = tmp_path_factory.mktemp("newsroom")
    known = sample_articles(NOW)
    views = Readers().history(known, NOW - 6 * HOUR, NOW)
    articles = jsonl(home / "articles.jsonl", map(article_row, known))
    events = jsonl(home / "events.jsonl", map(_event_row, views))
    store = f"sqlite:///{home / 'news.db'}"
    assert run(["import", str(articles), str(events), "--store", store]) == 0
    files = ["--articles", str(articles), "--events", str(events), "--models", str(home / "models")]
    assert run(["train", "default", *files, "--jobs", "1"]) == 0
    version = (home / "models" / "default" / "CURRENT").read_text().strip()
    return Newsroom(articles, events, store, home / "models", version)


def _event_row(event: Any) -> dict[str, object]:
    when = datetime.fromtimestamp(event.timestamp / 1000, UTC).isoformat()
    names = ("article_id", "event_type", "visitor_id", "session_id", "list", "position")
    return {"timestamp": when, **{name: getattr(event, name) for name in names}}
