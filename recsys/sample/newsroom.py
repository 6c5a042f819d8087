"""The sample newsroom: the articles, the site and the known stories of a country that is not.

Everything was written for this project, and nobody in it exists. The articles stand in
``articles/*.jsonl``, one object per line; ``minutes_ago`` there is the age at loading time, so that
the sample is always fresh.
"""

import json
from collections import defaultdict
from importlib.resources import as_file, files
from typing import Any

from recsys.records import Article
from recsys.settings import Settings, read_settings
from recsys.times import MINUTE

ADDRESS = "https://sahila.example"
SISTER_ADDRESS = "https://sahila-today.example"
NAMES = {"ar": "صوت ساحلة", "fr": "La Voix de Sahila", "en": "The Sahila Voice"}
"""What the site calls itself, language by language."""


def sample_articles(now: int, address: str = ADDRESS) -> list[Article]:
    """Return the sample's articles, dated back from ``now``.

    Parameters
    ----------
    now
        Seconds since 1970; the youngest article is some minutes older, the oldest twelve days.
    address
        Where the site stands; an article's url is ``address/language/section/article_id``.

    Returns
    -------
    list of Article
        In the order of the files. One in five of a section also stands on a sister site, which
        its ``canonical_url`` names.
    """
    return [_article(row, now, address.rstrip("/")) for row in _rows()]


def sample_settings() -> Settings:
    """Return the settings of the sample's site, whatever the environment says."""
    with as_file(files("recsys.sample") / "site.toml") as path:
        return read_settings(path, environment={})


def stories() -> dict[str, tuple[str, ...]]:
    """Return the events that were reported twice: slug -> ids of the reports, oldest first."""
    told: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in _rows():
        if row["story"]:
            told[row["story"]].append((-row["minutes_ago"], row["article_id"]))
    return {slug: tuple(name for _, name in sorted(reports)) for slug, reports in told.items()}


def _rows() -> list[dict[str, Any]]:
    folder = files("recsys.sample") / "articles"
    paths = sorted(folder.iterdir(), key=lambda path: path.name)
    texts = (path.read_text(encoding="utf-8") for path in paths if path.name.endswith(".jsonl"))
    # Not splitlines(): that would also split at separators inside of a text.
    return [json.loads(line) for text in texts for line in text.split("\n") if line]


def _article(row: dict[str, Any], now: int, address: str) -> Article:
    path = f"/{row['language']}/{row['section']}/{row['article_id']}"
    return Article(
        article_id=row["article_id"],
        title=row["title"],
        url=address + path,
        body=row["body"],
        summary=row["summary"],
        section=(row["section"],),
        tags=tuple(row["tags"]),
        language=row["language"],
        published_at=now - row["minutes_ago"] * MINUTE,
        author=row["author"],
        canonical_url=SISTER_ADDRESS + path if _on_sister_site(row["article_id"]) else None,
        sponsored=row.get("sponsored", False),
        inline_links=tuple(row["inline_links"]),
    )


def _on_sister_site(article_id: str) -> bool:
    return int(article_id.rpartition("-")[2]) % 5 == 3
