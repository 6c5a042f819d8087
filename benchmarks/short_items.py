"""Are very short items lost to cosine? ``python -m benchmarks.short_items``.

Editors' links under protocol b. Each linked article in turn is cut to its title and the first words
of its body, and has to hold its own against whole articles; beside that, what the remedy does to
the lists of whole ones, and how many short items stand in them. Candidates are the hundred nearest
of the earlier articles of the site, as a service keeps them.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

from benchmarks.data import folder_with
from benchmarks.editorial_links import Anchor, K, Scores, read_links
from benchmarks.variants import Bench, Cosines, Floats, Rows, line
from recsys.data.documents import document_of
from recsys.evaluation.comparison import compare
from recsys.kernels.neighbours import DECIMALS
from recsys.model import groups_of
from recsys.signals.freshness import Freshness
from recsys.signals.short_items import lent
from recsys.signals.similarity import Similarity
from recsys.signals.space import Space
from recsys.text.vectoriser import Document, Vector
from recsys.times import DAY
from recsys.topk import best_places

WORDS = 30
SHORT = 40
"""Terms under which an item of a list is told to be short."""

OFF = Similarity(lent=0.0)


def cut(document: Document) -> Document:
    """Return a document with nothing but its section, title and first words, `WORDS` in all."""
    title = document.fields["title"].split()[:WORDS]
    body = document.fields["body"].split()[: WORDS - len(title)]
    fields = {"title": " ".join(title), "body": " ".join(body), "summary": ""}
    return replace(document, fields={**document.fields, **fields})


@dataclass(frozen=True, eq=False)
class Case:
    """An article with links, and the earlier articles that are nearest to it."""

    anchor: Anchor
    vector: Vector
    rows: Rows
    cosines: Floats


@dataclass(frozen=True, eq=False)
class ShortItems:
    """The questions, and every linked article once more, cut short, as a row behind the others."""

    bench: Bench

    @cached_property
    def linked(self) -> dict[int, int]:
        """Row of a linked article -> row of what is left of it."""
        row_of, n = self.bench.corpus.row_of, len(self.bench.articles)
        anchors = self.bench.links.anchors
        rows = {row_of(a.article.site, other) for a in anchors for other in a.linked}
        return {row: n + i for i, row in enumerate(sorted(rows))}

    @cached_property
    def space(self) -> Space:
        """The default's, with what is left of linked articles appended."""
        few = [cut(self.bench.documents[row]) for row in self.linked]
        groups = groups_of(self.bench.corpus)
        return self.bench.space.extended(few, np.append(groups, groups[list(self.linked)]))

    @cached_property
    def published(self) -> npt.NDArray[np.int64]:
        """When each row of the space was published."""
        published = self.bench.corpus.published
        return np.append(published, published[list(self.linked)])

    @cached_property
    def leaders(self) -> Rows:
        """The first article of each row's story."""
        leaders = self.bench.leaders
        return np.append(leaders, leaders[list(self.linked)])

    @cached_property
    def cases(self) -> list[Case]:
        """What a service would choose among for each question."""
        found = []
        for anchor, (rows, cosines) in zip(
            self.bench.links.anchors, self.bench.cosines({}), strict=True
        ):
            order = best_places(rows, cosines)[: self.space.kept]
            vector = self.space.vector_of(document_of(anchor.article))
            found.append(Case(anchor, vector, rows[order], cosines[order]))
        return found

    def similar(self, case: Case, similarity: Similarity) -> Floats:
        """Return how similar the texts of a case's rows are."""
        found = lent(similarity, self.space, self.published, case.vector, case.rows, case.cosines)
        return case.cosines if found is None else found.similarity

    def listed(self, case: Case, similarity: Similarity) -> Rows:
        """Return the first ten."""
        age = (case.anchor.article.published_at - 1 - self.published[case.rows]) / DAY
        scores = np.round(self.similar(case, similarity) * Freshness().at(age), DECIMALS)
        order = best_places(case.rows, scores)
        _, first = np.unique(self.leaders[case.rows[order]], return_index=True)
        return case.rows[order[np.sort(first)[:K]]]

    def whole(self, similarity: Similarity) -> Scores:
        """Judge the lists of whole articles."""
        scores, id_of = Scores(), self.bench.corpus.id_of
        for case in self.cases:
            listed = self.listed(case, similarity).tolist()
            scores.add([id_of(row) for row in listed], case.anchor.linked)
        return scores

    def short_ones(self, similarity: Similarity) -> Floats:
        """Return the share of short items among the first ten, for each question."""
        found = [self.space.lengths(self.listed(c, similarity)) < SHORT for c in self.cases]
        return np.array([short.mean() if short.size else 0.0 for short in found])

    def cut_short(self) -> Iterator[tuple[int, Case, int]]:
        """Yield each link's question, its case with the linked article cut, and that one's row."""
        for i, case in enumerate(self.cases):
            for other in sorted(case.anchor.linked):
                row = self.bench.corpus.row_of(case.anchor.article.site, other)
                left = self.linked[row]
                cosine = self.space.cosines(np.array([left], dtype=np.int32), case.vector)
                there = case.rows != row
                rows, cosines = case.rows[there], case.cosines[there]
                least = cosines.min(initial=1.0) if rows.size >= self.space.kept - 1 else 0.0
                if cosine[0] >= max(OFF.min_similarity, least):
                    rows = np.append(rows, np.int32(left))
                    cosines = np.append(cosines, cosine)
                yield i, replace(case, rows=rows, cosines=cosines), left

    def hits(self, similarity: Similarity) -> tuple[Floats, Rows]:
        """Return whether each linked article, cut short, is among the ten; and whose link it is."""
        found = [(left in self.listed(case, similarity), i) for i, case, left in self.cut_short()]
        hits, of = zip(*found, strict=True)
        return np.array(hits, dtype=np.float64), np.array(of, dtype=np.int32)

    def asked_short(self) -> Cosines:
        """Return what is similar to the questions cut short."""
        found = []
        for case in self.cases:
            vector = self.space.vector_of(cut(document_of(case.anchor.article)))
            rows, cosines = self.bench.space.all_similar(vector)
            corpus, article = self.bench.corpus, case.anchor.article
            fit = (cosines >= OFF.min_similarity) & (rows != corpus.row_of(*article.key))
            fit &= corpus.published[rows] < article.published_at
            fit &= corpus.site[rows] == corpus.sites.index(article.site)
            found.append((rows[fit], cosines[fit]))
        return found


