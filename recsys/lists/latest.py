"""The newest articles, of a site or of one of its sections."""

from collections.abc import Hashable, Iterator
from dataclasses import replace
from itertools import count

import numpy as np

from recsys.data.corpus import Corpus
from recsys.lists.base import (
    Floats,
    Query,
    Ranking,
    Rows,
    among,
    eligible,
    first_of_each_story,
    in_force,
)
from recsys.lists.clock import next_change
from recsys.snapshot import Snapshot

_CHUNK = 256
_MOST_KEPT = 1000  # questions whose answers are kept of a corpus


def rank(snapshot: Snapshot, query: Query, now: int) -> Ranking:
    """Return the newest first; articles of unknown date last, future ones not at all.

    The score is the time of publication in seconds since 1970, 0 where it is not known. Of two
    reports of one story the newer stands. A section is never filled from other sections. What
    editors boost stands before all others and what they bury after them, the newest first each.
    """
    return _ranking(snapshot, newest(snapshot, query, now, query.limit), "latest")


def rank_section(snapshot: Snapshot, query: Query, now: int) -> Ranking:
    """Return the same under the name of a section block."""
    return _ranking(snapshot, newest(snapshot, query, now, query.limit), "section")


def newest(snapshot: Snapshot, query: Query, now: int, k: int) -> Rows:
    """Return the ``k`` newest rows that are fit for the list, stories apart."""
    found = np.zeros(0, dtype=np.int32)
    left_out = query.exclude | {query.row}
    for fit in _fit(snapshot, query, now):
        found = np.concatenate([found, fit[~among(fit, left_out)]])
        found = found[first_of_each_story(snapshot, found)]
        if found.size >= k:
            break
    return found[:k]


def own(snapshot: Snapshot, query: Query, rows: Rows, now: int) -> tuple[Floats, None]:
    """Return what ``rows`` score by themselves."""
    return np.maximum(snapshot.corpus.published[rows], 0).astype(np.float64), None


def _fit(snapshot: Snapshot, query: Query, now: int) -> Iterator[Rows]:
    """Yield what is fit for the list but for what is left out, in its order, ever more at a time.

    Looked at once for all pages, as long as no list may have changed.
    """
    corpus, language = snapshot.corpus, query.language
    if language is None and query.row >= 0:
        language = corpus.language_of(query.row)
    if not _may_have_any(corpus, query, language):
        return
    kept = _kept(snapshot, query, language, now)
    for i in count():
        rows = kept.get(i)
        if rows is None:
            stretch = _stretch(snapshot, query, now, i)
            if stretch is None:
                return
            asked = replace(query, row=-1, exclude=frozenset(), language=language)
            rows = kept[i] = stretch[eligible(snapshot, asked, stretch, now)]
        yield rows


def _may_have_any(corpus: Corpus, query: Query, language: str | None) -> bool:
    """Return whether site, language and section are those of any article."""
    spoken = language is None or language in corpus.languages
    filed = query.section is None or query.section in corpus.sections
    return spoken and filed and query.site in corpus.sites


def _kept(snapshot: Snapshot, query: Query, language: str | None, now: int) -> dict[int, Rows]:
    """Return what is known to be fit already, by stretch."""
    if query.max_age is not None or query.told:
        return {}
    memo, overrides = snapshot.corpus.memo, snapshot.overrides
    made = memo.get("fit")
    if made is None or made[0] is not overrides or not made[1] <= now < made[2]:
        made = memo["fit"] = (overrides, now, next_change(snapshot, now), {})
    kept: dict[Hashable, dict[int, Rows]] = made[3]
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    asked = query.site, language, query.section, query.sponsored, query.list, query.last
    return kept.setdefault(asked, {})


def _stretch(snapshot: Snapshot, query: Query, now: int, i: int) -> Rows | None:
    """Return rows ``i`` stretches down the list, each four times as long; None after the last."""
    force, order = in_force(snapshot, query, now), snapshot.latest_order
    before, start, end = (_CHUNK * (4**j - 1) // 3 for j in (i - 1, i, i + 1))
    if start >= order.size:
        behind_all = force is not None and (i == 0 or before < order.size)
        return _newest_first(snapshot, force.buried) if force and behind_all else None
    rows = order[start:end]
    if force is not None:
        rows = rows[force.factors(rows) == 1]
        if i == 0:
            rows = np.concatenate([_newest_first(snapshot, force.boosted), rows])
    return rows


def _newest_first(snapshot: Snapshot, rows: Rows) -> Rows:
    return rows[np.lexsort((rows, -snapshot.corpus.published[rows].astype(np.float64)))]


def _ranking(snapshot: Snapshot, rows: Rows, source: str) -> Ranking:
    published = np.maximum(snapshot.corpus.published[rows], 0).astype(np.float64)
    return Ranking(rows, published, (source,) * rows.size)
