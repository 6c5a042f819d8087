"""Which articles did the editors link? Related lists against 343 choices of three Arabic sites.

Data: ``ant_multisource`` with ``editorial_links.parquet``. Protocol b: an article's text without
the linked line is the question; candidates are the articles of the same site published before it,
repeated addresses and bodies collapsed into the first; an anchor counts if one of its links is
among them. All rankers answer the same questions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.data.importers.reading import Report, read_articles
from recsys.records import Article
from recsys.settings import Settings
from recsys.text.html import html_to_text
from recsys.urls import canonical_form

K = 10
Ranker = Callable[["Anchor"], Sequence[str]]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Anchor:
    """An article with links: its text as asked, and the earlier articles its editors chose."""

    article: Article
    linked: frozenset[str]


@dataclass(frozen=True)
class Links:
    """The benchmark: candidates, collapsed, and the anchors that have an earlier link."""

    articles: Sequence[Article]
    anchors: Sequence[Anchor]


@dataclass
class Scores:
    """nDCG@10 and hit@10 of each anchor, in the order of the anchors."""

    ndcg: list[float] = field(default_factory=list)
    hit: list[float] = field(default_factory=list)

    def add(self, listed: Sequence[str], wanted: frozenset[str]) -> None:
        """Judge one list: binary gain, log2 discount, the ideal list being as long as wanted."""
        gains = [1.0 / np.log2(i + 2) for i, one in enumerate(listed[:K]) if one in wanted]
        ideal = sum(1.0 / np.log2(i + 2) for i in range(min(K, len(wanted))))
        self.ndcg.append(float(sum(gains) / ideal))
        self.hit.append(float(bool(gains)))


def read_links(folder: Path) -> Links:
    """Read articles and links, collapse what repeats, and cut the linked lines out."""
    import pyarrow.parquet as pq

    source = folder / "ant_multisource"
    articles = list(
        read_articles(
            source / "articles.parquet",
            Settings(),
            site_column="source",
            on_error="skip",
            report=Report(),
        )
    )
    kept, same = _collapsed(articles)
    by_id = {article.article_id: article for article in kept}
    wanted: dict[str, set[str]] = {}
    lines: dict[str, list[str]] = {}
    for row in pq.read_table(source / "editorial_links.parquet").to_pylist():
        anchor, other = same[row["article_id"]], same[row["related_article_id"]]
        lines.setdefault(anchor, []).append(row["line_in_body"])
        if other != anchor and by_id[other].published_at < by_id[anchor].published_at:
            wanted.setdefault(anchor, set()).add(other)
    anchors = [
        Anchor(_without_lines(by_id[anchor], lines[anchor]), frozenset(others))
        for anchor, others in sorted(wanted.items())
    ]
    return Links(kept, anchors)


def _collapsed(articles: Sequence[Article]) -> tuple[list[Article], dict[str, str]]:
    """Keep the first of each address and body within a site; return what stands for each id."""
    kept: list[Article] = []
    same: dict[str, str] = {}
    seen: dict[tuple[str, str], str] = {}
    for article in sorted(articles, key=lambda a: (a.published_at, a.article_id)):
        url = canonical_form(article.url or article.article_id)
        keys = [(article.site, url), (article.site, article.body or url)]
        first = next((seen[key] for key in keys if key in seen), article.article_id)
        same[article.article_id] = first
        for key in keys:
            seen.setdefault(key, first)
        if first == article.article_id:
            kept.append(article)
    return kept, same


def _without_lines(article: Article, lines: Sequence[str]) -> Article:
    body = (article.body or "").split("\n")
    clean = [line for line in body if not any(cut.strip() in line for cut in lines)]
    return replace(article, body="\n".join(clean))


def scikit_learn_ranker(links: Links) -> Ranker:
    """Return the peer: ``TfidfVectorizer()`` with its defaults over title and body, a site each."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    sites: dict[str, tuple[Any, Any, list[Article]]] = {}
    for site in sorted({anchor.article.site for anchor in links.anchors}):
        articles = [article for article in links.articles if article.site == site]
        vectoriser = TfidfVectorizer()
        sites[site] = (vectoriser, vectoriser.fit_transform(map(_text, articles)), articles)

    def ask(anchor: Anchor) -> list[str]:
        vectoriser, rows, articles = sites[anchor.article.site]
        cosines = (rows @ vectoriser.transform([_text(anchor.article)]).T).toarray()[:, 0]
        order = np.argsort(-cosines, kind="stable")
        earlier = (
            articles[i].article_id
            for i in order
            if articles[i].published_at < anchor.article.published_at
        )
        return [other for other, _ in zip(earlier, range(K), strict=False)]

    return ask


def _text(article: Article) -> str:
    return f"{html_to_text(article.title or '')} {html_to_text(article.body or '')}"


def judge(links: Links, ranker: Ranker) -> Scores:
    """Ask for every anchor."""
    scores = Scores()
    for anchor in links.anchors:
        scores.add(ranker(anchor), anchor.linked)
    return scores


def difference(a: Sequence[float], b: Sequence[float], seed: int = 0) -> tuple[float, float, float]:
    """Return the mean of the paired differences a - b and its 95 % bootstrap interval."""
    delta = np.asarray(a) - np.asarray(b)
    draws = np.random.default_rng(seed).integers(0, delta.size, (10_000, delta.size))
    low, high = np.percentile(delta[draws].mean(axis=1), [2.5, 97.5])
    return float(delta.mean()), float(low), float(high)
