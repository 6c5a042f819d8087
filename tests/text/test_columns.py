"""Words looked up by the columns they had before: held equal to looking each of them up."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from recsys.text import columns
from recsys.text.columns import Columns
from recsys.text.counting import Document
from recsys.text.tokens import Tokenizer
from recsys.text.vectoriser import Vectoriser

TEXTS = {
    "ar": "قال الوزير إن الاتفاقية وُقّعت في العلا، والاتفاقية 2030 هي اتفاقية الوزراء ـ وقال",
    "fr": "L'eau et l’école: l'État, les écoles, une eau qui n'est pas à 3,5 degrés",
    "ja": "東京都の天気は晴れ。Tokyo の天気 ok",
    None: "words and words, a b 7",
}


def every_term(tokenizer):
    terms = {term for language, text in TEXTS.items() for term in tokenizer.terms(text, language)}
    return {term: column for column, term in enumerate(sorted(terms)[::2])}


class Asked:
    """Places of terms, and which were asked for."""

    def __init__(self, place):
        self.place, self.terms = place, []

    def __call__(self, terms):
        self.terms += terms
        return np.array([self.place.get(term, -1) for term in terms], dtype=np.int32)


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_has_the_columns_of_its_terms_in_its_order(language):
    tokenizer = Tokenizer()
    place = every_term(tokenizer)
    found = Columns(tokenizer, Asked(place))
    terms = tokenizer.terms(TEXTS[language], language)
    expected = [place[term] for term in terms if term in place]
    assert len(expected) > 1
    for _ in range(2):
        assert found.of(TEXTS[language], language).tolist() == expected


def test_a_word_is_asked_for_once_and_in_its_own_language():
    asked = Asked({"word": 0, "words": 1})
    found = Columns(Tokenizer(), asked)
    assert found.of("words, word; the words", "en-GB").tolist() == [0, 0, 0]
    assert found.of("word", "en").tolist() == [0]
    assert asked.terms == ["word"]
    assert found.of("words", None).tolist() == [1]


def test_what_was_not_asked_for_lately_is_let_go_and_found_again(monkeypatch):
    monkeypatch.setattr(columns, "_KEPT", 3)
    names = [f"word{i}" for i in range(20)]
    asked = Asked({name: i for i, name in enumerate(names)})
    found = Columns(Tokenizer(stemming="none"), asked)
    for text in ([0, 1], [1, 2], [3], [4, 0], [5, 6, 7, 8], [1], range(20), [0, 19]):
        assert found.of(" ".join(names[i] for i in text), "en").tolist() == list(text)
    assert asked.terms.count("word0") > 1
    assert found.of("", "en").tolist() == []


def test_threads_that_share_it_find_the_same(monkeypatch):
    monkeypatch.setattr(columns, "_KEPT", 50)
    names = [f"word{i}" for i in range(200)]
    found = Columns(Tokenizer(stemming="none"), Asked({name: i for i, name in enumerate(names)}))
    drawn = [np.random.default_rng(i).integers(0, 200, 30).tolist() for i in range(200)]
    with ThreadPoolExecutor(4) as threads:
        results = threads.map(lambda d: found.of(" ".join(names[i] for i in d), "en"), drawn)
        assert [result.tolist() for result in results] == drawn


@pytest.mark.parametrize("weight", [0.7, 1.0, 2.0])
@pytest.mark.parametrize("sublinear", [True, False])
def test_counts_are_added_up_in_the_order_of_the_words(weight, sublinear):
    vectoriser = Vectoriser(title=weight, summary=0.7, sublinear_tf=sublinear)
    tokenizer = vectoriser.tokenizer
    place = every_term(tokenizer)
    vectoriser.idf_ = np.linspace(1, 3, len(place))
    known = Columns(tokenizer, Asked(place))
    for language, text in TEXTS.items():
        document = Document(language, {"title": text * 3, "summary": text, "body": text + " 7"})
        expected = vectoriser.transform(document, lambda term: place.get(term, -1))
        found = vectoriser.vector(document, known)
        assert [part.dtype for part in found] == [part.dtype for part in expected]
        assert [part.tolist() for part in found] == [part.tolist() for part in expected]
