"""Articles with a text like this one's, as scikit-learn would have it out of the box."""

from recsys.evaluation.baselines.words import rank_by, tfidf, title_and_body
from recsys.evaluation.dataset import Rows
from recsys.evaluation.history import History, Query


def rank(history: History, query: Query, now: int, k: int) -> Rows:
    """Return the rows of the nearest texts, padded by the newest.

    Cosines between rows of scikit-learn's ``TfidfVectorizer()`` with its defaults over title and
    body, fitted on the texts of the site that may be learned from. Nothing is done for the
    language: no stemming, no stop words, no spelling folded.
    """
    return rank_by(
        history,
        query,
        now,
        k,
        lambda: tfidf(history, query.site, title_and_body),
        "tfidf",
    )
