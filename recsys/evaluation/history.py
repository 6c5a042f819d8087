"""What was known at a moment, and nothing of what came later."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from recsys.data.corpus import Corpus
from recsys.evaluation.dataset import Dataset, Reads, Rows
from recsys.records import Article
from recsys.times import UNKNOWN

T = TypeVar("T")
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Query:
    """What is asked: a list beside an article, or for a whole site.

    Parameters
    ----------
    site
        Name of the site; lists never cross sites.
    row
        The article being read, which is never listed; -1 for none.
    article
        Its text as it is asked with, where that is not the stored one.
    seen
        What the reader has read before in this session, oldest first; not listed either.
    section, language
        Only articles of that section or language; None means any.
    among
        The only rows that may be listed, ascending, as where a logged list is ranked again; None
        means any.
    """

    site: str
    row: int = -1
    article: Article | None = None
    seen: tuple[int, ...] = ()
    section: str | None = None
    language: str | None = None
    among: Rows | None = None


Ranker = Callable[["History", Query, int, int], Rows]
"""``rank(history, query, now, k)``: int32 rows, at most ``k``, best first, no row twice."""


@dataclass(eq=False)
class History:
    """A data set as far as it was known.

    Whoever ranks gets one `History` for a whole run, with ``now`` going forward from question to
    question, and asks it only through methods that take ``now``: they answer with what lies
    strictly before it.

    Parameters
    ----------
    dataset
        Everything, later things included.
    learn_until
        Milliseconds since 1970 before which an article must have been published for words to be
        learned from it; None learns from all texts, later ones included. Candidates and reads
        are never later than ``now`` in either case.
    reads_until
        Milliseconds since 1970 from which reads are not known, however late it is; None knows
        them all up to ``now``.
    seed
        Of whatever draws.
    """

    dataset: Dataset
    learn_until: int | None = None
    reads_until: int | None = None
    seed: int = 0
    _memo: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    @property
    def corpus(self) -> Corpus:
        """The articles by row. Its order and texts are no secret, its later rows are."""
        return self.dataset.corpus

    @cached_property
    def reads(self) -> Reads:
        """Reads before ``reads_until``, those later than ``now`` included: cut at `n_reads`."""
        reads = self.dataset.reads
        if self.reads_until is None:
            return reads
        return reads.part(slice(0, int(np.searchsorted(reads.time, self.reads_until))))

    @cached_property
    def known_from(self) -> npt.NDArray[np.int64]:
        """int64, shape (n,): milliseconds since 1970 from which an article may be listed."""
        published = self.corpus.published
        return np.where(published == UNKNOWN, np.iinfo(np.int64).min, published * 1000)

    def learned(self) -> Rows:
        """Return int32, ascending: the rows whose texts may be learned from."""
        if self.learn_until is None:
            return np.arange(len(self.corpus), dtype=np.int32)
        return np.flatnonzero(self.known_from < self.learn_until).astype(np.int32)

    def n_reads(self, now: int) -> int:
        """Return how many reads are known at ``now``: those strictly before it."""
        return int(np.searchsorted(self.reads.time, now, side="left"))

    def recent(self, now: int, span: int) -> slice:
        """Return where the reads of the last ``span`` milliseconds lie: [now - span, now)."""
        first = int(np.searchsorted(self.reads.time, now - span, side="left"))
        return slice(first, self.n_reads(now))

    def candidates(self, query: Query, now: int) -> Rows:
        """Return int32, ascending: every row that may be listed at ``now``."""
        rows = np.arange(len(self.corpus), dtype=np.int32) if query.among is None else query.among
        return rows[self.may_list(query, rows, now)]

    def may_list(self, query: Query, rows: Rows, now: int) -> Mask:
        """Return bool, shape of ``rows``: published, not withdrawn, of the site, not read yet.

        Of articles that are the same only the first published may be listed, and none that is
        the same as the article being read.
        """
        corpus, same = self.corpus, self.dataset.same
        if query.site not in corpus.sites:
            return np.zeros(rows.size, dtype=np.bool_)
        mask: Mask = corpus.shown[rows] & (corpus.site[rows] == corpus.sites.index(query.site))
        mask &= (self.known_from[rows] < now) & (self.dataset.withdrawn[rows] > now)
        for row in {query.row, *query.seen} - {-1}:
            mask &= same[rows] != same[row]
        if query.section is not None:
            mask &= corpus.in_section(rows, query.section)
        if query.language is not None:
            languages = corpus.languages
            code = languages.index(query.language) if query.language in languages else -1
            mask &= corpus.language[rows] == code
        if query.among is not None:
            mask &= np.isin(rows, query.among)
        return mask

    def first_allowed(self, query: Query, rows: Rows, now: int, k: int) -> Rows:
        """Return the first ``k`` of ranked ``rows`` that may be listed."""
        return rows[self.may_list(query, rows, now)][:k]

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """Return what ``make`` returned when it was first asked for under ``name``.

        For what is learned once, or carried along from question to question. Names are tuples
        that begin with the module's, so that rankers do not meet.
        """
        if name not in self._memo:
            self._memo[name] = make()
        made: T = self._memo[name]
        return made
