"""Would what was clicked stand further up? Logged lists, put into order again."""

import numpy as np

from recsys.evaluation.dataset import Dataset, Floats, Impressions
from recsys.evaluation.history import Query
from recsys.evaluation.judged import Questions
from recsys.evaluation.tasks.judgements import padded
from recsys.times import UNKNOWN

LISTS = 10_000
"""Logged lists that are asked about unless told otherwise."""
LARGEST_WEIGHT = 10.0
"""A click counts at most so many times another: rare places would decide everything."""


def questions(dataset: Dataset, lists: int | None = LISTS, seed: int = 0) -> Questions:
    """Return a question for each logged list in which something, but not all, was clicked.

    The ranker puts the shown articles, and only these, into its own order, beside the article that
    the reader read last. Where it is known with which probability an article was shown (or seen at
    its place), a click weighs ``min(LARGEST_WEIGHT, mean / propensity)``: inverse-propensity
    weighting, clipped. Otherwise all clicks weigh alike, and the notes say so.

    Parameters
    ----------
    lists
        How many lists are drawn at most; None takes all.
    seed
        Of the draw.
    """
    logged = dataset.impressions
    starts = np.searchsorted(logged.shown, np.arange(logged.n_lists + 1))
    clicks = np.bincount(logged.shown, weights=logged.clicked, minlength=logged.n_lists)
    chosen = np.flatnonzero((clicks > 0) & (clicks < np.diff(starts)))
    if lists is not None and chosen.size > lists:
        chosen = np.sort(np.random.default_rng(seed).choice(chosen, lists, replace=False))
    late = int(dataset.corpus.published.max(initial=0)) * 1000 + 1
    moments = np.where(logged.time[chosen] == UNKNOWN, late, logged.time[chosen])
    order = np.argsort(moments, kind="stable")
    weights = weights_of(logged)
    queries, wanted = [], []
    for shown in chosen[order].tolist():
        where = slice(int(starts[shown]), int(starts[shown + 1]))
        queries.append(_query(dataset, shown, where))
        rows = logged.row[where][logged.clicked[where]]
        gains = weights[where][logged.clicked[where]]
        wanted.append(dict(zip(rows.tolist(), gains.tolist(), strict=True)))
    rows, grades = padded(wanted)
    return Questions(
        "replay",
        queries,
        moments[order],
        rows,
        grades,
        chosen[order].astype(np.int64),
        "lists",
        "ndcg@10",
        notes=(statement(logged),),
    )


def weights_of(logged: Impressions) -> Floats:
    """Return float64, shape (n,): what a click at each place weighs, 1 where nothing is known."""
    known = logged.propensity[~np.isnan(logged.propensity)]
    if not known.size:
        return np.ones(logged.propensity.size)
    weights = np.minimum(LARGEST_WEIGHT, known.mean() / np.maximum(logged.propensity, 1e-9))
    return np.where(np.isnan(logged.propensity), 1.0, weights)


def statement(logged: Impressions) -> str:
    """Return in words what the log allows to conclude."""
    known = ~np.isnan(logged.propensity)
    if known.all():
        return (
            "Clicks are weighed by the inverse of the propensity that the log states, clipped at"
            f" {LARGEST_WEIGHT:g}."
        )
    if known.any():
        return (
            f"The log states a propensity for {known.mean():.0%} of what was shown; the other"
            " clicks weigh 1, so what stood further up is still favoured there."
        )
    if (logged.position >= 0).any():
        return (
            "The log states places but no propensities: readers click what stands further up, so"
            " a ranking like the logged one is favoured. Read differences with care."
        )
    return (
        "Neither places nor propensities are in the log: whatever made the logged lists is"
        " favoured, and nothing can be done about it. Read differences with care."
    )


def _query(dataset: Dataset, shown: int, where: slice) -> Query:
    logged, corpus = dataset.impressions, dataset.corpus
    history = logged.history_rows[
        logged.history_indptr[shown] : logged.history_indptr[shown + 1]
    ].tolist()
    among = np.unique(logged.row[where]).astype(np.int32)
    inside = set(among.tolist())
    read = [row for row in history if row not in inside]
    return Query(
        corpus.site_of(int(among[0])), read[-1] if read else -1, seen=tuple(read[:-1]), among=among
    )
