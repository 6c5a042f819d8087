"""What was tried, and what cross-validation makes of it: ``python -m benchmarks.variants``.

Editors' links under protocol b, one change of the default at a time, each difference with its
interval; then 20 times five folds over the articles with links, a site's share in each: parameters
are chosen on four folds and judged on the fifth. Cosines of all earlier articles of the site are
worked out directly; stories are those of the default.
"""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, vstack

from benchmarks.data import folder_with
from benchmarks.editorial_links import K, Links, Scores, difference, read_links
from recsys.data.corpus import Corpus
from recsys.data.documents import document_of
from recsys.data.keys import KeyIndex
from recsys.kernels.neighbours import DECIMALS
from recsys.model import groups_of, parts_of
from recsys.ranking.stories import Stories
from recsys.recipe import Recipe
from recsys.signals.freshness import Freshness
from recsys.signals.similarity import Similarity
from recsys.signals.space import Space
from recsys.text.vectoriser import Document
from recsys.times import DAY
from recsys.topk import best_places

Rows = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Cosines = Sequence[tuple[Rows, Floats]]
"""For each question, the rows worth recommending and their cosines."""

INF = float("inf")
DECAY = Freshness(flat_days=2.0, half_life_days=30.0, scale_days=INF, floor=0.5)
TEXTS: Mapping[str, Mapping[str, Any]] = {
    "1 + ln in place of the power": {"vectoriser": {"sublinear_tf": True}},
    **{f"power {p:g}": {"vectoriser": {"tf_exponent": p}} for p in (0.5, 0.65, 0.8, 1.0)},
    **{f"title weight {w:g}": {"vectoriser": {"title": w}} for w in (1.0, 3.0, 4.0)},
    **{f"summary weight {w:g}": {"vectoriser": {"summary": w}} for w in (0.0, 2.0)},
    "no section": {"vectoriser": {"section": 0.0}},
    "terms of one document left out": {"vectoriser": {"min_df": 2}},
    "light stemming": {"tokenizer": {"stemming": "light"}},
    "no stemming": {"tokenizer": {"stemming": "none"}},
    "stop words left in": {"tokenizer": {"stop_words": False}},
}
AGES = {
    "plain decay, flat 2 d, half-life 30 d, floor 0.5": DECAY,
    "plain decay, half-life 7 d, floor 0.5": Freshness(0.0, 7.0, INF, 0.5),
    "no freshness": Freshness(half_life_days=INF),
    **{f"half-life {d:g} d": Freshness(half_life_days=d) for d in (4.7, 9.0, 12.0, 31.0)},
    **{f"scale {d:g} d": Freshness(scale_days=d) for d in (0.5, 2.0)},
    **{f"flat for {d:g} d": Freshness(flat_days=d) for d in (1.0, 2.0)},
    **{f"floor {f:g}": Freshness(floor=f) for f in (0.2, 0.4)},
}
GRID_TEXTS = [
    "1 + ln in place of the power", "power 0.5", "power 0.65", "power 0.8", "power 1",
]  # fmt: skip
GRID_AGES = [
    *(Freshness(0.0, d, INF, f) for d, f in product((7.0, 14.0, 30.0), (0.3, 0.5))),
    DECAY,
    *(
        Freshness(half_life_days=d, scale_days=s)
        for d in (4.7, 9.0, 15.0, 31.0)
        for s in (1.0, 2.0)
    ),
]


@dataclass(frozen=True, eq=False)
class Bench:
    """The questions, and what is the same for all variants."""

    links: Links

    @cached_property
    def corpus(self) -> Corpus:
        """All articles; rows are in the order of `articles`."""
        return Corpus.of(self.articles)

    @cached_property
    def articles(self) -> list[Any]:
        """In the order of their keys, as in training."""
        return sorted(self.links.articles, key=lambda article: article.key)

    @cached_property
    def documents(self) -> list[Document]:
        """The text of each article, in the order of `articles`."""
        return [document_of(article) for article in self.articles]

    @cached_property
    def space(self) -> Space:
        """What the default recipe makes of the articles."""
        vectoriser, parts = parts_of(Recipe())
        rows = vectoriser.fit_transform(self.documents)
        near = Similarity(**parts.similarity.__dict__).fit(rows, groups_of(self.corpus), jobs=-1)
        places = KeyIndex.of(vectoriser.vocabulary_)
        return Space.of(vectoriser, places, rows, near.neighbour_rows_, near.neighbour_cosines_)

    @cached_property
    def leaders(self) -> Rows:
        """The stories of the default."""
        near, same = self.space, self.corpus.same_page()
        return Stories().leaders(near.near, near.near_cosines, self.corpus.published, same)

    def cosines(self, tables: Mapping[str, Any]) -> Cosines:
        """Return what a recipe of ``tables`` finds; worked out once."""
        key = repr(tables)
        if key not in self._found:
            self._found[key] = self._cosines(tables)
        return self._found[key]

    @cached_property
    def _found(self) -> dict[str, Cosines]:
        return {}

    def _cosines(self, tables: Mapping[str, Any]) -> Cosines:
        vectoriser, parts = parts_of(Recipe("variant", tables))
        rows = vectoriser.fit_transform(self.documents)
        place = {term: i for i, term in enumerate(vectoriser.vocabulary_)}
        vectors = [
            vectoriser.transform(document_of(a.article), lambda term: place.get(term, -1))
            for a in self.links.anchors
        ]
        asked = vstack(
            [csr_array((v, i, [0, i.size]), shape=(1, rows.shape[1])) for i, v in vectors],
            format="csr",
        )
        products = csr_array(asked.astype(np.float64) @ rows.T.astype(np.float64))
        found: list[tuple[Rows, Floats]] = []
        for line, anchor in enumerate(self.links.anchors):
            part = slice(products.indptr[line], products.indptr[line + 1])
            near = products.indices[part].astype(np.int32)
            cosines = np.round(products.data[part].astype(np.float64), DECIMALS)
            fit = cosines >= parts.similarity.min_similarity
            fit &= self.corpus.published[near] < anchor.article.published_at
            fit &= self.corpus.site[near] == self.corpus.sites.index(anchor.article.site)
            fit &= near != self.corpus.row_of(*anchor.article.key)
            found.append((near[fit], np.asarray(cosines[fit], dtype=np.float64)))
        return found

    def judge(self, cosines: Cosines, freshness: Freshness) -> Scores:
        """Judge a variant as `benchmarks.editorial_links.judge` does."""
        scores = Scores()
        for (near, similar), anchor in zip(cosines, self.links.anchors, strict=True):
            age = (anchor.article.published_at - 1 - self.corpus.published[near]) / DAY
            order = best_places(near, np.round(similar * freshness.at(age), DECIMALS))[: 20 * K]
            _, first = np.unique(self.leaders[near[order]], return_index=True)
            listed = near[order[np.sort(first)[:K]]]
            scores.add([self.corpus.id_of(row) for row in listed.tolist()], anchor.linked)
        return scores


