"""What a site's editors linked to, as choices among what they could have linked to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from recsys.calibration.freshness import Choices, SiteFreshness, calibrated_freshness
from recsys.data.corpus import Corpus
from recsys.signals.freshness import Freshness
from recsys.signals.similarity import gathered
from recsys.signals.space import Space
from recsys.text.tokens import Tokenizer
from recsys.text.vectoriser import Document
from recsys.times import DAY, UNKNOWN

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Choice = tuple[Floats, Floats, int]

_ANCHORS = 500  # articles with links looked at for each site: the newest


def link_choices(
    corpus: Corpus, space: Space, documents: Sequence[Document]
) -> Mapping[str, Choices]:
    """Return, for each site, which earlier articles its inline links chose.

    The candidates of a link are the linking article's kept neighbours that had been published; a
    link to anything else says nothing of age. Lines that contain the title of a linked article are
    taken out of the text before cosines are worked out: with the answer in the question every link
    would be found by its words alone.

    Parameters
    ----------
    corpus
        Its ``inline_links`` are the evidence.
    space
        Trained on ``documents``, nothing having come since.
    documents
        The text of each row of the corpus.

    Notes
    -----
    Some 3 ms an article, and at most the newest 500 with links of each site: 1.3 s.
    """
    found: dict[str, list[Choice]] = {site: [] for site in corpus.sites}
    for row in _anchors(corpus):
        linked = _linked(corpus, row)
        if linked.size:
            found[corpus.site_of(row)] += _choices(corpus, space, documents, row, linked)
    return {site: _together(choices) for site, choices in found.items()}


def site_freshness(
    corpus: Corpus, space: Space, documents: Sequence[Document], freshness: Freshness
) -> dict[str, SiteFreshness]:
    """Return what each site's links say of its half-life, by name; see `link_choices`."""
    return {
        site: calibrated_freshness(choices, freshness)
        for site, choices in link_choices(corpus, space, documents).items()
    }


def _anchors(corpus: Corpus) -> list[int]:
    """Return the newest rows with links, as many of each site as are looked at."""
    ends = corpus.texts["inline_links"].base.offsets
    rows = np.flatnonzero((np.diff(ends) > 0) & (corpus.published != UNKNOWN))
    newest = rows[np.lexsort((rows, -corpus.published[rows]))]
    chosen = [newest[corpus.site[newest] == site][:_ANCHORS] for site in range(len(corpus.sites))]
    return [int(row) for rows in chosen for row in rows]


def _linked(corpus: Corpus, row: int) -> Rows:
    """Return the rows an article links to: of its site, published before it."""
    site, rows = corpus.site_of(row), []
    for link in corpus.texts["inline_links"][row].split("\n"):
        at = corpus.row_of(site, link)
        rows.append(at if at >= 0 else corpus.row_at(site, link))
    linked: Rows = np.unique(np.array([r for r in rows if r >= 0 and r != row], dtype=np.int32))
    when = corpus.published[linked]
    earlier: Rows = linked[(when != UNKNOWN) & (when < corpus.published[row])]
    return earlier


def _choices(
    corpus: Corpus, space: Space, documents: Sequence[Document], row: int, linked: Rows
) -> list[Choice]:
    near = space.near[row]
    near = near[near >= 0]
    when = corpus.published[near]
    near = near[corpus.shown[near] & (when != UNKNOWN) & (when < corpus.published[row])]
    if not np.isin(linked, near).any():
        return []
    titles = [documents[other].fields["title"] for other in linked.tolist()]
    document = without_lines(documents[row], titles, space.vectoriser.tokenizer)
    terms, values = space.vector_of(document)
    anchor = np.zeros(space.rows.shape[1])
    anchor[terms] = values
    cosines = gathered(space.rows, near).astype(np.float64) @ anchor
    ages = (corpus.published[row] - corpus.published[near]) / DAY
    return [
        (cosines, ages, int(np.flatnonzero(near == other)[0]))
        for other in linked.tolist()
        if other in near
    ]


def without_lines(document: Document, titles: Sequence[str], tokenizer: Tokenizer) -> Document:
    """Return a document without the lines of its body in which one of ``titles`` stands.

    Titles are compared as the terms they are indexed under, one after the other; one of fewer than
    three terms is no sign of a link.
    """

    def terms(text: str) -> str:
        return f" {' '.join(tokenizer.terms(text, document.language))} "

    told = [cut for cut in map(terms, titles) if cut.count(" ") > 3]
    lines = document.fields.get("body", "").split("\n")
    clean = [line for line in lines if not any(cut in terms(line) for cut in told)]
    return replace(document, fields={**document.fields, "body": "\n".join(clean)})


def _together(choices: Sequence[Choice]) -> Choices:
    width = max((cosines.size for cosines, _, _ in choices), default=0)
    similarity, ages = np.zeros((len(choices), width)), np.zeros((len(choices), width))
    for i, (cosines, days, _) in enumerate(choices):
        similarity[i, : cosines.size], ages[i, : days.size] = np.round(cosines, 6), days
    chosen = np.array([place for _, _, place in choices], dtype=np.int64)
    return Choices(similarity, ages, chosen)
