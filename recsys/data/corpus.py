"""Articles in row order, and the way from an id or address to a row and back.

Ids outside, rows inside: every door turns an article id into an int32 row here, and below this
line there are only arrays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.data.documents import title_of
from recsys.data.keys import KeyIndex
from recsys.data.strings import Extended, Strings
from recsys.records import Article
from recsys.urls import canonical_form

Array = npt.NDArray[Any]
Rows = npt.NDArray[np.int32]

_TEXTS = ("article_id", "title", "url", "canonical_url", "image_url", "publisher", "inline_links")
_NUMBERS = {
    "site": np.int16,
    "language": np.int16,
    "published": np.int64,
    "sponsored": np.bool_,
    "shown": np.bool_,
    "fingerprint": np.uint64,
}


@dataclass(frozen=True, eq=False)
class Corpus:
    """What the lists need to know of every article; never changes.

    Rows are ordered by site and id (by code point); articles added later stand behind them.

    Attributes
    ----------
    sites, languages, sections
        Names, by code. Language ``""`` is "not known".
    texts
        ``article_id``, ``title`` (as shown), ``url``, ``canonical_url``, ``image_url``,
        ``publisher``, ``inline_links`` (one a line): columns of strings, ``""`` for null.
    numbers
        ``site`` and ``language`` (int16 codes), ``published`` (int64, seconds or UNKNOWN),
        ``sponsored``, ``shown`` (bool: has text and was not replaced or deleted), ``fingerprint``.
    section_indptr, section_codes
        Sections of row ``r``: ``section_codes[section_indptr[r]:section_indptr[r + 1]]`` (int32),
        the main one first.
    ids, addresses
        From ``site NUL id`` and ``site NUL canonical address`` to rows.
    """

    sites: tuple[str, ...]
    languages: tuple[str, ...]
    sections: tuple[str, ...]
    texts: Mapping[str, Extended]
    numbers: Mapping[str, Array]
    section_indptr: Array
    section_codes: Rows
    ids: KeyIndex
    addresses: KeyIndex

    @classmethod
    def of(cls, articles: Iterable[Article]) -> "Corpus":
        """Build a corpus; of two articles with one key the later wins."""
        by_key = {article.key: article for article in articles}
        return cls.empty().with_articles([by_key[key] for key in sorted(by_key)])._packed()

    @classmethod
    def empty(cls) -> "Corpus":
        """Return a corpus without articles."""
        nothing = KeyIndex.of([])
        return cls(
            sites=(),
            languages=(),
            sections=(),
            texts={name: Extended(Strings.of([])) for name in _TEXTS},
            numbers={name: np.zeros(0, dtype=dtype) for name, dtype in _NUMBERS.items()},
            section_indptr=np.zeros(1, dtype=np.int64),
            section_codes=np.zeros(0, dtype=np.int32),
            ids=nothing,
            addresses=nothing,
        )

    def __len__(self) -> int:
        return len(self.texts["article_id"])

    @property
    def site(self) -> Array:
        """int16, shape (n,): code of each article's site."""
        return self.numbers["site"]

    @property
    def language(self) -> Array:
        """int16, shape (n,): code of each article's language."""
        return self.numbers["language"]

    @property
    def published(self) -> Array:
        """int64, shape (n,): seconds since 1970, UNKNOWN where nobody said."""
        return self.numbers["published"]

    @property
    def shown(self) -> Array:
        """bool, shape (n,): may stand in a list at all."""
        return self.numbers["shown"]

    @property
    def sponsored(self) -> Array:
        """bool, shape (n,)."""
        return self.numbers["sponsored"]

    @cached_property
    def main_section(self) -> Rows:
        """int32, shape (n,): code of each article's first section, -1 if it has none."""
        has = np.diff(self.section_indptr) > 0
        main = np.full(len(self), -1, dtype=np.int32)
        main[has] = self.section_codes[self.section_indptr[:-1][has]]
        return main

    @cached_property
    def memo(self) -> dict[str, Any]:
        """What lists work out of it; a race works it out twice, to the same end."""
        return {}

    def id_of(self, row: int) -> str:
        """Return the article id of a row."""
        return self.texts["article_id"][row]

    def site_of(self, row: int) -> str:
        """Return the name of a row's site."""
        return self.sites[int(self.site[row])]

    def language_of(self, row: int) -> str | None:
        """Return the language of a row; None if it is not known."""
        return self.languages[int(self.language[row])] or None

    def section_of(self, row: int) -> str | None:
        """Return the main section of a row."""
        code = int(self.main_section[row])
        return self.sections[code] if code >= 0 else None

    def row_of(self, site: str, article_id: str) -> int:
        """Return the row of an article that is there, -1 if there is none."""
        return self._row_among(self.ids.find(f"{site}\0{article_id}"), site, article_id)

    def rows_of(self, keys: Sequence[tuple[str, str]]) -> Rows:
        """Return int32, shape (len(keys),): `row_of` each (site, article_id)."""
        rows, several = self.ids.find_all(f"{site}\0{article_id}" for site, article_id in keys)
        places = np.flatnonzero(rows >= 0)
        found, asked = rows[places], [keys[i] for i in places.tolist()]
        codes = {name: code for code, name in enumerate(self.sites)}
        sites = np.array([codes.get(site, -1) for site, _ in asked], dtype=np.int64)
        there = self.texts["article_id"].base.equal(found, [name for _, name in asked])
        there &= (self.site[found] == sites) & (self.numbers["fingerprint"][found] != 0)
        rows[places] = np.where(there, found, -1)
        for i in several:
            rows[i] = self.row_of(*keys[i])
        return rows

    def _row_among(self, rows: Sequence[int], site: str, article_id: str) -> int:
        for row in reversed(rows):
            if self.id_of(row) == article_id and self.site_of(row) == site:
                return row if self.numbers["fingerprint"][row] else -1
        return -1

    def row_at(self, site: str, url: str) -> int:
        """Return the newest article at an address (canonical forms are compared), -1 if none."""
        form = canonical_form(url)
        rows = [
            row
            for row in self.addresses.find(f"{site}\0{form}")
            if self.site_of(row) == site
            and self.numbers["fingerprint"][row]
            and form in self._forms(row)
        ]
        return max(rows, key=lambda row: (self.published[row], row), default=-1)

    def in_section(self, rows: Rows, section: str) -> npt.NDArray[np.bool_]:
        """Return bool, shape (m,): which of ``rows`` are filed under ``section``."""
        if section not in self.sections:
            return np.zeros(rows.size, dtype=np.bool_)
        return np.asarray(self._section_mask(self.sections.index(section))[rows])

    def with_articles(self, articles: Sequence[Article]) -> "Corpus":
        """Return the corpus with articles appended; rows of the same key are hidden."""
        titles = [title_of(article) for article in articles]
        sites = _names(self.sites, [a.site for a in articles])
        languages = _names(self.languages, [a.language or "" for a in articles])
        sections = _names(self.sections, [s for a in articles for s in a.section])
        codes = {name: i for i, name in enumerate(sections)}
        ends = np.cumsum([len(a.section) for a in articles], dtype=np.int64)
        added = {
            "site": [sites.index(a.site) for a in articles],
            "language": [languages.index(a.language or "") for a in articles],
            "published": [a.published_at for a in articles],
            "sponsored": [a.sponsored for a in articles],
            "shown": list(map(bool, titles)),
            "fingerprint": [a.fingerprint or 1 for a in articles],
        }
        start, hidden = len(self), self.without([a.key for a in articles])
        return Corpus(
            sites,
            languages,
            sections,
            {
                name: column.plus(titles if name == "title" else _column(name, articles))
                for name, column in self.texts.items()
            },
            {
                name: np.concatenate([column, np.array(added[name], dtype=column.dtype)])
                for name, column in hidden.numbers.items()
            },
            np.concatenate([self.section_indptr, self.section_indptr[-1] + ends]),
            np.concatenate(
                [
                    self.section_codes,
                    np.array([codes[s] for a in articles for s in a.section], dtype=np.int32),
                ]
            ),
            self.ids.plus((f"{a.site}\0{a.article_id}", start + i) for i, a in enumerate(articles)),
            self.addresses.plus(
                (f"{a.site}\0{form}", start + i)
                for i, a in enumerate(articles)
                for form in _address_forms(a.url, a.canonical_url)
            ),
        )

    def without(self, keys: Iterable[tuple[str, str]]) -> "Corpus":
        """Return the corpus with the rows of ``keys`` hidden: they are found and shown no more."""
        rows = [row for row in (self.row_of(*key) for key in keys if len(self)) if row >= 0]
        if not rows:
            return self
        shown, fingerprint = self.shown.copy(), self.numbers["fingerprint"].copy()
        shown[rows], fingerprint[rows] = False, 0
        numbers = {**self.numbers, "shown": shown, "fingerprint": fingerprint}
        return replace(self, numbers=numbers)

    def first_at_address_of(self, row: int) -> int:
        """Return the lowest row at an address of ``row``, shown or not; itself if none."""
        site = self.site_of(row)
        rows = [row]
        for form in self._forms(row):
            found = self.addresses.find(f"{site}\0{form}")
            rows += [r for r in found if self.site_of(r) == site and form in self._forms(r)]
        return min(rows)

    def same_page(self) -> Rows:
        """Return int32, shape (n,): the lowest row at the same address, the row itself if none."""
        first = np.arange(len(self), dtype=np.int32)
        seen: dict[tuple[int, str], int] = {}
        for row in self.addresses.several().tolist():
            for form in self._forms(row):
                first[row] = min(first[row], seen.setdefault((int(self.site[row]), form), row))
        return first[first]

    def taken(self, rows: npt.NDArray[np.int64]) -> "Corpus":
        """Return the corpus that `of` makes of the articles of ``rows``, which are in its order.

        Parameters
        ----------
        rows
            int64, no row twice, none of them hidden.
        """
        place = np.full(len(self), -1, dtype=np.int32)
        place[rows] = np.arange(rows.size)
        lengths = np.diff(self.section_indptr)[rows]
        ends = np.cumsum(lengths, dtype=np.int64)
        spots = np.arange(int(lengths.sum())) + np.repeat(
            self.section_indptr[rows] - ends + lengths, lengths
        )
        sites, site = _named_anew(self.sites, self.site[rows])
        languages, language = _named_anew(self.languages, self.language[rows])
        sections, section_codes = _named_anew(self.sections, self.section_codes[spots])
        numbers = {name: column[rows] for name, column in self.numbers.items()}
        return Corpus(
            sites,
            languages,
            sections,
            {name: Extended(column.taken(rows)) for name, column in self.texts.items()},
            {**numbers, "site": site, "language": language},
            np.concatenate([np.zeros(1, dtype=np.int64), ends]),
            section_codes,
            self.ids.moved(place),
            self.addresses.moved(place),
        )

    def _packed(self) -> "Corpus":
        """Return the same corpus with everything in arrays and nothing in tails."""
        texts = {name: Extended(Strings.of(list(column))) for name, column in self.texts.items()}
        same = np.arange(len(self), dtype=np.int32)
        ids, addresses = self.ids.moved(same), self.addresses.moved(same)
        return replace(self, texts=texts, ids=ids, addresses=addresses)

    def _forms(self, row: int) -> list[str]:
        return _address_forms(self.texts["url"][row], self.texts["canonical_url"][row])

    def _section_mask(self, code: int) -> npt.NDArray[np.bool_]:
        masks = self._section_masks
        if code not in masks:
            mask = np.zeros(len(self), dtype=np.bool_)
            owners = np.repeat(np.arange(len(self)), np.diff(self.section_indptr))
            mask[owners[self.section_codes == code]] = True
            masks[code] = mask
        return masks[code]

    @cached_property
    def _section_masks(self) -> dict[int, npt.NDArray[np.bool_]]:
        return {}


