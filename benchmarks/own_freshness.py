"""Does a site's own half-life pay? ``python -m benchmarks.own_freshness``.

Editors' links under protocol b, month by month: each site's half-life is calibrated on its links
of the months before, and judged on the month. Beside it: the mild half-life for all, and the one
half-life for all sites that is best for those very months, in hindsight.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from benchmarks.data import folder_with
from benchmarks.editorial_links import Anchor, Scores, difference, read_links
from benchmarks.variants import Bench
from recsys.calibration.freshness import STEEPNESS, SiteFreshness
from recsys.calibration.links import site_freshness
from recsys.data.corpus import Corpus
from recsys.signals.freshness import Freshness


def month_of(anchor: Anchor) -> str:
    """Return the month an article was published in."""
    return datetime.fromtimestamp(anchor.article.published_at, UTC).strftime("%Y-%m")


def calibrated(bench: Bench, before: str) -> dict[str, SiteFreshness]:
    """Return each site's half-life as its links of the months before say."""
    links = {
        anchor.article.key: tuple(sorted(anchor.linked))
        for anchor in bench.links.anchors
        if month_of(anchor) < before
    }
    articles = [replace(a, inline_links=links.get(a.key, ())) for a in bench.articles]
    return site_freshness(Corpus.of(articles), bench.space, bench.documents, Freshness())


def by_month(
    bench: Bench, found: Mapping[str, Mapping[str, SiteFreshness]]
) -> tuple[list[int], list[float], dict[float, list[float]]]:
    """Return the questions with earlier links, their nDCG@10, and that of each half-life."""
    cosines = bench.cosines({})

    def judged(days: float) -> Scores:
        return bench.judge(cosines, Freshness(half_life_days=days))

    places, own, known = [], [], dict[float, Scores]()
    for place, anchor in enumerate(bench.links.anchors):
        site = found[month_of(anchor)][anchor.article.site]
        if site.pairs:
            if site.half_life_days not in known:
                known[site.half_life_days] = judged(site.half_life_days)
            places.append(place)
            own.append(known[site.half_life_days].ndcg[place])
    lives = [round(2 ** (1 / s) - 1, 2) for s in STEEPNESS]
    one = {days: np.array(judged(days).ndcg)[places].tolist() for days in lives}
    return places, own, one


def main() -> int:
    """Print what each site was given, and what that was worth."""
    data = folder_with("ant_multisource", "own freshness", __doc__)
    if data is None:
        return 0
    bench = Bench(read_links(data))
    months = sorted({month_of(anchor) for anchor in bench.links.anchors})
    found = {month: calibrated(bench, month) for month in months}
    _show(bench, months, found)
    places, own, one = by_month(bench, found)
    best = max(one, key=lambda days: float(np.mean(one[days])))
    print(f"{len(places)} articles in months with links before them; nDCG@10")
    print(f"  each site's own half-life      {np.mean(own):.4f}")
    for name, days in (("the mild one for all", 15.0), ("the best one in hindsight", best)):
        mean, low, high = difference(own, one[days])
        print(
            f"  {name:26} {days:5.1f} d {np.mean(one[days]):.4f}   "
            f"own - it: {mean:+.4f} [{low:+.4f}, {high:+.4f}]"
        )
    return 0


def _show(
    bench: Bench, months: Sequence[str], found: Mapping[str, Mapping[str, SiteFreshness]]
) -> None:
    for site in sorted({anchor.article.site for anchor in bench.links.anchors}):
        given = (found[month][site] for month in months)
        told = ", ".join(f"{each.half_life_days:.1f} d ({each.pairs})" for each in given)
        print(f"{site}: half-life (pairs before) from {months[0]} on: {told}")


if __name__ == "__main__":
    sys.exit(main())
