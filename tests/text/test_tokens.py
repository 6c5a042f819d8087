import pickle
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.text import Folding, Tokenizer, tokens

PLAIN = Tokenizer(stemming="none", stop_words=False)

written = st.text() | st.text(st.sampled_from("اأبةهيىًّـ‌‏ aéÉ'’٣7.,@/:東京タワกข\ud800\u0301ﷺ😀_"))
tokenizers = st.builds(
    Tokenizer,
    folding=st.builds(Folding, diacritics=st.booleans(), ta_marbuta=st.booleans()),
    stemming=st.sampled_from(["none", "light", "snowball"]),
    stop_words=st.booleans(),
    min_characters=st.integers(1, 4),
    spaceless_ngram=st.integers(1, 3),
)
languages = st.sampled_from([None, "ar", "fr", "en", "fa", "tr", "ja", "xx", "ar-MA", ""])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("يُعتبر هذا، التعاون!", ["يُعتبر", "هذا", "التعاون"]),
        ("أيضـــا", ["أيضـــا"]),
        ("می\u200cشود کتاب\u200cها", ["می\u200cشود", "کتاب\u200cها"]),
        ("l'eau d’hier, 'quoted' O'Brien", ["l'eau", "d’hier", "quoted", "O'Brien"]),
        ("cafe\u0301 naïve soft\u00adly", ["cafe\u0301", "naïve", "soft\u00adly"]),
        ('צה"ל ג׳ורג׳', ['צה"ל', "ג׳ורג"]),
        ("قال'نعم'", ["قال", "نعم"]),
        ("18.3 مليار و١٨٫٣ في 2017-06-20.", ["18.3", "مليار", "و١٨٫٣", "في", "2017", "06", "20"]),
        ("#كأس_العالم @رويترز", ["كأس", "العالم", "رويترز"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("a\u200bb", ["a", "b"]),
        ("— … «» 😀 ـ", []),
    ],
)
def test_words_are_whole(text, words):
    assert PLAIN.words(text) == words


@pytest.mark.parametrize(
    "address",
    [
        "https://site.example/a/123?q=1#x",
        "HTTP://SITE.EXAMPLE",
        "www.site.example/قسم",
        "pic.twitter.com/abc",
        "first.last+tag@mail.example.org",
    ],
)
def test_addresses_yield_no_words(address):
    assert PLAIN.words(f"قال {address} نعم") == ["قال", "نعم"]
    assert PLAIN.words(f"قال ({address}) نعم") == ["قال", "نعم"]


@pytest.mark.parametrize("piece", ["a", "a.", "a@", "a-", "'a", "1,", "www.", "a@a."])
def test_hostile_text_takes_no_longer_than_its_length(piece):
    started = time.process_time()
    PLAIN.words(piece * 50_000 + " @ www. x.com/")
    assert time.process_time() - started < 2  # seconds; trying anew at every letter takes minutes


def test_terms_are_folded_and_pairs_show_the_word_as_readers_know_it():
    pairs = PLAIN.pairs("الـمُباحثـات Économie ٢٠٢٥", "ar")
    assert pairs == [
        ("المباحثات", "المباحثات"),
        ("economie", "Économie"),
        ("2025", "٢٠٢٥"),
    ]


def test_the_shown_form_keeps_letters_zwnj_and_drops_marks_and_hidden_characters():
    assert PLAIN.pairs("إلى\u200f می\u200cشود", "fa") == [
        ("الي", "إلى"),
        ("ميشود", "می\u200cشود"),
    ]


@pytest.mark.parametrize("stemming", ["none", "light", "snowball"])
def test_spellings_of_one_word_have_one_term(stemming):
    spellings = "الإتفاقيّة الاتفاقية الاتفاقيه الأتفاقيـــة ﺍﻻﺗﻔﺎﻗﻴﺔ"
    assert len(set(Tokenizer(stemming=stemming).terms(spellings, "ar"))) == 1


def test_stems_meet_where_whole_words_do_not():
    text = "الاتفاقية اتفاقية بالاتفاقية"
    assert len(set(PLAIN.terms(text, "ar"))) == 3
    assert len(set(Tokenizer(stop_words=False).terms(text, "ar"))) == 1
    assert set(Tokenizer(stemming="light", stop_words=False).terms(text, "ar")) == {"اتفاق"}


def test_european_stemmers_see_accents_and_terms_have_none():
    assert Tokenizer(stop_words=False).terms("sécurités L’ÉCONOMIE économies", "fr") == [
        "secur",
        "econom",
        "econom",
    ]
    assert PLAIN.terms("Straße STRASSE", "de") == ["strasse", "strasse"]


