"""Articles found by words of their titles, however those are spelled.

A word is looked for in the titles as they are written, by a pattern that takes each letter in all
the spellings that folding makes one; only titles in which that is found are folded themselves. So
nothing is kept of the titles, and the newest articles are looked at first.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys.data.corpus import Corpus
from recsys.data.strings import runs
from recsys.snapshot import Snapshot
from recsys.text.display import direction
from recsys.text.folding import Folding, folder
from recsys.text.tokens import Tokenizer
from recsys.times import format_instant
from recsys.urls import is_web_address

Rows = npt.NDArray[np.int32]

MOST_TITLES = 200_000
"""How many titles of a site are looked at, the newest; older ones are found by id or address."""
MOST_WORDS = 10  # of a query; the others are left alone
_MOST_LETTERS = 16  # of a word's pattern; each is a set of hundreds of characters
_AT_ONCE = 256  # titles
_SPELLINGS = (  # what may fold to another letter: Latin to Syriac, and forms for presentation
    range(0x20, 0x0900), range(0x1AB0, 0x2190), range(0xF900, 0x10000)
)  # fmt: skip


def found(
    snapshot: Snapshot,
    site: str,
    query: str,
    limit: int,
    now: int,
    most_titles: int = MOST_TITLES,
) -> Rows:
    """Return the articles of a site that a query means, the newest first.

    Parameters
    ----------
    query
        An id or an address, whose article comes first; or words, each of which must stand in the
        title, whole or in part, in whatever spelling. Nothing but spaces means any article.
    limit
        At least 1.
    now
        In seconds since 1970: what is published later is not found.
    most_titles
        How many titles are looked at, the newest of the site.

    Returns
    -------
    rows
        int32, shape (m,) with m <= limit.

    Notes
    -----
    It looks at titles until there are enough, 4 to 10 µs each: 1 to 2 s for a word that none of
    200,000 has. No step of it takes long, so that other threads have their turn.
    """
    corpus, query = snapshot.corpus, query.strip()
    named = corpus.row_of(site, query)
    if named < 0 and is_web_address(query):
        named = corpus.row_at(site, query)
    rows = [named] if named >= 0 and corpus.shown[named] and corpus.published[named] <= now else []
    words = _words(query)
    if site in corpus.sites and (words or not query):
        titled = _titled(snapshot, corpus.sites.index(site), words, now, most_titles)
        rows += list(islice((row for row in titled if row not in rows), limit - len(rows)))
    return np.array(rows, dtype=np.int32)


def document(corpus: Corpus, row: int) -> dict[str, Any]:
    """Return the JSON object that tells of an article that was found."""
    title, language = corpus.texts["title"][row], corpus.language_of(row)
    return {
        "article_id": corpus.id_of(row),
        "url": corpus.texts["url"][row] or None,
        "title": title,
        "section": corpus.section_of(row),
        "published_at": format_instant(int(corpus.published[row])),
        "language": language,
        "dir": direction(language, title),
    }


def _words(query: str) -> list[str]:
    """Return the words of a query, folded, each once."""
    fold = folder(Folding())
    folded = (part for word in Tokenizer().words(query) for part in fold(word).split())
    return list(dict.fromkeys(folded))[:MOST_WORDS]


def _titled(snapshot: Snapshot, site: int, words: list[str], now: int, most: int) -> Iterator[int]:
    """Find the articles of a site that have all words in their titles, the newest first."""
    corpus, order = snapshot.corpus, snapshot.latest_order
    titles, fold = corpus.texts["title"], folder(Folding())
    spelled, odd = _spelled(max(words, key=len, default="")), _alphabet()[2]
    for start in range(0, order.size, _AT_ONCE):
        rows = order[start : start + _AT_ONCE]
        rows = rows[(corpus.site[rows] == site) & (corpus.published[rows] <= now)][:most]
        most -= rows.size
        for row in rows.tolist():
            title = titles[row]
            if spelled.search(title) or odd.search(title):
                folded = fold(title) if words else ""
                if all(word in folded for word in words):
                    yield row
        if not most:
            return


@lru_cache(maxsize=64)
def _spelled(word: str) -> re.Pattern[str]:
    """Return a pattern that is found in every text without odd characters that has ``word``.

    It may be found in others too, as it has the first letters only.
    """
    spellings, dropped, _ = _alphabet()
    letters = (_any_of(spellings.get(letter, "") + letter) for letter in word[:_MOST_LETTERS])
    return re.compile(f"{_any_of(dropped)}*".join(letters))


@lru_cache(maxsize=1)
def _alphabet() -> tuple[dict[str, str], str, re.Pattern[str]]:
    """Return folded letter -> its spellings, what folding drops, and what is odd.

    Odd is what folds to several letters, or changes together with its neighbours.
    """
    fold, spellings = folder(Folding()), dict[str, str]()
    dropped, odd = [], []
    for code in (code for span in _SPELLINGS for code in span):
        character = chr(code)
        folded = fold(character)
        if not folded:
            dropped.append(character)
        elif _leans(character) or (len(folded) > 1 and any(map(str.isalnum, folded))):
            odd.append(character)
        elif folded != character and len(folded) == 1:
            spellings[folded] = spellings.get(folded, "") + character
    odd += [chr(code) for code in range(0x1100, 0x1200)]  # Jamo, which compose
    odd += ["\u3099", "\u309a"]
    return spellings, "".join(dropped), re.compile(_any_of("".join(odd)))


def _leans(character: str) -> bool:
    """Return whether a character may change together with the one before it."""
    return unicodedata.category(character).startswith("M")


def _any_of(characters: str) -> str:
    """Return a set of a pattern: ranges, as single characters take long to compile."""
    codes = np.array(sorted(set(map(ord, characters))), dtype=np.int64)
    spans = ((int(codes[start]), int(codes[end - 1])) for start, end in runs(codes))
    ranges = (rf"\U{first:08x}-\U{last:08x}" for first, last in spans)
    return f"[{''.join(ranges)}]"
