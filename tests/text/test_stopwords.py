import pytest

from recsys.text import Folding, Tokenizer, stop_words

LANGUAGES = ("ar", "fr", "en", "fa", "ur", "es", "de", "it", "pt", "tr")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_is_short_and_of_single_words(language):
    words = stop_words(language)
    assert 60 <= len(words) <= 600
    assert all(len(word.split()) == 1 for word in words)


def test_unknown_languages_have_no_stop_words():
    assert stop_words("xx") == stop_words(None) == frozenset()


def test_arabic_function_words_go_with_their_conjunction_and_in_any_spelling():
    tokenizer = Tokenizer(stop_words=True, stemming="none")
    assert tokenizer.terms("ومن إلى الي فِي وعلى البرلمان", "ar") == ["البرلمان"]


@pytest.mark.parametrize(
    ("language", "text", "kept"),
    [
        ("fr", "la loi de l'État est à l'étude", ["loi", "etat", "etude"]),
        ("en", "the law is in the House", ["law", "house"]),
        ("fa", "این کتاب را می‌شود خواند", ["كتاب", "خواند"]),
        ("ur", "پاکستان کی حکومت نے", ["پاكستان", "حكومت"]),
        ("de", "die Wahl und das Gesetz", ["wahl", "gesetz"]),
        ("tr", "bu yasa ve seçim", ["yasa", "secim"]),
    ],
)
def test_function_words_go_and_content_stays(language, text, kept):
    assert Tokenizer(stop_words=True, stemming="none").terms(text, language) == kept


def test_no_word_of_content_is_lost_to_folding():
    folded = {Folding().fold(word) for word in stop_words("ar")}
    assert folded.isdisjoint({"علم", "ملك", "قصف", "وزير", "ماء", "فوز", "وفد"})