def test_scripts_without_spaces_become_overlapping_ngrams():
    assert PLAIN.terms("東京タワー", "ja") == ["東京", "京タ", "タワ", "ワー"]
    assert replace(PLAIN, spaceless_ngram=3).terms("東京タワー", None) == [
        "東京タ",
        "京タワ",
        "タワー",
    ]
    assert PLAIN.terms("東。iPhoneを", "ja") == ["東", "iphone", "を"]
    assert PLAIN.terms("ไทย", "th") == ["ไท", "ทย"]


def test_short_terms_go_but_numbers_stay():
    assert PLAIN.terms("و في a 7 عن", "ar") == ["في", "7", "عن"]
    assert replace(PLAIN, min_characters=3).terms("في عن قال 42", "ar") == ["قال", "42"]
    assert replace(PLAIN, min_characters=1).terms("و a", "ar") == ["و", "a"]


def test_a_symbol_that_stands_for_several_words_is_one_term():
    assert PLAIN.pairs("ﷺ", "ar") == [("صلياللهعليهوسلم", "صلى الله عليه وسلم")]


def test_a_mark_that_stands_alone_is_no_word():
    marks_count = replace(PLAIN, folding=Folding(diacritics=False), min_characters=1)
    assert marks_count.pairs("\u103f\u064b", None) == [("\u103f", "\u103f")]


def test_a_region_does_not_change_the_language():
    text = "nationales et internationales"
    assert Tokenizer(stop_words=False).terms(text, "fr-MA") == Tokenizer(stop_words=False).terms(
        text, "FR_ma"
    )
    assert Tokenizer(stop_words=False).terms(text, "fr-MA") == Tokenizer(stop_words=False).terms(
        text, "fr"
    )


@given(tokenizers, written, languages)
def test_terms_are_the_first_parts_of_pairs(tokenizer, text, language):
    pairs = tokenizer.pairs(text, language)
    assert tokenizer.terms(text, language) == [term for term, _ in pairs]
    assert all(term and shown and not term.isspace() for term, shown in pairs)
    assert not any(character.isspace() for term, _ in pairs for character in term)


@given(tokenizers, written, written, languages)
def test_terms_depend_on_the_text_alone(tokenizer, text, other, language):
    before = tokenizer.terms(text, language)
    tokenizer.terms(other, language)
    assert tokenizer.terms(text, language) == before


@given(written)
def test_words_are_pieces_of_the_text_in_order(text):
    at = 0
    for word in PLAIN.words(text):
        at = text.index(word, at) + len(word)


def test_a_full_cache_forgets_and_gives_the_same_terms(monkeypatch):
    text = " ".join(f"كلمة{n} مدينة{n}" for n in range(50))
    expected = PLAIN.terms(text, "ar")
    monkeypatch.setattr(tokens, "_CACHED_WORDS", 7)
    small = replace(PLAIN, spaceless_ngram=5)  # a cache of its own
    assert small.terms(text, "ar") == expected
    assert len(tokens._entries(small, "ar")) <= 7


def test_a_tokenizer_is_a_value_that_travels_between_processes():
    tokenizer = Tokenizer(stop_words=True)
    tokenizer.terms("المغربية", "ar")
    again = pickle.loads(pickle.dumps(tokenizer))
    assert again == tokenizer
    assert hash(again) == hash(tokenizer)
    assert again.terms("المغربية", "ar") == tokenizer.terms("المغربية", "ar")


@pytest.mark.parametrize(
    ("tokenizer", "message"),
    [
        (
            Tokenizer(stemming="heavy", stop_words=False),
            "stemming must be one of none, light, snowball, got 'heavy'",
        ),
        (Tokenizer(min_characters=0), "min_characters must be at least 1, got 0"),
        (Tokenizer(spaceless_ngram=0), "spaceless_ngram must be at least 1, got 0"),
    ],
)
def test_a_wrong_field_is_refused_when_used(tokenizer, message):
    with pytest.raises(ValueError, match=message):
        tokenizer.terms("a", "ar")


def test_importing_the_text_package_loads_no_compiled_library():
    code = "import sys, recsys.text; print({'Stemmer', 'selectolax', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


pieces = [*"aZ0.@:/-_ +\t\n\u00a0\u2028«،ſ", "www.", "WWW.", "://", "http", ".com/", "x@y.z"]
addressed = st.lists(st.sampled_from(pieces), max_size=30).map("".join)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(addressed)
def test_addresses_are_found_word_by_word_as_in_the_whole_text(text):
    hinted = any(hint in text for hint in tokens._ADDRESS_HINTS)
    expected = tokens._addresses().sub(" ", text) if hinted else text
    assert tokens.without_addresses(text) == expected