def tell(items: ShortItems, name: str, similarity: Similarity) -> None:
    """Print what a remedy does to short and to whole articles."""
    hits, of = items.hits(similarity)
    d = compare(hits, items.hits(OFF)[0], of)
    gain = f"{d.mean:+.3f} [{d.low:+.3f}, {d.high:+.3f}]"
    shares = items.short_ones(similarity)
    sites = np.array([case.anchor.article.site for case in items.cases])
    by_site = " / ".join(f"{shares[sites == site].mean():.1%}" for site in np.unique(sites))
    whole = line(items.bench.links, "", items.whole(similarity), items.whole(OFF))[4:-2]
    print(f"| {name} | {hits.mean():.3f}: {gain} | {whole} | {by_site} |", flush=True)


def main() -> int:
    """Print the tables."""
    data = folder_with("ant_multisource", "short_items", __doc__)
    if data is None:
        return 0
    items = ShortItems(Bench(read_links(data)))
    print(
        "| lent, short terms | cut short, among the ten | nDCG@10 | hit@10 | difference |", end=""
    )
    print(" BBC / CNN / France 24 | short ones in the lists |\n|---|---|---|---|---|---|---|")
    tell(items, "the cosine alone", OFF)
    for terms, weight in product((25, 30, 40), (0.2, 0.3, 0.4)):
        tell(items, f"{weight}, {terms}", Similarity(lent=weight, short_terms=terms))
    links = items.bench.links
    linked = [items.bench.corpus.row_of(a.article.site, o) for a in links.anchors for o in a.linked]
    sites = items.bench.corpus.site[linked]
    short = items.space.lengths(np.array(linked, dtype=np.int32)) < SHORT
    print("editors link to", [f"{short[sites == s].mean():.1%}" for s in np.unique(sites)])
    whole = items.bench.judge(items.bench.cosines({}), Freshness())
    asked = items.bench.judge(items.asked_short(), Freshness())
    print(line(links, "questions cut short", asked, whole))
    return 0


if __name__ == "__main__":
    sys.exit(main())
