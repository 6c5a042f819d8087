"""Articles with a title like this one's."""

from recsys.evaluation.baselines.words import rank_by, tfidf, title
from recsys.evaluation.dataset import Rows
from recsys.evaluation.history import History, Query


def rank(history: History, query: Query, now: int, k: int) -> Rows:
    """Return the rows of the nearest titles, padded by the newest.

    Cosines between rows of scikit-learn's ``TfidfVectorizer()`` with its defaults over titles
    alone, fitted on the texts of the site that may be learned from.
    """
    return rank_by(history, query, now, k, lambda: tfidf(history, query.site, title), "title_only")
