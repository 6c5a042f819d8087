"""On real links the TF-IDF baseline is the peer that the benchmarks have always measured."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.editorial_links import Scores, judge, read_links, scikit_learn_ranker
from recsys.evaluation.baselines import BASELINES
from recsys.evaluation.dataset import Dataset
from recsys.evaluation.history import History, Query

DATA = Path(os.environ.get("RECSYS_DATA", ""))
HERE = bool(os.environ.get("RECSYS_DATA")) and (DATA / "ant_multisource").is_dir()
SITES = ("BBC", "CNN")  # nearly all anchors, and a quarter of the articles


@pytest.fixture(scope="module")
def links():
    everything = read_links(DATA)
    return replace(
        everything,
        articles=[article for article in everything.articles if article.site in SITES],
        anchors=[anchor for anchor in everything.anchors if anchor.article.site in SITES],
    )


def scores_of(name, links) -> Scores:
    history = History(Dataset.of("editorial links", links.articles))
    corpus, scores = history.corpus, Scores()
    for anchor in links.anchors:
        article = anchor.article
        query = Query(article.site, corpus.row_of(*article.key), article)
        rows = BASELINES[name](history, query, article.published_at * 1000, 10)
        scores.add([corpus.id_of(row) for row in rows.tolist()], anchor.linked)
    return scores


@pytest.mark.data
@pytest.mark.skipif(not HERE, reason="needs RECSYS_DATA with ant_multisource")
def test_the_tfidf_baseline_scores_as_the_peer_of_the_benchmarks_anchor_by_anchor(links):
    ours, peer = scores_of("tfidf", links), judge(links, scikit_learn_ranker(links))
    same = np.isclose(ours.ndcg, peer.ndcg)
    assert len(links.anchors) > 300
    assert same.mean() > 0.99  # ties are settled otherwise there: by date
    assert np.mean(ours.ndcg) == pytest.approx(np.mean(peer.ndcg), abs=0.002)
