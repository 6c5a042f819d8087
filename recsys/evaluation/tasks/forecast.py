"""What will be read? Most-read lists at each full hour against what was then read."""

import numpy as np

from recsys.evaluation.dataset import Dataset, Floats, Rows
from recsys.evaluation.history import Query
from recsys.evaluation.judged import Questions
from recsys.topk import top_k

HOUR = 3_600_000  # milliseconds
BLOCK_HOURS = 6
DEPTH = 10


def questions(dataset: Dataset, first: int, last: int, hours: int) -> Questions:
    """Return a question for each site and full hour in [first, last): who leads afterwards.

    Wanted are the ten articles most read in the ``hours`` after it, ties to the lower row; hours
    after which nothing is read are left out. Neighbouring hours are alike, so blocks of six hours
    are drawn as one.

    Parameters
    ----------
    first, last
        Milliseconds since 1970. The last hour asked about ends its span before ``last``.
    hours
        How long the span is that is to be foreseen, at least 1.
    """
    if hours < 1:
        raise ValueError(f"hours must be at least 1, got {hours}")
    begin = -(-first // HOUR) * HOUR
    queries, moments, wanted = [], [], []
    for now in range(begin, last - hours * HOUR + 1, HOUR):
        for code, site in enumerate(dataset.corpus.sites):
            leaders = _leaders(dataset, code, now, now + hours * HOUR)
            if leaders.size:
                queries.append(Query(site))
                moments.append(now)
                wanted.append(leaders)
    rows, grades = _padded(wanted)
    at = np.array(moments, dtype=np.int64)
    return Questions(
        f"read_next_{hours}h",
        queries,
        at,
        rows,
        grades,
        at // (BLOCK_HOURS * HOUR),
        f"blocks of {BLOCK_HOURS} hours",
        f"overlap@{DEPTH}",
    )


def _leaders(dataset: Dataset, site: int, first: int, last: int) -> Rows:
    begin, end = np.searchsorted(dataset.reads.time, [first, last])
    rows, views = np.unique(dataset.same[dataset.reads.row[begin:end]], return_counts=True)
    own = dataset.corpus.site[rows] == site
    if not own.any():
        return np.zeros(0, dtype=np.int32)
    places, _ = top_k(views[own].astype(np.float64), DEPTH)
    leaders: Rows = rows[own][places].astype(np.int32)
    return leaders


def _padded(wanted: list[Rows]) -> tuple[Rows, Floats]:
    rows = np.full((len(wanted), DEPTH), -1, dtype=np.int32)
    for i, leaders in enumerate(wanted):
        rows[i, : leaders.size] = leaders
    return rows, (rows >= 0).astype(np.float64)
