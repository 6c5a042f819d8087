"""Questions made by hand."""

import numpy as np

from recsys.evaluation.history import Query
from recsys.evaluation.judged import Questions
from tests.evaluation.small import ms


def asked(*questions, **more) -> Questions:
    """From (query, hours, wanted rows) triples; each a unit of its own."""
    width = max((len(wanted) for _, _, wanted in questions), default=0)
    rows = np.full((len(questions), width), -1, dtype=np.int32)
    for i, (_, _, wanted) in enumerate(questions):
        rows[i, : len(wanted)] = wanted
    return Questions(
        "test",
        [query for query, _, _ in questions],
        np.array([ms(hours) for _, hours, _ in questions], dtype=np.int64),
        rows,
        (rows >= 0).astype(np.float64),
        np.arange(len(questions)),
        "questions",
        "ndcg@10",
        **more,
    )


def beside(row: int, hours: float = 10, wanted=(), **more):
    """One question: what belongs beside an article of the small site."""
    return Query("default", row, **more), hours, list(wanted)
