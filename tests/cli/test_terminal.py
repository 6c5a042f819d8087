"""What a person at a terminal sees; everywhere else it is plain lines."""

import os
import pty
import re
import subprocess
import sys

import pytest

from recsys.sample import sample_articles
from tests.cli.conftest import NOW

pytestmark = pytest.mark.slow  # starts processes

STYLING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def seen(*arguments: object, env: dict[str, str] | None = None) -> str:
    """Run a command on a terminal and return what it draws."""
    ours, theirs = pty.openpty()
    call = [sys.executable, "-m", "recsys", *map(str, arguments)]
    process = subprocess.Popen(
        call, stdout=theirs, stderr=theirs, env={**os.environ, **(env or {})}
    )
    os.close(theirs)
    drawn = b""
    try:
        while block := os.read(ours, 65536):
            drawn += block
    except OSError:  # Linux says so where the other end is closed
        pass
    os.close(ours)
    assert process.wait() == 0
    return STYLING.sub("", drawn.decode()).replace("\r\n", "\n")


def test_a_list_has_a_heading_and_columns_and_whole_titles(newsroom):
    titles = {article.article_id: article.title for article in sample_articles(NOW)}
    drawn = seen("related", "ar-sport-01", "--models", newsroom.models, env={"COLUMNS": "40"})
    heading, heads, *lines = drawn.splitlines()
    assert heading == "أخبار ذات صلة"
    assert heads.split() == ["score", "source", "published", "id", "title"]
    assert len(lines) == 5
    place = heads.index("title")
    assert all(titles[line[:place].split()[-1]] == line[place:] for line in lines)


def test_progress_is_drawn_and_wiped_away(newsroom, tmp_path):
    store = f"sqlite:///{tmp_path / 'n.db'}"
    drawn = seen("import", newsroom.articles, "--store", store, env={"TERM": "xterm"})
    assert "checking articles.jsonl" in drawn
    assert drawn.splitlines()[-1].endswith("216 new, 0 replaced, 0 skipped")
