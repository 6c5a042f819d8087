"""Articles that nobody wrote, and their TF-IDF rows, as many as wanted, shaped like news.

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

As texts (`generated_articles`) the same words are spelled in Arabic letters that no stemmer takes
away, a number in base 16 with at least three letters, and three in ten of them have the article ال
before them. The first `_TITLE` words are the title. Sections are named, and articles lie evenly in
the `_DAYS` before `NOW`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, vstack

from recsys.records import Article
from recsys.times import DAY

Ints = npt.NDArray[np.int64]

NOW = 1_800_000_000

_LETTERS = "جحخدذرزشصضطظعغقث"
_DEFINITE, _TITLE, _DAYS = 0.3, 8, 1000
_SHARES = {"general": 0.56, "section": 0.10, "topic": 0.16, "story": 0.18}
_WIDTHS = {"section": 400, "topic": 120, "story": 30}
_ARTICLES = {"topic": 250, "story": 4}
_SECTIONS = 12
_FLAT = 45.0
_WORDS, _SPREAD = 160, 0.6
_BLOCK = 50_000


@dataclass(frozen=True, eq=False)
class _Block:
    """Some articles' words in the order of the text.

    Attributes
    ----------
    owner, terms
        int64, shape (n_words,): article, from 0 in the block; and word.
    section
        int64, shape (n,).
    """

    owner: Ints
    terms: Ints
    section: Ints


def generated_rows(n: int, seed: int = 0) -> csr_array:
    """Return float32, shape (n, n_terms), lengths 1: ``tf ** 0.8 * idf``, indices sorted."""
    blocks = [_counted(block, _n_terms(n)) for block in _blocks(n, seed)]
    return _weighed(csr_array(vstack(blocks, format="csr")))


def generated_articles(n: int, seed: int = 0) -> Iterator[Article]:
    """Yield ``n`` articles whose words are those of `generated_rows`."""
    vocabulary = _spelled(_n_terms(n))
    rng, first = np.random.default_rng([seed, n, 1]), 0
    for block in _blocks(n, seed):
        definite = rng.random(block.terms.size) < _DEFINITE
        words = vocabulary[definite.astype(np.int64), block.terms].tolist()
        ends = np.searchsorted(block.owner, np.arange(1, block.section.size + 1)).tolist()
        for start, end, section in zip([0, *ends], ends, block.section.tolist(), strict=False):
            yield Article(
                f"g{first:07}",
                title=" ".join(words[start : start + _TITLE]),
                body=" ".join(words[start + _TITLE : end]),
                section=(f"section{section}",),
                language="ar",
                published_at=NOW - DAY * _DAYS * (n - first) // n,
            )
            first += 1


def _n_terms(n: int) -> int:
    return int(104_000 * (n / 31_030) ** 0.55)


def _spelled(n_terms: int) -> npt.NDArray[np.object_]:
    """Return str, shape (2, n_terms): each word, and the same with the article before it."""
    letters = str.maketrans("0123456789abcdef", _LETTERS)
    plain = [f"{number:03x}".translate(letters) for number in range(n_terms)]
    return np.array([plain, ["ال" + word for word in plain]], dtype=object)


def _blocks(n: int, seed: int) -> Iterator[_Block]:
    rng, n_terms = np.random.default_rng([seed, n]), _n_terms(n)
    n_groups = {name: max(1, n // size) for name, size in _ARTICLES.items()}
    groups = {name: rng.integers(0, count, n) for name, count in n_groups.items()}
    groups["topic"] = rng.integers(0, n_groups["topic"], n_groups["story"])[groups["story"]]
    groups["section"] = groups["topic"] % _SECTIONS
    n_groups["section"] = _SECTIONS
    words = {
        name: _zipf(rng, (n_groups[name], width), n_terms, 40 * _FLAT)
        for name, width in _WIDTHS.items()
    }
    for start in range(0, n, _BLOCK):
        part = {name: rows[start : start + _BLOCK] for name, rows in groups.items()}
        owner, terms = _drawn(rng, part, words, n_terms)
        yield _Block(owner, terms, part["section"])


def _drawn(
    rng: np.random.Generator, groups: dict[str, Ints], words: dict[str, Ints], n_terms: int
) -> tuple[Ints, Ints]:
    """Return owners and terms."""
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
    return owner, terms


def _counted(block: _Block, n_terms: int) -> csr_array:
    n = block.section.size
    keys, counts = np.unique(block.owner * n_terms + block.terms, return_counts=True)
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
