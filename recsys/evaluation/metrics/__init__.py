"""The metrics, by name, one file each.

``ndcg@10`` is the metric ``ndcg`` of the first ten.
"""

from recsys.evaluation.dataset import Floats
from recsys.evaluation.metrics import (
    coverage,
    gini,
    hit,
    intra_list_diversity,
    map,
    median_age,
    mrr,
    ndcg,
    novelty,
    overlap,
    precision,
    rbo,
    recall,
    same_story_duplicates,
    share_by_section,
    stability,
)
from recsys.evaluation.metrics.base import Metric, Run

METRICS = {
    "hit": Metric(hit.score, "answers", "lists with anything that was wanted", "higher"),
    "recall": Metric(recall.score, "answers", "share of the wanted that is listed", "higher"),
    "precision": Metric(precision.score, "answers", "share of the places that are right", "higher"),
    "mrr": Metric(mrr.score, "answers", "1 / place of the first that was wanted", "higher"),
    "ndcg": Metric(ndcg.score, "answers", "the best furthest up", "higher"),
    "map": Metric(map.score, "answers", "precision where something wanted stands", "higher"),
    "rbo": Metric(rbo.score, "answers", "rank-biased overlap with the wanted order", "higher"),
    "overlap": Metric(
        overlap.score, "answers", "share of the most wanted that is listed", "higher"
    ),
    "novelty": Metric(novelty.score, "lists", "how little read before, in bits"),
    "intra_list_diversity": Metric(
        intra_list_diversity.score, "lists", "1 - mean cosine in a list"
    ),
    "median_age": Metric(median_age.score, "lists", "median age of what is listed, in hours"),
    "share_by_section": Metric(share_by_section.score, "lists", "share of the own section"),
    "same_story_duplicates": Metric(
        same_story_duplicates.score, "lists", "stories told again in a list", "lower"
    ),
    "stability": Metric(stability.score, "lists", "what is left of a list when asked again"),
    "coverage": Metric(coverage.score, "run", "share of the catalogue that is ever listed"),
    "gini": Metric(gini.score, "run", "0: all are listed equally often, 1: one alone"),
}


def measure(name: str, run: Run) -> Floats:
    """Return what the metric ``name@k`` finds in a run.

    Returns
    -------
    values
        float64, shape (n,): one a question, NaN where there is none; shape () where the metric is
        one number for all questions together.

    Raises
    ------
    ValueError
        If there is no such metric or length.
    """
    metric, k = named(name)
    return metric.measure(run, k)


def named(name: str) -> tuple[Metric, int]:
    """Return the metric and the length that ``name@k`` stands for; ValueError if there is none."""
    short, _, length = name.partition("@")
    if short not in METRICS or not (length.isascii() and length.isdigit() and int(length)):
        raise ValueError(
            f"no metric {name!r}; name@k with k from 1 and one of {', '.join(METRICS)}"
        )
    return METRICS[short], int(length)


__all__ = ["METRICS", "Metric", "Run", "measure", "named"]
