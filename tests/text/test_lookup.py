"""New words as arrays: which characters fold by themselves, and what words have for pairs."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.kernels.runs import runs_of, strings
from recsys.text import Folding, Tokenizer
from recsys.text.lookup import CharacterTable, Lookup, stands_alone

LETTERS = (
    "اأبةـىئؤ\u064b\u0651\u0670\u0653\u0654\u0301\u0308e\u00e9\u00e4\u00dfI\u0130\u0132"
    "6\u0663\u200c\u09a8\u09bc\u1100\u1161\u11a8\ufefb가"
)


def seconds():
    """Every character that composes with the one before it, as Unicode's data have it."""
    found = set()
    for code in range(0x110000):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            pair = "".join(chr(int(part, 16)) for part in parts)
            if unicodedata.normalize("NFC", pair) == chr(code):
                found.add(pair[1])
    return found | {chr(code) for code in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}


def test_no_character_that_composes_with_another_stands_alone():
    composing = seconds()
    assert len(composing) > 60
    assert not any(map(stands_alone, composing))
    assert not {mark for mark in composing if unicodedata.combining(mark) in range(27, 36)}


@pytest.mark.parametrize(
    "folding",
    [Folding(), Folding(accents=False), Folding(case=False, diacritics=False)],
)
def test_every_character_folds_between_letters_as_the_table_says(folding):
    table = CharacterTable(folding.fold)
    mark = "\u064e" if folding.diacritics else ""
    characters = filter(str.isprintable, map(chr, (*range(0x3400), *range(0xF900, 0x11000))))
    words = [f"أ{c}{mark}é{c}" for c in characters]
    odd = np.zeros(len(words), dtype=np.bool_)
    found = strings(*table.translated(*runs_of(words), odd))
    plain = np.flatnonzero(~odd).tolist()
    assert len(plain) > 8_000
    folded = folding.fold("\n".join(words)).split("\n")
    assert [found[i] for i in plain] == [folded[i] for i in plain]


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text(LETTERS, min_size=1) | st.text(min_size=1), max_size=8),
    st.builds(Folding, *[st.booleans()] * 12),
)
def test_words_that_are_not_odd_fold_as_they_do_alone(words, folding):
    words = [word for word in words if word.isprintable()]
    odd = np.zeros(len(words), dtype=np.bool_)
    found = strings(*CharacterTable(folding.fold).translated(*runs_of(words), odd))
    for word, text, apart in zip(words, found, odd.tolist(), strict=True):
        assert apart or text == folding.fold(word)


def looked_up(tokenizer, calls, names):
    """The pairs of each word of each call, as term and shown form."""
    lookup, found = Lookup(tokenizer), []
    for words, groups in calls:
        lengths, pairs = lookup.pairs(
            *runs_of(words), np.array(groups, dtype=np.int32), names
        )  # fmt: skip
        found += [part.tolist() for part in np.split(pairs, np.cumsum(lengths)[:-1])]
    terms, order = lookup.vocabulary()
    names_of = dict(zip(order.tolist(), terms, strict=True))
    shown = lookup._shown.strings(0, lookup._shown.n_runs)
    both = [
        (names_of[term], shown[form])
        for term, form in zip(lookup.term_of.tolist(), lookup._shown_of.array.tolist(), strict=True)
    ]
    assert len(set(both)) == len(both)
    return [tuple(both[pair] for pair in pairs) for pairs in found]


def test_words_have_the_pairs_of_their_language():
    words = ["الكتابُ", "كتاب", "the", "ships", "l'eau", "東京都", "a", "7", "ﷺ"]
    groups = [0, 0, 1, 1, 2, 2, 1, 1, 0]
    names = ["ar", "en", "fr"]
    entries = Tokenizer().entries
    expected = [entries(names[group])[word] for word, group in zip(words, groups, strict=True)]
    assert looked_up(Tokenizer(), [(words, groups)], names) == expected
    assert expected[:4] == [(("كتاب", "الكتاب"),), (("كتاب", "كتاب"),), (), (("ship", "ships"),)]


@pytest.mark.slow  # reads many words twice
@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.text(LETTERS) | st.text(), st.integers(0, 4))), max_size=3),
    st.builds(
        Tokenizer,
        folding=st.builds(Folding, *[st.booleans()] * 12),
        stemming=st.sampled_from(["none", "light", "snowball"]),
        stop_words=st.booleans(),
        min_characters=st.integers(1, 3),
        spaceless_ngram=st.integers(1, 3),
    ),
)
def test_words_looked_up_as_arrays_have_the_pairs_of_words_looked_up_alone(calls, tokenizer):
    names = ["ar", None, "fr", "en-GB", "ja"]
    calls = [
        [(word, group) for text, group in call for word in tokenizer.words(text)] for call in calls
    ]
    calls = [([word for word, _ in call], [group for _, group in call]) for call in calls if call]
    expected = [
        tokenizer.entries(names[group])[word]
        for words, groups in calls
        for word, group in zip(words, groups, strict=True)
    ]
    assert looked_up(tokenizer, calls, names) == expected


def test_a_terms_surface_is_the_commonest_then_the_shortest_then_the_first():
    """Documents of Ship, ships, ship: 2, 3, 3; of the two with most the shorter."""
    lookup = Lookup(Tokenizer())
    words = ["Ship", "ships", "ship", "Sea", "sea"]
    _, pairs = lookup.pairs(*runs_of(words), np.zeros(5, dtype=np.int32), ["en"])
    assert pairs.tolist() == [0, 1, 2, 3, 4]
    terms, order = lookup.vocabulary()
    surfaces = lookup.surfaces(np.array([2, 3, 3, 1, 1], dtype=np.int32))
    assert dict(zip(terms, [surfaces[i] for i in order.tolist()], strict=True)) == {
        "ship": "ship",
        "sea": "Sea",
    }
