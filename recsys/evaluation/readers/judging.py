"""Which articles belong together: rows of judgements, or the links of editors themselves."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path

import numpy as np

from recsys.data.corpus import Corpus
from recsys.data.importers import IMPORTERS, recognise
from recsys.data.rows import identifier
from recsys.errors import RowError
from recsys.evaluation.dataset import Dataset, Judgements
from recsys.evaluation.readers.base import Reading, Values, check_columns
from recsys.records import Article
from recsys.text.html import html_to_text

FIELDS = ("article_id", "related_article_id", "grade", "remove_from_body", "site")
LINE_ALIAS = "line_in_body"
"""The older name of ``remove_from_body``; read where that column is missing."""
SURE_TITLE = 20  # characters from which a line that holds a title is about that title


@dataclass
class Gathered:
    """Judgements as they come, by the rows that stand for the articles.

    Attributes
    ----------
    grades
        (anchor, related) -> grade; of a pair twice the higher.
    lines
        Anchor -> lines to take out of its text.
    itself
        How many named an article and one that is the same.
    no_grade
        How many have grade 0: said to be unrelated.
    """

    grades: dict[tuple[int, int], float] = field(default_factory=dict)
    lines: dict[int, list[str]] = field(default_factory=dict)
    itself: int = 0
    no_grade: int = 0

    def add(self, anchor: int, related: int, grade: float, line: str | None) -> None:
        """Add a judgement; what says nothing is counted instead."""
        if line:
            self.lines.setdefault(anchor, []).append(line)
        if anchor == related:
            self.itself += 1
        elif grade == 0:
            self.no_grade += 1
        else:
            pair = (anchor, related)
            self.grades[pair] = max(grade, self.grades.get(pair, 0.0))

    def judgements(self, asked: Mapping[int, Article]) -> Judgements:
        """Return them by anchor and related row."""
        pairs = sorted(self.grades)
        anchors = {anchor for anchor, _ in pairs}
        return Judgements(
            np.array([anchor for anchor, _ in pairs], dtype=np.int32),
            np.array([related for _, related in pairs], dtype=np.int32),
            np.array([self.grades[pair] for pair in pairs], dtype=np.float64),
            {anchor: article for anchor, article in sorted(asked.items()) if anchor in anchors},
        )

    def notes(self) -> tuple[str, ...]:
        """Return what was left out, a sentence each."""
        said = []
        if self.itself:
            said.append(
                f"judgements that name an article and a copy of it, left out: {self.itself}"
            )
        if self.no_grade:
            said.append(f"judgements of grade 0, which count like none at all: {self.no_grade}")
        return tuple(said)


def with_judgements(dataset: Dataset, path: Path, reading: Reading) -> Dataset:
    """Return the data set with the judgements of a file.

    A row has ``article_id``, ``related_article_id``, ``grade`` (default 1), ``remove_from_body``
    and ``site``. An id that no article has, or several sites have where none is named, is a row
    that is refused.
    """
    names = IMPORTERS[recognise(path)].columns(path)
    check_columns(path, names, "article_id", "related_article_id")
    line = LINE_ALIAS if "remove_from_body" not in names and LINE_ALIAS in names else FIELDS[3]
    site_column = reading.site_column if reading.site_column in names else None
    sites = _Sites(dataset.corpus, replace(reading, site_column=site_column))
    same, gathered = dataset.same, Gathered()

    def parse(row: Values) -> tuple[int, int, float, str | None]:
        anchor = sites.row_of(row, "article_id")
        related = sites.row_of(row, "related_article_id")
        if anchor == related:
            raise RowError("related_article_id", "must be another article than article_id")
        if dataset.corpus.site[anchor] != dataset.corpus.site[related]:
            raise RowError("related_article_id", "must be of the same site as article_id")
        return anchor, related, _grade(row), _line(row, line)

    known = [*FIELDS[:3], line, "site", *([site_column] if site_column else [])]
    for _, (anchor, related, grade, text) in reading.items(path, known, parse):
        gathered.add(int(same[anchor]), int(same[related]), grade, text)
    asked = {
        anchor: without_lines(dataset.articles[anchor], lines)
        for anchor, lines in gathered.lines.items()
    }
    notes = (*dataset.notes, *gathered.notes())
    return replace(dataset, judgements=gathered.judgements(asked), notes=notes)


def with_inline_links(dataset: Dataset) -> Dataset:
    """Return the data set with the links in the articles as judgements of grade 1.

    A link is an id or an address; those that lead to no article of the site are left alone. Out of
    the text that is asked with are taken the lines that hold the title of what is linked, or are
    it, and the list of links.
    """
    corpus, same, gathered = dataset.corpus, dataset.same, Gathered()
    asked = {}
    for row, article in enumerate(dataset.articles):
        linked = [
            found for link in article.inline_links if (found := _led_to(corpus, article, link)) >= 0
        ]
        if not linked:
            continue
        anchor = int(same[row])
        for found in linked:
            gathered.add(anchor, int(same[found]), 1.0, dataset.articles[found].title)
        asked[anchor] = replace(
            without_titles(dataset.articles[anchor], gathered.lines.get(anchor, [])),
            inline_links=(),
        )
    if not gathered.grades:
        return dataset
    note = "the judgements are the links that editors set in the articles, not a list of its own"
    notes = (*dataset.notes, note, *gathered.notes())
    return replace(dataset, judgements=gathered.judgements(asked), notes=notes)


def without_lines(article: Article, lines: Iterable[str]) -> Article:
    """Return an article without the lines of its body that hold one of ``lines``.

    White space counts as one space. A body in HTML is reduced to its lines first.
    """
    wanted = [folded for line in lines if (folded := _folded(line))]
    return _without(article, lambda line: any(each in line for each in wanted))


def without_titles(article: Article, titles: Iterable[str]) -> Article:
    """Return an article without the lines of its body that are a title, or hold a longer one."""
    wanted = [folded for title in titles if (folded := _folded(html_to_text(title)))]

    def names_it(line: str) -> bool:
        return any(line == t or (len(t) >= SURE_TITLE and t in line) for t in wanted)

    return _without(article, names_it)


def _without(article: Article, drop: Callable[[str], bool]) -> Article:
    if not article.body:
        return article
    lines = html_to_text(article.body).split("\n")
    kept = [line for line in lines if not drop(_folded(line))]
    return article if len(kept) == len(lines) else replace(article, body="\n".join(kept))


def _folded(line: str) -> str:
    return " ".join(line.split())


def _led_to(corpus: Corpus, article: Article, link: str) -> int:
    row = corpus.row_of(article.site, link)
    return row if row >= 0 else corpus.row_at(article.site, link)


class _Sites:
    """Which site an id belongs to, where its row does not say."""

    def __init__(self, corpus: Corpus, reading: Reading) -> None:
        self.corpus = corpus
        self.reading = reading

    def row_of(self, row: Values, name: str) -> int:
        """Return the row of the article that a field names; `RowError` if there is none."""
        article_id = identifier(row, name)
        if article_id is None:
            raise RowError(name, "is required")
        site = self.reading.site_of(row) or identifier(row, "site")
        sites = self.corpus.sites if site is None else (site,)
        found = [r for s in sites if (r := self.corpus.row_of(s, article_id)) >= 0]
        if not found:
            raise RowError(name, "is not among the articles")
        if len(found) > 1:
            raise RowError("site", f"is required: several sites have this {name}")
        return found[0]


def _grade(row: Values) -> float:
    value = row.get("grade")
    if value is None or value == "" or value != value:
        return 1.0
    try:
        grade = float(value) if isinstance(value, str | int | float) else float("nan")
    except (ValueError, OverflowError):
        grade = float("nan")
    if not (isfinite(grade) and grade >= 0) or isinstance(value, bool):
        raise RowError("grade", "must be a number, at least 0")
    return grade


def _line(row: Values, name: str) -> str | None:
    value = row.get(name)
    if value is None or isinstance(value, str):
        return value
    if value != value:  # how a table may hold what is not given
        return None
    raise RowError(name, "must be a string")
