"""Cross-validation, on figures made by hand."""

import numpy as np

from benchmarks.editorial_links import Anchor, Links, Scores
from benchmarks.variants import cross_validated, folds
from recsys.records import Article


def links(**sites):
    articles = [
        Article(article_id=f"{site}{i}", site=site, title="x")
        for site, n in sites.items()
        for i in range(n)
    ]
    return Links(articles, [Anchor(article, frozenset()) for article in articles])


def test_each_fold_has_its_share_of_every_site():
    fold = folds(links(a=10, b=5), seed=3)
    assert sorted(fold[:10].tolist()) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert sorted(fold[10:].tolist()) == [0, 1, 2, 3, 4]
    assert fold.tolist() == folds(links(a=10, b=5), seed=3).tolist()


def test_what_is_chosen_on_four_folds_is_judged_on_the_fifth():
    """One variant is good by one question alone: without it the other is chosen, and judges it."""
    lucky, steady = Scores([1.0] + [0.0] * 9, [1.0] + [0.0] * 9), Scores([0.05] * 10, [0.0] * 10)
    held, chosen = cross_validated(links(a=10), {"lucky": lucky, "steady": steady}, times=4)
    assert held.ndcg[0] == 0.05  # in its own fold the lucky question is not seen
    assert held.hit[0] == 0.0
    assert chosen == {"lucky": 16, "steady": 4}
    assert np.mean(held.ndcg) < np.mean(lucky.ndcg)
