"""TF-IDF rows, held equal to scikit-learn's and to the formula worked out by hand."""

from math import log, sqrt

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from recsys.sample import sample_articles
from recsys.text.tokens import Tokenizer
from recsys.text.vectoriser import Document, Vectoriser

PLAIN = Tokenizer(stemming="none", stop_words=False)


def body(text, language="en"):
    return Document(language, {"body": text})


def fitted(documents, **parameters):
    vectoriser = Vectoriser(**{"tokenizer": PLAIN, **parameters})
    return vectoriser, vectoriser.fit_transform(documents)


def places(vectoriser):
    return {term: i for i, term in enumerate(vectoriser.vocabulary_)}


@pytest.fixture(scope="module")
def texts():
    return [(a.language, a.body or "") for a in sample_articles(1_800_000_000)]


@pytest.mark.parametrize("sublinear", [True, False])  # without it, and with exponent 1: raw counts
@pytest.mark.parametrize("min_df", [1, 3])
def test_one_field_equals_scikit_learns_tfidf(texts, sublinear, min_df):
    tokenizer = Tokenizer()
    ours, rows = fitted(
        [body(text, language) for language, text in texts],
        tokenizer=tokenizer, tf_exponent=1.0, sublinear_tf=sublinear, min_df=min_df,
    )  # fmt: skip
    peer = TfidfVectorizer(analyzer=lambda pair: tokenizer.terms(pair[1], pair[0]),
                           sublinear_tf=sublinear, min_df=min_df)  # fmt: skip
    expected = peer.fit_transform(texts)
    assert list(ours.vocabulary_) == list(peer.get_feature_names_out())
    assert ours.idf_ == pytest.approx(peer.idf_)
    assert abs(rows - expected).max() < 1e-6


def test_a_text_transformed_alone_equals_scikit_learns_transform(texts):
    tokenizer = Tokenizer()
    half = len(texts) // 2
    ours, _ = fitted(
        [body(t, language) for language, t in texts[:half]], tokenizer=tokenizer, sublinear_tf=True
    )
    peer = TfidfVectorizer(analyzer=lambda p: tokenizer.terms(p[1], p[0]), sublinear_tf=True)
    peer.fit(texts[:half])
    place = places(ours)
    for language, text in texts[half:]:
        indices, values = ours.transform(body(text, language), lambda term: place.get(term, -1))
        expected = peer.transform([(language, text)])
        expected.sort_indices()
        assert indices.tolist() == expected.indices.tolist()
        assert values == pytest.approx(expected.data, abs=1e-6)


def test_a_word_counts_by_the_weight_of_its_field():
    documents = [
        Document("en", {"title": "ship", "body": "ship harbour"}),
        Document("en", {"body": "grain"}),
    ]
    vectoriser, rows = fitted(documents, title=3.0, tf_exponent=1.0)
    idf = log(3 / 2) + 1  # every term in one of two documents
    ship, harbour = 4 * idf, 1 * idf  # 3 from the title, 1 from the body
    length = sqrt(ship**2 + harbour**2)
    row = rows[[0]].toarray()[0]
    assert row[places(vectoriser)["ship"]] == pytest.approx(ship / length)
    assert row[places(vectoriser)["harbour"]] == pytest.approx(harbour / length)


def test_a_repeated_word_counts_by_its_power():
    vectoriser, rows = fitted([body("ship ship ship ship grain")], tf_exponent=0.5)
    row = rows[[0]].toarray()[0]  # 4 ** 0.5 = 2 against 1; one document, so that idf is 1 for both
    assert row[places(vectoriser)["ship"]] == pytest.approx(2 / sqrt(5))
    assert row[places(vectoriser)["grain"]] == pytest.approx(1 / sqrt(5))


def test_a_text_transformed_alone_is_the_row_it_had_in_training(texts):
    documents = [body(text, language) for language, text in texts[:40]]
    vectoriser, rows = fitted(documents)
    place = places(vectoriser)
    for i, document in enumerate(documents):
        indices, values = vectoriser.transform(document, lambda term: place.get(term, -1))
        assert indices.tolist() == rows[[i]].indices.tolist()
        assert values == pytest.approx(rows[[i]].data, abs=1e-6)


def test_a_field_of_no_weight_is_left_out():
    vectoriser, _ = fitted([Document("en", {"title": "ship", "body": "grain"})], title=0.0)
    assert list(vectoriser.vocabulary_) == ["grain"]


def test_terms_keep_the_commonest_form_for_people():
    texts = ["الاتفاقية", "الاتفاقية", "اتفاقية", "اتفاقيّة"]
    vectoriser, _ = fitted([body(t, "ar") for t in texts], tokenizer=Tokenizer())
    assert len(vectoriser.vocabulary_) == 1
    assert vectoriser.surfaces_[0] == "اتفاقية"  # 2 of each; the shorter is taken


@pytest.mark.slow  # starts processes
def test_neither_jobs_nor_blocks_change_a_bit(texts):
    documents = [body(t, language) for language, t in texts] * 8  # more than one block
    one, two = Vectoriser(), Vectoriser()
    first, second = one.fit_transform(documents, jobs=1), two.fit_transform(documents, jobs=2)
    assert first.data.tobytes() == second.data.tobytes()
    assert first.indices.tobytes() == second.indices.tobytes()
    assert one.surfaces_ == two.surfaces_


def test_scripts_without_spaces_have_rows_too():
    vectoriser, rows = fitted([body("東京都知事", "ja"), body("京都", "ja")])
    assert "京都" in vectoriser.vocabulary_
    assert float((rows[[0]] @ rows[[1]].T).toarray()[0, 0]) > 0


@pytest.mark.parametrize("documents", [[], [body("")], [body(""), body("...")]])
def test_nothing_to_learn_from_is_no_trouble(documents):
    vectoriser, rows = fitted(documents)
    assert rows.shape == (len(documents), 0)
    indices, values = vectoriser.transform(body("word"), lambda term: -1)
    assert indices.size == values.size == 0


def test_progress_is_told():
    told = []
    Vectoriser().fit([body("word")] * 3, progress=lambda done, total: told.append((done, total)))
    assert told == [(3, 3)]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"title": 0.2}, "title must be 0 or at least 0.5, got 0.2"),
        ({"body": float("inf")}, "body must be"),
        ({"tf_exponent": 0.0}, "tf_exponent must be over 0"),
        ({"tf_exponent": 1.5}, "tf_exponent must be over 0 and at most 1, got 1.5"),
        ({"min_df": 0}, "min_df must be at least 1"),
        ({"max_df": 0.0}, "max_df must be over 0"),
    ],
)
def test_parameters_out_of_range_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        Vectoriser(**bad).fit([body("word")])


def test_common_terms_can_be_left_out():
    vectoriser, _ = fitted([body("a1 b1"), body("a1 c1")], max_df=0.5)
    assert list(vectoriser.vocabulary_) == ["b1", "c1"]
    assert np.isclose(vectoriser.idf_, log(3 / 2) + 1).all()
