import unicodedata
from dataclasses import fields, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recsys.text import Folding
from recsys.text.folding import visible

SWITCHES = [field.name for field in fields(Folding)]
NOTHING = Folding(**dict.fromkeys(SWITCHES, False))

foldings = st.builds(Folding, **{name: st.booleans() for name in SWITCHES})
arabic = st.text(st.sampled_from("اأإآٱءؤئىيیکكهةۃـًٌّٰٕٔ‌‍‏\u200b\ufeffﻻﷲ٣۳aÉßı\u0301"))

ONE_BY_ONE = {
    "presentation_forms": ("ﻣﻐﺮﺏ Ｆ", "مغرب F"),
    "case": ("Rabat STRASSE Straße", "rabat strasse strasse"),
    "diacritics": ("يُعتَبَرُ تصويتًا هٰذا שָׁלוֹם", "يعتبر تصويتا هذا שלום"),
    "tatweel": ("أيضــــا", "أيضا"),
    "alef": ("أحمد إلى آخر ٱلله", "احمد الى اخر الله"),
    "hamza": ("مؤتمر رئيس شيء", "موتمر رييس شيء"),
    "final_ya": ("على مستشفى", "علي مستشفي"),
    "ta_marbuta": ("المغربية", "المغربيه"),
    "digits": ("٢٠٢٥ ۲۰۲۵ २०२५ ١٨٫٣", "2025 2025 2025 18.3"),
    "look_alikes": ("کتاب ایران ہم ھو ۀ ۃ ڪ ے", "كتاب ايران هم هو ه ة ك ي"),
    "accents": ("é Ñ ÿ Œuvre smørbrød ız ά й", "e N y OEuvre smorbrod iz α и"),
    "invisible": ("می\u200cشود\u200f soft\u00adly \ufeffa\ufe0fb c\u200bd", "میشود softly ab c d"),
}


def test_every_switch_has_its_example():
    assert list(ONE_BY_ONE) == SWITCHES


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_alone_removes_its_difference(switch):
    written, folded = ONE_BY_ONE[switch]
    assert replace(NOTHING, **{switch: True}).fold(written) == folded


@pytest.mark.parametrize("switch", SWITCHES)
def test_all_the_other_switches_leave_its_difference(switch):
    written, folded = ONE_BY_ONE[switch]
    all_but_one = replace(Folding(), **{switch: False})
    assert all_but_one.fold(written) != all_but_one.fold(folded)


def test_without_switches_the_text_stays():
    assert all(NOTHING.fold(written) == written for written, _ in ONE_BY_ONE.values())


def test_a_bare_hamza_is_kept_so_that_water_is_not_what():
    assert Folding().fold("ماء") == "ماء" != Folding().fold("ما")


def test_persian_letters_of_their_own_stay():
    assert Folding().fold("پچژگ") == "پچژگ"


def test_marks_of_indic_and_thai_words_stay():
    assert Folding().fold("हिन्दी ที่") == "हिन्दी ที่"


def test_letters_stored_as_base_and_mark_fold_like_whole_ones():
    written = "أحمد مؤتمر École"
    assert Folding().fold(unicodedata.normalize("NFD", written)) == Folding().fold(written)


def test_ascii_is_lowered_and_nothing_else():
    assert Folding().fold("A\tb-C 1") == "a\tb-c 1"


@given(foldings, st.text() | arabic)
@example(Folding(accents=False), "ΐ")
@example(Folding(diacritics=False), "ا\u200d\u0653")
@example(Folding(), "\ud800")
def test_folding_twice_changes_nothing(folding, text):
    once = folding.fold(text)
    assert folding.fold(once) == once


def test_folding_twice_changes_nothing_for_any_alphabetic_character():
    fold = Folding().fold  # all but Han and Hangul of the first plane
    once = [
        fold(chr(code))
        for code in (*range(0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x10000))
    ]
    assert [fold(text) for text in once] == once


@given(st.text() | arabic)
def test_a_folding_learns_nothing_from_what_it_folded_before(text):
    other_order = [Folding().fold(part) for part in sorted(set(text), reverse=True)]
    assert len(other_order) == len(set(text))
    assert Folding().fold(text) == Folding().fold(text)


def test_visible_keeps_the_joiners_that_shape_letters():
    assert visible("می\u200cشود\u200f\u202eab\u00ad") == "می\u200cشودab"
