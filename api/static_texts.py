"""What pages are made of, read once: templates, and the words of the interface by language."""

import json
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

_STATIC = Path(__file__).parent / "static"


@cache
def template(path: str) -> Template:
    """Return a template of the folder ``static``."""
    return Template((_STATIC / path).read_text(encoding="utf-8"))


@cache
def words_of(folder: str) -> dict[str, Any]:
    """Return what the pages of a folder say: by language, the words by name."""
    spoken: dict[str, Any] = json.loads((_STATIC / folder / "words.json").read_text("utf-8"))
    return spoken