def numbered_groups(articles: Sequence[Article]) -> npt.NDArray[np.int32]:
    """Return int32, shape (n,): a number for each pair of site and language, in the order met."""
    numbers: dict[tuple[str, str], int] = {}
    pairs = ((article.site, article.language or "") for article in articles)
    return np.array([numbers.setdefault(pair, len(numbers)) for pair in pairs], dtype=np.int32)


def _column(name: str, articles: Sequence[Article]) -> list[str | None]:
    if name == "inline_links":
        return ["\n".join(article.inline_links) for article in articles]
    return [getattr(article, "source" if name == "publisher" else name) for article in articles]


def _names(known: tuple[str, ...], names: Iterable[str]) -> tuple[str, ...]:
    """Return ``known`` with the new names behind it, sorted."""
    return (*known, *sorted(set(names) - set(known)))


def _address_forms(*urls: str | None) -> list[str]:
    return list(dict.fromkeys(canonical_form(url) for url in urls if url))


def _named_anew(names: tuple[str, ...], codes: Array) -> tuple[tuple[str, ...], Array]:
    """Return the names that ``codes`` use, sorted, and the codes of those."""
    used = np.unique(codes)
    kept = sorted(names[code] for code in used.tolist())
    anew = np.zeros(len(names) + 1, dtype=codes.dtype)
    anew[used] = [kept.index(names[code]) for code in used.tolist()]
    return tuple(kept), anew[codes]
