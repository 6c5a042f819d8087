"""The paper that the demo's pages show: a site, in one of its languages, at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np
import numpy.typing as npt

from recsys.records import DEFAULT_SITE
from recsys.snapshot import Snapshot
from recsys.text.facts import month_in_words
from recsys.times import zone

from .static_texts import words_of

LANGUAGES = {"ar": "العربية", "fr": "Français", "en": "English"}
INTERFACE = "en"  # of a language that words.json does not speak
LONGEST_SECTION = 120  # characters of a name that still fits into the `blocks` of a request


@dataclass(frozen=True)
class Paper:
    """A site in one of its languages, at one moment."""

    snapshot: Snapshot
    site: str
    language: str  # "" where the site does not say
    now: int
    names: Mapping[str, str]  # of the site, by language; it may have none

    @cached_property
    def words(self) -> dict[str, Any]:
        """What the interface says."""
        words: dict[str, Any] = words_of("demo")[self._spoken]
        return words

    @property
    def _spoken(self) -> str:
        """The language of the interface."""
        return self.language if self.language in words_of("demo") else INTERFACE

    @cached_property
    def name(self) -> str:
        """The name on the masthead: the site's own, else its host."""
        settings = self.snapshot.settings.site(self.site)
        corpus, newest = self.snapshot.corpus, self.snapshot.latest_order
        newest = newest[corpus.site[newest] == _code(corpus.sites, self.site)]
        stands = [
            corpus.texts[name][row] for row in newest[:1] for name in ("canonical_url", "url")
        ]
        hosts = [*settings.hosts, *map(host_of, stands)]
        return self.names.get(self.language) or next((h for h in hosts if h), self.site)

    @cached_property
    def languages(self) -> list[str]:
        """Languages of the site: Arabic, French and English first, then by code."""
        corpus = self.snapshot.corpus
        spoken = [corpus.languages[code] for code in np.unique(corpus.language[self._rows("")])]
        return [code for code in dict.fromkeys([*LANGUAGES, *sorted(spoken)]) if code in spoken]

    @cached_property
    def sections(self) -> list[str]:
        """Sections of the language: those that the settings name, then the largest."""
        corpus = self.snapshot.corpus
        codes = corpus.main_section[self._rows(self.language)]
        sizes = np.bincount(codes[codes >= 0], minlength=len(corpus.sections))
        largest = [corpus.sections[i] for i in np.argsort(-sizes, kind="stable") if sizes[i]]
        present = dict.fromkeys(name for name in largest if _fits(name))
        headings = self.snapshot.settings.site(self.site).headings
        named = dict.fromkeys(key.removesuffix(f".{self.language}") for key in headings)
        return [*(n for n in named if n in present), *(n for n in present if n not in named)]

    def _rows(self, language: str) -> npt.NDArray[np.bool_]:
        """Return which articles of the site may be shown; all languages where none is given."""
        corpus = self.snapshot.corpus
        mask = corpus.shown & (corpus.site == _code(corpus.sites, self.site))
        if language:
            mask = mask & (corpus.language == _code(corpus.languages, language))
        return np.asarray(mask)

    @property
    def places(self) -> int:
        """How far down most read is looked for an article: at most 100, not to the very end."""
        return min(100, max(1, int(self._rows(self.language).sum()) * 3 // 4))

    def heading(self, section: str) -> str:
        """Return what a section is called."""
        own = self.snapshot.settings.site(self.site).headings
        return own.get(f"{section}.{self.language}") or own.get(section) or section

    @property
    def locale(self) -> str:
        """The language as the browser is to write numbers and dates in it."""
        known = self.language in words_of("demo")
        return str(self.words["live"]["locale"]) if known else self.language

    @property
    def time_zone(self) -> str:
        """IANA name of the site's clock."""
        return self.snapshot.settings.site(self.site).time_zone

    @property
    def filter(self) -> dict[str, str]:
        """The language as a parameter of the API, where it has one."""
        return {"language": self.language} if len(self.language) == 2 else {}

    def query(self, **asked: object) -> str:
        """Return a query string, with the site where it is not the usual one."""
        return _query(self.site, **asked)

    def front_href(self, language: str = "") -> str:
        """Return the address of the front page."""
        query = self.query(**({"language": language} if language else {}))
        return f"/demo?{query}" if query else "/demo"

    def section_href(self, section: str) -> str:
        """Return the address of a section's page."""
        language = {"language": self.language} if self.language else {}
        return f"/demo/section?{self.query(section=section, **language)}"

    def row_of(self, article_id: str) -> int:
        """Return the row of an article, -1 where it is not known."""
        return self.snapshot.corpus.row_of(self.site, article_id)

    def story_of(self, article_id: str) -> str:
        """Return the id by which lists know the story of an article."""
        row, corpus = self.row_of(article_id), self.snapshot.corpus
        return corpus.id_of(int(self.snapshot.leaders[row])) if row >= 0 else article_id

    def date(self, instant: int, time: bool = False) -> str:
        """Return a date in words, on the site's clock."""
        moment = datetime.fromtimestamp(instant, zone(self.time_zone))
        day = self.words["weekdays"][moment.weekday()]
        month = month_in_words(moment.month, self._spoken)
        date = f"{day} {moment.day} {month} {moment.year}"
        return f"{date} · {moment:%H:%M}" if time else date


def article_href(site: str, article_id: str) -> str:
    """Return where the demo shows an article."""
    return f"/demo/article?{_query(site, id=article_id)}"


def paper_of(
    snapshot: Snapshot, now: int, names: Mapping[str, str], site: str, language: str
) -> Paper:
    """Return the paper that is asked for, as far as there is one.

    Otherwise the site is the usual one, else the largest; the language that of the site, else
    Arabic, French or English, else any.
    """
    site = site_of(snapshot, site)
    paper = Paper(snapshot, site, "", now, names)
    wishes = (language, snapshot.settings.site(site).language, *paper.languages)
    chosen = next((wish for wish in wishes if wish in paper.languages), "")
    return replace(paper, language=chosen or "")


def site_of(snapshot: Snapshot, asked: str) -> str:
    """Return the site that is asked for, else the usual one, else the largest."""
    corpus = snapshot.corpus
    known = [name for name in (asked, DEFAULT_SITE) if name in corpus.sites]
    if known or not corpus.sites:
        return known[0] if known else DEFAULT_SITE
    return corpus.sites[int(np.bincount(corpus.site[corpus.shown], minlength=1).argmax())]


def _query(site: str, **asked: object) -> str:
    return urlencode({**asked, **({"site": site} if site != DEFAULT_SITE else {})})


def _code(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else -1


def _fits(section: str) -> bool:
    """Whether the blocks of a request have room for a section's name."""
    return len(section) <= LONGEST_SECTION


def host_of(url: str | None) -> str:
    """Return the host of an http address, without ``www.``; empty if it is none."""
    try:
        parts = urlsplit(url or "")
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.") if parts.scheme in ("http", "https") else ""
