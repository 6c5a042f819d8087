"""A trained space with other articles: what did not change is taken over, the rest is learned.

See `recsys.incremental` for what is exact and what is not.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from recsys.data.keys import KeyIndex
from recsys.data.strings import Extended, Strings, runs
from recsys.kernels.neighbours import DECIMALS, Progress
from recsys.signals.foldin import Near, folded, merged
from recsys.signals.inverted import Inverted
from recsys.signals.similarity import Similarity, gathered, row_vector
from recsys.signals.space import Space
from recsys.text.vectoriser import Document, Vector, Vectoriser

Rows = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Texts:
    """Vocabulary, idf and rows of a collection that is mostly an earlier one.

    Attributes
    ----------
    vectoriser
        With the vocabulary of today. The idf of a term that was known is what it was; that of a
        new one is of today's numbers.
    places
        Term -> column.
    rows
        float32, shape (n, n_terms).
    turns
        float64, shape (n,): by how much the idf of today would turn each row, in radians.
    """

    vectoriser: Vectoriser
    places: KeyIndex
    rows: csr_array
    turns: Floats

    @classmethod
    def of(
        cls,
        space: Space,
        vectoriser: Vectoriser,
        documents: Sequence[Document],
        order: Longs,
        jobs: int = 1,
        progress: Progress | None = None,
    ) -> "Texts":
        """Take over the rows of ``space`` and count the words of ``documents``.

        Parameters
        ----------
        space
            As trained.
        vectoriser
            Not fitted, with the parameters of the one of ``space``, leaving out no term.
        documents
            The texts that are new or changed.
        order
            int64, shape (n,): for each row of today the row of ``space`` it was, or
            ``n_trained + i`` for the document ``i``.
        """
        n_old, n_known = space.rows.shape
        counts, terms, surfaces = vectoriser.counted(documents, jobs, progress)
        column = space.columns(terms).astype(np.int64)
        new = np.flatnonzero(column < 0)
        column[new] = n_known + np.arange(new.size)
        gone = np.setdiff1d(np.arange(n_old), order)
        df = np.bincount(space.rows.indices, minlength=n_known + new.size)
        df -= np.bincount(gathered(space.rows, gone).indices, minlength=df.size)
        df += np.bincount(column[counts.indices], minlength=df.size)

        names = space.vectoriser.vocabulary_
        new_terms = [terms[i] for i in new.tolist()]
        at = [bisect_left(names, term) for term in new_terms]
        columns = np.insert(np.arange(n_known), at, n_known + np.arange(new.size))
        columns = columns[df[columns] > 0]
        place = np.full(df.size, -1, dtype=np.int32)
        place[columns] = np.arange(columns.size)
        today = np.log((1 + order.size) / (1 + df)) + 1
        kept = np.concatenate([space.vectoriser.idf_, today[n_known:]])
        vectoriser.vocabulary_ = _with(names, new_terms).taken(columns)
        shown = [surfaces[i] for i in new.tolist()]
        vectoriser.surfaces_ = _with(space.vectoriser.surfaces_, shown).taken(columns)
        vectoriser.idf_ = kept[columns]
        vectors = [
            vectoriser.weighed(place[column[counts.indices[part]]], counts.data[part])
            for part in map(slice, counts.indptr[:-1].tolist(), counts.indptr[1:].tolist())
        ]
        rows = _assembled(space.rows, place, vectors, order, columns.size)
        indexed = ((term, n_known + i) for i, term in enumerate(new_terms))
        places = space.places.plus(indexed).moved(place)
        return cls(vectoriser, places, rows, _turns(rows, (today / kept)[columns]))


def _with(strings: Sequence[str], more: Sequence[str]) -> Extended:
    base = strings if isinstance(strings, Strings) else Strings.of(list(strings))
    return Extended(base, tuple(more))


def _assembled(
    rows: csr_array, place: Rows, vectors: Sequence[Vector], order: Longs, n_terms: int
) -> csr_array:
    """Return the rows in ``order``, the columns of the old ones moved to their place."""
    n_old = rows.shape[0]
    data, indices, lengths = [rows.data[:0]], [place[:0]], [np.zeros(1, dtype=np.int64)]
    for start, end in runs(np.where(order < n_old, order, -1 - order)):
        first = int(order[start])
        if first < n_old:
            ends = rows.indptr[first : first + end - start + 1]
            part = slice(int(ends[0]), int(ends[-1]))
            indices.append(place[rows.indices[part]])
            data.append(rows.data[part])
            lengths.append(np.diff(ends).astype(np.int64))
        else:
            terms, values = vectors[first - n_old]
            indices.append(terms)
            data.append(values)
            lengths.append(np.array([terms.size], dtype=np.int64))
    indptr = np.cumsum(np.concatenate(lengths))
    kind = rows.indptr.dtype if indptr[-1] < np.iinfo(np.int32).max else np.dtype(np.int64)
    parts = np.concatenate(data), np.concatenate(indices), indptr.astype(kind)
    return csr_array(parts, shape=(order.size, n_terms))


def _turns(rows: csr_array, ratio: Floats) -> Floats:
    """Return the angle between each row, of length 1, and itself with its weights multiplied."""
    squares = csr_array((rows.data.astype(np.float64) ** 2, rows.indices, rows.indptr), rows.shape)
    before, along, after = (
        np.asarray(squares @ weights) for weights in (np.ones(ratio.size), ratio, ratio**2)
    )
    lengths = np.sqrt(before * after)
    cosines = np.divide(along, lengths, where=lengths > 0, out=np.ones(along.shape))
    return np.asarray(np.arccos(np.clip(cosines, -1, 1)))


@dataclass(frozen=True, eq=False)
class Lists:
    """The neighbours of every row, most of them those of an earlier training.

    Attributes
    ----------
    similarity
        As `Similarity.fit` leaves it, but for the recall.
    inverted
        The postings of the rows.
    found_anew
        How many lists had lost what nobody knows the successor of, and were looked for among all
        rows.
    """

    similarity: Similarity
    inverted: Inverted
    found_anew: int

    @classmethod
    def of(
        cls,
        space: Space,
        rows: csr_array,
        order: Longs,
        groups: Rows,
        similarity: Similarity,
        jobs: int = 1,
        progress: Progress | None = None,
        exact: bool = False,
    ) -> "Lists":
        """Find the neighbours of ``rows``, whose parameters are as for `Texts.of`.

        A list that was full ends with a horizon: its last neighbour. Whatever lies before it is
        known, be it left from the old list or new. A list that has lost more than it gained before
        its horizon is found anew.
        """
        n_old, k = space.rows.shape[0], similarity.neighbours
        learned = replace(similarity)
        learned.engine_ = learned.engine(groups, exact)
        inverted = Inverted.of(rows)
        if learned.engine_ == "exact":
            inverted = replace(inverted, matrix=None)  # whatever their number, look at all
        new = np.flatnonzero(order >= n_old).astype(np.int32)
        horizon = _Horizon.of(space, order)
        vectors = [row_vector(rows, row) for row in new.tolist()]
        came = folded((inverted,), vectors, new, k, groups, horizon.cosines, progress)
        ahead = horizon.reached(came.others, came.newcomers, came.cosines)
        near, cosines = merged(_left(space, order), came, ahead, order.size)
        near[new], cosines[new] = came.near, came.near_cosines
        short = np.flatnonzero(horizon.full & ((near >= 0).sum(axis=1) < k)).astype(np.int32)
        learned.neighbour_rows_, learned.neighbour_cosines_ = near, cosines
        learned.find_anew(rows, groups, short, jobs, exact)
        return cls(learned, replace(inverted, matrix=rows), short.size)


@dataclass(frozen=True, eq=False)
class _Horizon:
    """Where the old list of each row of today ends; all of shape (n,).

    ``full`` says whether there may be more behind it. ``cosines`` is what a newcomer must have at
    least, infinite for new rows; with that very cosine it must be a row before ``rows``.
    """

    full: npt.NDArray[np.bool_]
    cosines: Floats
    rows: Rows

    @classmethod
    def of(cls, space: Space, order: Longs) -> "_Horizon":
        n_old = space.rows.shape[0]
        old = np.flatnonzero(order < n_old)
        full = np.zeros(order.size, dtype=np.bool_)
        full[old] = space.near[order[old], -1] >= 0
        cosines = np.full(order.size, np.inf)
        ends = np.round(space.near_cosines[order[old], -1].astype(np.float64), DECIMALS)
        cosines[old] = np.where(full[old], ends, 0.0)
        rows = np.zeros(order.size, dtype=np.int32)
        # of a row that is gone nobody knows where it would be: behind the one before it in any case
        before = np.full(n_old + 1, -1, dtype=np.int64)
        before[order[old] + 1] = old
        before = np.maximum.accumulate(before) + 1
        last = space.near[order[old], -1]
        there = np.isin(last, order)
        rows[old] = np.where(there, before[last + 1] - 1, before[last + 1])
        return cls(full, cosines, rows)

    def reached(self, others: Rows, newcomers: Rows, cosines: Floats) -> npt.NDArray[np.bool_]:
        """Say which newcomers stand before the end of the others' lists."""
        nearer = cosines > self.cosines[others]
        level = (cosines == self.cosines[others]) & (newcomers < self.rows[others])
        return np.asarray(nearer | level | ~self.full[others])


def _left(space: Space, order: Longs) -> Near:
    """Return what is left of the old lists, in the rows of today; nothing for new rows."""
    n_old, k = space.rows.shape[0], space.kept
    old = np.flatnonzero(order < n_old)
    place = np.full(n_old + 1, -1, dtype=np.int32)  # the last for neighbours that are not there
    place[order[old]] = old
    near = np.full((order.size, k), -1, dtype=np.int32)
    near[old] = place[space.near[order[old]]]
    cosines = np.zeros(near.shape, dtype=np.float32)
    cosines[old] = space.near_cosines[order[old]]
    cosines[near < 0] = 0
    return near, cosines


def told_turns(turns: Floats) -> dict[str, Any]:
    """Return what a manifest says of how far the idf has moved."""
    return {
        "mean": round(float(turns.mean()), 6) if turns.size else 0.0,
        "largest": round(float(turns.max(initial=0.0)), 6),
    }
