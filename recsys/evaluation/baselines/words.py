"""Rankings by words as scikit-learn finds them; the one place here that imports it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from recsys.evaluation.baselines.base import best_of, filled
from recsys.evaluation.baselines.newest import rank as rank_newest
from recsys.evaluation.dataset import Floats, Rows
from recsys.evaluation.history import History, Query
from recsys.records import Article
from recsys.text.html import html_to_text

Text = Callable[[Article], str]

_DECIMALS = 9  # to which scores are rounded, so that the order of a sum cannot settle a tie


@dataclass(frozen=True, eq=False)
class Index:
    """The articles of one site by their words.

    Attributes
    ----------
    rows
        int32, ascending: every article of the site that may ever be listed.
    weights
        float64, shape (len(rows), n_terms): what each word is worth in each article.
    text
        What is read of an article that is asked about.
    weigh
        From such texts to float64, shape (n, n_terms): what each word of the question is worth.
    """

    rows: Rows
    weights: csr_array
    text: Text
    weigh: Callable[[Sequence[str]], csr_array]

    def nearest(self, article: Article) -> tuple[Rows, Floats]:
        """Return the rows that share a word with ``article``, and their products with it."""
        question = self.weigh([self.text(article)]).toarray()[0]
        products = np.round(self.weights @ question, _DECIMALS)
        return self.rows[products > 0], products[products > 0]


def rank_by(
    history: History, query: Query, now: int, k: int, index: Callable[[], Index | None], name: str
) -> Rows:
    """Return the rows nearest in words to what is being read, padded by the newest.

    Parameters
    ----------
    index
        Makes the index of the query's site, None where there is no word to learn; asked once for
        each ``name`` and site.
    """
    article = query.article
    if article is None and query.row >= 0:
        article = history.dataset.articles[query.row]
    made = history.once((f"baselines.{name}", query.site), index)
    others = rank_newest(history, query, now, k)
    if article is None or made is None:
        return others
    return filled(best_of(history, query, *made.nearest(article), now, k), others, k)


def title(article: Article) -> str:
    """Return the readable title."""
    return html_to_text(article.title or "")


def title_and_body(article: Article) -> str:
    """Return the readable title and body, nothing of the page taken out."""
    return f"{title(article)} {html_to_text(article.body or '')}"


def rows_of(history: History, site: str) -> tuple[Rows, Rows]:
    """Return the rows of a site that may ever be listed, and those of them to learn from."""
    corpus = history.corpus
    code = corpus.sites.index(site) if site in corpus.sites else -1
    rows = np.flatnonzero((corpus.site == code) & corpus.shown).astype(np.int32)
    return rows, np.intersect1d(rows, history.learned()).astype(np.int32)


def tfidf(history: History, site: str, text: Text) -> Index | None:
    """Return the index of scikit-learn's ``TfidfVectorizer()``, every parameter at its default."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return _fitted(TfidfVectorizer(), history, site, text)


def counts(history: History, site: str, text: Text) -> Index | None:
    """Return how often words stand in articles: the tokens of ``tfidf``, not weighted."""
    from sklearn.feature_extraction.text import CountVectorizer

    return _fitted(CountVectorizer(), history, site, text)


def _fitted(vectoriser: Any, history: History, site: str, text: Text) -> Index | None:
    """Learn the words of the rows to learn from; later rows are told in the same words."""
    rows, learned = rows_of(history, site)
    texts = {row: text(history.dataset.articles[row]) for row in rows.tolist()}
    words = vectoriser.build_analyzer()
    known = [texts[row] for row in learned.tolist()]
    if not any(words(one) for one in known):
        return None
    vectoriser.fit(known)

    def weigh(asked: Sequence[str]) -> csr_array:
        return csr_array(vectoriser.transform(asked), dtype=np.float64)

    return Index(rows, weigh(list(texts.values())), text, weigh)
