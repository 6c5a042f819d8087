"""Lists against what was wanted: by hand, and at random with ties among the grades."""

import numpy as np

from recsys.evaluation.judged import Judged


def padded(each, width=None, fill=-1, dtype=np.int32):
    width = max(map(len, each), default=0) if width is None else width
    table = np.full((len(each), width), fill, dtype=dtype)
    for i, one in enumerate(each):
        table[i, : len(one)] = one
    return table


def judged(*questions, k=None) -> Judged:
    """From (list, {wanted row: grade}) pairs; best first, ties to the lower row."""
    order = [sorted(w, key=lambda row: (-w[row], row)) for _, w in questions]
    grades = [[w[row] for row in o] for o, (_, w) in zip(order, questions, strict=True)]
    return Judged(
        padded([rows for rows, _ in questions], k),
        padded(order),
        padded(grades, fill=0.0, dtype=np.float64),
    )


def at_random(seed: int, n: int = 60, k: int = 12, pool: int = 25, none_wanted: bool = True):
    """Return (list, {wanted row: grade}) pairs: short lists, empty ones, few grades."""
    rng = np.random.default_rng(seed)
    pairs = []
    for _ in range(n):
        length = int(rng.integers(0, k + 1))
        m = int(rng.integers(0 if none_wanted else 1, 16))
        wanted = {int(r): int(rng.integers(1, 4)) for r in rng.permutation(pool)[:m]}
        pairs.append((rng.permutation(pool)[:length].tolist(), wanted))
    return pairs
