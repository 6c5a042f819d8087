"""Do people find alike what we find alike? ``python -m benchmarks.lee_pincombe``.

50 short news documents, judged pair by pair by people, with 300 others of the same kind; the
engine is trained on all 350. The data folder comes from ``--data`` or ``RECSYS_DATA``.
"""

import sys
from pathlib import Path

import numpy as np

from benchmarks.data import folder_with
from recsys.data.documents import document_of
from recsys.model import parts_of
from recsys.recipe import Recipe
from recsys.records import Article

_SHIPPED = Path(__file__).parent.parent / "models"
_DRAWS = 2000


def correlation(data: Path, recipe: Recipe) -> tuple[float, float, float]:
    """Return Pearson's correlation of cosines with the mean ratings, and its 95 % interval.

    The interval is by bootstrap over the 50 documents; pairs of a document with itself are left
    out.
    """
    import pyarrow.parquet as pq

    folder = data / "lee_pincombe"
    articles = pq.read_table(folder / "articles.parquet").to_pylist()
    ratings = pq.read_table(folder / "similarity.parquet").to_pylist()
    documents = [
        document_of(Article(article_id=a["article_id"], body=a["body"], language="en"))
        for a in articles
    ]
    rows = parts_of(recipe)[0].fit_transform(documents).astype(np.float64)
    place = {a["article_id"]: i for i, a in enumerate(articles)}
    judged = sorted({place[r[side]] for r in ratings for side in ("article_id_a", "article_id_b")})
    cosines = np.asarray((rows[judged] @ rows[judged].T).toarray())
    rated = np.full(cosines.shape, np.nan)
    for r in ratings:
        one, other = (judged.index(place[r[side]]) for side in ("article_id_a", "article_id_b"))
        rated[one, other] = rated[other, one] = r["similarity"]
    pairs = np.triu_indices(len(judged), 1)
    random = np.random.default_rng(0)
    drawn = []
    for _ in range(_DRAWS):
        chosen = random.integers(0, len(judged), len(judged))
        a, b = chosen[pairs[0]], chosen[pairs[1]]
        drawn.append(np.corrcoef(cosines[a, b][a != b], rated[a, b][a != b])[0, 1])
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(np.corrcoef(cosines[pairs], rated[pairs])[0, 1]), float(low), float(high)


def main() -> int:
    """Print the correlation of every shipped recipe."""
    data = folder_with("lee_pincombe", "Lee-Pincombe", __doc__)
    if data is None:
        return 0
    print("Lee-Pincombe: correlation with people's ratings, 95 % interval over documents")
    for path in sorted(_SHIPPED.glob("*.toml")):
        found, low, high = correlation(data, Recipe.read(path))
        print(f"  {path.name:16} {found:.3f} [{low:.3f}, {high:.3f}]")
    return 0


if __name__ == "__main__":
    sys.exit(main())
