"""The text of an article: markup reduced, the furniture of the page left out."""

from collections.abc import Sequence
from typing import overload

from recsys.records import Article
from recsys.text.display import clean_title, shorten
from recsys.text.furniture import strip_furniture
from recsys.text.html import html_to_text
from recsys.text.vectoriser import Document

_TITLE_WORDS = 9  # of the summary or body, where an article has no title
_ENOUGH = 20_000  # characters that surely hold the first words of a body


def plain_text(text: str | None) -> str:
    """Return what a reader would call the text: no markup, breadcrumb, dateline or links."""
    return strip_furniture(html_to_text(text)) if text else ""


def document_of(article: Article) -> Document:
    """Return the words of an article, field by field.

    Where there is neither title nor summary nor body, tags and section are no words either: they
    would make all articles of a section alike, and one story.
    """
    fields = {
        "title": html_to_text(article.title or ""),
        "summary": html_to_text(article.summary or ""),
        "body": plain_text(article.body),
    }
    if any(fields.values()):
        fields |= {"tags": "\n".join(article.tags), "section": "\n".join(article.section)}
    return Document(article.language, fields)


class Documents(Sequence[Document]):
    """The documents of articles, each made when it is read: texts are not held twice.

    Parameters
    ----------
    articles
        A slice of the documents is the documents of a slice of them.
    """

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = articles

    def __len__(self) -> int:
        return len(self._articles)

    @overload
    def __getitem__(self, place: int) -> Document: ...

    @overload
    def __getitem__(self, place: slice) -> "Documents": ...

    def __getitem__(self, place: int | slice) -> "Document | Documents":
        if isinstance(place, slice):
            return Documents(self._articles[place])
        return document_of(self._articles[place])


def title_of(article: Article) -> str:
    """Return the title as shown: the first words of summary or body where there is none."""
    if article.title and (title := clean_title(html_to_text(article.title))):
        return title
    for text in (article.summary, article.body):
        if words := clean_title(plain_text((text or "")[:_ENOUGH])):
            return shorten(words, _TITLE_WORDS)
    return ""
