"""Very short items: a caption shares few words with anything, so its neighbours vouch for it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys.kernels.neighbours import DECIMALS
from recsys.signals.similarity import Similarity
from recsys.signals.space import Space
from recsys.text.vectoriser import Vector
from recsys.times import UNKNOWN

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

LENDERS = 5
"""Earlier articles that vouch for a short item."""


@dataclass(frozen=True, eq=False)
class Lent:
    """Similarities of texts, short items being drawn towards an article that vouches for them.

    Attributes
    ----------
    similarity
        float64, shape (m,), rounded to 6 decimals.
    lenders
        int32, shape (m,): the article that a short item was drawn towards, -1 where the cosine
        stands.
    cosines
        float64, shape (m,): the cosine of that article with the one being read, 0 where there is
        none.
    """

    similarity: Floats
    lenders: Rows
    cosines: Floats


def lent(
    similarity: Similarity,
    space: Space,
    published: npt.NDArray[np.int64],
    anchor: Vector,
    rows: Rows,
    cosines: Floats,
) -> Lent | None:
    """Draw short items among ``rows`` towards what lies near them; None if there is nothing to do.

    ``similarity = cosine + lent * max(0, best - cosine)``, where ``best`` is the highest cosine
    with the article being read among the item's own `LENDERS` nearest of the kept neighbours that
    were published before it and are not short themselves. So no item passes the article that
    vouches for it, and where all is short, nothing changes. Cosines under ``min_similarity`` stand.

    Parameters
    ----------
    similarity
        Whose ``lent`` and ``short_terms`` are taken.
    published
        Seconds or `UNKNOWN`, of all rows of the space.
    anchor
        The article being read.
    rows, cosines
        int32 and float64, shape (m,): candidates, in any order.
    """
    if not similarity.lent:
        return None
    short = (space.lengths(rows) < similarity.short_terms) & (cosines >= similarity.min_similarity)
    places = np.flatnonzero(short)
    if not places.size:
        return None
    lenders = _lenders(similarity, space, published, rows[places])
    best, who = _best(space, anchor, lenders)
    drawn = best > cosines[places]
    places, best, who = places[drawn], best[drawn], who[drawn]
    if not places.size:
        return None
    found = Lent(cosines.copy(), np.full(rows.size, -1, dtype=np.int32), np.zeros(rows.size))
    raised = cosines[places] + similarity.lent * (best - cosines[places])
    found.similarity[places] = np.round(raised, DECIMALS)
    found.lenders[places], found.cosines[places] = who, best
    return found


def _lenders(
    similarity: Similarity, space: Space, published: npt.NDArray[np.int64], rows: Rows
) -> Rows:
    """Return int32, shape (m, LENDERS): what may vouch for each row, nearest first, else -1."""
    near = space.kept_neighbours(rows)
    fit = near >= 0
    when = np.where(fit, published[near], UNKNOWN)
    fit &= (when != UNKNOWN) & (when < published[rows][:, None])
    fit &= space.lengths(near) >= similarity.short_terms
    nth = np.cumsum(fit, axis=1)
    line, place = np.nonzero(fit & (nth <= LENDERS))
    lenders = np.full((rows.size, LENDERS), -1, dtype=np.int32)
    lenders[line, nth[line, place] - 1] = near[line, place]
    return lenders


def _best(space: Space, anchor: Vector, lenders: Rows) -> tuple[Floats, Rows]:
    """Return the highest cosine of each line of lenders with the anchor, and whose it is."""
    several, place = np.unique(lenders, return_inverse=True)
    cosines = np.where(several >= 0, space.cosines(np.maximum(several, 0), anchor), 0.0)
    table = cosines[place.reshape(lenders.shape)]
    nearest = table.argmax(axis=1)
    line = np.arange(nearest.size)
    return table[line, nearest], lenders[line, nearest]
