"""The lists of the demo's pages: tags for the widget, each with its list of this moment inside.

What stands inside a tag is what readers without JavaScript see, and everyone until the widget has
its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from recsys.lists import Query
from recsys.page import compose, parse_blocks, spelled
from recsys.records import DEFAULT_SITE, Recommendation, RecommendationList

from .fragments import Facts, Look, Titles, list_html
from .newspaper import Paper


@dataclass(frozen=True)
class Tag:
    """One list of a page, as ``<news-list>`` is asked for it.

    Parameters
    ----------
    kind
        As the widget spells it: ``most-read``.
    facts, titles
        The widget's attributes; its defaults where left out.
    """

    kind: str
    limit: int
    section: str | None = None
    facts: Facts = "none"
    titles: Titles = "short"

    @property
    def key(self) -> str:
        """The list as a block of a page."""
        name = self.kind.replace("-", "_")
        return name if self.section is None else f"{name}/{spelled(self.section)}"

    def attributes(self, paper: Paper, article_id: str | None, left_out: str) -> dict[str, str]:
        """Return what stands in the tag: all lists of a page are asked for in one request."""
        given = {
            "kind": self.kind,
            "for": article_id,
            "section": self.section,
            "limit": str(self.limit),
            "facts": self.facts if self.facts != "none" else None,
            "titles": self.titles if self.titles != "short" else None,
            "exclude": left_out or None,
            "site": paper.site if paper.site != DEFAULT_SITE else None,
            "language": paper.locale if paper.filter else None,
        }
        return {name: value for name, value in given.items() if value is not None}

    def html(self, paper: Paper, told: Mapping[str, str], answer: RecommendationList | None) -> str:
        """Return the tag, with the list inside as far as it is known."""
        attributes = " ".join(f'{name}="{escape(value)}"' for name, value in told.items())
        look = Look(facts=self.facts, titles=self.titles, time_zone=paper.time_zone)
        inside = list_html(answer, look) if answer else ""
        return f"<news-list {attributes} page>{inside}</news-list>"


def drawn(
    paper: Paper, tags: Sequence[Tag], article_id: str | None = None, left_out: str = ""
) -> dict[str, str]:
    """Return the tags of one page by their keys, filled.

    Parameters
    ----------
    article_id
        The article that the page shows, if any; where it is too new to be known, tags are empty.
    left_out
        Id of an article that the page shows elsewhere.
    """
    answers = _answers(paper, tags, article_id, left_out)
    return {
        tag.key: tag.html(paper, tag.attributes(paper, article_id, left_out), answers.get(tag.key))
        for tag in tags
    }


def first_of(paper: Paper, section: str | None = None) -> Recommendation | None:
    """Return what leads the paper, or a section: the first of what is latest."""
    tag = Tag("latest" if section is None else "section", 1, section)
    answer = _answers(paper, [tag], None, "")[tag.key]
    return next(iter(answer.items), None)


def _answers(
    paper: Paper, tags: Iterable[Tag], article_id: str | None, left_out: str
) -> Mapping[str, RecommendationList]:
    rows = {name: paper.row_of(name) for name in (article_id, left_out) if name}
    if article_id is not None and rows[article_id] < 0:
        return {}
    query = Query(
        site=paper.site,
        row=rows.get(article_id or "", -1),
        language=paper.filter.get("language"),
        exclude=frozenset(rows[name] for name in (left_out,) if name and rows[name] >= 0),
    )
    blocks = parse_blocks(",".join(f"{tag.key}:{tag.limit}" for tag in tags))
    return compose(paper.snapshot, query, blocks, paper.now).blocks
