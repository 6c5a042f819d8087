"""The quality figures that the documentation claims: ``python -m benchmarks.quality``.

The data folder comes from ``--data`` or ``RECSYS_DATA``. Prints one table per data set; a set
that is not there is named and left out.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.editorial_links import (
    Links,
    Scores,
    difference,
    judge,
    our_ranker,
    read_links,
    scikit_learn_ranker,
)
from recsys.recipe import Recipe

_SHIPPED = Path(__file__).parent.parent / "models"


def main() -> int:
    """Run what the data allow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("RECSYS_DATA"))
    parser.add_argument("--recipe", type=Path, default=_SHIPPED / "default.toml")
    given = parser.parse_args()
    if given.data is None or not (given.data / "ant_multisource").is_dir():
        print("editorial links: skipped, no ant_multisource below --data or RECSYS_DATA")
        return 0
    editorial_links(given.data, given.recipe)
    return 0


def editorial_links(data: Path, recipe: Path) -> None:
    """Print nDCG@10 and hit@10 against the editors' links, per site and pooled."""
    links = read_links(data)
    print(
        f"Editorial links, protocol b: {len(links.anchors)} anchors, {len(links.articles)} articles"
    )
    started = time.perf_counter()
    peer = judge(links, scikit_learn_ranker(links))
    print(f"  scikit-learn's TfidfVectorizer judged in {time.perf_counter() - started:.0f} s")
    started = time.perf_counter()
    ours = judge(links, our_ranker(links, Recipe.read(recipe).tables))
    print(f"  {recipe.name} trained and judged in {time.perf_counter() - started:.0f} s")
    columns = f"{'anchors':>8}{'peer nDCG':>11}{'hit':>7}{'ours nDCG':>11}{'hit':>7}"
    print(f"\n  {'site':14}{columns}   ours - peer, nDCG@10")
    for site, places in _groups(links).items():
        _line(site, places, peer, ours)


def _groups(links: Links) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for place, anchor in enumerate(links.anchors):
        groups.setdefault(anchor.article.site, []).append(place)
    return {**dict(sorted(groups.items())), "all": list(range(len(links.anchors)))}


def _line(name: str, places: list[int], peer: Scores, ours: Scores) -> None:
    a, b = np.array(ours.ndcg)[places], np.array(peer.ndcg)[places]
    hits = [np.array(scores.hit)[places].mean() for scores in (peer, ours)]
    mean, low, high = difference(a.tolist(), b.tolist())
    print(
        f"  {name:14}{len(places):>8}{b.mean():>11.3f}{hits[0]:>7.2f}{a.mean():>11.3f}"
        f"{hits[1]:>7.2f}   {mean:+.3f} [{low:+.3f}, {high:+.3f}]"
    )


if __name__ == "__main__":
    sys.exit(main())
