"""TF-IDF rows of articles that nobody wrote, as many as wanted, shaped like news.

An article belongs to a section, a topic of the section and a story of the topic, and takes the
shares `_SHARES` of its words from each. Numbers of words are log-normal. Words of the language
follow Zipf and Mandelbrot: the r-th has the frequency ``1 / (r + _FLAT)``. The vocabulary grows
with the number of articles like a power (Heaps). At 31,030 rows there are 162 terms a row (149 in
as many real Arabic articles), and 16, 92, 270 and 947 terms stand in more than 20, 10, 5 and 2 %
of the rows (31, 159, 520 and 1,501 there), so that a pair of rows costs 0.6 of what it costs
there. Beyond the story neighbours are farther away than real ones (tenth: 0.10 in the median, 0.26
there), which makes them harder to find within a budget. Sections, topics and stories have lists of
words of their own, drawn from the whole vocabulary; their words of low number come more often.
Topics have some 250 articles and stories 4. The same seed and size give the same rows.
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, vstack

Ints = npt.NDArray[np.int64]

_SHARES = {"general": 0.56, "section": 0.10, "topic": 0.16, "story": 0.18}
_WIDTHS = {"section": 400, "topic": 120, "story": 30}
_ARTICLES = {"topic": 250, "story": 4}
_SECTIONS = 12
_FLAT = 45.0
_WORDS, _SPREAD = 160, 0.6
_BLOCK = 50_000


def generated_rows(n: int, seed: int = 0) -> csr_array:
    """Return float32, shape (n, n_terms), lengths 1: ``tf ** 0.8 * idf``, indices sorted."""
    rng = np.random.default_rng([seed, n])
    n_terms = int(104_000 * (n / 31_030) ** 0.55)
    n_groups = {name: max(1, n // size) for name, size in _ARTICLES.items()}
    groups = {name: rng.integers(0, count, n) for name, count in n_groups.items()}
    groups["topic"] = rng.integers(0, n_groups["topic"], n_groups["story"])[groups["story"]]
    groups["section"] = groups["topic"] % _SECTIONS
    n_groups["section"] = _SECTIONS
    words = {
        name: _zipf(rng, (n_groups[name], width), n_terms, 40 * _FLAT)
        for name, width in _WIDTHS.items()
    }
    blocks = []
    for start in range(0, n, _BLOCK):
        part = {name: rows[start : start + _BLOCK] for name, rows in groups.items()}
        blocks.append(_counted(rng, part, words, n_terms))
    counts = csr_array(vstack(blocks, format="csr"))
    return _weighed(counts)


def _counted(
    rng: np.random.Generator, groups: dict[str, Ints], words: dict[str, Ints], n_terms: int
) -> csr_array:
    n = groups["topic"].size
    lengths = (_WORDS * np.exp(_SPREAD * rng.standard_normal(n))).clip(20, 2000).astype(np.int64)
    owner = np.repeat(np.arange(n), lengths)
    kinds = rng.choice(len(_SHARES), owner.size, p=list(_SHARES.values()))
    terms = _zipf(rng, (owner.size,), n_terms, _FLAT)
    for kind, name in enumerate(_SHARES):
        if name == "general":
            continue
        mine = np.flatnonzero(kinds == kind)
        place = (_WIDTHS[name] * rng.random(mine.size) ** 2).astype(np.int64)
        terms[mine] = words[name][groups[name][owner[mine]], place]
    keys, counts = np.unique(owner * n_terms + terms, return_counts=True)
    ends = np.searchsorted(keys // n_terms, np.arange(n + 1))
    columns = (keys % n_terms).astype(np.int32)
    parts = counts.astype(np.float32), columns, ends.astype(np.int32)
    return csr_array(parts, shape=(n, n_terms))


def _zipf(rng: np.random.Generator, shape: tuple[int, ...], n_terms: int, flat: float) -> Ints:
    """Return terms drawn with the frequencies ``1 / (r + flat)``, by the inverse of their sum."""
    drawn = flat * ((n_terms + flat) / flat) ** rng.random(shape) - flat
    return np.minimum(drawn.astype(np.int64), n_terms - 1)


def _weighed(counts: csr_array) -> csr_array:
    """Turn counts into weights, in place."""
    n = counts.shape[0]
    df = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = (np.log((1 + n) / (1 + df)) + 1).astype(np.float32)
    for start in range(0, n, _BLOCK):
        part = slice(counts.indptr[start], counts.indptr[min(start + _BLOCK, n)])
        values = counts.data[part] ** np.float32(0.8) * idf[counts.indices[part]]
        ends = counts.indptr[start : start + _BLOCK + 1] - counts.indptr[start]
        lengths = np.sqrt(np.add.reduceat(values.astype(np.float64) ** 2, ends[:-1]))
        counts.data[part] = values / np.repeat(lengths, np.diff(ends)).astype(np.float32)
    return counts
