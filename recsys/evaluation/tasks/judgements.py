"""Which articles belong to this one? Related lists against somebody's choice."""

import numpy as np

from recsys.evaluation.dataset import Dataset, Floats, Rows
from recsys.evaluation.history import Query
from recsys.evaluation.judged import Questions
from recsys.times import UNKNOWN

_AFTER_ALL = 1  # millisecond


def questions(dataset: Dataset) -> Questions:
    """Return a question an anchor, asked when it was published.

    Only what was published before the anchor can be listed, so only that is wanted; anchors
    without a wanted article are left out. An anchor of unknown date is asked after everything.
    Articles that are the same count as one.
    """
    wanted = _wanted(dataset)
    published = dataset.corpus.published
    late = int(published.max(initial=0)) * 1000 + _AFTER_ALL
    moment = {a: int(published[a]) * 1000 if published[a] != UNKNOWN else late for a in wanted}
    anchors = sorted(wanted, key=lambda anchor: (moment[anchor], anchor))
    rows, grades = padded([wanted[anchor] for anchor in anchors])
    return Questions(
        "judgements",
        [_query(dataset, anchor) for anchor in anchors],
        np.array([moment[anchor] for anchor in anchors], dtype=np.int64),
        rows,
        grades,
        np.array(anchors, dtype=np.int64),
        "anchors",
        "ndcg@10",
        notes=(
            "An article that nobody chose is not an unrelated article: read ranks and"
            " differences, not precision.",
        ),
    )


def _wanted(dataset: Dataset) -> dict[int, dict[int, float]]:
    """Return anchor -> wanted row -> grade."""
    judged, same, published = dataset.judgements, dataset.same, dataset.corpus.published
    wanted: dict[int, dict[int, float]] = {}
    triples = zip(
        same[judged.anchor].tolist(), same[judged.related].tolist(), judged.grade, strict=True
    )
    for anchor, related, grade in triples:
        later = UNKNOWN != published[anchor] <= published[related]
        if anchor != related and not later:
            grades = wanted.setdefault(anchor, {})
            grades[related] = max(grades.get(related, 0.0), float(grade))
    return wanted


def _query(dataset: Dataset, anchor: int) -> Query:
    corpus = dataset.corpus
    asked = dataset.judgements.asked.get(anchor)
    return Query(corpus.site_of(anchor), anchor, asked, language=corpus.language_of(anchor))


def padded(each: list[dict[int, float]]) -> tuple[Rows, Floats]:
    """Return rows and grades, shape (n, m): the highest grade first, ties to the lower row."""
    width = max((len(one) for one in each), default=0)
    rows = np.full((len(each), width), -1, dtype=np.int32)
    grades = np.zeros((len(each), width))
    for i, one in enumerate(each):
        order = sorted(one, key=lambda row: (-one[row], row))
        rows[i, : len(order)] = order
        grades[i, : len(order)] = [one[row] for row in order]
    return rows, grades
