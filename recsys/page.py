"""All blocks of one page, with no article on it twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import unquote

import numpy as np

from recsys.errors import RequestError
from recsys.lists import DEFAULT_LIMITS, LISTS, Query, latest, most_read
from recsys.lists.base import Filling, Ranking, language_code
from recsys.lists.latest import newest
from recsys.lists.pinned import PINNED, obeyed
from recsys.lists.present import present
from recsys.records import RecommendationList
from recsys.snapshot import Snapshot

MAX_BLOCKS = 30
_NEED_AN_ARTICLE = ("related", "inline")
_SECTIONS = 4  # section blocks of a page that asks for no blocks


@dataclass(frozen=True)
class Block:
    """One block of a page: ``related:5``, ``section/sport:4``, ``most_read/*:5``."""

    key: str
    name: str
    section: str | None
    limit: int
    whole_site: bool = False

    @property
    def needs_an_article(self) -> bool:
        """Whether there is no such list without an article that is being read."""
        return self.name in _NEED_AN_ARTICLE


@dataclass(frozen=True)
class Page:
    """The article being read, and the answer of every block, in the order asked."""

    article: Mapping[str, Any] | None
    blocks: Mapping[str, RecommendationList]

    def document(self) -> dict[str, Any]:
        """Return the JSON object that the API answers."""
        return {
            "article": self.article,
            "blocks": {key: answer.document() for key, answer in self.blocks.items()},
        }


def parse_blocks(text: str) -> list[Block]:
    """Read ``inline:2,related:5,section/sport:4,most_read/*:5``.

    A section's name may be percent-encoded, and must be where it holds a comma or a percent sign,
    or is a star.

    Raises
    ------
    RequestError
        If a block has an unknown name or a length that is not from 1 to 100, or stands twice.
    """
    blocks = [_parse_block(part.strip()) for part in text.split(",") if part.strip()]
    if not 1 <= len(blocks) <= MAX_BLOCKS:
        raise RequestError("blocks", f"must be 1 to {MAX_BLOCKS} blocks such as related:5,latest:4")
    if len({block.key for block in blocks}) < len(blocks):
        raise RequestError("blocks", "must not name a block twice")
    return blocks


def _parse_block(part: str) -> Block:
    key, _, length = part.rpartition(":") if ":" in part else (part, "", "")
    name, _, section = key.partition("/")
    whole_site, section = section == "*", unquote(section)
    if name not in LISTS or (name == "section") > bool(section):
        known = ", ".join(f"{n}/NAME" if n == "section" else n for n in LISTS)
        raise RequestError("blocks", f"must name lists: {known}")
    if section and name in _NEED_AN_ARTICLE:
        raise RequestError("blocks", f"{name} takes no section")
    if length and not (length.isascii() and length.isdigit() and 1 <= int(length[:4]) <= 100):
        raise RequestError("blocks", "must have lengths from 1 to 100, such as related:5")
    k = int(length) if length else DEFAULT_LIMITS[name]
    return Block(key, name, section or None, k, whole_site and name != "section")


def spelled(section: str) -> str:
    """Return a section's name as a block spells it: encoded only where it would be misread."""
    return "%2A" if section == "*" else section.replace("%", "%25").replace(",", "%2C")


def default_blocks(snapshot: Snapshot, query: Query) -> list[Block]:
    """Return the blocks of the founding page, with the site's four largest other sections."""
    lists = ["inline:2", "related:5", "latest:4"] if query.row >= 0 else ["latest:4"]
    sections = [
        Block(f"section/{spelled(s)}", "section", s, 4) for s in _largest_sections(snapshot, query)
    ]
    return [*map(_parse_block, lists), *sections, _parse_block("most_read:5")]


def compose(snapshot: Snapshot, query: Query, blocks: Sequence[Block], now: int) -> Page:
    """Fill the blocks in order: an earlier one chooses first.

    No article stands twice and the one being read not at all. A section block takes nothing from
    other sections, so where a section is small the earlier blocks leave it what it needs: no
    block is short while there is anything fit to show. An article that editors pinned in several
    lists stands in the first of them.
    """
    if query.row < 0 and query.vector is None:
        for block in blocks:
            if block.needs_an_article:
                raise RequestError("blocks", f"{block.name} needs the id or url of an article")
    used = query.exclude
    answers: dict[str, RecommendationList] = {}
    for i, block in enumerate(blocks):
        asked = _block_query(snapshot, query, block, used)
        quotas = _quotas(snapshot, query, blocks[i + 1 :], used, asked.limit, now)
        ranking, asked = _within(snapshot, block, asked, quotas, now)
        used |= frozenset(ranking.rows.tolist())
        answers[block.key] = present(snapshot, block.name, asked, ranking, now)
    return Page(_article(snapshot, query), answers)


def _block_query(snapshot: Snapshot, query: Query, block: Block, used: frozenset[int]) -> Query:
    section = block.section
    if block.whole_site:
        section = None
    elif section is None and block.name == "most_read" and query.row >= 0:
        section = snapshot.corpus.section_of(query.row)
    window = snapshot.settings.list("most_read").window or query.window
    return replace(
        query, limit=block.limit, section=section, exclude=used, window=window, list=block.name
    )


@dataclass(frozen=True)
class _Quota:
    """Of these rows at most so many may be taken."""

    rows: frozenset[int]
    most: int


def _quotas(
    snapshot: Snapshot,
    query: Query,
    later: Sequence[Block],
    used: frozenset[int],
    limit: int,
    now: int,
) -> list[_Quota]:
    """Return what the section blocks still to come cannot spare."""
    quotas = []
    for block in later:
        if block.name == "section":
            asked = _block_query(snapshot, query, block, used)
            rows = newest(snapshot, asked, now, block.limit + limit)
            if rows.size < block.limit + limit:
                stock = frozenset(rows.tolist())
                quotas.append(_Quota(stock, max(0, rows.size - block.limit)))
    return quotas


def _within(
    snapshot: Snapshot, block: Block, asked: Query, quotas: Sequence[_Quota], now: int
) -> tuple[Ranking, Query]:
    """Rank; leave out the lowest of what is over a quota, but no pins, and rank again."""
    while True:
        ranking = obeyed(snapshot, partial(_ranked, block), asked, now)
        listed = list(zip(ranking.rows.tolist(), ranking.sources, strict=True))
        over: set[int] = set()
        for quota in quotas:
            within = [(row, source) for row, source in listed if row in quota.rows]
            free = [row for row, source in within if source != PINNED]
            over.update(free[max(0, quota.most - (len(within) - len(free))) :])
        if not over:
            return ranking, asked
        asked = replace(asked, exclude=asked.exclude | over)


def _ranked(block: Block, snapshot: Snapshot, asked: Query, now: int) -> Ranking:
    """Rank; most-read of the article's own section is topped up from the whole site."""
    ranking = LISTS[block.name](snapshot, asked, now)
    if block.name != "most_read" or block.section or ranking.rows.size >= asked.limit:
        return ranking
    filling = Filling(ranking)
    window = ranking.window_used or asked.window
    filling.add(snapshot, asked, now, most_read.rank_read, section=None, window=window)
    used = window if "most_read" in filling.sources else None
    filling.add(snapshot, asked, now, latest.rank, section=None)
    reason = ranking.reason or "thin_window"
    return filling.ranking(degraded=True, reason=reason, window_used=used)


def _largest_sections(snapshot: Snapshot, query: Query) -> list[str]:
    corpus = snapshot.corpus
    if query.site not in corpus.sites:
        return []
    mask = corpus.shown & (corpus.site == corpus.sites.index(query.site))
    code = language_code(snapshot, query)
    if code is not None:
        mask = mask & (corpus.language == code)
    sizes = np.bincount(corpus.main_section[mask & (corpus.main_section >= 0)])
    own = corpus.section_of(query.row) if query.row >= 0 else None
    order = np.lexsort((np.arange(sizes.size), -sizes))
    names = [corpus.sections[int(code)] for code in order if sizes[code] >= _SECTIONS]
    return [name for name in names if name != own][:_SECTIONS]


def _article(snapshot: Snapshot, query: Query) -> dict[str, Any] | None:
    if query.row < 0:
        return None
    texts = snapshot.corpus.texts
    return {
        "article_id": texts["article_id"][query.row],
        "url": texts["url"][query.row] or None,
        "canonical_url": texts["canonical_url"][query.row] or None,
        "title": texts["title"][query.row],
        "section": snapshot.corpus.section_of(query.row),
    }
