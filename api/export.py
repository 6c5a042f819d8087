"""All lists as files for a CDN: what the service would answer, at one moment."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.data.corpus import Corpus
from recsys.data.rows import LONGEST_ID
from recsys.model import Progress
from recsys.page import Page
from recsys.records import RecommendationList
from recsys.snapshot import Snapshot
from recsys.urls import is_web_address

from .answers import Ask, html_answer, json_answer, json_bytes, timeless
from .folder import Folder, name_of
from .fragments import Look
from .lists import Lists
from .questions import ListQuestion, MostReadQuestion, PageQuestion, RelatedQuestion

INDEX = "index"
_BESIDE = ("most-read", "trending", "latest")
_ABOUT = ("related", "inline")
_FORMS = ("json", "html")
_OFTEN = 50  # lists between two looks at the progress
_SCORES = re.compile(rb'"score":[^,]*,')  # a quote inside of a string is escaped

Mask = npt.NDArray[np.bool_]
Asked = Mapping[str, str]
Planned = tuple[str, Ask]
"""Where a list will be, less the ending, and how it is asked for."""


@dataclass(frozen=True)
class Site:
    """What is exported of a site.

    Attributes
    ----------
    rows
        int32: articles that have lists of their own, the newest first.
    sections
        By language ("" for all together): the sections of the site's articles.
    """

    name: str
    rows: npt.NDArray[np.int32]
    sections: dict[str, list[str]]

    @classmethod
    def of(cls, snapshot: Snapshot, name: str, newest: int | None = None) -> "Site":
        """Return a site; only so many of its articles have lists of their own, if that is given."""
        corpus, order = snapshot.corpus, snapshot.latest_order
        mask = corpus.shown & (corpus.site == corpus.sites.index(name))
        codes = np.unique(corpus.language[mask])
        spoken = [
            corpus.languages[code] for code in codes if len(corpus.languages[code] or "") == 2
        ]
        sections = {"": _sections(corpus, mask)}
        for language in sorted(spoken) if len(codes) > 1 else ():
            own = mask & (corpus.language == corpus.languages.index(language))
            sections[language] = _sections(corpus, own)
        return cls(name, order[mask[order]][:newest], sections)

    @property
    def path(self) -> str:
        """The folder of the site."""
        return name_of(self.name)

    def plan(self, corpus: Corpus) -> Iterator[Planned]:
        """Yield every list: the site's first, then those of its articles."""
        for language, sections in self.sections.items():
            within = f"{self.path}/{language}".rstrip("/")
            yield f"{within}/page", partial(_page, {"site": self.name, "language": language})
            yield from self._beside(within, language)
            for section in sections:
                yield from self._beside(f"{within}/sections/{name_of(section)}", language, section)
        for row in self.rows.tolist():
            article_id = corpus.id_of(row)
            within = self.article(article_id)
            asked = {"id": article_id, "site": self.name}
            for name in _ABOUT:
                yield f"{within}/{name}", partial(_about, name, asked)
            yield f"{within}/page", partial(_page, asked)

    def article(self, article_id: str) -> str:
        """Return the folder of an article."""
        return f"{self.path}/articles/{name_of(article_id)}"

    def index(self, corpus: Corpus) -> dict[str, Any]:
        """Return what leads from ids, addresses and sections to folders."""
        ids: dict[str, str] = {}
        addresses: dict[str, str] = {}
        for row in self.rows.tolist():
            article_id, url = corpus.id_of(row), corpus.texts["url"][row]
            ids[article_id] = self.article(article_id)
            if url and is_web_address(url):
                addresses.setdefault(url, ids[article_id])
        sections = {
            language: {name: self._folder(language, name) for name in names}
            for language, names in self.sections.items()
        }
        return {"site": self.name, "sections": sections, "articles": ids, "addresses": addresses}

    def _folder(self, language: str, section: str) -> str:
        return "/".join(filter(None, (self.path, language, "sections", name_of(section))))

    def _beside(self, within: str, language: str, section: str = "") -> Iterator[Planned]:
        asked = {"site": self.name, "language": language, "section": section}
        for name in _BESIDE:
            yield f"{within}/{name}", partial(_beside, name, asked)


@dataclass(frozen=True)
class Export:
    """What is exported: every list of some sites, as JSON and as HTML.

    Parameters
    ----------
    lists
        Of one moment.
    sites
        As `Site.of` returns them.
    look
        How the HTML is written; its time zone is each site's own.
    """

    lists: Lists
    sites: Sequence[Site]
    look: Look

    def into(self, folder: Folder, tell: Progress) -> None:
        """Write what has changed, and remove what is gone."""
        corpus = self.lists.snapshot.corpus
        paths = [path for site in self.sites for path, _ in site.plan(corpus)]
        indexes = [f"{site.path}/{INDEX}.json" for site in self.sites]
        planned = {f"{path}.{form}" for path in paths for form in _FORMS}.union(indexes)
        folder.begin(planned)
        done = 0
        for site in self.sites:
            for path, ask in site.plan(corpus):
                self._put(folder, site, path, ask(self.lists))
                done += 1
                if done % _OFTEN == 0 or done == len(paths):
                    tell("lists", done, len(paths))
            folder.put(f"{site.path}/{INDEX}.json", json_bytes(site.index(corpus)))
        folder.end(planned)

    def _put(
        self, folder: Folder, site: Site, path: str, answer: RecommendationList | Page
    ) -> None:
        settings = self.lists.settings
        look = replace(self.look, time_zone=settings.site(site.name).time_zone)
        json_body = bytes(json_answer(answer, settings).body)
        folder.put(f"{path}.json", json_body, _lasting)
        folder.put(f"{path}.html", bytes(html_answer(answer, settings, look).body))


def _lasting(body: bytes) -> bytes:
    """Return the JSON of a list less what drifts from minute to minute though the list stays."""
    return _SCORES.sub(b"", timeless(body))


def _sections(corpus: Corpus, mask: Mask) -> list[str]:
    """Return the sections that articles are filed under, by name; those that may be asked for."""
    owners = np.repeat(np.arange(len(corpus)), np.diff(corpus.section_indptr))
    codes = np.unique(corpus.section_codes[mask[owners]])
    names = (corpus.sections[code] for code in codes)
    return sorted(name for name in names if len(name) <= LONGEST_ID)


def _beside(name: str, asked: Asked, lists: Lists) -> RecommendationList:
    if name == "most-read":
        return lists.most_read(MostReadQuestion.model_validate(asked))
    question = ListQuestion.model_validate(asked)
    return lists.trending(question) if name == "trending" else lists.latest(question)


def _about(name: str, asked: Asked, lists: Lists) -> RecommendationList:
    question = RelatedQuestion.model_validate(asked)
    return lists.related(question) if name == "related" else lists.inline(question)


def _page(asked: Asked, lists: Lists) -> Page:
    return lists.page(PageQuestion.model_validate(asked))
