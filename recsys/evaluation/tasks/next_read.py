"""What does the reader open next? Lists beside an article against the session's next read."""

import numpy as np
import numpy.typing as npt

from recsys.evaluation.dataset import Dataset, Rows
from recsys.evaluation.history import Query
from recsys.evaluation.judged import Questions

SESSIONS = 10_000
"""Sessions that are asked about unless told otherwise."""

_WHEN_OPENED = (
    "Lists are asked for when the next article is opened, later than a page asks for them."
)


def questions(
    dataset: Dataset,
    first: int,
    last: int,
    sessions: int | None = SESSIONS,
    seed: int = 0,
    when_opened: bool = False,
) -> Questions:
    """Return a question for each read of a session that another one follows.

    It is asked one millisecond after the read, the read itself being known, as a list is made when
    the article beside it is opened; what is wanted is the next article of the session. What the
    reader has read before cannot be listed and is not wanted.

    Parameters
    ----------
    first, last
        Milliseconds since 1970: the reads asked about lie in [first, last).
    sessions
        How many sessions are drawn at most, all their questions together; None takes all. All
        reads are learned from in any case.
    seed
        Of the draw.
    when_opened
        Ask when the next article is opened: everything strictly before that read is known, what
        others read meanwhile included, as in most published figures.
    """
    place, following = _steps(dataset, first, last, when_opened)
    sessions_of = dataset.reads.session[place]
    kept = _drawn(sessions_of, sessions, seed)
    place, following, sessions_of = place[kept], following[kept], sessions_of[kept]
    seen = _seen_before(dataset, place)
    rows, same = dataset.reads.row, dataset.same
    wanted = same[rows[following]]
    fresh = np.array(
        [w != same[rows[p]] and w not in s for w, p, s in zip(wanted, place, seen, strict=True)],
        dtype=np.bool_,
    ).reshape(-1)
    chosen = np.flatnonzero(fresh)
    corpus, time = dataset.corpus, dataset.reads.time
    queries = [
        Query(corpus.site_of(row), row, seen=seen[i])
        for i, row in zip(chosen.tolist(), rows[place[chosen]].tolist(), strict=True)
    ]
    return Questions(
        "next_read",
        queries,
        time[following[chosen]] if when_opened else time[place[chosen]] + 1,
        wanted[chosen, None],
        np.ones((chosen.size, 1)),
        sessions_of[chosen].astype(np.int64),
        "sessions",
        "hit@10",
        notes=(_WHEN_OPENED,) if when_opened else (),
    )


def _steps(dataset: Dataset, first: int, last: int, by_following: bool) -> tuple[Rows, Rows]:
    """Return the places of reads in [first, last) and of those that follow, by time of either."""
    reads = dataset.reads
    inside = np.flatnonzero(reads.session >= 0)
    order = inside[np.argsort(reads.session[inside], kind="stable")]
    together = reads.session[order[:-1]] == reads.session[order[1:]]
    place, following = order[:-1][together], order[1:][together]
    asked = (reads.time[place] >= first) & (reads.time[place] < last)
    place, following = place[asked], following[asked]
    by_time = np.argsort(following if by_following else place, kind="stable")
    return place[by_time].astype(np.int32), following[by_time].astype(np.int32)


def _drawn(sessions: Rows, most: int | None, seed: int) -> npt.NDArray[np.bool_]:
    distinct = np.unique(sessions)
    if most is None or distinct.size <= most:
        return np.ones(sessions.size, dtype=np.bool_)
    drawn = np.random.default_rng(seed).choice(distinct, most, replace=False)
    return np.isin(sessions, drawn)


def _seen_before(dataset: Dataset, places: Rows) -> list[tuple[int, ...]]:
    """Return the articles of the same session read before each of ``places``, oldest first."""
    reads = dataset.reads
    asked = np.isin(reads.session, reads.session[places]) & (reads.session >= 0)
    upto: dict[int, tuple[int, ...]] = {}
    before: dict[int, tuple[int, ...]] = {}
    for place in np.flatnonzero(asked).tolist():
        session, row = int(reads.session[place]), int(dataset.same[reads.row[place]])
        known = before[place] = upto.get(session, ())
        if row not in known:
            upto[session] = (*known, row)
    return [before[place] for place in places.tolist()]
