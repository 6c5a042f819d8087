import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recsys.text import clean_title, direction, shorten


def test_a_title_of_nine_words_stays_whole():
    assert shorten("1 2 3 4 5 6 7 8 9") == "1 2 3 4 5 6 7 8 9"


def test_a_title_of_ten_words_keeps_nine_and_says_so():
    assert shorten("1 2 3 4 5 6 7 8 9 10") == "1 2 3 4 5 6 7 8 9…"


def test_what_separates_words_does_not_stand_before_the_ellipsis():
    assert shorten("قمة باكو، والرباط", words=2) == "قمة باكو…"
    assert shorten("one - two", words=2) == "one…"
    assert shorten("one two… three", words=2) == "one two…"


def test_white_space_in_a_title_is_folded():
    assert shorten(" a \n b ") == "a b"


def test_fewer_than_one_word_is_refused():
    with pytest.raises(ValueError, match="words must be at least 1, got 0"):
        shorten("a", words=0)


@example("0\r0\xa00", 2)  # what a no-break space holds together is one word
@given(st.text(), st.integers(1, 12))
def test_a_short_title_has_no_more_words_than_asked_for(title, words):
    held = str.maketrans("\xa0\u202f", "__")
    assert len(shorten(title, words).translate(held).split()) <= words


def test_a_clean_title_has_no_tatweel_controls_or_bidi_overrides():
    assert clean_title("\u202eأيضـــا\u0007 \ufeffa\u00a0\n b\u2066") == "أيضا a b"


def test_a_clean_title_keeps_the_joiners_and_harakat_it_is_written_with():
    assert clean_title("می\u200cشود يُعلن") == "می\u200cشود يُعلن"


def test_a_clean_title_is_composed():
    assert clean_title("e\u0301") == "é"


@given(st.text())
def test_a_clean_title_is_clean(title):
    assert clean_title(clean_title(title)) == clean_title(title)


@pytest.mark.parametrize(
    "language",
    ["ar", "fa", "ur", "he", "ps", "ckb", "sd", "ug", "yi", "dv", "ar-MA", "FA_IR", "az-Arab"],
)
def test_these_languages_are_read_from_the_right(language):
    assert direction(language, "latin text") == "rtl"


@pytest.mark.parametrize("language", ["fr", "en", "tr", "zh", "ku-Latn", "pt-BR"])
def test_other_languages_are_read_from_the_left(language):
    assert direction(language, "نص عربي") == "ltr"


def test_without_a_language_the_first_strong_character_decides():
    assert direction(None, "2025: شهد") == "rtl"
    assert direction("und", "«Rabat» شهد") == "ltr"
    assert direction("", "123") == direction(None) == "ltr"


def test_a_no_break_space_holds_a_number_together():
    title = "Plus de 6\u00a0000 personnes à la fête de la mer"
    assert clean_title(title) == title
    assert shorten(title, 4) == "Plus de 6\u00a0000 personnes…"