def folds(links: Links, seed: int, n: int = 5) -> npt.NDArray[np.int64]:
    """Return a fold for each question, each site's shared out evenly."""
    sites = np.array([anchor.article.site for anchor in links.anchors])
    random, fold = np.random.default_rng(seed), np.zeros(sites.size, dtype=np.int64)
    for site in np.unique(sites):
        of_site = np.flatnonzero(sites == site)
        fold[of_site] = random.permutation(np.arange(of_site.size) % n)
    return fold


def cross_validated(
    links: Links, tried: Mapping[Any, Scores], times: int = 20
) -> tuple[Scores, Counter[Any]]:
    """Return each question's scores where it was held out, the mean of ``times`` partings."""
    names = list(tried)
    ndcg, hit = (np.array([getattr(tried[name], m) for name in names]) for m in ("ndcg", "hit"))
    held, chosen = np.zeros((2, ndcg.shape[1])), Counter[Any]()
    for seed in range(times):
        fold = folds(links, seed)
        for out in np.unique(fold):
            best = int(ndcg[:, fold != out].mean(axis=1).argmax())
            chosen[names[best]] += 1
            held[0][fold == out] += ndcg[best][fold == out] / times
            held[1][fold == out] += hit[best][fold == out] / times
    return Scores(held[0].tolist(), held[1].tolist()), chosen


def line(links: Links, name: str, scores: Scores, base: Scores) -> str:
    """Return a row of the table of variants."""
    mean, low, high = difference(scores.ndcg, base.ndcg)
    delta = np.array(scores.ndcg) - np.array(base.ndcg)
    sites = np.array([anchor.article.site for anchor in links.anchors])
    apart = " / ".join(f"{delta[sites == site].mean():+.3f}" for site in np.unique(sites))
    figures = f"{np.mean(scores.ndcg):.3f} | {np.mean(scores.hit):.2f}"
    return f"| {name} | {figures} | {mean:+.3f} [{low:+.3f}, {high:+.3f}] | {apart} |"


def one_at_a_time(bench: Bench, former: Scores) -> None:
    """Print each change of the default, against it."""
    links, default = bench.links, bench.cosines({})
    base = bench.judge(default, Freshness())
    print(line(links, "(the default)", base, base))
    print(line(links, "1 + ln and plain decay: the former default", former, base))
    for name, freshness in AGES.items():
        print(line(links, name, bench.judge(default, freshness), base), flush=True)
    for name, tables in TEXTS.items():
        print(line(links, name, bench.judge(bench.cosines(tables), Freshness()), base), flush=True)


def held_out(bench: Bench, former: Scores) -> None:
    """Print what cross-validation chooses, and what that is worth where it was held out."""
    tried: dict[tuple[str, Freshness], Scores] = {}
    for name in GRID_TEXTS:
        cosines = bench.cosines(TEXTS[name])
        tried |= {(name, freshness): bench.judge(cosines, freshness) for freshness in GRID_AGES}
    held, chosen = cross_validated(bench.links, tried)
    print(f"\nHeld out, {len(tried)} settings to choose from, against the former default:")
    print(line(bench.links, "chosen on the other folds", held, former))
    print("Chosen most often:", *chosen.most_common(4), sep="\n  ")


def main() -> int:
    """Print the table of variants and what cross-validation chooses."""
    data = folder_with("ant_multisource", "variants", __doc__)
    if data is None:
        return 0
    bench = Bench(read_links(data))
    former = bench.judge(bench.cosines(TEXTS["1 + ln in place of the power"]), DECAY)
    print("| change | nDCG@10 | hit@10 | difference | BBC / CNN / France 24 |")
    print("|---|---|---|---|---|")
    one_at_a_time(bench, former)
    held_out(bench, former)
    return 0


if __name__ == "__main__":
    sys.exit(main())
